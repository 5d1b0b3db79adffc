//! Configuration: one file, the environment over it, and a check that says what is wrong and where.
//!
//! The file is TOML, `skillsyms.toml` in the data folder unless `--config` names another. Secrets come from files of
//! their own or from the environment, never from the configuration file.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use skillsyms_cells::{Engine, Limits, Postgres};
use skillsyms_vault::{KeyError, RootKey, SystemRng};

use crate::mail::Mail;

/// Environment variable that holds the root key, as 64 hexadecimal digits.
pub const ROOT_KEY_ENV: &str = "SKILLSYMS_ROOT_KEY";
/// Environment variable that holds the PostgreSQL address of the migration role.
pub const POSTGRES_ENV: &str = "SKILLSYMS_POSTGRES_URL";
/// Name of the configuration file in the data folder.
pub const FILE: &str = "skillsyms.toml";

/// Everything that an operator can set. Every field has a default that is safe to run with.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Addresses and certificates.
    pub server: Server,
    /// Where the data is.
    pub storage: Storage,
    /// Where the root key comes from.
    pub keys: Keys,
    /// What is logged.
    pub log: Log,
    /// How mail is sent.
    pub mail: Mail,
}

/// Addresses and certificates.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Server {
    /// Where HTTPS is served.
    pub listen: SocketAddr,
    /// The address of this site as people type it, without a path: `https://records.example.co.za`. Links in mails begin with it, and
    /// passkeys are bound to it; without it there are none.
    pub site: String,
    /// Where health and metrics are served: loopback only.
    pub admin_listen: SocketAddr,
    /// PEM file with the certificate chain. Without it a local authority is made, which only the demo should use.
    pub certificate: Option<PathBuf>,
    /// PEM file with the certificate's key.
    pub certificate_key: Option<PathBuf>,
    /// Networks of proxies that are believed about the client's address.
    pub proxies: Vec<String>,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8443)),
            site: String::new(),
            admin_listen: SocketAddr::from(([127, 0, 0, 1], 9464)),
            certificate: None,
            certificate_key: None,
            proxies: Vec::new(),
        }
    }
}

/// Which engine keeps the cells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum EngineName {
    /// One encrypted file for each tenant.
    #[default]
    Sqlite,
    /// One schema and login role for each tenant. The address comes from `SKILLSYMS_POSTGRES_URL`.
    Postgres,
}

/// Where the data is.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Storage {
    /// Which engine keeps the cells.
    pub engine: EngineName,
    /// Cells open at once.
    pub open_cells: Option<usize>,
    /// Page cache of a cell's writer, MiB.
    pub writer_cache_mib: Option<u32>,
    /// Page cache of each of a cell's readers, MiB.
    pub reader_cache_mib: Option<u32>,
}

/// Where the root key comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum KeySource {
    /// A file that only its owner can read.
    #[default]
    File,
    /// The environment variable `SKILLSYMS_ROOT_KEY`.
    Environment,
}

/// Where the root key comes from.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Keys {
    /// Source of the root key.
    pub source: KeySource,
    /// The key file; `root.key` in the data folder unless named.
    pub file: Option<PathBuf>,
}

/// How log lines are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One JSON object a line.
    #[default]
    Json,
    /// For a person at a terminal.
    Text,
}

/// What is logged.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// `error`, `warn`, `info`, `debug`, or a filter such as `info,skillsyms_web=debug`.
    pub level: String,
    /// How lines are written.
    pub format: LogFormat,
}

impl Default for Log {
    fn default() -> Self {
        Self {
            level: "info".to_owned(),
            format: LogFormat::Json,
        }
    }
}

/// The configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{path}: {error}")]
    File {
        /// Which file.
        path: PathBuf,
        /// What happened.
        error: std::io::Error,
    },
    /// The file does not parse. The message names line and field.
    #[error("{path}: {error}")]
    Parse {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        error: Box<toml::de::Error>,
    },
    /// A value is wrong.
    #[error("{field}: {why}")]
    Value {
        /// Which field or variable.
        field: &'static str,
        /// What is wrong and what would be right.
        why: String,
    },
    /// The root key.
    #[error(transparent)]
    Key(#[from] KeyError),
}

pub(crate) fn wrong(field: &'static str, why: impl Into<String>) -> ConfigError {
    ConfigError::Value { field, why: why.into() }
}

