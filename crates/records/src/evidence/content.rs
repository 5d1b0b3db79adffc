//! A file that is given, whole or in part: opened chunk by chunk, each of them authenticated. Of a whole file the hash is
//! compared before the end is told; of a part, only the chunks that it needs are read.

use std::fs::File;
use std::io::{self, Read};
use std::ops::Range;

use skillsyms_core::EvidenceId;
use skillsyms_vault::file::CHUNK_LEN;
use skillsyms_vault::{Keyring, OpenedFile, OpenedReader, Sha256, Zeroizing, constant_time_eq};

use super::receive::blocking;
use super::store::FileError;

/// The content of a file. Every byte it gives was authenticated; the end of a whole file is told only if it has the hash that was
/// recorded when it came in.
pub struct Content(Kind);

enum Kind {
    Whole(Box<Whole>),
    Part(Box<Part>),
}

struct Whole {
    reader: OpenedReader<File>,
    hash: Sha256,
    expected: [u8; 32],
}

/// Some bytes of a file.
struct Part {
    file: OpenedFile<File>,
    /// Those that are still to be given.
    rest: Range<u64>,
    chunk: Zeroizing<Vec<u8>>,
    /// The number of the chunk that is open.
    open: Option<u64>,
}

impl std::fmt::Debug for Content {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Content")
    }
}

impl Content {
    pub(super) fn whole(file: File, keys: &Keyring, id: EvidenceId, expected: [u8; 32]) -> io::Result<Self> {
        let whole = Whole {
            reader: OpenedReader::new(file, keys, *id.bytes())?,
            hash: Sha256::default(),
            expected,
        };
        Ok(Self(Kind::Whole(Box::new(whole))))
    }

    /// The bytes of this range of a file that has so many.
    pub(super) fn part(file: File, keys: &Keyring, id: EvidenceId, size: u64, rest: Range<u64>) -> io::Result<Self> {
        let file = OpenedFile::new(file, keys, *id.bytes())?;
        if file.plain_len() != size {
            return Err(not_recorded());
        }
        let part = Part {
            file,
            rest,
            chunk: Zeroizing::default(),
            open: None,
        };
        Ok(Self(Kind::Part(Box::new(part))))
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
        match &mut self.0 {
            Kind::Whole(whole) => whole.read(out),
            Kind::Part(part) => part.read(out),
        }
    }
}

impl Read for Whole {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(out)?;
        self.hash.update(out.get(..count).unwrap_or_default());
        if count == 0 && !out.is_empty() && !constant_time_eq(&self.hash.clone().finish(), &self.expected) {
            return Err(not_recorded());
        }
        Ok(count)
    }
}

impl Read for Part {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.rest.is_empty() || out.is_empty() {
            return Ok(0);
        }
        let number = self.rest.start / CHUNK_LEN as u64;
        if self.open != Some(number) {
            self.chunk = self.file.chunk(number)?;
            self.open = Some(number);
        }
        let left = usize::try_from(self.rest.end.saturating_sub(self.rest.start)).unwrap_or(usize::MAX);
        let from = usize::try_from(self.rest.start % CHUNK_LEN as u64).unwrap_or(usize::MAX);
        let there = self.chunk.get(from..).unwrap_or_default();
        let mut given = there.get(..left).unwrap_or(there);
        let count = given.read(out)?;
        if count == 0 {
            return Err(not_recorded());
        }
        self.rest.start = self.rest.start.saturating_add(count as u64);
        Ok(count)
    }
}

fn not_recorded() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the file is not the one that was recorded")
}
