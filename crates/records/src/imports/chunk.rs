//! Act: import some rows. Checking and sealing happen before the transaction; in it there are one look-up of the blind
//! indexes, one insert of the good rows, one of the refused, and the counts.

use std::collections::HashSet;
use std::sync::Arc;

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Serialize;
use skillsyms_cells::{Read, Tx};
use skillsyms_core::person::NewLearner;
use skillsyms_core::{CheckedLearner, FieldError, ImportId, LearnerId, Problem};
use skillsyms_door::{Act, Cx, Disclosure, Fault, Note, Quotas, Target};
use skillsyms_vault::{BlindIndex, Json, Place, Sealed, sha256};

use super::header::Header;
use super::parse::{RawRow, WHOLE_ROW};
use super::rows::{self, Counts, FailureRow};
use super::{CHUNK_TOO_LARGE, ENTITY};
use crate::dashboard::{self, Counter};
use crate::learners::rows::{self as learners, NewRow};
use crate::learners::{self as slice, category, sealing};

/// Most rows in one act: the writer is held a few milliseconds.
pub const CHUNK_ROWS: usize = 50;
/// Most errors of one row that are kept; a row of another file has one in each column.
const ERRORS_MAX: usize = 64;

/// The cells of a refused row, by column.
pub(crate) type Content = Vec<(String, String)>;

/// Imports some rows of a file.
#[derive(Clone, Debug)]
pub struct ImportChunk {
    /// Into which import.
    pub import: ImportId,
    /// Which column is which.
    pub header: Arc<Header>,
    /// The rows, at most [`CHUNK_ROWS`].
    pub rows: Arc<Vec<RawRow>>,
}

/// One thing that is wrong with one row. It never repeats the value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RowError {
    /// The line of the file.
    pub line: i64,
    /// The column, or `row` for the row as a whole.
    pub column: String,
    /// Stable name of the reason.
    pub code: String,
    /// What is wrong and what would be right.
    pub message: String,
}

/// What came of some rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChunkDone {
    /// Learners who were registered.
    pub kept: Vec<LearnerId>,
    /// Rows that were refused.
    pub refused: u64,
    /// What is wrong with them.
    pub errors: Vec<RowError>,
    /// What is unusual about rows that were kept.
    pub warnings: u64,
}

/// Rows, checked and sealed.
pub struct SealedRows {
    good: Vec<Good>,
    bad: Vec<Bad>,
}

struct Good {
    line: i64,
    /// Its place among the rows of the act.
    at: usize,
    row: NewRow,
    warnings: u64,
}

struct Bad {
    line: i64,
    errors: Vec<FieldError>,
    content: Vec<u8>,
}

impl Act for ImportChunk {
    const NAME: &'static str = "import.chunk";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Ready = SealedRows;
    type Output = ChunkDone;

    fn prepare(&self, cx: &Cx) -> Result<SealedRows, Fault> {
        if self.rows.len() > CHUNK_ROWS {
            return Err(Problem::new(&CHUNK_TOO_LARGE).into());
        }
        let mut sealed = SealedRows {
            good: Vec::with_capacity(self.rows.len()),
            bad: Vec::new(),
        };
        for (at, row) in self.rows.iter().enumerate() {
            let line = i64::try_from(row.line).unwrap_or(i64::MAX);
            match checked(&self.header, row, cx.today()) {
                Ok(learner) => {
                    let warnings = u64::try_from(learner.warnings.len()).unwrap_or(0);
                    let row = sealing::seal_new(cx, learner, Some(self.import))?;
                    sealed.good.push(Good {
                        line,
                        at,
                        row,
                        warnings,
                    });
                }
                Err(errors) => sealed.bad.push(Bad {
                    line,
                    errors,
                    content: self.content(cx, row, line)?,
                }),
            }
        }
        Ok(sealed)
    }

    fn target(&self, tx: &mut Read<'_>) -> Result<Target, Fault> {
        super::target(tx, self.import)
    }

    fn run(&self, cx: &Cx, ready: &SealedRows, tx: &mut Tx<'_>) -> Result<ChunkDone, Fault> {
        super::running(cx, &mut tx.read(), self.import)?;
        let (new, doubled) = parted(tx, &ready.good)?;
        if !new.is_empty() {
            let more = i64::try_from(new.len()).unwrap_or(i64::MAX);
            let used = || Ok(dashboard::total(&mut tx.read(), Counter::Learners)?);
            Quotas::check(cx.quotas().learners, "learners", more, used)?;
            let rows: Vec<&NewRow> = new.iter().map(|good| &good.row).collect();
            learners::insert_all(tx, &rows)?;
        }
        let mut failures: Vec<FailureRow> = ready
            .bad
            .iter()
            .flat_map(|bad| self.failed(bad.line, &bad.errors, &bad.content))
            .collect();
        for good in &doubled {
            let Some(raw) = self.rows.get(good.at) else { continue };
            let content = self.content(cx, raw, good.line)?;
            failures.extend(self.failed(good.line, &[duplicate(&good.row)], &content));
        }
        let refused = ready.bad.len().saturating_add(doubled.len());
        let done = ChunkDone {
            kept: new.iter().map(|good| good.row.id).collect(),
            refused: u64::try_from(refused).unwrap_or(0),
            errors: failures.iter().map(RowError::of).collect(),
            warnings: new.iter().map(|good| good.warnings).sum(),
        };
        if !failures.is_empty() {
            rows::insert_failures(tx, failures)?;
        }
        rows::count(tx, self.import, done.counts(self.rows.len()))?;
        Ok(done)
    }

