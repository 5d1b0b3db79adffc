//! One's own learning: what a learner sees of themselves, in one read for each thing they come for.
//!
//! What holds here:
//! - all of it is about whoever asks: no view takes a learner's id, and nobody else is answered, whatever their role;
//! - it shows nothing that the lists of the slices below do not show to the same learner. It says it at once, so that a
//!   phone on a slow line asks once, and the log has one entry instead of six.

mod own;
mod progress;
mod read;
mod rows;
#[cfg(test)]
mod tests;

pub use own::{Details, ReadDetails, ReadLookers, Whose};
pub use progress::{ModuleState, NextStep};
pub use read::{Course, CourseLine, ListLearning, ModuleProgress, ReadLearning};

use skillsyms_core::{LearnerId, Problem};
use skillsyms_door::{ActInfo, Cx, Shape};

/// The acts of this slice.
pub const ACTS: &[ActInfo] = &[
    ActInfo::view::<ListLearning>(Shape::List("Enrolment"), "see one's own progress in every programme"),
    ActInfo::view::<ReadLearning>(
        Shape::One("Enrolment"),
        "see one's own progress, outcomes and evidence in a programme",
    ),
    ActInfo::view::<ReadLookers>(Shape::List("Learner"), "see who looked at one's own record"),
    ActInfo::view::<ReadDetails>(Shape::List("Learner"), "see what is held about oneself"),
];

/// Whose learning it is: that of whoever asks.
fn own(cx: &Cx) -> Result<LearnerId, Problem> {
    cx.actor().learner.ok_or_else(Problem::not_found)
}
