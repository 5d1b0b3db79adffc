//! Results: what stands of a learner in a module, once it is locked.
//!
//! What holds here:
//! - a result is locked by moderation and by nothing else: its assessment was upheld, or a draw released it;
//! - a module of an enrolment has at most one result in force;
//! - nothing is ever changed or removed: a reversal is a new record that names what it reverses, it has a reason, and it
//!   cannot be reversed itself. What follows on it is a new attempt;
//! - an enrolment whose every module has a competent result in force is completed, and no other one is.

mod list;
mod lock;
mod reverse;
pub(crate) mod rows;
#[cfg(test)]
mod tests;

pub use list::{ListResults, LockedResult};
pub(crate) use lock::{Lock, lock};
pub use reverse::{ReverseResult, Reversed};

use skillsyms_cells::Read;
use skillsyms_core::{AssessmentId, Code, EnrolmentId};
use skillsyms_door::{ActInfo, Fault, Shape};

use rows::ResultRow;

/// The module has a result in force.
pub static LOCKED: Code = Code::new(
    "result.locked",
    409,
    "This module has a locked result already. If it is wrong, an administrator reverses it first.",
);
/// The result was reversed before.
pub static REVERSED: Code = Code::new("result.reversed", 409, "This result was reversed already.");
/// A reversal is final.
pub static REVERSAL: Code = Code::new(
    "result.reversal",
    409,
    "This record is itself a reversal and stays. Record a new attempt instead; moderation locks its result.",
);

/// The acts of this slice.
pub const ACTS: &[ActInfo] = &[
    ActInfo::view::<ListResults>(Shape::List("Result"), "list locked results"),
    ActInfo::act::<ReverseResult>(Shape::One("Result"), "reverse a locked result"),
];

/// The assessments in these enrolments whose results were reversed.
pub(crate) fn reversed_of(tx: &mut Read<'_>, enrolments: &[EnrolmentId]) -> Result<Vec<AssessmentId>, Fault> {
    let all = rows::of_enrolments(tx, enrolments)?;
    let reversals = all.iter().filter(|row| row.reverses.is_some());
    Ok(reversals.map(|row| row.assessment).collect())
}

/// The results of these enrolments that are in force: neither a reversal nor reversed.
pub(crate) fn in_force(tx: &mut Read<'_>, enrolments: &[EnrolmentId]) -> Result<Vec<ResultRow>, Fault> {
    let all = rows::of_enrolments(tx, enrolments)?;
    let reversed: std::collections::HashSet<_> = all.iter().filter_map(|row| row.reverses).collect();
    Ok(all
        .into_iter()
        .filter(|row| row.reverses.is_none() && !reversed.contains(&row.id))
        .collect())
}
