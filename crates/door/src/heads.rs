//! The last checkpoint of each cell, kept outside it in two places, at most a second behind: a file for each in `heads/`,
//! and a row for each tenant in the platform's cell.
//!
//! A cell whose ledger is shorter than its checkpoint says has lost entries. A checkpoint is only ever moved forward. The
//! file is written first, so it may be ahead of the row by a round; a row that is ahead of its file, or has none, means that
//! somebody took the file away or put an older one back, and that is never silent.

use std::collections::HashMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use diesel::prelude::*;
use skillsyms_cells::schema::heads;
use skillsyms_cells::{CellError, Read, Tx};
use skillsyms_core::{CellId, Instant};
use skillsyms_ledger::proof::{TreeHead, verify_consistency};
use skillsyms_ledger::{Checkpoint, Finding, Head, Verifier, note, read};

use crate::door::OpenError;

/// Name of the folder in the data folder.
const FOLDER: &str = "heads";

/// Bytes of a checkpoint file that are read: a checkpoint has a few hundred.
const FILE_BYTES_MAX: u64 = 16 * 1024;

/// Rows of the platform's table that are read at once: as many as there may be tenants.
const ROWS_MAX: i64 = 10_000;

/// What was published, and where.
pub(crate) struct Published {
    folder: PathBuf,
    /// Sizes that stand in files.
    filed: Mutex<HashMap<CellId, u64>>,
    /// Sizes that stand in the platform's cell.
    recorded: Mutex<HashMap<CellId, u64>>,
}

/// What is kept of a cell outside it.
#[derive(Debug, Default)]
pub(crate) struct Outside {
    /// The checkpoint in the file.
    pub(crate) file: Option<String>,
    /// The checkpoint in the platform's cell.
    pub(crate) recorded: Option<String>,
}

impl Outside {
    /// The one that says more; the file's if they say the same.
    pub(crate) fn larger(&self) -> Option<&str> {
        let (file, recorded) = (self.file.as_deref(), self.recorded.as_deref());
        if recorded.map(size_of) > file.map(size_of) {
            recorded
        } else {
            file
        }
    }

    /// Both, as far as they are there.
    pub(crate) fn into_notes(self) -> impl Iterator<Item = String> {
        self.file.into_iter().chain(self.recorded)
    }

    /// What is wrong with what is kept, before the cell is looked at.
    pub(crate) fn finding(&self) -> Option<Finding> {
        let outside = size_of(self.recorded.as_deref()?);
        let Some(file) = self.file.as_deref() else {
            return Some(Finding::OutsideMissing { outside });
        };
        let size = size_of(file);
        if size < outside {
            return Some(Finding::OutsideOlder { file: size, outside });
        }
        let is_other = size == outside && tree_of(file) != self.recorded.as_deref().and_then(tree_of);
        is_other.then_some(Finding::OutsideTwo { outside })
    }
}

fn tree_of(text: &str) -> Option<TreeHead> {
    let note = note::Note::parse(text).ok()?;
    Some(Checkpoint::parse(note.unverified_text()).ok()?.tree)
}

/// How many entries a checkpoint says that there are; 0 if it is none.
fn size_of(text: &str) -> u64 {
    tree_of(text).map_or(0, |tree| tree.size)
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
            filed: Mutex::default(),
            recorded: Mutex::default(),
        })
    }

    fn path(&self, cell: CellId) -> PathBuf {
        self.folder.join(format!("{}.note", cell.uuid().simple()))
    }

    /// The checkpoint in a cell's file, as it was signed.
    pub(crate) fn note_in_file(&self, cell: CellId) -> std::io::Result<Option<String>> {
        use std::io::Read as _;
        match std::fs::File::open(self.path(cell)) {
            Ok(file) => {
                let mut text = Vec::new();
                file.take(FILE_BYTES_MAX).read_to_end(&mut text)?;
                // What is no text is no checkpoint, and is found to be none.
                Ok(Some(String::from_utf8_lossy(&text).into_owned()))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Writes the heads that moved forward into their files. Blocks on the disk; durable when it returns.
    pub(crate) fn publish(&self, all: &[(CellId, Head)]) -> std::io::Result<()> {
        let mut filed = self.filed.lock().unwrap_or_else(PoisonError::into_inner);
        let mut is_changed = false;
        for (cell, head) in all {
            let known = match filed.get(cell) {
                Some(size) => Some(*size),
                // What an earlier process published: a shorter log must not hide that it was longer.
                None => self.note_in_file(*cell)?.as_deref().map(size_of),
            };
            if known.is_some_and(|size| size >= head.tree.size) {
                continue;
            }
            self.write(*cell, head)?;
            filed.insert(*cell, head.tree.size);
            is_changed = true;
        }
        if is_changed {
            // A row in the platform's cell must not be ahead of a file whose new name was lost with the power.
            std::fs::File::open(&self.folder)?.sync_all()?;
        }
        Ok(())
    }

    fn write(&self, cell: CellId, head: &Head) -> std::io::Result<()> {
        let path = self.path(cell);
        let next = path.with_extension("next");
        let mut file = match std::fs::File::create(&next) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                // Somebody took the folder away while the house was open.
                std::fs::create_dir_all(&self.folder)?;
                std::fs::File::create(&next)?
            }
            file => file?,
        };
        file.write_all(head.checkpoint.as_bytes())?;
        file.sync_data()?;
        std::fs::rename(&next, &path)
    }

    /// Those whose rows in the platform's cell are behind, as far as this process knows.
    pub(crate) fn unrecorded(&self, all: Vec<(CellId, Head)>) -> Vec<(CellId, Head)> {
        let recorded = self.recorded.lock().unwrap_or_else(PoisonError::into_inner);
        let is_behind = |cell: &CellId, size| recorded.get(cell).is_none_or(|known| *known < size);
        all.into_iter()
            .filter(|(cell, head)| is_behind(cell, head.tree.size))
            .collect()
    }

    /// Notes that these rows are written.
    pub(crate) fn note_recorded(&self, all: &[(CellId, u64)]) {
        let mut recorded = self.recorded.lock().unwrap_or_else(PoisonError::into_inner);
        recorded.extend(all.iter().copied());
    }
}

/// Writes the head of a cell into its row of the platform's cell, unless the row says more.
pub(crate) fn record(tx: &mut Tx<'_>, cell: CellId, head: &Head, now: Instant) -> Result<(), CellError> {
    let size = i64::try_from(head.tree.size).unwrap_or(i64::MAX);
    let values = (
        heads::size.eq(size),
        heads::note.eq(&head.checkpoint),
        heads::at.eq(now),
    );
    let row = heads::table.filter(heads::cell.eq(cell));
    if recorded(&mut tx.read(), cell)?.is_none() {
        tx.execute(diesel::insert_into(heads::table).values((heads::cell.eq(cell), values)))?;
    } else {
        tx.execute(diesel::update(row.filter(heads::size.lt(size))).set(values))?;
    }
    Ok(())
}

/// The checkpoint in a cell's row of the platform's cell.
pub(crate) fn recorded(tx: &mut Read<'_>, cell: CellId) -> Result<Option<String>, CellError> {
    tx.first(heads::table.filter(heads::cell.eq(cell)).select(heads::note).limit(1))
}

/// All checkpoints in the platform's cell.
pub(crate) fn all_recorded(tx: &mut Read<'_>) -> Result<Vec<(CellId, String)>, CellError> {
    tx.load(
        heads::table
            .order(heads::cell)
            .select((heads::cell, heads::note))
            .limit(ROWS_MAX),
    )
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
