//! A file that comes in: checked, hashed and sealed chunk by chunk, with one chunk of memory.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::PathBuf;

use skillsyms_core::{CellId, EvidenceId};
use skillsyms_vault::file::CHUNK_LEN;
use skillsyms_vault::{FileSealer, Last, Sha256, Zeroizing};

use super::media::MediaType;
use super::store::{FileError, FileStore};

/// Most bytes of one file: 25 MB (of 1,024 times 1,024 bytes), as learners are told everywhere.
pub const FILE_BYTES_MAX: u64 = 25 * 1024 * 1024;

/// The right to send one file: what `evidence.begin` answers. It can be used once.
pub struct Upload {
    /// The id that the evidence will have.
    pub id: EvidenceId,
    pub(super) cell: CellId,
    pub(super) sealer: FileSealer,
    pub(super) header: Vec<u8>,
}

impl std::fmt::Debug for Upload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Upload").field("id", &self.id).finish_non_exhaustive()
    }
}

/// A file that is durable in its place. Only the store makes one, so `evidence.attach` believes what it says.
#[derive(Clone, PartialEq, Eq)]
pub struct Stored {
    id: EvidenceId,
    cell: CellId,
    size: u64,
    sha256: [u8; 32],
    media: MediaType,
}

impl Stored {
    /// Its id.
    #[must_use]
    pub const fn id(&self) -> EvidenceId {
        self.id
    }

    /// Bytes before sealing.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// What its first bytes tell.
    #[must_use]
    pub const fn media(&self) -> MediaType {
        self.media
    }

    pub(super) const fn cell(&self) -> CellId {
        self.cell
    }

    /// SHA-256 before sealing.
    #[must_use]
    pub const fn sha256(&self) -> &[u8; 32] {
        &self.sha256
    }
}

impl std::fmt::Debug for Stored {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stored")
            .field("id", &self.id)
            .field("size", &self.size)
            .finish_non_exhaustive()
    }
}

/// A file that is coming in. Dropped before [`Receiving::finish`], it leaves nothing behind.
pub struct Receiving {
    store: FileStore,
    id: EvidenceId,
    cell: CellId,
    sealer: FileSealer,
    file: File,
    path: PathBuf,
    settled: bool,
    /// Plain bytes that wait for their chunk to be full, or to be the last.
    waiting: Zeroizing<Vec<u8>>,
    hash: Sha256,
    size: u64,
    media: Option<MediaType>,
}

impl Receiving {
    pub(super) fn new(store: FileStore, upload: Upload, file: File, path: PathBuf) -> Result<Self, FileError> {
        let mut receiving = Self {
            store,
            id: upload.id,
            cell: upload.cell,
            sealer: upload.sealer,
            file,
            path,
            settled: false,
            waiting: Zeroizing::new(Vec::with_capacity(CHUNK_LEN)),
            hash: Sha256::default(),
            size: 0,
            media: None,
        };
        receiving.file.write_all(&upload.header)?;
        Ok(receiving)
    }

    /// Takes the next bytes. Blocks on the disk.
    ///
    /// # Errors
    /// [`FileError::TooLarge`] and [`FileError::Type`] as soon as they are known; what the file system says.
    pub fn write(&mut self, mut data: &[u8]) -> Result<(), FileError> {
        self.size = self.size.saturating_add(data.len() as u64);
        if self.size > FILE_BYTES_MAX {
            return Err(FileError::TooLarge);
        }
        self.hash.update(data);
        while !data.is_empty() {
            // A full chunk waits until more comes: only then is it known not to be the last.
            if self.waiting.len() == CHUNK_LEN {
                self.seal(Last::No)?;
            }
            let room = CHUNK_LEN.saturating_sub(self.waiting.len()).min(data.len());
            let Some((now, later)) = data.split_at_checked(room) else {
                break;
            };
            self.waiting.extend_from_slice(now);
            data = later;
        }
        Ok(())
    }

    /// Ends the file and makes it durable in its place. Blocks on the disk.
    ///
    /// # Errors
    /// [`FileError::Empty`], [`FileError::Type`], or what the file system says.
    pub fn finish(mut self) -> Result<Stored, FileError> {
        if self.size == 0 {
            return Err(FileError::Empty);
        }
        self.seal(Last::Yes)?;
        let media = self.media.ok_or(FileError::Type)?;
        self.file.sync_all()?;
        self.store.settle(&self.path, self.cell, self.id)?;
        self.settled = true;
        let sha256 = std::mem::take(&mut self.hash).finish();
        Ok(Stored {
            id: self.id,
            cell: self.cell,
            size: self.size,
            sha256,
            media,
        })
    }

    /// Takes the next bytes, on a thread where waiting for the disk is allowed.
    ///
    /// # Errors
    /// As [`Receiving::write`].
    pub async fn take(mut self, data: impl AsRef<[u8]> + Send + 'static) -> Result<Self, FileError> {
        blocking(move || {
            self.write(data.as_ref())?;
            Ok(self)
        })
        .await
    }

    /// Ends the file, on a thread where waiting for the disk is allowed.
    ///
    /// # Errors
    /// As [`Receiving::finish`].
    pub async fn close(self) -> Result<Stored, FileError> {
        blocking(move || self.finish()).await
    }

    fn seal(&mut self, last: Last) -> Result<(), FileError> {
        if self.media.is_none() {
            self.media = Some(MediaType::sniff(&self.waiting).ok_or(FileError::Type)?);
        }
        let sealed = self
            .sealer
            .chunk(&self.waiting, last)
            .map_err(|error| FileError::Io(io::Error::other(error)))?;
        self.file.write_all(&sealed)?;
        self.waiting.clear();
        Ok(())
    }
}

impl Drop for Receiving {
    fn drop(&mut self) {
        if !self.settled {
            // If this fails too, the next start removes it.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Runs work that waits for the disk where that is allowed.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, FileError> + Send + 'static,
) -> Result<T, FileError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| FileError::Io(io::Error::other(error)))?
}
