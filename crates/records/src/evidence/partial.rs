//! A file that comes in parts: what came of it lies sealed in `<data>/files/parts/<cell>/<id>` until it is whole, in this
//! process or in a later one. Then it is read once more, checked and sealed as every other file is.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use skillsyms_core::{CellId, EvidenceId, Instant};
use skillsyms_door::{Cx, Fault};
use skillsyms_vault::file::CHUNK_LEN;
use skillsyms_vault::part::{PART_HEADER_LEN, PIECE_LEN, SEALED_PIECE_LEN};
use skillsyms_vault::{FileSealer, PartKey, Zeroizing};

use super::media::MediaType;
use super::receive::{Stored, Upload, blocking};
use super::store::{FILE_MODE, FileError, FileStore, begun_at, id_named, make_folder, names_in, sync_folder};
use super::turn::{Called, Turn};

/// Folder of what came of files that are not whole.
const PARTS: &str = "parts";
/// Pieces by which the type is told: as many bytes as a chunk of a whole file has.
const TELLING_PIECES: u64 = (CHUNK_LEN / PIECE_LEN) as u64;

/// What came of a file, and the right to add to it: what `evidence.resume` answers.
pub struct Partial {
    pub(super) store: FileStore,
    pub(super) upload: Upload,
    pub(super) key: PartKey,
    pub(super) header: Header,
    /// Bytes that the file will have.
    pub length: u64,
    /// What it is called.
    pub name: String,
    /// Until when it may be ended.
    pub expires_at: Instant,
}

/// How a part begins.
pub(super) enum Header {
    /// Nothing came yet: so it will.
    New(Vec<u8>),
    /// So it does.
    There(Vec<u8>),
}

impl Header {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::New(bytes) | Self::There(bytes) => bytes,
        }
    }
}

impl std::fmt::Debug for Partial {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Partial")
            .field("upload", &self.upload)
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}

impl Partial {
    /// The keys of a part: those of what lies there, or new ones if nothing came yet.
    pub(super) fn keys(cx: &Cx, store: &FileStore, id: EvidenceId) -> Result<(PartKey, Header, Upload), Fault> {
        let header = store.part_header(cx.cell(), id).map_err(FileError::from)?;
        let (key, header) = match header {
            Some(header) => {
                let key = PartKey::open(cx.keys(), *id.bytes(), &header).map_err(|_| FileError::Damaged)?;
                (key, Header::There(header))
            }
            None => {
                let (key, header) = PartKey::new(cx.keys(), *id.bytes(), cx.rng())?;
                (key, Header::New(header))
            }
        };
        let (sealer, upload_header) = FileSealer::new(cx.keys(), *id.bytes(), cx.rng())?;
        let upload = Upload {
            id,
            cell: cx.cell(),
            sealer,
            header: upload_header,
        };
        Ok((key, header, upload))
    }

    /// Tells whoever writes to it to stop, waits for them, and goes on where they stopped. What is there is durable then.
    ///
    /// # Errors
    /// [`FileError::Moved`] if somebody else began to write since; what the file system says.
    pub async fn go_on(self) -> Result<Writing, FileError> {
        let turn = self.store.turns().take(self.upload.id).await;
        blocking(move || Writing::open(self, turn)).await
    }
}

/// A part that is written to. Nobody else writes to it while this is there.
pub struct Writing {
    partial: Partial,
    turn: Turn,
    file: File,
    /// Whole pieces that are in the file.
    pieces: u64,
    /// Plain bytes that wait for their piece to be full. They are lost with the connection.
    waiting: Zeroizing<Vec<u8>>,
    /// Whether this connection told the type.
    is_told: bool,
}

impl std::fmt::Debug for Writing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writing")
            .field("partial", &self.partial)
            .field("pieces", &self.pieces)
            .finish_non_exhaustive()
    }
}

