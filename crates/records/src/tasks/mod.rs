//! Tasks: what waits for whom, and how far each learner has come.
//!
//! What holds here:
//! - a module waits for its assessor from the first evidence that nobody judged, from the return of an assessment, or from the
//!   reversal of a result, as long as an attempt is open;
//! - a chosen assessment waits for the moderator of its enrolment from the draw to the decision;
//! - a task is nobody's judgement: the acts that make it and end it are those of the other slices (`keep.rs`), in their own
//!   transactions, so that a queue is read from an index and not found by looking at every enrolment;
//! - who has a task in their queue may read the work ([`ReadWork`]); whether they may decide, the policies say when they do.

mod groups;
mod keep;
mod list;
pub(crate) mod rows;
#[cfg(test)]
mod tests;
mod work;

pub use groups::{Group, ListGroups, Place};
pub(crate) use keep::{assess, close, done, moderate, reassign, resume, withdraw};
pub(crate) use list::first_of;
pub use list::{Age, ListTasks, Task};
pub use work::{Attempt, ModuleState, ModuleWork, Named, ReadWork, Standing, Verdict, Work};

use skillsyms_door::{ActInfo, Shape};

/// Days after which a task is overdue. No primary source gives a number; providers promise their learners an answer within
/// 10 working days.
pub const OVERDUE_DAYS: i64 = 14;

/// The acts of this slice.
pub const ACTS: &[ActInfo] = &[
    ActInfo::view::<ListTasks>(Shape::List("Enrolment"), "list what waits to be assessed or moderated"),
    ActInfo::view::<ListGroups>(Shape::List("Enrolment"), "list learners with their progress by module"),
    ActInfo::view::<ReadWork>(
        Shape::One("Enrolment"),
        "read evidence, attempts and decisions of an enrolment",
    ),
];