    fn entry(&self, output: &ChunkDone) -> Note {
        let count = u64::try_from(output.kept.len()).unwrap_or(0);
        let note = Note::on(ENTITY, self.import.uuid())
            .about_all(output.kept.iter().copied())
            .count(count);
        note.category(category::IDENTITY)
            .category(category::CONTACT)
            .category(category::PROFILE)
    }
}

impl ImportChunk {
    fn content(&self, cx: &Cx, row: &RawRow, line: i64) -> Result<Vec<u8>, Fault> {
        let named = |(at, cell): (usize, &String)| (self.header.name(at).to_owned(), cell.clone());
        // What is left out is not kept either.
        let cells = row
            .cells
            .iter()
            .enumerate()
            .filter(|(at, _)| !self.header.is_left_out(*at));
        let content: Content = cells.map(named).collect();
        let sealed = Sealed::seal(cx.keys(), place(self.import, line), &Json(content), cx.rng())?;
        Ok(sealed.bytes().to_vec())
    }

    /// One row for each error; the content is kept once.
    fn failed(&self, line: i64, errors: &[FieldError], content: &[u8]) -> Vec<FailureRow> {
        let row = |(seq, error): (i64, &FieldError)| FailureRow {
            import: self.import,
            line,
            seq,
            column_name: error.field.clone().into_owned(),
            code: error.code.to_owned(),
            message: error.message.to_owned(),
            content: if seq == 0 { content.to_vec() } else { Vec::new() },
        };
        (0..).zip(errors.iter().take(ERRORS_MAX)).map(row).collect()
    }
}

/// Everything that is wrong with a row at once: what the learner's own fields say, and cells that a spreadsheet would
/// run in columns that have nothing to say about it. A row of another width is not looked at further.
pub(super) fn checked(header: &Header, row: &RawRow, today: Date) -> Result<CheckedLearner, Vec<FieldError>> {
    if row.errors.iter().any(|error| error.field == WHOLE_ROW) {
        return Err(row.errors.clone());
    }
    let learner = NewLearner::from_columns(|name| header.cell(&row.cells, name));
    let checked = learner.validate(today);
    if row.errors.is_empty() {
        return checked;
    }
    let mut errors = checked.err().unwrap_or_default();
    let is_new = |formula: &&FieldError| !errors.iter().any(|error| error.field == formula.field);
    let formulas: Vec<FieldError> = row.errors.iter().filter(is_new).cloned().collect();
    errors.extend(formulas);
    Err(errors)
}

impl RowError {
    pub(crate) fn of(row: &FailureRow) -> Self {
        Self {
            line: row.line,
            column: row.column_name.clone(),
            code: row.code.clone(),
            message: row.message.clone(),
        }
    }
}

impl ChunkDone {
    fn counts(&self, read: usize) -> Counts {
        let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        Counts {
            read: count(read),
            kept: count(self.kept.len()),
            refused: i64::try_from(self.refused).unwrap_or(i64::MAX),
            warnings: i64::try_from(self.warnings).unwrap_or(i64::MAX),
        }
    }
}

/// Parts the rows whose number is new from those whose number is there already, in the table or above in this chunk.
fn parted<'r>(tx: &mut Tx<'_>, good: &'r [Good]) -> Result<(Vec<&'r Good>, Vec<&'r Good>), Fault> {
    if good.is_empty() {
        return Ok((Vec::new(), Vec::new()));
    }
    let indexes: Vec<BlindIndex> = good.iter().map(|good| good.row.id_index).collect();
    let mut seen: HashSet<BlindIndex> = learners::taken(tx, &indexes)?.into_iter().collect();
    Ok(good.iter().partition(|good| seen.insert(good.row.id_index)))
}

fn duplicate(row: &NewRow) -> FieldError {
    let field = if row.id_kind == "sa_id" {
        "id_number"
    } else {
        "alternate_id"
    };
    FieldError {
        field: field.into(),
        code: slice::DUPLICATE.name,
        message: slice::DUPLICATE.title,
    }
}

/// Where the content of a refused row lives: bound to its import and its line.
pub(crate) fn place(import: ImportId, line: i64) -> Place<'static> {
    let digest = sha256(&[import.bytes().as_slice(), &line.to_be_bytes()].concat());
    let mut row = [0; 16];
    row.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
    Place::new("import_failures", "content", row)
}
