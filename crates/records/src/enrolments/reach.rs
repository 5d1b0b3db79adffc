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

/// The rows that a list draws from. Each has a statement of its own, so that what it is narrowed to leads, not the many of
/// somebody with thousands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// All.
    All,
    /// Those of an enrolment.
    Enrolment(One),
    /// Those of a learner.
    Learner(LearnerId),
    /// Those where somebody is on the team.
    Team(PersonId),
    /// Those of an enrolment, if somebody is on its team.
    EnrolmentOfTeam(PersonId, One),
    /// Those of a learner, where somebody is on the team.
    LearnerOfTeam(PersonId, LearnerId),
}

/// One enrolment, if its learner lies in a range: one learner, or all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct One {
    id: EnrolmentId,
    learners: (LearnerId, LearnerId),
}

impl Reach {
    /// What the actor may see, narrowed.
    pub fn of(cx: &Cx, only: Only) -> Result<Self, Problem> {
        let (team, own) = match cx.scope() {
            Scope::All => (None, None),
            Scope::Assigned => (Some(cx.person()?), None),
            Scope::Own => (None, Some(cx.actor().learner.ok_or_else(Problem::not_found)?)),
        };
        // Somebody else's is nobody's.
        let learner = match (own, only.learner) {
            (Some(own), Some(learner)) if own != learner => Some(LearnerId::new(Uuid::nil())),
            (own, learner) => own.or(learner),
        };
        let all = (LearnerId::new(Uuid::nil()), LearnerId::new(Uuid::max()));
        let one = only.enrolment.map(|id| One {
            id,
            learners: learner.map_or(all, |one| (one, one)),
        });
        Ok(match (team, one, learner) {
            (None, None, None) => Self::All,
            (None, Some(one), _) => Self::Enrolment(one),
            (None, None, Some(learner)) => Self::Learner(learner),
            (Some(me), None, None) => Self::Team(me),
            (Some(me), Some(one), _) => Self::EnrolmentOfTeam(me, one),
            (Some(me), None, Some(learner)) => Self::LearnerOfTeam(me, learner),
        })
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

/// Whether it is this enrolment.
#[diesel::dsl::auto_type]
pub(crate) fn is_one(one: One) -> _ {
    let id: EnrolmentId = one.id;
    let first: LearnerId = one.learners.0;
    let last: LearnerId = one.learners.1;
    enrolments::id.eq(id).and(enrolments::learner.between(first, last))
}

/// Loads those of these rows, of enrolments or joined to them, that are in reach. One statement for each reach: Diesel's boxed
/// ones belong to one engine.
macro_rules! load_where {
    ($reach:expr, $all:expr, |$condition:ident| $load:expr) => {{
        use diesel::BoolExpressionMethods as _;
        use skillsyms_cells::schema::enrolments;
        use $crate::enrolments::reach::{Reach, is_one, on_team};
        macro_rules! load {
            ($of:expr) => {{
                let $condition = $of;
                $load
            }};
        }
        match $reach {
            Reach::All => $all,
            Reach::Enrolment(one) => load!(is_one(one)),
            Reach::Learner(learner) => load!(enrolments::learner.eq(learner)),
            Reach::Team(me) => load!(on_team(me)),
            Reach::EnrolmentOfTeam(me, one) => load!(is_one(one).and(on_team(me))),
            Reach::LearnerOfTeam(me, learner) => load!(enrolments::learner.eq(learner).and(on_team(me))),
        }
    }};
}
pub(crate) use load_where;

/// Loads those of these rows whose enrolment is in reach.
macro_rules! load_in_reach {
    ($tx:expr, $from:expr, $enrolment:expr, $reach:expr) => {
        $crate::enrolments::reach::load_where!($reach, $tx.load($from), |condition| {
            let ids = enrolments::table.filter(condition).select(enrolments::id);
            $tx.load($from.filter($enrolment.eq_any(ids)))
        })
    };
}
pub(crate) use load_in_reach;
