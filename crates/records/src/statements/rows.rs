//! The statements, in SQL's sense, of this slice.

use diesel::prelude::*;
use skillsyms_cells::schema::{assessments, statements};
use skillsyms_cells::{CellError, Read, Tx};
use skillsyms_core::{AssessmentId, EnrolmentId, Instant, LearnerId, PersonId, StatementId};
use skillsyms_vault::{Json, Sealed};

use super::body::Statement;
use crate::enrolments::reach::{Reach, load_in_reach};

/// A statement as it is kept.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = statements, treat_none_as_default_value = false)]
pub struct StatementRow {
    /// Its id.
    pub id: StatementId,
    /// Number to verify it by.
    pub number: String,
    /// Of which enrolment.
    pub enrolment: EnrolmentId,
    /// Of which learner.
    pub learner: LearnerId,
    /// What it says.
    pub body: Sealed<Json<Statement>>,
    /// Who issued it.
    pub issued_by: PersonId,
    /// When.
    pub issued_at: Instant,
}

/// A statement without what it says.
#[derive(Clone, Debug, Queryable)]
pub struct LineRow {
    /// Its id.
    pub id: StatementId,
    /// Number to verify it by.
    pub number: String,
    /// Of which enrolment.
    pub enrolment: EnrolmentId,
    /// Of which learner.
    pub learner: LearnerId,
    /// Who issued it.
    pub issued_by: PersonId,
    /// When.
    pub issued_at: Instant,
}

/// Inserts a statement.
pub(super) fn insert(tx: &mut Tx<'_>, row: StatementRow) -> Result<(), CellError> {
    tx.execute(diesel::insert_into(statements::table).values(row))?;
    Ok(())
}

/// One statement.
pub(super) fn one(tx: &mut Read<'_>, id: StatementId) -> Result<Option<StatementRow>, CellError> {
    tx.first(statements::table.filter(statements::id.eq(id)).limit(1))
}

/// The statement of this number.
pub(super) fn numbered(tx: &mut Read<'_>, number: &str) -> Result<Option<StatementRow>, CellError> {
    tx.first(
        statements::table
            .filter(statements::number.eq(number.to_owned()))
            .limit(1),
    )
}

/// The days of these assessments.
pub(super) fn days(tx: &mut Read<'_>, of: &[AssessmentId]) -> Result<Vec<(AssessmentId, String)>, CellError> {
    let found = assessments::table.filter(assessments::id.eq_any(of.to_vec()));
    tx.load(found.select((assessments::id, assessments::assessed_on)))
}

/// Statements in reach after this id.
pub(super) fn page(tx: &mut Read<'_>, reach: Reach, after: StatementId, rows: i64) -> Result<Vec<LineRow>, CellError> {
    let columns = (
        statements::id,
        statements::number,
        statements::enrolment,
        statements::learner,
        statements::issued_by,
        statements::issued_at,
    );
    let from = statements::table
        .filter(statements::id.gt(after))
        .order(statements::id)
        .limit(rows)
        .select(columns);
    load_in_reach!(tx, from, statements::enrolment, reach)
}
