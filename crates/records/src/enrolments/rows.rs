//! The statements of this slice.

use diesel::prelude::*;
use skillsyms_cells::schema::{enrolment_pauses, enrolments, learners, people};
use skillsyms_cells::{CellError, Read, Tx};
use skillsyms_core::{
    EnrolmentChange, EnrolmentId, EnrolmentStatus, Instant, LearnerId, PauseId, PersonId, ProgrammeId, Role,
};
use skillsyms_door::Target;
use skillsyms_vault::Sealed;
use uuid::Uuid;

use super::names;
use super::reach::{Reach, load_where};
use super::team::Team;
use crate::dashboard::{self, Counter};

/// The state of an account that does nothing.
const SUSPENDED: &str = "suspended";

/// An enrolment as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = enrolments, treat_none_as_default_value = false)]
pub struct EnrolmentRow {
    /// Its id.
    pub id: EnrolmentId,
    /// The learner.
    pub learner: LearnerId,
    /// The programme.
    pub programme: ProgrammeId,
    /// Its status.
    pub status: EnrolmentStatus,
    /// First day.
    pub enrolled_on: String,
    /// Last day that is expected.
    pub expected_on: Option<String>,
    /// Who teaches.
    pub facilitator: Option<PersonId>,
    /// Who assesses.
    pub assessor: Option<PersonId>,
    /// Who moderates.
    pub moderator: Option<PersonId>,
    /// Who verifies.
    pub verifier: Option<PersonId>,
    /// Its version.
    pub version: i64,
    /// When it was made.
    pub created_at: Instant,
    /// When it was changed.
    pub changed_at: Instant,
}

impl EnrolmentRow {
    /// The team.
    #[must_use]
    pub const fn team(&self) -> Team {
        Team {
            facilitator: self.facilitator,
            assessor: self.assessor,
            moderator: self.moderator,
            verifier: self.verifier,
        }
    }

    /// A thing that hangs on this enrolment, with what the policies must know: whose it is, and who works with them.
    #[must_use]
    pub fn target(&self, entity: &'static str, id: Uuid) -> Target {
        Target::of(entity, id)
            .owned_by(self.learner)
            .assigned_to(self.team().people())
    }
}

/// What a team must know of somebody.
#[derive(Clone, Debug, Queryable)]
pub struct PersonRow {
    /// Their id.
    pub id: PersonId,
    state: String,
    roles: String,
    /// The learner's record that is their own.
    pub learner: Option<LearnerId>,
}

impl PersonRow {
    /// Whether the account is suspended.
    #[must_use]
    pub fn is_suspended(&self) -> bool {
        self.state == SUSPENDED
    }

    /// Whether they hold a role. The column holds the roles' words, whatever stands between them.
    #[must_use]
    pub fn holds(&self, role: Role) -> bool {
        self.roles
            .split(|c: char| !c.is_ascii_alphabetic())
            .any(|word| word == role.as_str())
    }
}

/// Inserts enrolments.
pub(super) fn insert(tx: &mut Tx<'_>, rows: &[EnrolmentRow]) -> Result<(), CellError> {
    tx.execute(diesel::insert_into(enrolments::table).values(rows.to_vec()))?;
    let learners: Vec<LearnerId> = rows.iter().map(|row| row.learner).collect();
    names::keep(tx, &learners, &[])
}

/// One enrolment.
///
/// # Errors
/// What the engine says.
pub fn one(tx: &mut Read<'_>, id: EnrolmentId) -> Result<Option<EnrolmentRow>, CellError> {
    tx.first(enrolments::table.filter(enrolments::id.eq(id)).limit(1))
}

/// Some enrolments.
///
/// # Errors
/// What the engine says.
pub fn some(tx: &mut Read<'_>, ids: &[EnrolmentId]) -> Result<Vec<EnrolmentRow>, CellError> {
    tx.load(enrolments::table.filter(enrolments::id.eq_any(ids.to_vec())))
}

/// Enrolments in reach after this id.
pub(super) fn page(
    tx: &mut Read<'_>,
    reach: Reach,
    after: EnrolmentId,
    rows: i64,
) -> Result<Vec<EnrolmentRow>, CellError> {
    let from = enrolments::table
        .filter(enrolments::id.gt(after))
        .order(enrolments::id)
        .limit(rows);
    load_where!(reach, tx.load(from), |condition| tx.load(from.filter(condition)))
}