impl Writing {
    fn open(partial: Partial, turn: Turn) -> Result<Self, FileError> {
        let path = partial.store.part(partial.upload.cell, partial.upload.id);
        let folder = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
        // What was there and is gone was given up, or swept.
        let is_new = matches!(partial.header, Header::New(_));
        if is_new {
            make_folder(folder)?;
        }
        let mut options = OpenOptions::new();
        options
            .read(true)
            .write(true)
            .create(is_new)
            .truncate(false)
            .mode(FILE_MODE);
        let mut file = match options.open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(FileError::Moved),
            file => file?,
        };
        let len = file.metadata()?.len();
        let mut pieces = 0;
        if len >= PART_HEADER_LEN as u64 {
            let mut header = vec![0; PART_HEADER_LEN];
            file.read_exact(&mut header)?;
            if header != partial.header.bytes() {
                return Err(FileError::Moved);
            }
            pieces = len.saturating_sub(PART_HEADER_LEN as u64) / SEALED_PIECE_LEN as u64;
        } else if let Header::New(header) = &partial.header {
            file.set_len(0)?;
            file.write_all(header)?;
            sync_folder(folder)?;
        } else {
            return Err(FileError::Moved);
        }
        let mut writing = Self {
            partial,
            turn,
            file,
            pieces,
            waiting: Zeroizing::new(Vec::with_capacity(PIECE_LEN)),
            is_told: false,
        };
        writing.drop_torn()?;
        Ok(writing)
    }

    /// Takes away what a killed process left half written at the end. What is told from here on stays.
    fn drop_torn(&mut self) -> Result<(), FileError> {
        while let Some(last) = self.pieces.checked_sub(1) {
            if self.piece(last).is_ok() {
                break;
            }
            self.pieces = last;
        }
        self.file.set_len(begin_of(self.pieces))?;
        self.file.sync_all()?;
        self.file.seek(SeekFrom::End(0))?;
        Ok(())
    }

    /// Bytes that are kept: from here on the sender goes on.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.pieces.saturating_mul(PIECE_LEN as u64)
    }

    /// Bytes that the file will have.
    #[must_use]
    pub const fn length(&self) -> u64 {
        self.partial.length
    }

    /// What the file is called.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.partial.name
    }

    /// Until when it may be ended.
    #[must_use]
    pub const fn expires_at(&self) -> Instant {
        self.partial.expires_at
    }

    /// Tells when somebody else wants to go on with it: stop then.
    #[must_use]
    pub fn called(&self) -> Called {
        self.turn.called()
    }

    /// Takes the next bytes. Blocks on the disk.
    ///
    /// # Errors
    /// [`FileError::Length`] if they are more than were declared, [`FileError::Type`] as soon as it is known.
    pub fn write(&mut self, mut data: &[u8]) -> Result<(), FileError> {
        if self.received().saturating_add(data.len() as u64) > self.partial.length {
            return Err(FileError::Length);
        }
        while !data.is_empty() {
            let room = PIECE_LEN.saturating_sub(self.waiting.len()).min(data.len());
            let Some((now, later)) = data.split_at_checked(room) else {
                break;
            };
            self.waiting.extend_from_slice(now);
            data = later;
            if self.waiting.len() == PIECE_LEN {
                self.keep_piece()?;
            }
        }
        Ok(())
    }

    fn received(&self) -> u64 {
        self.offset().saturating_add(self.waiting.len() as u64)
    }

    fn keep_piece(&mut self) -> Result<(), FileError> {
        let sealed = self
            .partial
            .key
            .seal(self.pieces, &self.waiting)
            .map_err(io::Error::other)?;
        self.file.write_all(&sealed)?;
        self.pieces = self.pieces.saturating_add(1);
        self.waiting.clear();
        // A process may have been killed before it told: a connection that goes on beyond tells it first.
        if !self.is_told && self.pieces >= TELLING_PIECES {
            self.tell_type()?;
            self.is_told = true;
            self.file.seek(SeekFrom::End(0))?;
        }
        Ok(())
    }

    /// Nobody sends 25 MB over a slow line to be told at the end that this type is not taken.
    fn tell_type(&mut self) -> Result<(), FileError> {
        let mut head = Zeroizing::new(Vec::with_capacity(CHUNK_LEN));
        for number in 0..TELLING_PIECES {
            head.extend_from_slice(&self.piece(number)?);
        }
        MediaType::sniff(&head).map(|_| ()).ok_or(FileError::Type)
    }

    /// The piece with this number, as it lies there.
    fn piece(&mut self, number: u64) -> Result<Zeroizing<Vec<u8>>, FileError> {
        let mut sealed = vec![0; SEALED_PIECE_LEN];
        self.file.seek(SeekFrom::Start(begin_of(number)))?;
        self.file.read_exact(&mut sealed)?;
        self.partial.key.unseal(number, &sealed).map_err(|_| FileError::Damaged)
    }

    /// Takes the next bytes, on a thread where waiting for the disk is allowed.
    ///
    /// # Errors
    /// As [`Writing::write`].
    pub async fn take(mut self, data: impl AsRef<[u8]> + Send + 'static) -> Result<Self, FileError> {
        blocking(move || {
            self.write(data.as_ref())?;
            Ok(self)
        })
        .await
    }

    /// Makes durable what came, for later. The answer is where to go on.
    ///
    /// # Errors
    /// What the file system says.
    pub async fn keep(self) -> Result<u64, FileError> {
        blocking(move || {
            self.file.sync_all()?;
            Ok(self.offset())
        })
        .await
    }

    /// All of it came: checks it, and stores it as every other file is stored.
    ///
    /// # Errors
    /// [`FileError::Length`] if it is not all, [`FileError::Damaged`] if what was kept is not what was written; as
    /// [`super::Receiving::finish`].
    pub async fn finish(self) -> Result<Whole, FileError> {
        blocking(move || self.store_whole()).await
    }

    fn store_whole(mut self) -> Result<Whole, FileError> {
        if self.received() != self.partial.length {
            return Err(FileError::Length);
        }
        let store = self.partial.store.clone();
        let last = std::mem::take(&mut self.waiting);
        let (cell, id) = (self.partial.upload.cell, self.partial.upload.id);
        let Self {
            partial,
            turn,
            mut file,
            pieces,
            ..
        } = self;
        let mut receiving = store.receive(partial.upload)?;
        file.seek(SeekFrom::Start(begin_of(0)))?;
        let mut sealed = vec![0; SEALED_PIECE_LEN];
        for number in 0..pieces {
            file.read_exact(&mut sealed)?;
            let plain = partial.key.unseal(number, &sealed).map_err(|_| FileError::Damaged)?;
            receiving.write(&plain)?;
        }
        receiving.write(&last)?;
        Ok(Whole {
            stored: receiving.finish()?,
            name: partial.name,
            store,
            cell,
            id,
            _turn: turn,
        })
    }
}

