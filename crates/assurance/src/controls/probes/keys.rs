//! Keys are readable by nobody but the one who runs the server.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::files::Planted;
use crate::controls::probe::{Context, Finding, Probe};

/// Bits that let group or others do anything.
const OTHERS: u32 = 0o077;
/// Bits that let group or others write.
const OTHERS_WRITE: u32 = 0o022;
/// Only a file's owner may remove it from such a folder.
const STICKY: u32 = 0o1000;

/// Each path is a regular file, not a link, that group and others have no right on, in a folder in which they cannot
/// put another in its place.
#[must_use]
pub fn keys_private(paths: &[PathBuf]) -> Finding {
    if paths.is_empty() {
        return Finding::unknown("no key files are known");
    }
    for path in paths {
        let name = path.file_name().unwrap_or_default().display().to_string();
        match fault(path) {
            Ok(None) => {}
            Ok(Some(fault)) => return Finding::fails(format!("{name}: {fault}")),
            Err(error) => return Finding::unknown(format!("{name} cannot be looked at: {}", error.kind())),
        }
    }
    Finding::holds(format!("{} key files are private", paths.len()))
}

fn fault(path: &Path) -> std::io::Result<Option<&'static str>> {
    let own = fs::symlink_metadata(path)?;
    if !own.is_file() {
        return Ok(Some("is no regular file"));
    }
    if own.permissions().mode() & OTHERS != 0 {
        return Ok(Some("group or others may use it; chmod 600"));
    }
    let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) else {
        return Ok(None);
    };
    let folder = fs::metadata(folder)?;
    let mode = folder.permissions().mode();
    if mode & OTHERS_WRITE != 0 && mode & STICKY == 0 {
        return Ok(Some("others may write in its folder and replace it; chmod 700"));
    }
    if folder.uid() != own.uid() && folder.uid() != 0 {
        return Ok(Some("its folder belongs to somebody else"));
    }
    Ok(None)
}

/// Probe `keys-private`.
pub struct KeysPrivate;

impl Probe for KeysPrivate {
    fn name(&self) -> &'static str {
        "keys-private"
    }

    fn version(&self) -> u32 {
        1
    }

    fn source(&self) -> &'static str {
        "mode and owner of the key files"
    }

    fn run(&self, cx: &Context) -> Finding {
        keys_private(&cx.key_files)
    }

    /// Plants a key that everybody may read.
    fn prove_it_can_fail(&self, cx: &Context) -> Finding {
        let readable = Planted::folder(&cx.scratch()).and_then(|folder| {
            let key = folder.plant("readable.key", b"0000")?;
            fs::set_permissions(&key, fs::Permissions::from_mode(0o644))?;
            Ok(keys_private(&[key]))
        });
        readable.unwrap_or_else(|error| Finding::unknown(format!("nothing could be planted: {}", error.kind())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::controls::probe::Verdict;

    fn with_mode(mode: u32) -> (Planted, PathBuf) {
        let folder = Planted::folder(&std::env::temp_dir()).unwrap();
        let key = folder.plant("root.key", b"0000").unwrap();
        fs::set_permissions(&key, fs::Permissions::from_mode(mode)).unwrap();
        (folder, key)
    }

    #[test]
    fn the_probe_can_fail() {
        assert_eq!(
            KeysPrivate.prove_it_can_fail(&Context::default()).verdict,
            Verdict::Fails
        );
    }

    #[test]
    fn only_the_owner_may_read() {
        for (mode, verdict) in [
            (0o600, Verdict::Holds),
            (0o400, Verdict::Holds),
            (0o640, Verdict::Fails),
            (0o604, Verdict::Fails),
        ] {
            let (_folder, key) = with_mode(mode);
            assert_eq!(keys_private(&[key]).verdict, verdict, "{mode:o}");
        }
    }

    #[test]
    fn a_link_and_an_open_folder_are_found() {
        let (folder, key) = with_mode(0o600);
        let link = folder.path().join("link.key");
        std::os::unix::fs::symlink(&key, &link).unwrap();
        assert_eq!(keys_private(&[link]).verdict, Verdict::Fails);
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
        assert_eq!(keys_private(&[key]).verdict, Verdict::Fails);
    }

    #[test]
    fn no_keys_and_absent_keys_prove_nothing() {
        assert_eq!(keys_private(&[]).verdict, Verdict::Unknown);
        let (folder, _key) = with_mode(0o600);
        assert_eq!(keys_private(&[folder.path().join("none")]).verdict, Verdict::Unknown);
    }
}