impl Config {
    /// Reads the file that is named, or the one in the data folder, or takes the defaults if there is none.
    ///
    /// # Errors
    /// [`ConfigError`] with the place of what is wrong.
    pub fn load(named: Option<&Path>, data: &Path) -> Result<Self, ConfigError> {
        let default = data.join(FILE);
        let path = named.unwrap_or(&default);
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => {
                return Err(ConfigError::File {
                    path: path.to_owned(),
                    error,
                });
            }
        };
        let config: Self = toml::from_str(&text).map_err(|error| ConfigError::Parse {
            path: path.to_owned(),
            error: Box::new(error),
        })?;
        config.check()?;
        Ok(config)
    }

    /// Checks what the types cannot say.
    ///
    /// # Errors
    /// The first value that is wrong.
    pub fn check(&self) -> Result<(), ConfigError> {
        if !self.server.admin_listen.ip().is_loopback() {
            return Err(wrong(
                "server.admin_listen",
                "health and metrics are served on loopback only: use 127.0.0.1 or [::1]",
            ));
        }
        let host = self.server.site.strip_prefix("https://").unwrap_or_default();
        let is_odd = host.is_empty() || host.contains(|c: char| !(c.is_ascii_alphanumeric() || ".-:[]".contains(c)));
        if !self.server.site.is_empty() && is_odd {
            return Err(wrong(
                "server.site",
                "the address of this site, without a path: https://records.example.co.za",
            ));
        }
        if self.server.certificate.is_some() != self.server.certificate_key.is_some() {
            return Err(wrong(
                "server.certificate",
                "give certificate and certificate_key together",
            ));
        }
        if self.storage.open_cells == Some(0) {
            return Err(wrong("storage.open_cells", "at least 1"));
        }
        self.mail.check(&self.server.site)
    }

    /// The engine that keeps the cells.
    ///
    /// # Errors
    /// If PostgreSQL is asked for and its address is missing or malformed.
    pub fn engine(&self, data: &Path) -> Result<Engine, ConfigError> {
        match self.storage.engine {
            EngineName::Sqlite => Ok(Engine::Sqlite {
                folder: data.join("cells"),
            }),
            EngineName::Postgres => {
                let url = std::env::var(POSTGRES_ENV).map_err(|_| {
                    wrong(
                        POSTGRES_ENV,
                        "not set: postgres://ROLE:PASSWORD@HOST:PORT/DATABASE of the migration role",
                    )
                })?;
                Ok(Engine::Postgres(
                    Postgres::parse(&url).map_err(|why| wrong(POSTGRES_ENV, why))?,
                ))
            }
        }
    }

    /// Limits on what the cells use.
    #[must_use]
    pub fn limits(&self) -> Limits {
        let mut limits = Limits::default();
        limits.open = self.storage.open_cells.unwrap_or(limits.open);
        limits.writer_cache_kib = self
            .storage
            .writer_cache_mib
            .map_or(limits.writer_cache_kib, |mib| mib * 1_024);
        limits.reader_cache_kib = self
            .storage
            .reader_cache_mib
            .map_or(limits.reader_cache_kib, |mib| mib * 1_024);
        limits
    }

    /// Where the key file is, if the key comes from a file.
    #[must_use]
    pub fn key_file(&self, data: &Path) -> Option<PathBuf> {
        (self.keys.source == KeySource::File).then(|| self.keys.file.clone().unwrap_or_else(|| data.join("root.key")))
    }

    /// The root key. A key file is made at the first start: when the data folder holds no platform yet.
    ///
    /// # Errors
    /// [`ConfigError::Key`] if the file is missing, malformed, or can be read by others.
    pub fn root_key(&self, data: &Path) -> Result<RootKey, ConfigError> {
        let Some(file) = self.key_file(data) else {
            let value =
                std::env::var(ROOT_KEY_ENV).map_err(|_| wrong(ROOT_KEY_ENV, "not set: 64 hexadecimal digits"))?;
            return Ok(RootKey::from_env_value(&value)?);
        };
        if holds_data(data) {
            return Ok(RootKey::from_file(&file)?);
        }
        Ok(RootKey::open_or_create_file(&file, &SystemRng)?)
    }
}

/// True if a platform was made in this folder. Its file may have been lost since: a new key beside old cells would only
/// hide which one is missing.
fn holds_data(data: &Path) -> bool {
    let has_entries = |name| std::fs::read_dir(data.join(name)).is_ok_and(|mut all| all.next().is_some());
    data.join("platform.json").exists() || has_entries("cells") || has_entries("heads")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_can_be_written_and_read_back() {
        let text = toml::to_string(&Config::default()).unwrap();
        let again: Config = toml::from_str(&text).unwrap();
        again.check().unwrap();
    }

    #[test]
    fn an_unknown_field_is_named() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(
            folder.path().join(FILE),
            "[server]\nlisten = \"127.0.0.1:1\"\nprot = 1\n",
        )
        .unwrap();
        let error = Config::load(None, folder.path()).unwrap_err().to_string();
        assert!(error.contains("prot") && error.contains('3'), "{error}");
    }

    #[test]
    fn metrics_are_never_served_to_the_network() {
        let mut config = Config::default();
        config.server.admin_listen = SocketAddr::from(([0, 0, 0, 0], 9464));
        assert!(config.check().is_err());
    }

    #[test]
    fn the_key_of_a_folder_in_use_is_never_made_anew() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("platform.json"), "{}").unwrap();
        assert!(matches!(
            Config::default().root_key(folder.path()),
            Err(ConfigError::Key(KeyError::Absent { .. }))
        ));
    }
}
