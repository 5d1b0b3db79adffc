//! Says what is wrong with this machine and data folder, and what to do about it.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde::Serialize;
use serde_json::Value;
use skillsyms_cells::assert_encrypted_engine;

use crate::config::Config;
use crate::console::{self, Command, Outcome};
use crate::house;

/// Room below which the disk counts as nearly full, in bytes: a busy day's logs and evidence.
const DISK_MIN_BYTES: u64 = 1024 * 1024 * 1024;

/// One thing that was looked at.
#[derive(Debug, Serialize)]
pub struct Finding {
    /// What.
    pub what: &'static str,
    /// Whether it is as it should be.
    pub ok: bool,
    /// What was seen, and what to do if it is wrong.
    pub detail: String,
}

/// True if nothing is wrong.
#[must_use]
pub fn is_well(findings: &[Finding]) -> bool {
    findings.iter().all(|finding| finding.ok)
}

fn finding(what: &'static str, result: Result<String, String>) -> Finding {
    match result {
        Ok(detail) => Finding { what, ok: true, detail },
        Err(detail) => Finding {
            what,
            ok: false,
            detail,
        },
    }
}

/// Looks at everything that can be looked at without opening a tenant's cell. The platform's is opened to be looked at, by
/// the server if one runs.
pub async fn examine(data: &Path, named: Option<&Path>) -> Vec<Finding> {
    let config = Config::load(named, data);
    let mut all = vec![
        finding(
            "encryption",
            assert_encrypted_engine()
                .map(|v| format!("SQLCipher {v}"))
                .map_err(|e| e.to_string()),
        ),
        finding(
            "configuration",
            config
                .as_ref()
                .map(|_| "reads and checks".to_owned())
                .map_err(ToString::to_string),
        ),
        finding("data folder", folder(data)),
        finding("room on the disk", room(data)),
        finding("policies", policies()),
    ];
    let Ok(config) = config else { return all };
    all.push(finding("root key", root_key(data, &config)));
    all.push(finding(
        "engine",
        config
            .engine(data)
            .map(|e| e.name().to_owned())
            .map_err(|e| e.to_string()),
    ));
    all.push(finding("checkpoints", checkpoints(data, &config).await));
    all.push(finding("server", server(data).await));
    all
}

fn folder(data: &Path) -> Result<String, String> {
    let meta = match std::fs::metadata(data) {
        Ok(meta) => meta,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Ok("not there yet: it is made at the first start".to_owned());
        }
        Err(error) => return Err(error.to_string()),
    };
    match meta.permissions().mode() & 0o077 {
        0 => Ok("open to its owner only".to_owned()),
        _ => Err("others on this machine can look into it: chmod 700 it".to_owned()),
    }
}

fn room(data: &Path) -> Result<String, String> {
    let place = if data.exists() { data } else { Path::new(".") };
    let stat = rustix::fs::statvfs(place).map_err(|error| error.to_string())?;
    let free = stat.f_bavail.saturating_mul(stat.f_frsize);
    let shown = format!("{} MiB free", free / (1024 * 1024));
    if free < DISK_MIN_BYTES {
        Err(format!("{shown}: make room before it is full"))
    } else {
        Ok(shown)
    }
}

fn policies() -> Result<String, String> {
    let registry = house::registry().map_err(|error| error.to_string())?;
    let policies = skillsyms_door::policy::Policies::load(&registry).map_err(|error| error.to_string())?;
    policies.validate(&registry).map_err(|error| error.to_string())?;
    Ok(format!("{} acts, all policies fit the schema", registry.all().count()))
}

fn root_key(data: &Path, config: &Config) -> Result<String, String> {
    if !data.join("platform.json").exists() {
        return Ok("made at the first start".to_owned());
    }
    config
        .root_key(data)
        .map(|key| format!("root key {}", key.id()))
        .map_err(|error| error.to_string())
}

/// Whether the folder `heads` still says of each cell what the platform's cell says: who takes it away could put an older
/// copy of a cell in its place.
async fn checkpoints(data: &Path, config: &Config) -> Result<String, String> {
    if !data.join("platform.json").exists() {
        return Ok("none yet".to_owned());
    }
    let asked = console::run(data, config, Command::HeadsCheck, None, &mut |_| {}).await;
    let told = match asked.map_err(|error| format!("could not be looked at: {error:#}"))? {
        Outcome::Done(told) => told,
        Outcome::Problem(told) => return Err(format!("could not be looked at: {}", told.code)),
    };
    let found = told.get("findings").and_then(Value::as_array).into_iter().flatten();
    let found: Vec<&str> = found.filter_map(Value::as_str).collect();
    match found.first() {
        None => Ok("every file in heads/ is the one that the platform's cell knows".to_owned()),
        Some(first) => Err(format!(
            "{} of them are gone or old; find out who did it and run ledger verify. The first: {first}",
            found.len()
        )),
    }
}

async fn server(data: &Path) -> Result<String, String> {
    let Ok((_folder, path)) = house::socket_path(data) else {
        return Ok("none runs here".to_owned());
    };
    match tokio::net::UnixStream::connect(path).await {
        Ok(_) => Ok("runs, and answers at its socket".to_owned()),
        Err(_) => Ok("none runs here".to_owned()),
    }
}
