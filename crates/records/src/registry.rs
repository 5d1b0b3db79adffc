//! All acts of this crate. `xtask tidy` checks that every act and view is named here.

use skillsyms_door::ActInfo;

/// The acts of every slice.
#[must_use]
pub fn acts() -> Vec<&'static [ActInfo]> {
    vec![
        crate::learners::ACTS,
        crate::learning::ACTS,
        crate::access::ACTS,
        crate::imports::ACTS,
        crate::ledger::ACTS,
        crate::programmes::ACTS,
        crate::enrolments::ACTS,
        crate::evidence::ACTS,
        crate::assessments::ACTS,
        crate::moderation::ACTS,
        crate::results::ACTS,
        crate::tasks::ACTS,
        crate::statements::ACTS,
        crate::dashboard::ACTS,
        crate::settings::ACTS,
    ]
}
