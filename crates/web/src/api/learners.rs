//! Learners.

use schemars::JsonSchema;
use serde::Deserialize;
use skillsyms_core::LearnerId;
use skillsyms_core::person::NewLearner;
use skillsyms_people::{ByAge, Cursor, Limit, Page, PageAsk, Span};
use skillsyms_records::learners::{
    AccessPage, CorrectId, IdCorrection, Learner, LearnerChange, LearnerProfile, ListLearners, LookupAnswer, LookupAsk,
    LookupLearner, ReadAccesses, ReadLearner, ReadProfile, RegisterLearner, Registered, RevealId, RevealedId, Side,
    Sort, UpdateLearner, Updated,
};

use super::answer::json;
use crate::etag::{IfMatch, versioned};
use crate::extract::{Caller, Empty, Id, Json, Query};
use crate::idempotency::made;
use crate::problem::Answer;
use crate::routes::Route;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::post("/api/v1/learners", register)
            .act::<RegisterLearner>("Register a learner")
            .takes::<NewLearner>()
            .makes::<Registered>(),
        Route::get("/api/v1/learners", list)
            .view::<ListLearners>("Learners by last name, ID numbers masked")
            .query::<ListAsk>()
            .gives::<Page<Learner>>(),
        Route::post("/api/v1/learners/lookup", lookup)
            .view::<LookupLearner>("Find a learner by ID number")
            .takes::<LookupAsk>()
            .gives::<LookupAnswer>(),
        Route::get("/api/v1/learners/{id}", read)
            .view::<ReadLearner>("One learner, ID number masked")
            .gives::<Learner>()
            .etag(),
        Route::patch("/api/v1/learners/{id}", update)
            .act::<UpdateLearner>("Change names, contact details or profile: the fields that are given")
            .takes::<LearnerChange>()
            .gives::<Updated>()
            .if_match(),
        Route::get("/api/v1/learners/{id}/profile", profile)
            .view::<ReadProfile>("A learner's contact details and profile")
            .gives::<LearnerProfile>()
            .etag(),
        Route::post("/api/v1/learners/{id}/reveal", reveal)
            .view::<RevealId>("A learner's full ID number, for a stated purpose that the learner sees")
            .takes::<Reveal>()
            .gives::<RevealedId>(),
        Route::put("/api/v1/learners/{id}/identity", correct)
            .act::<CorrectId>("Correct a learner's ID number, for a stated purpose that the learner sees")
            .takes::<Correct>()
            .gives::<Updated>()
            .if_match(),
        Route::get("/api/v1/learners/{id}/accesses", accesses)
            .view::<ReadAccesses>("Who looked at a learner's record, when, in which role and for what purpose")
            .query::<AccessesAsk>()
            .gives::<AccessPage>(),
    ]
}

/// Which learners are listed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListAsk {
    /// The beginning of a last name; accents and case do not matter.
    #[serde(default)]
    q: Option<String>,
    /// By name, or the latest registered first; `newest` goes without `q`.
    #[serde(default)]
    sort: Sort,
    /// The page after the cursor, or the one before it; `next` then leads further back.
    #[serde(default)]
    side: Side,
    /// How many items; 50 unless said.
    #[serde(default)]
    limit: Limit,
    /// The `next` of the page before; absent for the first page.
    #[serde(default)]
    cursor: Option<Cursor>,
}

/// Why an ID number is to be shown.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Reveal {
    /// The purpose, in at most 200 characters. The learner sees it.
    purpose: String,
}

/// What identifies a learner in truth, and why it is corrected.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Correct {
    /// The purpose, in at most 200 characters. The learner sees it.
    purpose: String,
    /// What is right.
    identity: IdCorrection,
}

async fn register(caller: Caller, Json { value, digest }: Json<NewLearner>) -> Answer {
    let act = RegisterLearner { new: value };
    let once = caller
        .make(act, &digest, |registered: &Registered| Some(registered.id.uuid()))
        .await?;
    Ok(made(once, "/api/v1/learners", |registered| {
        (registered.id.uuid(), registered)
    }))
}

async fn list(caller: Caller, Query(ask): Query<ListAsk>, _: Empty) -> Answer {
    let page = PageAsk {
        limit: ask.limit,
        cursor: ask.cursor,
    };
    let view = ListLearners {
        page,
        search: ask.q,
        sort: ask.sort,
        side: ask.side,
    };
    Ok(json(&caller.enter().view(view).await?))
}

async fn lookup(caller: Caller, Json { value, .. }: Json<LookupAsk>) -> Answer {
    Ok(json(&caller.enter().view(LookupLearner { ask: value }).await?))
}

async fn read(caller: Caller, Id(id): Id<LearnerId>, _: Empty) -> Answer {
    let learner = caller.enter().view(ReadLearner { id }).await?;
    Ok(versioned(learner.version, &learner))
}

async fn profile(caller: Caller, Id(id): Id<LearnerId>, _: Empty) -> Answer {
    let profile = caller.enter().view(ReadProfile { id }).await?;
    Ok(versioned(profile.version, &profile))
}

async fn update(
    caller: Caller,
    Id(id): Id<LearnerId>,
    IfMatch(version): IfMatch,
    Json { value, .. }: Json<LearnerChange>,
) -> Answer {
    let updated = caller
        .enter()
        .run(UpdateLearner {
            id,
            expected: Some(version),
            change: value,
        })
        .await?;
    Ok(versioned(updated.version, &updated))
}

async fn correct(
    caller: Caller,
    Id(id): Id<LearnerId>,
    IfMatch(version): IfMatch,
    Json { value, .. }: Json<Correct>,
) -> Answer {
    let act = CorrectId {
        id,
        expected: Some(version),
        correction: value.identity,
    };
    let corrected = caller.because(value.purpose).enter().run(act).await?;
    Ok(versioned(corrected.version, &corrected))
}

async fn reveal(caller: Caller, Id(id): Id<LearnerId>, Json { value, .. }: Json<Reveal>) -> Answer {
    let revealed = caller.because(value.purpose).enter().view(RevealId { id }).await?;
    Ok(json(&revealed))
}

/// Which looks are listed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AccessesAsk {
    /// First day, for example 2026-01-31.
    #[serde(default)]
    from: Option<String>,
    /// Last day.
    #[serde(default)]
    until: Option<String>,
    /// In which order; the newest first unless said.
    #[serde(default)]
    sort: Option<ByAge>,
    /// How many items; 50 unless said.
    #[serde(default)]
    limit: Limit,
    /// The `next` of the page before; absent for the first page.
    #[serde(default)]
    cursor: Option<Cursor>,
}

async fn accesses(caller: Caller, Id(id): Id<LearnerId>, Query(ask): Query<AccessesAsk>, _: Empty) -> Answer {
    let view = ReadAccesses {
        id,
        span: Span::of_days(ask.from.as_deref(), ask.until.as_deref())?,
        sort: ask.sort,
        page: PageAsk {
            limit: ask.limit,
            cursor: ask.cursor,
        },
    };
    Ok(json(&caller.enter().view(view).await?))
}