/// Which of these learners hold a place in the programme now.
pub(super) fn enrolled(
    tx: &mut Read<'_>,
    programme: ProgrammeId,
    of: &[LearnerId],
) -> Result<Vec<LearnerId>, CellError> {
    let holding: Vec<EnrolmentStatus> = EnrolmentStatus::ALL
        .iter()
        .copied()
        .filter(|status| status.holds_place())
        .collect();
    let found = enrolments::table
        .filter(enrolments::learner.eq_any(of.to_vec()))
        .filter(enrolments::programme.eq(programme))
        .filter(enrolments::status.eq_any(holding));
    tx.load(found.select(enrolments::learner))
}

/// The record of an interruption, or of its end.
#[derive(Clone, Queryable, Insertable)]
#[diesel(table_name = enrolment_pauses, treat_none_as_default_value = false)]
pub(super) struct PauseRow {
    pub id: PauseId,
    pub enrolment: EnrolmentId,
    pub learner: LearnerId,
    /// The enrolment's version after the change.
    pub version: i64,
    pub change: EnrolmentChange,
    pub status_before: EnrolmentStatus,
    pub reason: Sealed<String>,
    pub created_by: PersonId,
    pub created_at: Instant,
}

pub(super) fn insert_pause(tx: &mut Tx<'_>, row: PauseRow) -> Result<(), CellError> {
    tx.execute(diesel::insert_into(enrolment_pauses::table).values(row))?;
    Ok(())
}

/// What the status was before the last change.
pub(super) fn last_pause(tx: &mut Read<'_>, id: EnrolmentId) -> Result<Option<EnrolmentStatus>, CellError> {
    tx.first(
        enrolment_pauses::table
            .filter(enrolment_pauses::enrolment.eq(id))
            .order(enrolment_pauses::version.desc())
            .select(enrolment_pauses::status_before)
            .limit(1),
    )
}

/// The changes of an enrolment, the newest first.
pub(super) fn pauses(tx: &mut Read<'_>, id: EnrolmentId, most: i64) -> Result<Vec<PauseRow>, CellError> {
    tx.load(
        enrolment_pauses::table
            .filter(enrolment_pauses::enrolment.eq(id))
            .order(enrolment_pauses::version.desc())
            .limit(most),
    )
}

/// Which of these learners exist.
pub(super) fn learners(tx: &mut Read<'_>, of: &[LearnerId]) -> Result<Vec<LearnerId>, CellError> {
    tx.load(
        learners::table
            .filter(learners::id.eq_any(of.to_vec()))
            .select(learners::id),
    )
}

/// These people.
pub(super) fn people(tx: &mut Read<'_>, ids: &[PersonId]) -> Result<Vec<PersonRow>, CellError> {
    let columns = (people::id, people::state, people::roles, people::learner);
    tx.load(people::table.filter(people::id.eq_any(ids.to_vec())).select(columns))
}

/// Puts a team in the place of the one before.
pub(super) fn set_team(tx: &mut Tx<'_>, row: &EnrolmentRow, team: Team, at: Instant) -> Result<(), CellError> {
    let change = diesel::update(enrolments::table.filter(enrolments::id.eq(row.id))).set((
        enrolments::facilitator.eq(team.facilitator),
        enrolments::assessor.eq(team.assessor),
        enrolments::moderator.eq(team.moderator),
        enrolments::verifier.eq(team.verifier),
        enrolments::version.eq(enrolments::version + 1),
        enrolments::changed_at.eq(at),
    ));
    tx.execute(change)?;
    let before: Vec<PersonId> = row.team().people().collect();
    names::keep(tx, &[row.learner], &before)
}

/// Moves enrolments from the status that their rows have to another, and counts them there.
pub(crate) fn set_status(
    tx: &mut Tx<'_>,
    of: &[EnrolmentRow],
    status: EnrolmentStatus,
    at: Instant,
) -> Result<(), CellError> {
    if of.is_empty() {
        return Ok(());
    }
    let ids: Vec<EnrolmentId> = of.iter().map(|row| row.id).collect();
    let change = diesel::update(enrolments::table.filter(enrolments::id.eq_any(ids))).set((
        enrolments::status.eq(status),
        enrolments::version.eq(enrolments::version + 1),
        enrolments::changed_at.eq(at),
    ));
    tx.execute(change)?;
    for from in EnrolmentStatus::ALL {
        let gone = of.iter().filter(|row| row.status == *from).count();
        let gone = i64::try_from(gone).unwrap_or(i64::MAX);
        dashboard::count(tx, Counter::Enrolments(*from), at, -gone)?;
    }
    dashboard::count_all(tx, Counter::Enrolments(status), at, of.len())
}
