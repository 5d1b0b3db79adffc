//! The SQL of imports, one function a statement.

use std::collections::BTreeMap;

use diesel::prelude::*;
use skillsyms_cells::schema::{import_failures, import_reasons, imports};
use skillsyms_cells::{CellError, Read, Tx};
use skillsyms_core::{ImportId, Instant, PersonId};
use skillsyms_door::Cx;
use skillsyms_people::ByAge;
use skillsyms_vault::Sealed;

use super::ImportState;

/// An import.
#[derive(Queryable)]
pub(crate) struct Row {
    pub(crate) id: ImportId,
    pub(crate) state: String,
    pub(crate) file_name: Sealed<String>,
    pub(crate) rows_read: i64,
    pub(crate) rows_kept: i64,
    pub(crate) rows_refused: i64,
    pub(crate) warnings: i64,
    /// The person or the key that began it; none for the console.
    pub(crate) created_by: Option<PersonId>,
    pub(crate) created_at: Instant,
    pub(crate) finished_at: Option<Instant>,
}

impl Row {
    /// An import of which no row was read.
    pub(crate) fn new(cx: &Cx, id: ImportId, state: ImportState, file_name: Sealed<String>) -> Self {
        Self {
            id,
            state: state.as_str().to_owned(),
            file_name,
            rows_read: 0,
            rows_kept: 0,
            rows_refused: 0,
            warnings: 0,
            created_by: cx.actor().id().map(PersonId::new),
            created_at: cx.now(),
            finished_at: None,
        }
    }
}

/// One error of one row. The row's content is with the first of its errors.
#[derive(Queryable, Insertable)]
#[diesel(table_name = import_failures, treat_none_as_default_value = false)]
pub(crate) struct FailureRow {
    pub(crate) import: ImportId,
    pub(crate) line: i64,
    pub(crate) seq: i64,
    pub(crate) column_name: String,
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) content: Vec<u8>,
}

/// What a chunk adds to the counts of its import.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) read: i64,
    pub(crate) kept: i64,
    pub(crate) refused: i64,
    pub(crate) warnings: i64,
}

pub(crate) fn insert(tx: &mut Tx<'_>, row: &Row) -> Result<(), CellError> {
    tx.execute(diesel::insert_into(imports::table).values((
        imports::id.eq(row.id),
        imports::state.eq(&row.state),
        imports::file_name.eq(&row.file_name),
        imports::rows_read.eq(row.rows_read),
        imports::rows_kept.eq(row.rows_kept),
        imports::rows_refused.eq(row.rows_refused),
        imports::warnings.eq(row.warnings),
        imports::created_by.eq(row.created_by),
        imports::created_at.eq(row.created_at),
        imports::finished_at.eq(row.finished_at),
    )))?;
    Ok(())
}

pub(crate) fn by_id(read: &mut Read<'_>, id: ImportId) -> Result<Option<Row>, CellError> {
    read.first(imports::table.filter(imports::id.eq(id)).limit(1))
}

/// Imports behind this one in the order that is asked for: in one state, or in any.
pub(crate) fn page(
    read: &mut Read<'_>,
    state: Option<ImportState>,
    (sort, beyond): (ByAge, ImportId),
    rows: i64,
) -> Result<Vec<Row>, CellError> {
    macro_rules! in_state {
        ($from:expr) => {
            match state {
                None => read.load($from.limit(rows)),
                Some(state) => read.load($from.filter(imports::state.eq(state.as_str())).limit(rows)),
            }
        };
    }
    match sort {
        ByAge::Newest => in_state!(imports::table.filter(imports::id.lt(beyond)).order(imports::id.desc())),
        ByAge::Oldest => in_state!(imports::table.filter(imports::id.gt(beyond)).order(imports::id.asc())),
    }
}

/// The latest imports that read a file, or began to.
pub(crate) fn latest_read(read: &mut Read<'_>, rows: i64) -> Result<Vec<Row>, CellError> {
    let unread = [ImportState::Waiting, ImportState::GivenUp].map(ImportState::as_str);
    let from = imports::table.filter(imports::state.ne_all(unread));
    read.load(from.order(imports::id.desc()).limit(rows))
}

/// How many files came since this instant and wait; those beyond `most` are not counted.
pub(crate) fn waiting_since(read: &mut Read<'_>, since: Instant, most: i64) -> Result<i64, CellError> {
    let waiting = imports::state.eq(ImportState::Waiting.as_str());
    let from = imports::table.filter(waiting.and(imports::created_at.gt(since)));
    let found: Vec<ImportId> = read.load(from.select(imports::id).limit(most))?;
    Ok(i64::try_from(found.len()).unwrap_or(i64::MAX))
}

