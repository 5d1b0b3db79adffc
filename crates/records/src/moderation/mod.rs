//! Moderation: a second pair of eyes on a sample of assessments.
//!
//! A draw takes the summative assessments of a programme whose outcome is final and that no draw has seen: competent ones,
//! and not yet competent ones after the last attempt. It chooses a share of them, never fewer than a floor, by a seed that
//! nobody knows before and everybody can check afterwards. What it does not choose is released: its results lock at once.
//! What it chooses waits for the moderator of the enrolment, who upholds it (then its result locks) or returns it with a
//! reason (then nothing locks, and a new attempt is open).
//!
//! What holds here:
//! - nobody moderates what they assessed, nor their own learning; the moderator's registration is valid on the day
//!   (`policies/moderation.cedar`, `policies/common.cedar`; the first is checked again in `decide.rs`, where the row is);
//! - an assessment is drawn once and decided once (unique indexes), never before its own day;
//! - seed, share, floor and population are kept with the sample, so that a verifier can repeat the draw:
//!   [`skillsyms_core::SamplingRule::draw`] over the population in the order of its ids.

mod decide;
mod draw;
mod read;
pub(crate) mod rows;
mod samples;
#[cfg(test)]
mod tests;

pub use decide::{Decide, Decided};
pub use draw::{DRAW_MAX, DrawSample, Drawn};
pub use read::{Item, ListModeration, ReadSample, Sample, SampleMember, Waiting};
pub use samples::{Chosen, ListSamples, ReadChosen, SampleSummary, Trace, TraceAssessment, Traces};

use skillsyms_core::Code;
use skillsyms_door::{ActInfo, Shape};

/// There is nothing to draw from.
pub static NOTHING: Code = Code::new(
    "moderation.nothing",
    409,
    "No assessment of this programme waits for moderation. Record summative assessments first.",
);
/// The assessment was not chosen.
pub static NOT_CHOSEN: Code = Code::new(
    "moderation.not_chosen",
    409,
    "This assessment was not chosen for moderation, so there is nothing to decide. Draw a sample first, or take one that waits.",
);
/// The assessment was decided before.
pub static DECIDED: Code = Code::new(
    "moderation.decided",
    409,
    "This assessment was decided already. A decision is never changed.",
);
/// The moderator assessed it.
pub static OWN: Code = Code::new(
    "moderation.own",
    403,
    "You assessed this yourself. Another moderator has to decide on it.",
);
/// Before the assessment.
pub static TOO_EARLY: Code = Code::new(
    "moderation.too_early",
    409,
    "The assessment lies in the future of this decision. Check the date of the assessment.",
);

/// The acts of this slice.
pub const ACTS: &[ActInfo] = &[
    ActInfo::act::<DrawSample>(
        Shape::One("Programme"),
        "draw a sample for moderation and release the rest",
    ),
    ActInfo::view::<ReadSample>(Shape::One("Sample"), "read a sample and how it was drawn"),
    ActInfo::view::<ListModeration>(
        Shape::List("Moderation"),
        "list assessments that were chosen for moderation",
    ),
    ActInfo::view::<ListSamples>(Shape::List("Sample"), "list samples for moderation"),
    ActInfo::view::<ReadChosen>(Shape::One("Sample"), "list what was chosen in a sample"),
    ActInfo::view::<TraceAssessment>(
        Shape::One("Assessment"),
        "find the log's entries on an assessment and its moderation",
    ),
    ActInfo::act::<Decide>(Shape::One("Assessment"), "uphold or return an assessment"),
];
