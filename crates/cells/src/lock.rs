//! One process on a data folder at a time, by a lock that the kernel drops when the process dies.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Name of the lock file in the data folder.
const NAME: &str = "lock";

/// How often a waiting process tries again.
const RETRY: Duration = Duration::from_millis(50);

/// The folder could not be locked.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another process has it.
    #[error("another process is using {0}; stop it, or let the command go through its socket")]
    Held(PathBuf),
    /// The file could not be made or locked.
    #[error("lock file: {0}")]
    File(#[from] std::io::Error),
}

/// Held while this process uses the data folder.
#[derive(Debug)]
pub struct FolderLock {
    _file: File,
}

impl FolderLock {
    /// Takes the lock, waiting up to `patience` for another process to let go of it.
    ///
    /// # Errors
    /// [`LockError::Held`] when the patience is over.
    pub fn take(folder: &Path, patience: Duration) -> Result<Self, LockError> {
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(folder.join(NAME))?;
        let tries = patience.as_millis() / RETRY.as_millis();
        for _ in 0..=tries {
            match file.try_lock() {
                Ok(()) => return Ok(Self { _file: file }),
                Err(TryLockError::WouldBlock) => std::thread::sleep(RETRY),
                Err(TryLockError::Error(error)) => return Err(error.into()),
            }
        }
        Err(LockError::Held(folder.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_process_is_kept_out_until_the_first_lets_go() {
        let folder = tempfile::tempdir().unwrap();
        let first = FolderLock::take(folder.path(), Duration::ZERO).unwrap();
        assert!(matches!(
            FolderLock::take(folder.path(), Duration::ZERO),
            Err(LockError::Held(_))
        ));
        drop(first);
        FolderLock::take(folder.path(), Duration::ZERO).unwrap();
    }
}
