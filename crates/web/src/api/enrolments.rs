//! Enrolments.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skillsyms_core::{EnrolmentId, LearnerId};
use skillsyms_door::Once;
use skillsyms_people::{Cursor, Limit, Page, PageAsk};
use skillsyms_records::enrolments::{
    AssignTeam, Changed, CreateEnrolment, CreateEnrolments, Enrolment, ListEnrolments, ListPauses, NewEnrolment,
    Pauses, ReadEnrolment, Reinstate, ResumeEnrolment, SuspendEnrolment, Team, Withdraw,
};

use axum::response::{IntoResponse, Response};
use http::StatusCode;

use super::answer::json;
use crate::etag::{IfMatch, versioned};
use crate::extract::{Caller, Empty, Id, Json, Query};
use crate::idempotency::{Made, again, made};
use crate::problem::Answer;
use crate::routes::Route;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::post("/api/v1/learners/{id}/enrolments", create)
            .act::<CreateEnrolment>("Enrol a learner in a programme")
            .takes::<NewEnrolment>()
            .makes_id(),
        Route::post("/api/v1/enrolments/many", create_many)
            .act::<CreateEnrolments>("Enrol up to 200 learners in a programme, all or none")
            .takes::<Many>()
            .makes_ids::<Enrolled>(),
        Route::get("/api/v1/enrolments", list)
            .view::<ListEnrolments>("Enrolments, the oldest first")
            .query::<ListAsk>()
            .gives::<Page<Enrolment>>(),
        Route::get("/api/v1/enrolments/{id}", read)
            .view::<ReadEnrolment>("One enrolment")
            .gives::<Enrolment>()
            .etag(),
        Route::put("/api/v1/enrolments/{id}/team", assign)
            .act::<AssignTeam>("Say who facilitates, assesses, moderates and verifies")
            .takes::<Team>()
            .gives::<ChangedEnrolment>()
            .if_match(),
        Route::post("/api/v1/enrolments/{id}/withdraw", withdraw)
            .act::<Withdraw>("Withdraw a learner from a programme")
            .gives::<ChangedEnrolment>()
            .if_match(),
        Route::post("/api/v1/enrolments/{id}/reinstate", reinstate)
            .act::<Reinstate>("Take a learner back who was withdrawn from a programme")
            .gives::<ChangedEnrolment>()
            .if_match(),
        Route::post("/api/v1/enrolments/{id}/suspend", suspend)
            .act::<SuspendEnrolment>("Interrupt an enrolment: nothing is brought or assessed until it goes on")
            .takes::<Why>()
            .gives::<ChangedEnrolment>()
            .if_match(),
        Route::post("/api/v1/enrolments/{id}/resume", resume)
            .act::<ResumeEnrolment>("Let an interrupted enrolment go on, as it was")
            .takes::<Why>()
            .gives::<ChangedEnrolment>()
            .if_match(),
        Route::get("/api/v1/enrolments/{id}/pauses", pauses)
            .view::<ListPauses>("When and why an enrolment was interrupted, the newest first")
            .gives::<Pauses>(),
    ]
}

/// Which enrolments are listed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListAsk {
    /// Of this learner only.
    #[serde(default)]
    learner: Option<LearnerId>,
    /// How many items; 50 unless said.
    #[serde(default)]
    limit: Limit,
    /// The `next` of the page before; absent for the first page.
    #[serde(default)]
    cursor: Option<Cursor>,
}

/// Many learners in one programme.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Many {
    /// The learners, at most 200.
    learners: Vec<LearnerId>,
    /// The same for all of them.
    enrolment: NewEnrolment,
}

/// The enrolments that were made.
#[derive(Debug, Serialize, JsonSchema)]
struct Enrolled {
    /// One for each learner, in their order.
    enrolments: Vec<EnrolmentId>,
}

/// Why an enrolment is interrupted, or goes on.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Why {
    /// The reason, in at most 2,000 characters. It is kept sealed, and the learner may read it.
    reason: String,
}

