//! Walking a folder, searching files with bounded memory, and planting what must be found.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes read at a time: 64 KiB.
const CHUNK_LEN: usize = 64 * 1024;

/// Every regular file below `root`. Links are not followed: what they point at is not in the folder.
pub(super) fn all(root: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let entries = match fs::read_dir(&folder) {
            // It went away while we walked: a server at work removes files.
            Err(error) if error.kind() == io::ErrorKind::NotFound && folder != root => continue,
            entries => entries?,
        };
        for entry in entries {
            let entry = entry?;
            let kind = entry.file_type()?;
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_file() {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Hands a file's bytes to `look`, a chunk at a time, until it returns true. True if it did. A file that went away
/// holds nothing.
pub(super) fn scan(file: &Path, mut look: impl FnMut(&[u8]) -> bool) -> io::Result<bool> {
    let mut file = match File::open(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        file => file?,
    };
    let mut chunk = vec![0; CHUNK_LEN];
    loop {
        let read = file.read(&mut chunk)?;
        let bytes = chunk.get(..read).unwrap_or_default();
        if bytes.is_empty() {
            return Ok(false);
        }
        if look(bytes) {
            return Ok(true);
        }
    }
}

/// The first bytes of a file, as many as there are up to `len`. A file that went away is empty.
pub(super) fn head(file: &Path, len: u64) -> io::Result<Vec<u8>> {
    let file = match File::open(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        file => file?,
    };
    let mut bytes = Vec::new();
    file.take(len).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// A folder of our own for a positive control, removed with all that is in it.
pub(super) struct Planted(PathBuf);

impl Planted {
    /// Makes the folder below `scratch`.
    pub(super) fn folder(scratch: &Path) -> io::Result<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        // Names may be taken by folders that a killed process left behind.
        for _ in 0..64 {
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            let path = scratch.join(format!("skillsyms-control-{}-{number}", std::process::id()));
            match DirBuilder::new().mode(0o700).create(&path) {
                Ok(()) => return Ok(Self(path)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    /// Plants a file.
    pub(super) fn plant(&self, name: &str, bytes: &[u8]) -> io::Result<PathBuf> {
        let path = self.0.join(name);
        File::create_new(&path)?.write_all(bytes)?;
        Ok(path)
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Planted {
    fn drop(&mut self) {
        // What stays holds nothing but what was planted.
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_found_in_folders_and_links_are_not_followed() {
        let planted = Planted::folder(&std::env::temp_dir()).unwrap();
        planted.plant("a", b"1").unwrap();
        fs::create_dir(planted.path().join("inner")).unwrap();
        planted.plant("inner/b", b"2").unwrap();
        std::os::unix::fs::symlink("/etc", planted.path().join("link")).unwrap();
        let found = all(planted.path()).unwrap();
        assert_eq!(found, [planted.path().join("a"), planted.path().join("inner/b")]);
    }

    #[test]
    fn what_was_planted_goes_away() {
        let planted = Planted::folder(&std::env::temp_dir()).unwrap();
        let path = planted.path().to_path_buf();
        planted.plant("a", b"1").unwrap();
        drop(planted);
        assert!(!path.exists());
    }
}
