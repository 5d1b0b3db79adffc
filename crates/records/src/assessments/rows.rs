//! The statements of this slice.

use diesel::prelude::*;
use skillsyms_cells::schema::{assessments, moderations, registrations};
use skillsyms_cells::{CellError, Read, Tx};
use skillsyms_core::{
    AssessmentId, AssessmentKind, Decision, EnrolmentId, Instant, LearnerId, ModuleId, Outcome, PersonId,
    RegistrationId, Role,
};
use skillsyms_vault::Sealed;

use crate::enrolments::reach::{Reach, load_in_reach};

/// An assessment as it is kept.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = assessments, treat_none_as_default_value = false)]
pub struct AssessmentRow {
    /// Its id.
    pub id: AssessmentId,
    /// Of which enrolment.
    pub enrolment: EnrolmentId,
    /// Of which module.
    pub module: ModuleId,
    /// Of which learner.
    pub learner: LearnerId,
    /// Which attempt of its kind, from 1.
    pub attempt: i64,
    /// Formative or summative.
    pub kind: AssessmentKind,
    /// The outcome.
    pub outcome: Outcome,
    /// What the assessor wrote to the learner.
    pub feedback: Option<Sealed<String>>,
    /// Who assessed.
    pub assessor: PersonId,
    /// The day of the assessment.
    pub assessed_on: String,
    /// When it was recorded.
    pub created_at: Instant,
    /// Numbers of the criteria that were met, from 1, with commas between them.
    pub criteria_met: String,
}

/// Inserts an assessment.
pub(super) fn insert(tx: &mut Tx<'_>, row: AssessmentRow) -> Result<(), CellError> {
    tx.execute(diesel::insert_into(assessments::table).values(row))?;
    Ok(())
}

/// One assessment.
pub(crate) fn one(tx: &mut Read<'_>, id: AssessmentId) -> Result<Option<AssessmentRow>, CellError> {
    tx.first(assessments::table.filter(assessments::id.eq(id)).limit(1))
}

/// The assessments of a module of an enrolment, in their order.
pub(crate) fn history(
    tx: &mut Read<'_>,
    enrolment: EnrolmentId,
    module: ModuleId,
) -> Result<Vec<AssessmentRow>, CellError> {
    let of = assessments::table
        .filter(assessments::enrolment.eq(enrolment))
        .filter(assessments::module.eq(module));
    tx.load(of.order((assessments::attempt, assessments::id)))
}

/// The assessments of these enrolments, in their order.
pub(crate) fn of_enrolments(tx: &mut Read<'_>, of: &[EnrolmentId]) -> Result<Vec<AssessmentRow>, CellError> {
    let of = assessments::table.filter(assessments::enrolment.eq_any(of.to_vec()));
    tx.load(of.order(assessments::id))
}

/// Which of these assessments moderation returned.
pub(crate) fn returned(tx: &mut Read<'_>, of: &[AssessmentId]) -> Result<Vec<AssessmentId>, CellError> {
    let found = moderations::table
        .filter(moderations::assessment.eq_any(of.to_vec()))
        .filter(moderations::decision.eq(Decision::Returned));
    tx.load(found.select(moderations::assessment))
}

/// Whether somebody is registered for a role at some time between two instants.
pub(crate) fn registered(
    tx: &mut Read<'_>,
    person: PersonId,
    role: Role,
    (from, until): (Instant, Instant),
) -> Result<bool, CellError> {
    let found = registrations::table
        .filter(registrations::person.eq(person))
        .filter(registrations::kind.eq(role.as_str()))
        .filter(registrations::valid_from.lt(until))
        .filter(registrations::valid_until.gt(from));
    let found: Option<RegistrationId> = tx.first(found.select(registrations::id).limit(1))?;
    Ok(found.is_some())
}

/// Assessments in reach after this id.
pub(super) fn page(
    tx: &mut Read<'_>,
    reach: Reach,
    after: AssessmentId,
    rows: i64,
) -> Result<Vec<AssessmentRow>, CellError> {
    let from = assessments::table
        .filter(assessments::id.gt(after))
        .order(assessments::id)
        .limit(rows);
    load_in_reach!(tx, from, assessments::enrolment, reach)
}

/// Summative outcomes that count: judged or not, but neither returned by moderation nor reversed as results.
pub(crate) fn standing<'a>(
    history: &'a [AssessmentRow],
    returned: &'a [AssessmentId],
    reversed: &'a [AssessmentId],
) -> impl Iterator<Item = &'a AssessmentRow> {
    history.iter().filter(move |row| {
        row.kind == AssessmentKind::Summative && !returned.contains(&row.id) && !reversed.contains(&row.id)
    })
}
