//! Where files lie: `<data>/files/<cell>/<2 hex>/<id>`, sealed in chunks. Nothing in a path comes from a person.
//!
//! What came of a file that comes in parts lies in `<data>/files/parts/` until it is whole ([`super::partial`]).
//!
//! A file is written to `<data>/files/incoming/`, made durable, and only then moved to its place; a row names it later
//! still. So a crash leaves at most a file that no row names, never a row without its file.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::ops::Range;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use skillsyms_core::problem::STORAGE;
use skillsyms_core::{CellId, Code, EvidenceId, Instant, Problem};
use skillsyms_door::Fault;
use skillsyms_vault::Keyring;
use uuid::Uuid;

use super::content::Content;
use super::receive::{Receiving, Stored, Upload};
use super::turn::Turns;

/// The file has more bytes than are taken.
pub static TOO_LARGE: Code = Code::new(
    "evidence.too_large",
    413,
    "The file has more than 25 MB. Make it smaller, or split it into several.",
);
/// The file is of a type that is not taken.
pub static TYPE: Code = Code::new(
    "evidence.type",
    415,
    "Files are taken as PDF, Word (doc, docx), JPEG, PNG or MP4. This one is something else, whatever its name says.",
);
/// The file has no bytes.
pub static EMPTY: Code = Code::new(
    "evidence.empty",
    422,
    "The file is empty. Open it and save it again, then send it.",
);

/// The bytes do not go on where the upload stopped.
pub static OFFSET: Code = Code::new(
    "evidence.offset",
    409,
    "The upload stopped elsewhere. Ask where, with HEAD, and go on from there.",
);
/// The upload has another length than was announced.
pub static LENGTH: Code = Code::new(
    "evidence.length",
    400,
    "The file has another length than was announced. Announce it again, and send that file.",
);
/// What was kept of an upload cannot be ended.
pub static BROKEN: Code = Code::new(
    "evidence.broken",
    409,
    "This upload cannot go on. Send the file again from its beginning.",
);

/// Folder of files that are still coming in.
const INCOMING: &str = "incoming";
/// Only the server's own account reads files and folders.
pub(super) const FILE_MODE: u32 = 0o600;
const FOLDER_MODE: u32 = 0o700;

/// Why a file was not stored or not given.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// More bytes than are taken.
    #[error("the file is too large")]
    TooLarge,
    /// A type that is not taken.
    #[error("the file is of a type that is not taken")]
    Type,
    /// No bytes.
    #[error("the file is empty")]
    Empty,
    /// The disk is full.
    #[error("the disk is full")]
    Full,
    /// More or fewer bytes than were announced.
    #[error("the file has another length than was announced")]
    Length,
    /// Somebody else went on with the upload.
    #[error("the upload goes on elsewhere")]
    Moved,
    /// What was kept of it is not what was written.
    #[error("what was kept of the upload is damaged")]
    Damaged,
    /// Anything else that the file system or the seal says.
    #[error("file: {0}")]
    Io(io::Error),
}

impl From<io::ErrorKind> for FileError {
    fn from(kind: io::ErrorKind) -> Self {
        io::Error::from(kind).into()
    }
}

impl From<io::Error> for FileError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full,
            _ => Self::Io(error),
        }
    }
}

impl FileError {
    /// What the caller is told.
    #[must_use]
    pub const fn problem(&self) -> Problem {
        match self {
            Self::TooLarge => Problem::new(&TOO_LARGE),
            Self::Type => Problem::new(&TYPE),
            Self::Empty => Problem::new(&EMPTY),
            Self::Full => Problem::new(&STORAGE),
            Self::Length => Problem::new(&LENGTH),
            Self::Moved => Problem::new(&OFFSET),
            Self::Damaged => Problem::new(&BROKEN),
            Self::Io(_) => Problem::internal(),
        }
    }
}

/// What the caller is told; what the file system says is for the log alone.
impl From<FileError> for Problem {
    fn from(error: FileError) -> Self {
        if let FileError::Io(cause) = &error {
            tracing::error!(%cause, "a file of evidence");
        }
        error.problem()
    }
}

impl From<FileError> for Fault {
    fn from(error: FileError) -> Self {
        Self::Problem(error.into())
    }
}

/// The store of sealed files. Cloning it is cheap.
#[derive(Clone, Debug)]
pub struct FileStore {
    folder: Arc<Path>,
    turns: Arc<Turns>,
}

