//! How mail is sent: the part of the configuration that says it, and what is made of it.

use std::net::IpAddr;
use std::path::PathBuf;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use skillsyms_people::Sending;
use skillsyms_vault::Secret;
use skillsyms_web::mail::{Post, Server, Tls};

use crate::config::{ConfigError, wrong};

/// Environment variable that holds the password for the mail server.
pub const PASSWORD_ENV: &str = "SKILLSYMS_SMTP_PASSWORD";

/// By which way mail leaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum By {
    /// Not at all: links are shown once to whoever makes them.
    #[default]
    None,
    /// To a mail server.
    Smtp,
    /// Into a folder, one file a mail: for trying things out.
    Folder,
}

/// How the line to the mail server is protected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Security {
    /// TLS from the first byte.
    #[default]
    Tls,
    /// `STARTTLS`, or nothing is sent.
    StartTls,
    /// None: for a server on this machine only.
    None,
}

impl Security {
    const fn port(self) -> u16 {
        match self {
            Self::Tls => 465,
            Self::StartTls => 587,
            Self::None => 25,
        }
    }
}

/// How mail is sent.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Mail {
    /// By which way.
    pub by: By,
    /// From which address.
    pub from: String,
    /// The folder. It must lie outside of the data folder: mails are not sealed.
    pub folder: Option<PathBuf>,
    /// Name of the mail server.
    pub host: String,
    /// Its port; the usual one of its protection unless said.
    pub port: Option<u16>,
    /// How the line to it is protected.
    pub security: Security,
    /// Who we are to it. The password comes from `password_file` or from `SKILLSYMS_SMTP_PASSWORD`.
    pub user: Option<String>,
    /// File with the password, readable by its owner only.
    pub password_file: Option<PathBuf>,
    /// PEM file with an authority that is trusted besides the public ones.
    pub authority: Option<PathBuf>,
}

impl Default for Mail {
    fn default() -> Self {
        Self {
            by: By::None,
            from: "skillsyms <no-reply@localhost>".to_owned(),
            folder: None,
            host: String::new(),
            port: None,
            security: Security::Tls,
            user: None,
            password_file: None,
            authority: None,
        }
    }
}

impl Mail {
    /// Whether there is mail.
    #[must_use]
    pub const fn sending(&self) -> Sending {
        match self.by {
            By::None => Sending::Off,
            By::Smtp | By::Folder => Sending::On,
        }
    }

    /// Checks what the types cannot say. `site` is the address of this site, if it is set.
    ///
    /// # Errors
    /// The first value that is wrong.
    pub fn check(&self, site: &str) -> Result<(), ConfigError> {
        if self.by == By::None {
            return Ok(());
        }
        // Links are made from this and never from what a browser sends: whoever asks for a link must not say where it leads.
        if site.is_empty() {
            return Err(wrong(
                "server.site",
                "mails hold links: give the address of this site, without a path: https://records.example.co.za",
            ));
        }
        if self.by == By::Folder {
            return match &self.folder {
                Some(_) => Ok(()),
                None => Err(wrong("mail.folder", "name a folder outside of the data folder")),
            };
        }
        if self.host.is_empty() {
            return Err(wrong("mail.host", "the name of the mail server"));
        }
        let is_here = self.host == "localhost" || self.host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback());
        if self.security == Security::None && !is_here {
            return Err(wrong(
                "mail.security",
                "mails hold one-time links: use tls or starttls, or a server on this machine",
            ));
        }
        if self.user.is_none() && self.password_file.is_some() {
            return Err(wrong("mail.user", "a password is given and no user"));
        }
        Ok(())
    }

    /// Where mail goes, if anywhere. `site` is the address of this site, `data` is the data folder.
    ///
    /// # Errors
    /// What is wrong and what would be right.
    pub fn post(&self, site: &str, data: &std::path::Path) -> anyhow::Result<Option<Post>> {
        match self.by {
            By::None => Ok(None),
            By::Folder => {
                let folder = std::path::absolute(self.folder.clone().unwrap_or_default())?;
                // The data folder is copied to backups, and nothing personal stands in it in clear.
                if folder.starts_with(std::path::absolute(data)?) {
                    return Err(wrong(
                        "mail.folder",
                        "it must lie outside of the data folder: mails are not sealed",
                    )
                    .into());
                }
                Ok(Some(Post::folder(&self.from, site, &folder)?))
            }
            By::Smtp => Ok(Some(Post::server(&self.from, site, self.server()?)?)),
        }
    }

    fn server(&self) -> anyhow::Result<Server> {
        let read = |path: &PathBuf| std::fs::read(path).with_context(|| path.display().to_string());
        Ok(Server {
            host: self.host.clone(),
            port: self.port.unwrap_or(self.security.port()),
            tls: match self.security {
                Security::Tls => Tls::Whole,
                Security::StartTls => Tls::StartTls,
                Security::None => Tls::None,
            },
            authority: self.authority.as_ref().map(read).transpose()?,
            login: match &self.user {
                Some(user) => Some((user.clone(), self.password()?)),
                None => None,
            },
        })
    }

    fn password(&self) -> anyhow::Result<Secret<String>> {
        use std::os::unix::fs::PermissionsExt as _;
        let Some(path) = &self.password_file else {
            let value = std::env::var(PASSWORD_ENV);
            return Ok(Secret::new(value.map_err(|_| wrong(PASSWORD_ENV, "not set"))?));
        };
        let named = || path.display().to_string();
        if std::fs::metadata(path).with_context(named)?.permissions().mode() & 0o077 != 0 {
            return Err(wrong("mail.password_file", "others can read it: chmod 600").into());
        }
        let text = std::fs::read_to_string(path).with_context(named)?;
        Ok(Secret::new(text.trim_end_matches(['\r', '\n']).to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    const SITE: &str = "https://records.example.co.za";

    fn smtp() -> Mail {
        Mail {
            by: By::Smtp,
            host: "smtp.example.co.za".to_owned(),
            ..Mail::default()
        }
    }

    #[test]
    fn what_could_lead_astray_is_refused() {
        smtp().check(SITE).unwrap();
        Mail::default().check("").unwrap();
        assert!(smtp().check("").is_err());
        let open = |host: &str| Mail {
            security: Security::None,
            host: host.to_owned(),
            ..smtp()
        };
        assert!(open("smtp.example.co.za").check(SITE).is_err());
        for here in ["127.0.0.1", "localhost", "::1"] {
            open(here).check(SITE).unwrap();
        }
    }

    #[test]
    fn a_folder_of_mails_never_lies_in_the_data_folder() {
        let data = tempfile::tempdir().unwrap();
        let folder = |path: PathBuf| Mail {
            by: By::Folder,
            folder: Some(path),
            ..smtp()
        };
        assert!(folder(data.path().join("mail")).post(SITE, data.path()).is_err());
        assert!(!data.path().join("mail").exists());
        let outside = tempfile::tempdir().unwrap();
        let made = outside.path().join("mail");
        assert!(folder(made.clone()).post(SITE, data.path()).unwrap().is_some());
        assert_eq!(std::fs::metadata(made).unwrap().permissions().mode() & 0o777, 0o700);
    }

    #[test]
    fn a_password_that_others_can_read_is_not_used() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("password");
        std::fs::write(&path, "secret words\n").unwrap();
        let mail = Mail {
            user: Some("skillsyms".to_owned()),
            password_file: Some(path.clone()),
            ..smtp()
        };
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(mail.post(SITE, folder.path()).is_err());
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(mail.password().unwrap().expose(), "secret words");
        assert!(mail.post(SITE, folder.path()).unwrap().is_some());
    }
}
