//! The statements of this slice.

use diesel::dsl::count_star;
use diesel::prelude::*;
use skillsyms_cells::schema::{
    assessments, counters, enrolments, evidence, learners, moderations, people, programmes, settings, statements, tasks,
};
use skillsyms_cells::{CellError, Read, Tx};
use skillsyms_core::{EnrolmentStatus, Instant, TaskKind};

use super::count::Counter;

/// A counter in one period.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Queryable)]
pub(super) struct CounterRow {
    /// Name of the counter.
    pub name: String,
    /// Its month, week or day.
    pub period: String,
    /// How many.
    pub n: i64,
}

/// Takes a counter away that came down to nothing.
pub(super) fn drop_empty(tx: &mut Tx<'_>, name: &'static str, period: &str) -> Result<(), CellError> {
    let one = counters::table
        .filter(counters::name.eq(name))
        .filter(counters::period.eq(period));
    tx.execute(diesel::delete(one.filter(counters::n.eq(0))))?;
    Ok(())
}

/// These counters in every period from this one on.
pub(super) fn since(tx: &mut Read<'_>, of: &[Counter], first: &str) -> Result<Vec<CounterRow>, CellError> {
    let names: Vec<&str> = of.iter().map(|counter| counter.name()).collect();
    let some = counters::table
        .filter(counters::name.eq_any(names))
        .filter(counters::period.ge(first));
    tx.load(some.order((counters::name, counters::period)))
}

/// Whether the settings were ever changed.
pub(super) fn has_settings(tx: &mut Read<'_>) -> Result<bool, CellError> {
    let found: Option<i64> = tx.first(settings::table.select(settings::version).limit(1))?;
    Ok(found.is_some())
}

/// Whether there is somebody besides the first administrator.
pub(super) fn has_people(tx: &mut Read<'_>) -> Result<bool, CellError> {
    let found: Vec<i64> = tx.load(people::table.select(people::version).limit(2))?;
    Ok(found.len() > 1)
}

/// Whether there is a programme.
pub(super) fn has_programmes(tx: &mut Read<'_>) -> Result<bool, CellError> {
    let found: Option<i64> = tx.first(programmes::table.select(programmes::version).limit(1))?;
    Ok(found.is_some())
}

/// How many learners there are, counted row by row: for the check alone.
pub(super) fn all_learners(tx: &mut Read<'_>) -> Result<i64, CellError> {
    Ok(tx.first(learners::table.select(count_star()))?.unwrap_or(0))
}

/// How many enrolments there are in each state, counted row by row.
pub(super) fn all_enrolments(tx: &mut Read<'_>) -> Result<Vec<(EnrolmentStatus, i64)>, CellError> {
    let by_status = enrolments::table.group_by(enrolments::status);
    tx.load(by_status.select((enrolments::status, count_star())))
}

/// Since when everything waits that does.
pub(super) fn all_tasks(tx: &mut Read<'_>) -> Result<Vec<(TaskKind, Instant)>, CellError> {
    tx.load(tasks::table.select((tasks::kind, tasks::created_at)))
}

/// When all evidence came in.
pub(super) fn all_evidence(tx: &mut Read<'_>) -> Result<Vec<Instant>, CellError> {
    tx.load(evidence::table.select(evidence::created_at))
}

/// How many bytes all evidence has, file by file.
pub(super) fn all_evidence_bytes(tx: &mut Read<'_>) -> Result<i64, CellError> {
    let sizes: Vec<i64> = tx.load(evidence::table.select(evidence::size))?;
    Ok(sizes.into_iter().fold(0, i64::saturating_add))
}

/// When all assessments were recorded.
pub(super) fn all_assessments(tx: &mut Read<'_>) -> Result<Vec<Instant>, CellError> {
    tx.load(assessments::table.select(assessments::created_at))
}

/// When all decisions of moderators were made.
pub(super) fn all_moderations(tx: &mut Read<'_>) -> Result<Vec<Instant>, CellError> {
    tx.load(moderations::table.select(moderations::created_at))
}

/// When all statements were issued.
pub(super) fn all_statements(tx: &mut Read<'_>) -> Result<Vec<Instant>, CellError> {
    tx.load(statements::table.select(statements::issued_at))
}
