//! Which enrolments a list may draw from. A single read of one of them is allowed if and only if it is in reach.

use diesel::prelude::*;
use skillsyms_cells::schema::enrolments;
use skillsyms_core::{EnrolmentId, LearnerId, PersonId, Problem};
use skillsyms_door::{Cx, Scope};
use uuid::Uuid;

/// What a list is narrowed to, beyond what the actor may see.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Only {
    /// Of this learner.
    pub learner: Option<LearnerId>,
    /// Of this enrolment.
    pub enrolment: Option<EnrolmentId>,
}

/// The rows that a list draws from.
#[derive(Clone, Copy, Debug)]
pub enum Reach {
    /// All.
    All,
    /// Those of some enrolments.
    Some(Within),
    /// Those of a learner, where somebody is on the team. The learner's few lead, not the many of somebody with thousands.
    Learner(PersonId, LearnerId),
    /// Those of an enrolment, if somebody is on its team.
    Enrolment(PersonId, EnrolmentId),
}

/// Enrolments that one of these names, and that lie within the ranges. The nil id names nothing, and a range is one id or
/// everything: so one statement, typed for both engines, serves every case.
#[derive(Clone, Copy, Debug)]
pub struct Within {
    person: PersonId,
    own: LearnerId,
    one: EnrolmentId,
    learners: (LearnerId, LearnerId),
    enrolments: (EnrolmentId, EnrolmentId),
}

impl Reach {
    /// What the actor may see, narrowed.
    pub fn of(cx: &Cx, only: Only) -> Result<Self, Problem> {
        let mut within = Within::new(only);
        match (cx.scope(), only.enrolment, only.learner) {
            (Scope::All, None, None) => return Ok(Self::All),
            (Scope::All, Some(one), _) => within.one = one,
            (Scope::All, None, Some(learner)) => within.own = learner,
            (Scope::Assigned, Some(one), None) => return Ok(Self::Enrolment(cx.person()?, one)),
            (Scope::Assigned, None, Some(learner)) => return Ok(Self::Learner(cx.person()?, learner)),
            (Scope::Assigned, _, _) => within.person = cx.person()?,
            (Scope::Own, _, _) => within.own = cx.actor().learner.ok_or_else(Problem::not_found)?,
        }
        Ok(Self::Some(within))
    }
}

impl Within {
    fn new(only: Only) -> Self {
        let (nil, max) = (Uuid::nil(), Uuid::max());
        Self {
            person: PersonId::new(nil),
            own: LearnerId::new(nil),
            one: EnrolmentId::new(nil),
            learners: only
                .learner
                .map_or((LearnerId::new(nil), LearnerId::new(max)), |one| (one, one)),
            enrolments: only
                .enrolment
                .map_or((EnrolmentId::new(nil), EnrolmentId::new(max)), |one| (one, one)),
        }
    }
}

/// Whether somebody has a place on the team.
#[diesel::dsl::auto_type]
pub(crate) fn on_team(person: PersonId) -> _ {
    enrolments::facilitator
        .eq(person)
        .or(enrolments::assessor.eq(person))
        .or(enrolments::moderator.eq(person))
        .or(enrolments::verifier.eq(person))
}

/// The condition on `enrolments`.
#[diesel::dsl::auto_type]
pub(crate) fn in_reach(within: Within) -> _ {
    let person: PersonId = within.person;
    let own: LearnerId = within.own;
    let one: EnrolmentId = within.one;
    let first_learner: LearnerId = within.learners.0;
    let last_learner: LearnerId = within.learners.1;
    let first: EnrolmentId = within.enrolments.0;
    let last: EnrolmentId = within.enrolments.1;
    let mine: on_team = on_team(person);
    mine.or(enrolments::learner.eq(own))
        .or(enrolments::id.eq(one))
        .and(enrolments::learner.between(first_learner, last_learner))
        .and(enrolments::id.between(first, last))
}

/// The ids of the enrolments in reach, for `eq_any`.
#[diesel::dsl::auto_type]
pub(crate) fn ids_in_reach(within: Within) -> _ {
    let condition: in_reach = in_reach(within);
    enrolments::table.filter(condition).select(enrolments::id)
}

/// The ids of a learner's enrolments where somebody is on the team.
#[diesel::dsl::auto_type]
pub(crate) fn ids_of_learner(person: PersonId, learner: LearnerId) -> _ {
    let mine: on_team = on_team(person);
    let theirs = enrolments::table.filter(enrolments::learner.eq(learner));
    theirs.filter(mine).select(enrolments::id)
}

/// The id of an enrolment if somebody is on its team.
#[diesel::dsl::auto_type]
pub(crate) fn id_if_on_team(person: PersonId, one: EnrolmentId) -> _ {
    let mine: on_team = on_team(person);
    let only = enrolments::table.filter(enrolments::id.eq(one));
    only.filter(mine).select(enrolments::id)
}

/// Loads those of these rows whose enrolment is in reach. One statement for each reach: Diesel's boxed ones belong to one engine.
macro_rules! load_in_reach {
    ($tx:expr, $from:expr, $enrolment:expr, $reach:expr) => {{
        use $crate::enrolments::reach::{Reach, id_if_on_team, ids_in_reach, ids_of_learner};
        match $reach {
            Reach::All => $tx.load($from),
            Reach::Some(within) => $tx.load($from.filter($enrolment.eq_any(ids_in_reach(within)))),
            Reach::Learner(me, learner) => $tx.load($from.filter($enrolment.eq_any(ids_of_learner(me, learner)))),
            Reach::Enrolment(me, one) => $tx.load($from.filter($enrolment.eq_any(id_if_on_team(me, one)))),
        }
    }};
}
pub(crate) use load_in_reach;
