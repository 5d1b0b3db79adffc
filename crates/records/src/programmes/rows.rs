//! The statements of this slice.

use diesel::prelude::*;
use skillsyms_cells::schema::{modules, programmes};
use skillsyms_cells::{CellError, Read, Tx};
use skillsyms_core::{Instant, ModuleCode, ModuleId, ModuleKind, ProgrammeId, ProgrammeKind, SaqaId};
use skillsyms_people::ByAge;

/// The state of a programme that takes enrolments.
pub const ACTIVE: &str = "active";

/// A programme that is inserted.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = programmes, treat_none_as_default_value = false)]
pub struct NewProgrammeRow {
    /// Its id.
    pub id: ProgrammeId,
    /// What kind of programme it is.
    pub kind: ProgrammeKind,
    /// Its title.
    pub title: String,
    /// Its id at SAQA.
    pub saqa_id: SaqaId,
    /// Its NQF level.
    pub nqf_level: i64,
    /// Its credits.
    pub credits: i64,
    /// Share of assessments that is moderated, in percent.
    pub sampling_percent: i64,
    /// Fewest assessments that are moderated.
    pub sampling_floor: i64,
    /// Attempts at one module.
    pub attempts_limit: i64,
    /// Its state.
    pub state: &'static str,
    /// Its version.
    pub version: i64,
    /// When it was registered.
    pub created_at: Instant,
    /// When it was changed.
    pub changed_at: Instant,
}

/// A module that is inserted.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = modules, treat_none_as_default_value = false)]
pub struct NewModuleRow {
    /// Its id.
    pub id: ModuleId,
    /// Its programme.
    pub programme: ProgrammeId,
    /// Its code.
    pub code: ModuleCode,
    /// What kind of module it is.
    pub kind: ModuleKind,
    /// Its title.
    pub title: String,
    /// Its NQF level.
    pub nqf_level: i64,
    /// Its credits.
    pub credits: i64,
    /// Its place in the curriculum, from 1.
    pub position: i64,
    /// Its criteria, a line each.
    pub criteria: String,
}

/// A programme as it is kept.
#[derive(Clone, Debug, Queryable)]
pub struct ProgrammeRow {
    /// Its id.
    pub id: ProgrammeId,
    /// What kind of programme it is.
    pub kind: ProgrammeKind,
    /// Its title.
    pub title: String,
    /// Its id at SAQA.
    pub saqa_id: SaqaId,
    /// Its NQF level.
    pub nqf_level: i64,
    /// Its credits.
    pub credits: i64,
    /// Share of assessments that is moderated, in percent.
    pub sampling_percent: i64,
    /// Fewest assessments that are moderated.
    pub sampling_floor: i64,
    /// Attempts at one module.
    pub attempts_limit: i64,
    /// Its version.
    pub version: i64,
    /// When it was registered.
    pub created_at: Instant,
}

/// A module as it is kept.
#[derive(Clone, Debug, Queryable)]
pub struct ModuleRow {
    /// Its id.
    pub id: ModuleId,
    /// Its programme.
    pub programme: ProgrammeId,
    /// Its code.
    pub code: ModuleCode,
    /// What kind of module it is.
    pub kind: ModuleKind,
    /// Its title.
    pub title: String,
    /// Its NQF level.
    pub nqf_level: i64,
    /// Its credits.
    pub credits: i64,
    /// Its criteria, a line each.
    pub criteria: String,
}

#[diesel::dsl::auto_type]
fn programme_columns() -> _ {
    (
        programmes::id,
        programmes::kind,
        programmes::title,
        programmes::saqa_id,
        programmes::nqf_level,
        programmes::credits,
        programmes::sampling_percent,
        programmes::sampling_floor,
        programmes::attempts_limit,
        programmes::version,
        programmes::created_at,
    )
}

#[diesel::dsl::auto_type]
fn module_columns() -> _ {
    (
        modules::id,
        modules::programme,
        modules::code,
        modules::kind,
        modules::title,
        modules::nqf_level,
        modules::credits,
        modules::criteria,
    )
}

/// Inserts a programme.
pub(super) fn insert(tx: &mut Tx<'_>, row: &NewProgrammeRow) -> Result<(), CellError> {
    tx.execute(diesel::insert_into(programmes::table).values(row.clone()))?;
    Ok(())
}

/// Inserts its modules.
pub(super) fn insert_modules(tx: &mut Tx<'_>, rows: &[NewModuleRow]) -> Result<(), CellError> {
    tx.execute(diesel::insert_into(modules::table).values(rows.to_vec()))?;
    Ok(())
}

/// One programme.
///
/// # Errors
/// What the engine says.
pub fn one(tx: &mut Read<'_>, id: ProgrammeId) -> Result<Option<ProgrammeRow>, CellError> {
    tx.first(
        programmes::table
            .filter(programmes::id.eq(id))
            .select(programme_columns())
            .limit(1),
    )
}

/// The modules of a programme, in the order of the curriculum.
///
/// # Errors
/// What the engine says.
pub fn modules(tx: &mut Read<'_>, programme: ProgrammeId) -> Result<Vec<ModuleRow>, CellError> {
    let of = modules::table.filter(modules::programme.eq(programme));
    tx.load(of.order((modules::position, modules::id)).select(module_columns()))
}

/// One module.
///
/// # Errors
/// What the engine says.
pub fn module(tx: &mut Read<'_>, id: ModuleId) -> Result<Option<ModuleRow>, CellError> {
    tx.first(
        modules::table
            .filter(modules::id.eq(id))
            .select(module_columns())
            .limit(1),
    )
}

/// Programmes behind this one in the order that is asked for.
pub(super) fn page(
    tx: &mut Read<'_>,
    (sort, beyond): (ByAge, ProgrammeId),
    rows: i64,
) -> Result<Vec<ProgrammeRow>, CellError> {
    let from = programmes::table.limit(rows).select(programme_columns());
    match sort {
        ByAge::Oldest => tx.load(from.filter(programmes::id.gt(beyond)).order(programmes::id.asc())),
        ByAge::Newest => tx.load(from.filter(programmes::id.lt(beyond)).order(programmes::id.desc())),
    }
}