impl FileStore {
    /// Opens the store in a data folder. Whoever calls holds the lock of the folder: what was still coming in when the
    /// last process ended is removed.
    ///
    /// # Errors
    /// What the file system says.
    pub fn open(data: &Path) -> io::Result<Self> {
        let folder = data.join("files");
        let incoming = folder.join(INCOMING);
        make_folder(&incoming)?;
        for entry in fs::read_dir(&incoming)? {
            fs::remove_file(entry?.path())?;
        }
        let turns = Arc::default();
        Ok(Self {
            folder: folder.into(),
            turns,
        })
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn turns(&self) -> &Turns {
        &self.turns
    }

    /// Begins to write an upload.
    ///
    /// # Errors
    /// What the file system says.
    pub fn receive(&self, upload: Upload) -> Result<Receiving, FileError> {
        let path = self.folder.join(INCOMING).join(upload.id.uuid().simple().to_string());
        // An upload is received once: its file must not be there yet, neither as a link.
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(FILE_MODE)
            .open(&path)?;
        Receiving::new(self.clone(), upload, file, path)
    }

    /// Opens a file for reading. The keys are lent by the door for this moment only.
    ///
    /// # Errors
    /// What the file system says, also if the file is another than its name says.
    pub(super) fn content(&self, keys: &Keyring, id: EvidenceId, sha256: [u8; 32]) -> Result<Content, FileError> {
        let file = File::open(self.place(keys.cell(), id))?;
        Ok(Content::whole(file, keys, id, sha256)?)
    }

    /// The same, for these bytes of a file that has so many.
    ///
    /// # Errors
    /// As [`FileStore::content`].
    pub(super) fn part_of(
        &self,
        keys: &Keyring,
        id: EvidenceId,
        size: u64,
        range: Range<u64>,
    ) -> Result<Content, FileError> {
        let file = File::open(self.place(keys.cell(), id))?;
        Ok(Content::part(file, keys, id, size, range)?)
    }

    /// Removes a stored file that no row will name.
    ///
    /// # Errors
    /// What the file system says.
    pub fn discard(&self, stored: &Stored) -> io::Result<()> {
        self.remove(stored.cell(), stored.id())
    }

    /// Bytes that the files of a cell take. It looks at each of them: ask seldom. Blocks.
    ///
    /// # Errors
    /// What the file system says.
    pub fn bytes_of(&self, cell: CellId) -> io::Result<u64> {
        let folder = self.folder.join(cell.uuid().simple().to_string());
        let mut bytes = 0_u64;
        for part in names_in(&folder)? {
            for name in names_in(&folder.join(&part))? {
                // A file that went away since is none.
                let found = fs::metadata(folder.join(&part).join(name));
                bytes = bytes.saturating_add(found.map_or(0, |file| file.len()));
            }
        }
        Ok(bytes)
    }

    /// The cells that have files.
    pub(super) fn cells(&self) -> io::Result<Vec<CellId>> {
        let names = names_in(&self.folder)?;
        Ok(names
            .iter()
            .filter_map(|name| id_named(name))
            .map(CellId::new)
            .collect())
    }

    /// The files of a cell that were begun after one instant and until another, the oldest first. Their ids tell when: the
    /// clock of the house made them, and not that of the file system.
    pub(super) fn stored(&self, cell: CellId, since: Instant, until: Instant) -> io::Result<Vec<EvidenceId>> {
        let folder = self.folder.join(cell.uuid().simple().to_string());
        let mut found = Vec::new();
        for shelf in names_in(&folder)? {
            let names = names_in(&folder.join(shelf))?;
            let ids = names.iter().filter_map(|name| id_named(name)).filter(|id| {
                let begun = begun_at(*id);
                begun.is_some_and(|at| at > since && at <= until)
            });
            found.extend(ids.map(EvidenceId::new));
        }
        found.sort_unstable();
        Ok(found)
    }

    /// Removes a file that no row names.
    pub(super) fn remove(&self, cell: CellId, id: EvidenceId) -> io::Result<()> {
        match fs::remove_file(self.place(cell, id)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other,
        }
    }

    /// Moves a durable file to its place, and makes that durable too.
    pub(super) fn settle(&self, from: &Path, cell: CellId, id: EvidenceId) -> io::Result<()> {
        let place = self.place(cell, id);
        let Some(folder) = place.parent() else {
            return Err(io::ErrorKind::InvalidInput.into());
        };
        make_folder(folder)?;
        fs::rename(from, &place)?;
        sync_folder(folder)
    }

    fn place(&self, cell: CellId, id: EvidenceId) -> PathBuf {
        // The last byte of the id is random; the first ones are the time, and would fill one folder after the other.
        let shelf = format!("{:02x}", id.bytes().last().copied().unwrap_or_default());
        let name = id.uuid().simple().to_string();
        self.folder
            .join(cell.uuid().simple().to_string())
            .join(shelf)
            .join(name)
    }
}

/// Names of what lies in a folder. A folder that went away meanwhile holds nothing.
pub(super) fn names_in(folder: &Path) -> io::Result<Vec<String>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut names = Vec::new();
    for entry in entries {
        names.extend(entry?.file_name().into_string());
    }
    Ok(names)
}

/// The id that a name of ours is. Anything else that lies there is not ours to touch.
pub(super) fn id_named(name: &str) -> Option<Uuid> {
    let id = Uuid::try_parse(name).ok()?;
    (id.simple().to_string() == name).then_some(id)
}

/// When an id was made, to the millisecond.
pub(super) fn begun_at(id: Uuid) -> Option<Instant> {
    let (seconds, nanos) = id.get_timestamp()?.to_unix();
    let micros = i64::try_from(seconds).ok()?.checked_mul(1_000_000)?;
    Some(Instant::from_micros(micros.checked_add(i64::from(nanos / 1_000))?))
}

/// Makes a folder and those above it, durably.
pub(super) fn make_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let Some(parent) = folder.parent() else {
        return Err(io::ErrorKind::InvalidInput.into());
    };
    if !parent.as_os_str().is_empty() {
        make_folder(parent)?;
    }
    match DirBuilder::new().mode(FOLDER_MODE).create(folder) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    }?;
    if parent.as_os_str().is_empty() {
        Ok(())
    } else {
        sync_folder(parent)
    }
}

pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
