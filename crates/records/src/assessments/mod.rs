//! Assessments: an assessor's judgement of one attempt at one module.
//!
//! What holds here:
//! - the assessor is the one of the enrolment's team, holds a registration now and held one on the day of the assessment,
//!   and is not the learner (`policies/assessments.cedar`, `policies/common.cedar`, `record.rs`);
//! - an assessment lies between the enrolment and today, and not before the attempt before it;
//! - attempts are numbered as they come, formative and summative ones by themselves. Only summative attempts that were
//!   judged count against the programme's limit; one that moderation returned, or whose result was reversed, counts no more;
//! - after a competent one, or after a locked result, there is no further attempt;
//! - what was recorded is never changed. Summative outcomes become results by moderation.

mod list;
pub(crate) mod record;
pub(crate) mod rows;
#[cfg(test)]
mod tests;

pub use list::{Assessment, ListAssessments};
pub use record::{NewAssessment, RecordAssessment, Recorded};

use skillsyms_core::Code;
use skillsyms_door::{ActInfo, Shape};

/// The assessor's registration does not cover the day.
pub static REGISTRATION: Code = Code::new(
    "assessment.registration",
    409,
    "Your registration as an assessor did not cover the day of this assessment. Check the date, or have the registration recorded.",
);
/// Every attempt was used, or the learner is competent already.
pub static ATTEMPTS: Code = Code::new(
    "assessment.attempts",
    409,
    "No further attempt is open: the learner is competent in this module already, or every attempt was used.",
);

/// The acts of this slice.
pub const ACTS: &[ActInfo] = &[
    ActInfo::act::<RecordAssessment>(Shape::One("Enrolment"), "record an assessment"),
    ActInfo::view::<ListAssessments>(Shape::List("Assessment"), "list assessments"),
];
