//! Locked results.

use schemars::JsonSchema;
use serde::Deserialize;
use skillsyms_core::ResultId;
use skillsyms_people::Page;
use skillsyms_records::results::{ListResults, LockedResult, ReverseResult, Reversed};

use super::answer::json;
use super::ask::Hanging;
use crate::extract::{Caller, Empty, Id, Json, Query};
use crate::idempotency::{Made, made};
use crate::problem::Answer;
use crate::routes::Route;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/v1/results", list)
            .view::<ListResults>("Locked results, the oldest first; reversals are results too")
            .query::<Hanging>()
            .gives::<Page<LockedResult>>(),
        Route::post("/api/v1/results/{id}/reverse", reverse)
            .act::<ReverseResult>("Reverse a locked result by a new record, for a stated reason")
            .takes::<Reversal>()
            .makes_id(),
    ]
}

/// Why a result is reversed.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Reversal {
    /// The reason; it is kept beside the reversal.
    reason: String,
}

async fn list(caller: Caller, Query(ask): Query<Hanging>, _: Empty) -> Answer {
    Ok(json(
        &caller
            .enter()
            .view(ListResults {
                only: ask.only(),
                page: ask.page(),
            })
            .await?,
    ))
}

async fn reverse(caller: Caller, Id(id): Id<ResultId>, Json { value, digest }: Json<Reversal>) -> Answer {
    let act = ReverseResult {
        id,
        reason: value.reason,
    };
    let once = caller
        .make(act, &digest, |reversed: &Reversed| Some(reversed.reversal.uuid()))
        .await?;
    Ok(made(once, "/api/v1/results", |reversed| {
        (
            reversed.reversal.uuid(),
            Made {
                id: reversed.reversal.uuid(),
            },
        )
    }))
}
