//! All acts of this crate. `xtask tidy` checks that every act and view is named here.

use skillsyms_door::{ActInfo, Shape};

use crate::controls::access::CheckAccess;
use crate::controls::masks::CheckMasks;
use crate::controls::record::{CheckControls, ReadEvidence, RecordEvidence};

const CONTROLS: &[ActInfo] = &[
    ActInfo::act::<CheckControls>(Shape::Tenant, "let the probes look now").of_platform(),
    ActInfo::act::<RecordEvidence>(Shape::Tenant, "keep what the probes saw").of_platform(),
    ActInfo::view::<CheckAccess>(
        Shape::Tenant,
        "count sessions and keys that break what is promised of them",
    )
    .in_both(),
    ActInfo::view::<CheckMasks>(
        Shape::List("Learner"),
        "search what a list of learners shows for ID numbers",
    ),
    ActInfo::view::<ReadEvidence>(Shape::Tenant, "read the newest evidence of the controls").of_platform(),
];

/// The acts of every slice.
#[must_use]
pub fn acts() -> Vec<&'static [ActInfo]> {
    vec![CONTROLS, crate::platform::ACTS]
}
