//! How the machine is: what an operator looks at first. No secret, no path, nothing of a tenant.

use std::path::Path;

use schemars::JsonSchema;
use serde::Serialize;
use skillsyms_core::Instant;
use skillsyms_door::Door;

/// How the machine is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Health {
    /// Version of the program.
    pub version: String,
    /// Since when it runs.
    pub since: Instant,
    /// Which engine keeps the cells.
    pub engine: String,
    /// Bytes that are free where the data folder lies; none if the file system does not say.
    pub disk_free_bytes: Option<u64>,
    /// Bytes that there are in all.
    pub disk_bytes: Option<u64>,
    /// Cells that are open.
    pub cells_open: usize,
    /// Cells that may be open at once.
    pub cells_open_max: usize,
    /// Writes that wait, in all cells together.
    pub writes_waiting: usize,
}

impl Health {
    /// As it is now.
    pub async fn of(door: &Door, since: Instant) -> Self {
        let data = door.data().to_owned();
        // A network's file system may let us wait.
        let disk = tokio::task::spawn_blocking(move || disk(&data)).await.ok().flatten();
        let load = door.load();
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            since,
            engine: door.engine().to_owned(),
            disk_free_bytes: disk.map(|(free, _)| free),
            disk_bytes: disk.map(|(_, all)| all),
            cells_open: load.open,
            cells_open_max: load.open_max,
            writes_waiting: load.waiting,
        }
    }
}

/// Bytes that are free for us, and bytes in all.
fn disk(path: &Path) -> Option<(u64, u64)> {
    let found = rustix::fs::statvfs(path).ok()?;
    Some((
        found.f_bavail.saturating_mul(found.f_frsize),
        found.f_blocks.saturating_mul(found.f_frsize),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_disk_is_measured() {
        let (free, all) = disk(Path::new("/")).unwrap();
        assert!(free <= all && all > 0);
        assert_eq!(disk(Path::new("/no/such/folder")), None);
    }
}
