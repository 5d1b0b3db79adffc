//! Enrolments: a learner in a programme, and the team that works with them there.
//!
//! What holds here:
//! - a learner is enrolled in a programme once at a time;
//! - everybody on the team holds the role they stand for, and is not the learner;
//! - the moderator and the verifier hold no other place on the team, so that nobody checks their own work. A
//!   facilitator may assess as well, as the quality councils allow;
//! - an enrolment that is suspended keeps its place and its team; nothing is brought or assessed until it goes on;
//! - the status moves along the edges of [`skillsyms_core::EnrolmentStatus`] and along no others. It becomes completed by
//!   itself, when the last module has a locked competent result, and enrolled again when such a result is reversed.
//!
//! Who may see an enrolment may see what hangs on it: [`reach`] says which enrolments those are, for every list of the
//! slices above.

mod assign;
mod create;
mod dates;
pub(crate) mod names;
mod pause;
pub mod reach;
mod read;
pub mod rows;
#[cfg(test)]
pub(crate) mod school;
mod team;
#[cfg(test)]
mod tests;

pub use assign::{AssignTeam, Changed, Reinstate, Withdraw};
pub use create::{CreateEnrolment, CreateEnrolments, MANY_MAX, NewEnrolment};
pub use pause::{ListPauses, Pause, Pauses, ResumeEnrolment, SuspendEnrolment};
pub use read::{Enrolment, ListEnrolments, ReadEnrolment};
pub use team::Team;

use skillsyms_core::{Code, Problem};
use skillsyms_door::{ActInfo, Shape};

/// The learner is enrolled in this programme already.
pub static DUPLICATE: Code = Code::new(
    "enrolment.duplicate",
    409,
    "A learner is enrolled in this programme already. Withdraw that enrolment first, or leave the learner out.",
);
/// The learner or programme that is named does not exist.
pub static UNKNOWN: Code = Code::new(
    "enrolment.unknown",
    422,
    "A learner or programme that is named here does not exist. Check the ids.",
);
/// The enrolment is not in a state that allows it.
pub static STATE: Code = Code::new(
    "enrolment.state",
    409,
    "The enrolment is not in a state that allows this. Read it again: its status says what may follow.",
);

/// The acts of this slice.
pub const ACTS: &[ActInfo] = &[
    ActInfo::act::<CreateEnrolment>(Shape::One("Learner"), "enrol a learner in a programme"),
    ActInfo::act::<CreateEnrolments>(Shape::Tenant, "enrol up to 200 learners in a programme"),
    ActInfo::view::<ListEnrolments>(Shape::List("Enrolment"), "list enrolments"),
    ActInfo::view::<ReadEnrolment>(Shape::One("Enrolment"), "read an enrolment"),
    ActInfo::act::<AssignTeam>(
        Shape::One("Enrolment"),
        "say who facilitates, assesses, moderates and verifies",
    ),
    ActInfo::act::<Withdraw>(Shape::One("Enrolment"), "withdraw a learner from a programme"),
    ActInfo::act::<Reinstate>(Shape::One("Enrolment"), "take a learner back into a programme"),
    ActInfo::act::<SuspendEnrolment>(Shape::One("Enrolment"), "interrupt a learner's enrolment"),
    ActInfo::act::<ResumeEnrolment>(Shape::One("Enrolment"), "let an interrupted enrolment go on"),
    ActInfo::view::<ListPauses>(
        Shape::One("Enrolment"),
        "read when and why an enrolment was interrupted",
    ),
];

/// Refuses a change to a version that is no longer the present one.
pub(crate) fn fresh(present: i64, expected: Option<i64>) -> Result<(), Problem> {
    match expected {
        Some(expected) if expected != present => Err(Problem::new(&skillsyms_core::problem::STALE)),
        _ => Ok(()),
    }
}
