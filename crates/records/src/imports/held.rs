//! Files of learners that wait until somebody says what their columns mean: sealed in `<data>/files/imports/<cell>/<id>`.
//!
//! A file comes in beside those of evidence, is made durable, and only then a row names it. It is removed when its import is
//! over or given up, and in any case a day after it came: whoever comes later sends it again.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use skillsyms_core::{CellId, ImportId, Instant, Problem, Rng};
use skillsyms_door::Fault;
use skillsyms_vault::file::OpenedReader;
use skillsyms_vault::{Keyring, Sha256, file::SealedWriter};

use super::fault::{FileFault, GONE};
use super::source::FILE_BYTES_MAX;
use crate::evidence::receive::blocking;
use crate::evidence::store::{self, FILE_MODE, FileError, FileStore};

/// Seconds that a file waits: a working day, and the evening after it.
pub const HELD_SECONDS: i64 = 24 * 3_600;
/// Files that wait at a time in one cell: 256 MB each, so at most 2.5 GB of the disk.
pub const HELD_MAX: i64 = 10;
/// Folder of the files that wait.
const FOLDER: &str = "imports";

/// A file of learners that comes in. Dropped before [`Incoming::finish`], it leaves nothing behind.
pub struct Incoming {
    file: Option<SealedWriter<File>>,
    path: PathBuf,
    held: Held,
    place: PathBuf,
    hash: Sha256,
}

/// A file that is durable in its place. Only this store makes one, so `import.hold` believes what it says.
#[derive(Clone, PartialEq, Eq)]
pub struct Held {
    pub(super) id: ImportId,
    cell: CellId,
    size: u64,
    sha256: [u8; 32],
}

/// What a sealed file says, checked as it is read.
pub struct Content(OpenedReader<File>);

impl std::fmt::Debug for Incoming {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Incoming").field(&self.held).finish()
    }
}

impl std::fmt::Debug for Held {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Held").field("id", &self.id).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Content {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Content")
    }
}

impl io::Read for Content {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.0.read(out)
    }
}

impl Held {
    /// SHA-256 before sealing.
    #[must_use]
    pub const fn sha256(&self) -> &[u8; 32] {
        &self.sha256
    }

    /// The import that it will be.
    #[must_use]
    pub const fn id(&self) -> ImportId {
        self.id
    }
}

impl Incoming {
    /// Begins a file. The keys are lent by the door for this moment only.
    pub(super) fn begin(store: &FileStore, keys: &Keyring, id: ImportId, rng: &dyn Rng) -> Result<Self, FileError> {
        let path = store.incoming(id.uuid());
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(FILE_MODE)
            .open(&path)?;
        Ok(Self {
            file: Some(SealedWriter::new(file, keys, *id.bytes(), rng)?),
            path,
            place: place(store, keys.cell(), id),
            held: Held {
                id,
                cell: keys.cell(),
                size: 0,
                sha256: [0; 32],
            },
            hash: Sha256::default(),
        })
    }

    /// Takes the next bytes, on a thread where waiting for the disk is allowed.
    ///
    /// # Errors
    /// `import.file_too_large` as soon as it is known; `storage` if the disk is full.
    pub async fn take(mut self, data: impl AsRef<[u8]> + Send + 'static) -> Result<Self, Problem> {
        let taken = blocking(move || {
            self.write(data.as_ref())?;
            Ok(self)
        });
        taken.await.map_err(|error| said(&error))
    }

    fn write(&mut self, data: &[u8]) -> Result<(), FileError> {
        self.held.size = self.held.size.saturating_add(data.len() as u64);
        if self.held.size > FILE_BYTES_MAX {
            return Err(FileError::TooLarge);
        }
        self.hash.update(data);
        if let Some(file) = &mut self.file {
            file.write_all(data)?;
        }
        Ok(())
    }

    /// Ends the file and makes it durable in its place.
    ///
    /// # Errors
    /// `import.empty`; `storage` if the disk is full.
    pub async fn finish(self) -> Result<Held, Problem> {
        blocking(move || self.settle()).await.map_err(|error| said(&error))
    }

    fn settle(mut self) -> Result<Held, FileError> {
        let Some(file) = self.file.take().filter(|_| self.held.size > 0) else {
            return Err(FileError::Empty);
        };
        file.finish()?.sync_all()?;
        store::settle_at(&self.path, &self.place)?;
        self.held.sha256 = std::mem::take(&mut self.hash).finish();
        Ok(self.held.clone())
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        // After it was moved to its place there is nothing here. If this fails, the next start removes it.
        let _ = fs::remove_file(&self.path);
    }
}

/// Opens a file that waits. The keys are lent by the door for this moment only.
pub(super) fn open(store: &FileStore, keys: &Keyring, id: ImportId) -> Result<Content, Fault> {
    let file = match File::open(place(store, keys.cell(), id)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(Problem::new(&GONE).into()),
        other => other.map_err(FileError::from)?,
    };
    let opened = OpenedReader::new(file, keys, *id.bytes()).map_err(FileError::from)?;
    Ok(Content(opened))
}

/// Removes a file that no import needs any more. What cannot be removed is swept later.
pub(super) async fn discard(store: &FileStore, cell: CellId, id: ImportId) {
    let path = place(store, cell, id);
    let removed = blocking(move || match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => Ok(other?),
    });
    if let Err(error) = removed.await {
        tracing::warn!(%error, "a file of learners stays until it is swept");
    }
}

/// Removes what no row will name.
pub async fn forget(store: &FileStore, held: &Held) {
    discard(store, held.cell, held.id).await;
}

/// Removes the files that came before this instant, and says how many. Their ids tell when they came. Blocks.
///
/// # Errors
/// What the file system says.
pub(crate) fn sweep(store: &FileStore, until: Instant) -> io::Result<usize> {
    let folder = store.folder().join(FOLDER);
    let mut removed = 0_usize;
    for cell in store::names_in(&folder)? {
        for name in store::names_in(&folder.join(&cell))? {
            let begun = store::id_named(&name).and_then(store::begun_at);
            if begun.is_some_and(|begun| begun <= until) {
                fs::remove_file(folder.join(&cell).join(name))?;
                removed = removed.saturating_add(1);
            }
        }
    }
    Ok(removed)
}

fn place(store: &FileStore, cell: CellId, id: ImportId) -> PathBuf {
    let cell = Path::new(FOLDER).join(cell.uuid().simple().to_string());
    store.folder().join(cell).join(id.uuid().simple().to_string())
}

/// What the sender is told, in the words of imports.
fn said(error: &FileError) -> Problem {
    match error {
        FileError::TooLarge => FileFault::TooLarge.problem(),
        FileError::Empty => FileFault::Empty.problem(),
        other => {
            if let FileError::Io(cause) = other {
                tracing::error!(%cause, "a file of learners");
            }
            other.problem()
        }
    }
}
