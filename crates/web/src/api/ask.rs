//! What several lists are asked with.

use schemars::JsonSchema;
use serde::Deserialize;
use skillsyms_core::{EnrolmentId, LearnerId};
use skillsyms_people::{Cursor, Limit, PageAsk};
use skillsyms_records::enrolments::reach::Only;

/// A page of what hangs on enrolments.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Hanging {
    /// Of this learner only.
    #[serde(default)]
    learner: Option<LearnerId>,
    /// Of this enrolment only.
    #[serde(default)]
    enrolment: Option<EnrolmentId>,
    /// How many items; 50 unless said.
    #[serde(default)]
    limit: Limit,
    /// The `next` of the page before; absent for the first page.
    #[serde(default)]
    cursor: Option<Cursor>,
}

impl Hanging {
    /// Of which learner and enrolment.
    pub(super) const fn only(&self) -> Only {
        Only {
            learner: self.learner,
            enrolment: self.enrolment,
        }
    }

    /// Which page.
    pub(super) const fn page(&self) -> PageAsk {
        PageAsk {
            limit: self.limit,
            cursor: self.cursor,
        }
    }
}
