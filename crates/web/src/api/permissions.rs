//! Who may do what, and why.

use schemars::JsonSchema;
use serde::Deserialize;
use skillsyms_core::PersonId;
use skillsyms_people::permissions::{ExplainPerson, Explanation, Permission, ReadPermissions};

use super::answer::json;
use crate::extract::{Caller, Empty, Id, Query};
use crate::problem::Answer;
use crate::routes::Route;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/v1/permissions", read)
            .view::<ReadPermissions>("Which role may do what, as the policies say")
            .gives::<Vec<Permission>>(),
        Route::get("/api/v1/people/{id}/permission", explain)
            .view::<ExplainPerson>("Why somebody may do an act, or may not: the policies that decide")
            .query::<Ask>()
            .gives::<Explanation>(),
    ]
}

/// Which act is asked about.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Ask {
    /// Its name.
    #[serde(default)]
    act: String,
}

async fn read(caller: Caller, _: Empty) -> Answer {
    let book = caller.door().rulebook();
    Ok(json(&caller.enter().view(ReadPermissions { book }).await?))
}

async fn explain(caller: Caller, Id(person): Id<PersonId>, Query(ask): Query<Ask>, _: Empty) -> Answer {
    let view = ExplainPerson {
        book: caller.door().rulebook(),
        person,
        act: ask.act,
    };
    Ok(json(&caller.enter().view(view).await?))
}
