//! The operators' own accounts, for operators.

use schemars::JsonSchema;
use serde::Deserialize;
use skillsyms_core::PersonId;
use skillsyms_people::accounts::{PersonView, Restored, Suspended};
use skillsyms_people::factors::FactorsReset;
use skillsyms_people::operators::{
    ListOperators, ReadOperator, ResetOperator, ResetOperatorFactors, RestoreOperator, SuspendOperator,
};
use skillsyms_people::reset::ResetSent;
use skillsyms_people::{ByName, Cursor, Limit, Page, PageAsk};

use super::answer::json;
use crate::etag::{MayMatch, versioned};
use crate::extract::{Caller, Empty, Id, Query};
use crate::problem::Answer;
use crate::routes::Route;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/v1/platform/operators", list)
            .view::<ListOperators>("The operators of this platform, by last name")
            .query::<OperatorsAsk>()
            .gives::<Page<PersonView>>(),
        Route::get("/api/v1/platform/operators/{id}", read)
            .view::<ReadOperator>("One operator's account")
            .gives::<PersonView>()
            .etag(),
        Route::post("/api/v1/platform/operators/{id}/suspend", suspend)
            .act::<SuspendOperator>("Suspend another operator; their sessions end. If-Match is optional")
            .gives::<Suspended>()
            .etag(),
        Route::post("/api/v1/platform/operators/{id}/restore", restore)
            .act::<RestoreOperator>("Restore a suspended operator. If-Match is optional")
            .gives::<Restored>()
            .etag(),
        Route::post("/api/v1/platform/operators/{id}/reset", reset)
            .act::<ResetOperator>(
                "Make another operator a link to choose a new password. Its token is in the answer, once",
            )
            .gives::<ResetSent>(),
        Route::post("/api/v1/platform/operators/{id}/reset-factors", reset_factors)
            .act::<ResetOperatorFactors>("Take another operator's second factors away; their sessions end")
            .gives::<FactorsReset>(),
    ]
}

/// Which operators.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct OperatorsAsk {
    /// In which order: `name`, from A to Z, or `-name`.
    #[serde(default)]
    sort: ByName,
    /// How many items; 50 unless said.
    #[serde(default)]
    limit: Limit,
    /// The `next` of the page before; absent for the first page.
    #[serde(default)]
    cursor: Option<Cursor>,
}

async fn list(caller: Caller, Query(ask): Query<OperatorsAsk>, _: Empty) -> Answer {
    let page = PageAsk {
        limit: ask.limit,
        cursor: ask.cursor,
    };
    Ok(json(
        &caller.enter().view(ListOperators { sort: ask.sort, page }).await?,
    ))
}

async fn read(caller: Caller, Id(person): Id<PersonId>, _: Empty) -> Answer {
    let view = caller.enter().view(ReadOperator { person }).await?;
    Ok(versioned(view.version, &view))
}

async fn suspend(caller: Caller, Id(person): Id<PersonId>, MayMatch(expected): MayMatch, _: Empty) -> Answer {
    let done = caller.enter().run(SuspendOperator { person, expected }).await?;
    Ok(versioned(done.version, &done))
}

async fn restore(caller: Caller, Id(person): Id<PersonId>, MayMatch(expected): MayMatch, _: Empty) -> Answer {
    let done = caller.enter().run(RestoreOperator { person, expected }).await?;
    Ok(versioned(done.version, &done))
}

async fn reset(caller: Caller, Id(person): Id<PersonId>, _: Empty) -> Answer {
    Ok(json(&caller.enter().run(ResetOperator { person }).await?))
}

async fn reset_factors(caller: Caller, Id(person): Id<PersonId>, _: Empty) -> Answer {
    Ok(json(&caller.enter().run(ResetOperatorFactors { person }).await?))
}