pub(crate) fn start(tx: &mut Tx<'_>, id: ImportId) -> Result<(), CellError> {
    let running = imports::state.eq(ImportState::Running.as_str());
    tx.execute(diesel::update(imports::table.filter(imports::id.eq(id))).set(running))?;
    Ok(())
}

pub(crate) fn count(tx: &mut Tx<'_>, id: ImportId, counts: Counts) -> Result<(), CellError> {
    tx.execute(diesel::update(imports::table.filter(imports::id.eq(id))).set((
        imports::rows_read.eq(imports::rows_read + counts.read),
        imports::rows_kept.eq(imports::rows_kept + counts.kept),
        imports::rows_refused.eq(imports::rows_refused + counts.refused),
        imports::warnings.eq(imports::warnings + counts.warnings),
    )))?;
    Ok(())
}

pub(crate) fn end(tx: &mut Tx<'_>, id: ImportId, state: &str, at: Instant) -> Result<(), CellError> {
    let columns = (imports::state.eq(state), imports::finished_at.eq(Some(at)));
    tx.execute(diesel::update(imports::table.filter(imports::id.eq(id))).set(columns))?;
    Ok(())
}

/// Inserts failures, and counts their reasons.
pub(crate) fn insert_failures(tx: &mut Tx<'_>, rows: Vec<FailureRow>) -> Result<(), CellError> {
    let mut reasons: BTreeMap<(ImportId, String, String), (String, i64)> = BTreeMap::new();
    for row in &rows {
        let key = (row.import, row.column_name.clone(), row.code.clone());
        let (_, n) = reasons.entry(key).or_insert_with(|| (row.message.clone(), 0));
        *n = n.saturating_add(1);
    }
    tx.execute(diesel::insert_into(import_failures::table).values(rows))?;
    for ((import, column, code), (message, n)) in &reasons {
        tx.execute(
            diesel::insert_into(import_reasons::table)
                .values((
                    import_reasons::import.eq(import),
                    import_reasons::column_name.eq(column),
                    import_reasons::code.eq(code),
                    import_reasons::message.eq(message),
                    import_reasons::n.eq(n),
                ))
                .on_conflict((
                    import_reasons::import,
                    import_reasons::column_name,
                    import_reasons::code,
                ))
                .do_update()
                .set(import_reasons::n.eq(import_reasons::n + n)),
        )?;
    }
    Ok(())
}

/// A reason for which rows were refused, and how often.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub(crate) struct ReasonRow {
    pub(crate) column_name: String,
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) n: i64,
}

/// The reasons of these imports: some hundreds at most, for there are as many as columns and their rules.
pub(crate) fn reasons(read: &mut Read<'_>, of: &[ImportId]) -> Result<Vec<ReasonRow>, CellError> {
    let columns = (
        import_reasons::column_name,
        import_reasons::code,
        import_reasons::message,
        import_reasons::n,
    );
    let found = import_reasons::table.filter(import_reasons::import.eq_any(of.to_vec()));
    read.load(found.select(columns))
}

/// How many errors a line has.
pub(crate) fn failures_of_line(tx: &mut Tx<'_>, id: ImportId, line: i64) -> Result<i64, CellError> {
    let errors: Vec<i64> = tx.load(
        import_failures::table
            .filter(import_failures::import.eq(id).and(import_failures::line.eq(line)))
            .select(import_failures::seq),
    )?;
    Ok(errors.into_iter().max().map_or(0, |seq| seq.saturating_add(1)))
}

/// Lines with errors after this one.
pub(crate) fn failed_lines(read: &mut Read<'_>, id: ImportId, after: i64, rows: i64) -> Result<Vec<i64>, CellError> {
    read.load(
        import_failures::table
            .filter(
                import_failures::import
                    .eq(id)
                    .and(import_failures::line.gt(after))
                    .and(import_failures::seq.eq(0)),
            )
            .order(import_failures::line.asc())
            .select(import_failures::line)
            .limit(rows),
    )
}

/// The last errors, the last first: those of one line at least.
pub(crate) fn last_failures(read: &mut Read<'_>, id: ImportId) -> Result<Vec<FailureRow>, CellError> {
    /// A line has at most an error for each column and one for the whole.
    const ERRORS_OF_A_LINE: i64 = 40;
    read.load(
        import_failures::table
            .filter(import_failures::import.eq(id))
            .order((import_failures::line.desc(), import_failures::seq.desc()))
            .limit(ERRORS_OF_A_LINE),
    )
}

/// All errors of the lines from one to another.
pub(crate) fn failures(read: &mut Read<'_>, id: ImportId, from: i64, to: i64) -> Result<Vec<FailureRow>, CellError> {
    read.load(
        import_failures::table
            .filter(
                import_failures::import
                    .eq(id)
                    .and(import_failures::line.between(from, to)),
            )
            .order((import_failures::line.asc(), import_failures::seq.asc())),
    )
}
