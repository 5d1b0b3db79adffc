//! The dashboard: how many learners and enrolments there are, what is done week by week, what waits for how long, and how
//! good imports were.
//!
//! What holds here:
//! - nothing that grows with the number of learners is counted when somebody looks. The acts keep counters (`count`) in
//!   their own transaction, so that what is refused or undone was never counted, and what is done twice under one key is
//!   counted once;
//! - a counter is moved where its rows are written, and nowhere else: whoever adds a second place that writes such rows calls
//!   `count` there. A test plays many acts and counts the rows again (`recount`);
//! - no figure is of one person, so nothing of a person is disclosed;
//! - days, weeks and months are those of South Africa (UTC+2, no daylight saving); a week begins on Monday.

mod count;
mod figures;
mod read;
mod recount;
mod rows;
#[cfg(test)]
mod tests;

pub(crate) use count::{Counter, count, count_all, total};
pub use figures::{Month, Week};
pub use read::{Dashboard, ImportLine, ReadDashboard, RefusalReason, Steps, WaitingByAge};
pub use recount::{CheckCounters, CountersChecked, Difference};

use skillsyms_door::{ActInfo, Shape};

/// The acts of this slice.
pub const ACTS: &[ActInfo] = &[
    ActInfo::view::<ReadDashboard>(Shape::Tenant, "see the figures of the whole provider"),
    ActInfo::view::<CheckCounters>(Shape::Tenant, "compare the counters with the rows that they count"),
];