/// A file that came in parts and is durable in its place. Nobody else ends the same upload while this is there.
#[derive(Debug)]
pub struct Whole {
    /// To be attached.
    pub stored: Stored,
    /// What it is called.
    pub name: String,
    store: FileStore,
    cell: CellId,
    id: EvidenceId,
    _turn: Turn,
}

impl Whole {
    /// Empties the part for good: the file is attached, or may be. Whoever opened the upload before that and comes to write
    /// now finds nothing to go on with, so that the file in its place stays as it is. What is left is swept after a day.
    pub async fn done(self) {
        let emptied = blocking(move || Ok(self.store.empty_part(self.cell, self.id)?)).await;
        if let Err(error) = emptied {
            tracing::error!(%error, "the part of a file that is complete stays");
        }
    }
}

const fn begin_of(piece: u64) -> u64 {
    (PART_HEADER_LEN as u64).saturating_add(piece.saturating_mul(SEALED_PIECE_LEN as u64))
}

impl FileStore {
    fn parts(&self) -> PathBuf {
        self.folder().join(PARTS)
    }

    fn part(&self, cell: CellId, id: EvidenceId) -> PathBuf {
        let name = id.uuid().simple().to_string();
        self.parts().join(cell.uuid().simple().to_string()).join(name)
    }

    /// The header of a part, if something came that is as long.
    fn part_header(&self, cell: CellId, id: EvidenceId) -> io::Result<Option<Vec<u8>>> {
        let file = match File::open(self.part(cell, id)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        let mut header = Vec::with_capacity(PART_HEADER_LEN);
        file.take(PART_HEADER_LEN as u64).read_to_end(&mut header)?;
        Ok((header.len() == PART_HEADER_LEN).then_some(header))
    }

    /// Leaves of a part what no header is.
    fn empty_part(&self, cell: CellId, id: EvidenceId) -> io::Result<()> {
        fs::write(self.part(cell, id), [0; PART_HEADER_LEN])
    }

    pub(super) fn remove_part(&self, cell: CellId, id: EvidenceId) -> io::Result<()> {
        remove(&self.part(cell, id))
    }

    /// Removes parts of uploads that were begun until this instant. Their ids tell when.
    pub(super) fn remove_parts(&self, until: Instant) -> io::Result<usize> {
        let mut removed = 0_usize;
        for cell in names_in(&self.parts())? {
            let folder = self.parts().join(cell);
            for name in names_in(&folder)? {
                let begun = id_named(&name).and_then(begun_at);
                if begun.is_some_and(|at| at <= until) {
                    remove(&folder.join(name))?;
                    removed = removed.saturating_add(1);
                }
            }
        }
        Ok(removed)
    }
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}
