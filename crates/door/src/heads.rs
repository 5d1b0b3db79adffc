//! The last checkpoint of each cell, kept outside it: a file for each in `heads/`, at most a second behind.
//!
//! A cell whose ledger is shorter than its file says has lost entries. The file is only ever moved forward.

use std::collections::HashMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use skillsyms_cells::{CellError, Read};
use skillsyms_core::CellId;
use skillsyms_ledger::proof::verify_consistency;
use skillsyms_ledger::{Checkpoint, Head, Verifier, note, read};

use crate::door::OpenError;

/// Name of the folder in the data folder.
const FOLDER: &str = "heads";

/// Bytes of a checkpoint file that are read: a checkpoint has a few hundred.
const FILE_BYTES_MAX: u64 = 16 * 1024;

/// What was published, and where.
pub(crate) struct Published {
    folder: PathBuf,
    sizes: Mutex<HashMap<CellId, u64>>,
}

impl Published {
    pub(crate) fn in_folder(data: &Path) -> Result<Self, OpenError> {
        let folder = data.join(FOLDER);
        std::fs::create_dir_all(&folder).map_err(|error| OpenError::File {
            path: folder.clone(),
            error,
        })?;
        Ok(Self {
            folder,
            sizes: Mutex::default(),
        })
    }

    fn path(&self, cell: CellId) -> PathBuf {
        self.folder.join(format!("{}.note", cell.uuid().simple()))
    }

    /// The checkpoint kept for a cell, as it was signed.
    pub(crate) fn note_outside(&self, cell: CellId) -> std::io::Result<Option<String>> {
        use std::io::Read as _;
        match std::fs::File::open(self.path(cell)) {
            Ok(file) => {
                let mut text = String::new();
                file.take(FILE_BYTES_MAX).read_to_string(&mut text)?;
                Ok(Some(text))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// How many entries the checkpoint kept for a cell says that there are; 0 without one.
    pub(crate) fn size_outside(&self, cell: CellId) -> std::io::Result<u64> {
        let text = self.note_outside(cell)?;
        let size = text.and_then(|text| {
            let note = note::Note::parse(&text).ok()?;
            skillsyms_ledger::Checkpoint::parse(note.unverified_text()).ok()
        });
        Ok(size.map_or(0, |checkpoint| checkpoint.tree.size))
    }

    /// Writes the head of a cell if it moved forward. Blocks on the disk.
    pub(crate) fn publish(&self, cell: CellId, head: &Head) -> std::io::Result<()> {
        let mut sizes = self.sizes.lock().unwrap_or_else(PoisonError::into_inner);
        let known = match sizes.get(&cell) {
            Some(size) => Some(*size),
            // What an earlier process published: a shorter log must not hide that it was longer.
            None => self.note_outside(cell)?.map(|_| self.size_outside(cell)).transpose()?,
        };
        if known.is_some_and(|size| size >= head.tree.size) {
            return Ok(());
        }
        let path = self.path(cell);
        let next = path.with_extension("next");
        let mut file = std::fs::File::create(&next)?;
        file.write_all(head.checkpoint.as_bytes())?;
        file.sync_data()?;
        std::fs::rename(&next, &path)?;
        sizes.insert(cell, head.tree.size);
        Ok(())
    }
}

/// Whether the ledger goes on from the checkpoint in this note: it is not shorter, and its beginning is the same.
pub(crate) fn follows(tx: &mut Read<'_>, outside: &str, verifier: &Verifier) -> Result<(), CellError> {
    let unsigned = |_| CellError::Damaged("the checkpoint kept outside the cell is not one that the cell's key signed");
    let outside = Checkpoint::open(outside, verifier).map_err(unsigned)?.tree;
    let damaged = |_| CellError::Damaged("the ledger's head is damaged or of another key");
    let head = Checkpoint::open(&read::checkpoint(tx)?, verifier)
        .map_err(damaged)?
        .tree;
    if outside.size > head.size {
        return Err(CellError::Damaged(
            "the ledger is shorter than the checkpoint kept outside the cell",
        ));
    }
    let proof = read::consistency(tx, outside.size, head.size)?;
    verify_consistency(&outside, &head, &proof)
        .map_err(|_| CellError::Damaged("the ledger is not the one whose checkpoint is kept outside the cell"))
}
