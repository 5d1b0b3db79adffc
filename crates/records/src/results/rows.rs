//! The statements of this slice.

use diesel::prelude::*;
use skillsyms_cells::schema::results;
use skillsyms_cells::{CellError, Read, Tx};
use skillsyms_core::{AssessmentId, EnrolmentId, Instant, LearnerId, ModuleId, Outcome, PersonId, ResultId};
use skillsyms_vault::Sealed;

use crate::enrolments::reach::{Reach, load_in_reach};

/// Rows of one insert: well under what either engine takes as parameters of one statement.
const ROWS_PER_INSERT: usize = 500;

/// A result as it is kept.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = results, treat_none_as_default_value = false)]
pub struct ResultRow {
    /// Its id.
    pub id: ResultId,
    /// Of which enrolment.
    pub enrolment: EnrolmentId,
    /// Of which module.
    pub module: ModuleId,
    /// Of which learner.
    pub learner: LearnerId,
    /// From which assessment.
    pub assessment: AssessmentId,
    /// The outcome; of a reversal, the outcome that it takes back.
    pub outcome: Outcome,
    /// The result that this one takes back.
    pub reverses: Option<ResultId>,
    /// Why it was taken back.
    pub reason: Option<Sealed<String>>,
    /// Who locked or reversed it.
    pub created_by: PersonId,
    /// When.
    pub created_at: Instant,
}

/// Inserts results.
pub(super) fn insert(tx: &mut Tx<'_>, rows: &[ResultRow]) -> Result<(), CellError> {
    for part in rows.chunks(ROWS_PER_INSERT) {
        tx.execute(diesel::insert_into(results::table).values(part.to_vec()))?;
    }
    Ok(())
}

/// One result.
pub(super) fn one(tx: &mut Read<'_>, id: ResultId) -> Result<Option<ResultRow>, CellError> {
    tx.first(results::table.filter(results::id.eq(id)).limit(1))
}

/// All results of these enrolments, reversals too, in their order.
pub(super) fn of_enrolments(tx: &mut Read<'_>, enrolments: &[EnrolmentId]) -> Result<Vec<ResultRow>, CellError> {
    tx.load(
        results::table
            .filter(results::enrolment.eq_any(enrolments.to_vec()))
            .order(results::id),
    )
}

/// Which of these results were reversed.
pub(super) fn reversed(tx: &mut Read<'_>, of: &[ResultId]) -> Result<Vec<ResultId>, CellError> {
    let found = results::table.filter(results::reverses.eq_any(of.to_vec()));
    tx.load(found.select(results::reverses.assume_not_null()))
}

/// The assessments of a module whose results were reversed.
pub(crate) fn reversed_assessments(
    tx: &mut Read<'_>,
    enrolment: EnrolmentId,
    module: ModuleId,
) -> Result<Vec<AssessmentId>, CellError> {
    let of = results::table
        .filter(results::enrolment.eq(enrolment))
        .filter(results::module.eq(module));
    tx.load(of.filter(results::reverses.is_not_null()).select(results::assessment))
}

/// Whether a result of this enrolment was reversed after an instant.
pub(crate) fn reversed_since(tx: &mut Read<'_>, enrolment: EnrolmentId, at: Instant) -> Result<bool, CellError> {
    let of = results::table
        .filter(results::enrolment.eq(enrolment))
        .filter(results::reverses.is_not_null());
    let found: Option<ResultId> = tx.first(of.filter(results::created_at.gt(at)).select(results::id).limit(1))?;
    Ok(found.is_some())
}

/// Results in reach after this id.
pub(super) fn page(tx: &mut Read<'_>, reach: Reach, after: ResultId, rows: i64) -> Result<Vec<ResultRow>, CellError> {
    let from = results::table
        .filter(results::id.gt(after))
        .order(results::id)
        .limit(rows);
    load_in_reach!(tx, from, results::enrolment, reach)
}
