//! A file that is given: opened chunk by chunk, and its hash compared before the end is told.

use std::fs::File;
use std::io::{self, Read};

use skillsyms_core::EvidenceId;
use skillsyms_vault::file::CHUNK_LEN;
use skillsyms_vault::{Keyring, OpenedReader, Sha256, constant_time_eq};

use super::receive::blocking;
use super::store::FileError;

/// The content of a file. Every byte it gives was authenticated; the end is told only if the whole has the hash that was
/// recorded when it came in.
pub struct Content {
    reader: OpenedReader<File>,
    hash: Sha256,
    expected: [u8; 32],
}

impl std::fmt::Debug for Content {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Content")
    }
}

impl Content {
    pub(super) fn new(file: File, keys: &Keyring, id: EvidenceId, expected: [u8; 32]) -> io::Result<Self> {
        let reader = OpenedReader::new(file, keys, *id.bytes())?;
        Ok(Self {
            reader,
            hash: Sha256::default(),
            expected,
        })
    }

    /// The next bytes, at most 64 KiB, read on a thread where waiting for the disk is allowed; `None` at the end.
    ///
    /// # Errors
    /// What the file system says, and if the file is not what was recorded.
    pub async fn next(mut self) -> Result<Option<(Vec<u8>, Self)>, FileError> {
        blocking(move || {
            let mut bytes = Vec::with_capacity(CHUNK_LEN);
            self.by_ref().take(CHUNK_LEN as u64).read_to_end(&mut bytes)?;
            Ok(if bytes.is_empty() { None } else { Some((bytes, self)) })
        })
        .await
    }
}

impl Read for Content {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(out)?;
        self.hash.update(out.get(..count).unwrap_or_default());
        if count == 0 && !out.is_empty() && !constant_time_eq(&self.hash.clone().finish(), &self.expected) {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "the file is not the one that was recorded",
            ));
        }
        Ok(count)
    }
}
