//! The statements of this slice. All of them go by the index on the learner or on the enrolment.

use diesel::prelude::*;
use skillsyms_cells::schema::{assessments, enrolments, evidence};
use skillsyms_cells::{CellError, Read};
use skillsyms_core::{EnrolmentId, Instant, LearnerId, ModuleId};

use crate::assessments::rows::AssessmentRow;
use crate::enrolments::rows::EnrolmentRow;
use crate::evidence::rows::EvidenceRow;

/// The enrolments of a learner after this id.
pub(super) fn enrolments_of(
    tx: &mut Read<'_>,
    learner: LearnerId,
    after: EnrolmentId,
    rows: i64,
) -> Result<Vec<EnrolmentRow>, CellError> {
    let of = enrolments::table
        .filter(enrolments::learner.eq(learner))
        .filter(enrolments::id.gt(after));
    tx.load(of.order(enrolments::id).limit(rows))
}

/// The assessments of these enrolments, in their order.
pub(super) fn assessments_of(tx: &mut Read<'_>, of: &[EnrolmentId]) -> Result<Vec<AssessmentRow>, CellError> {
    let found = assessments::table.filter(assessments::enrolment.eq_any(of.to_vec()));
    tx.load(found.order(assessments::id))
}

/// Where and when files of these enrolments came.
pub(super) fn files_of(
    tx: &mut Read<'_>,
    of: &[EnrolmentId],
) -> Result<Vec<(EnrolmentId, ModuleId, Instant)>, CellError> {
    let found = evidence::table.filter(evidence::enrolment.eq_any(of.to_vec()));
    tx.load(found.select((evidence::enrolment, evidence::module, evidence::created_at)))
}

/// The latest files of an enrolment.
pub(super) fn evidence_of(tx: &mut Read<'_>, of: EnrolmentId, rows: i64) -> Result<Vec<EvidenceRow>, CellError> {
    let found = evidence::table.filter(evidence::enrolment.eq(of));
    tx.load(found.order(evidence::id.desc()).limit(rows))
}
