//! Assessments.

use schemars::JsonSchema;
use serde::Serialize;
use skillsyms_core::{AssessmentId, EnrolmentId};
use skillsyms_people::Page;
use skillsyms_records::assessments::{Assessment, ListAssessments, NewAssessment, RecordAssessment, Recorded};

use super::answer::json;
use super::ask::Hanging;
use crate::extract::{Caller, Empty, Id, Json, Query};
use crate::idempotency::made;
use crate::problem::Answer;
use crate::routes::Route;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::post("/api/v1/enrolments/{id}/assessments", record)
            .act::<RecordAssessment>("Record the outcome of one attempt at a module")
            .takes::<NewAssessment>()
            .makes::<RecordedAssessment>(),
        Route::get("/api/v1/assessments", list)
            .view::<ListAssessments>("Assessments, the oldest first")
            .query::<Hanging>()
            .gives::<Page<Assessment>>(),
    ]
}

/// An assessment that was recorded.
#[derive(Debug, Serialize, JsonSchema)]
struct RecordedAssessment {
    /// Its id.
    id: AssessmentId,
    /// Which attempt at the module it is.
    attempt: i64,
}

async fn record(caller: Caller, Id(enrolment): Id<EnrolmentId>, Json { value, digest }: Json<NewAssessment>) -> Answer {
    let act = RecordAssessment { enrolment, new: value };
    let once = caller
        .make(act, &digest, |recorded: &Recorded| Some(recorded.assessment.uuid()))
        .await?;
    Ok(made(once, "/api/v1/assessments", |recorded| {
        (
            recorded.assessment.uuid(),
            RecordedAssessment {
                id: recorded.assessment,
                attempt: recorded.attempt,
            },
        )
    }))
}

async fn list(caller: Caller, Query(ask): Query<Hanging>, _: Empty) -> Answer {
    Ok(json(
        &caller
            .enter()
            .view(ListAssessments {
                only: ask.only(),
                page: ask.page(),
            })
            .await?,
    ))
}