/// An enrolment that was changed.
#[derive(Debug, Serialize, JsonSchema)]
struct ChangedEnrolment {
    /// Its id.
    id: EnrolmentId,
    /// Its version now.
    version: i64,
}

async fn create(caller: Caller, Id(learner): Id<LearnerId>, Json { value, digest }: Json<NewEnrolment>) -> Answer {
    let act = CreateEnrolment { learner, new: value };
    let once = caller
        .make(act, &digest, |(id, _): &(EnrolmentId, LearnerId)| Some(id.uuid()))
        .await?;
    Ok(made(once, "/api/v1/enrolments", |(id, _)| {
        (id.uuid(), Made { id: id.uuid() })
    }))
}

async fn create_many(caller: Caller, Json { value, digest }: Json<Many>) -> Answer {
    let act = CreateEnrolments {
        learners: value.learners,
        new: value.enrolment,
    };
    let once = caller
        .make_all(act, &digest, |ids: &Vec<EnrolmentId>| {
            ids.iter().map(|id| id.uuid()).collect()
        })
        .await?;
    Ok(match once {
        Once::Done(enrolments) => (StatusCode::CREATED, axum::Json(Enrolled { enrolments })).into_response(),
        Once::Before { resources } => again(&Enrolled {
            enrolments: resources.into_iter().map(EnrolmentId::new).collect(),
        }),
    })
}

async fn list(caller: Caller, Query(ask): Query<ListAsk>, _: Empty) -> Answer {
    let page = PageAsk {
        limit: ask.limit,
        cursor: ask.cursor,
    };
    Ok(json(
        &caller
            .enter()
            .view(ListEnrolments {
                learner: ask.learner,
                page,
            })
            .await?,
    ))
}

async fn read(caller: Caller, Id(id): Id<EnrolmentId>, _: Empty) -> Answer {
    let enrolment = caller.enter().view(ReadEnrolment { id }).await?;
    Ok(versioned(enrolment.version, &enrolment))
}

async fn assign(
    caller: Caller,
    Id(id): Id<EnrolmentId>,
    IfMatch(version): IfMatch,
    Json { value, .. }: Json<Team>,
) -> Answer {
    Ok(changed(
        &caller
            .enter()
            .run(AssignTeam {
                id,
                team: value,
                expected: Some(version),
            })
            .await?,
    ))
}

async fn withdraw(caller: Caller, Id(id): Id<EnrolmentId>, IfMatch(version): IfMatch, _: Empty) -> Answer {
    Ok(changed(
        &caller
            .enter()
            .run(Withdraw {
                id,
                expected: Some(version),
            })
            .await?,
    ))
}

async fn reinstate(caller: Caller, Id(id): Id<EnrolmentId>, IfMatch(version): IfMatch, _: Empty) -> Answer {
    let expected = Some(version);
    Ok(changed(&caller.enter().run(Reinstate { id, expected }).await?))
}

async fn suspend(
    caller: Caller,
    Id(id): Id<EnrolmentId>,
    IfMatch(version): IfMatch,
    Json { value, .. }: Json<Why>,
) -> Answer {
    let act = SuspendEnrolment {
        id,
        reason: value.reason,
        expected: Some(version),
    };
    Ok(changed(&caller.enter().run(act).await?))
}

async fn resume(
    caller: Caller,
    Id(id): Id<EnrolmentId>,
    IfMatch(version): IfMatch,
    Json { value, .. }: Json<Why>,
) -> Answer {
    let act = ResumeEnrolment {
        id,
        reason: value.reason,
        expected: Some(version),
    };
    Ok(changed(&caller.enter().run(act).await?))
}

async fn pauses(caller: Caller, Id(id): Id<EnrolmentId>, _: Empty) -> Answer {
    Ok(json(&caller.enter().view(ListPauses { id }).await?))
}

fn changed(done: &Changed) -> Response {
    versioned(
        done.version,
        &ChangedEnrolment {
            id: done.enrolment,
            version: done.version,
        },
    )
}
