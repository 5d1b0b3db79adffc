//! API keys.

use schemars::JsonSchema;
use serde::Deserialize;
use skillsyms_core::ApiKeyId;
use skillsyms_people::api_keys::{ApiKeyView, CreateApiKey, Created, KeyState, ListApiKeys, RevokeApiKey, Revoked};
use skillsyms_people::{ByAge, Cursor, Limit, Page, PageAsk};

use super::answer::json;
use crate::extract::{Caller, Empty, Id, Json, Query};
use crate::idempotency::made;
use crate::problem::Answer;
use crate::routes::Route;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::post("/api/v1/api-keys", create)
            .act::<CreateApiKey>("Make an API key. It is shown here and never again")
            .takes::<CreateApiKey>()
            .makes::<Created>(),
        Route::get("/api/v1/api-keys", list)
            .view::<ListApiKeys>("API keys")
            .query::<ListAsk>()
            .gives::<Page<ApiKeyView>>(),
        Route::delete("/api/v1/api-keys/{id}", revoke)
            .act::<RevokeApiKey>("Revoke an API key at once")
            .gives::<Revoked>(),
    ]
}

async fn create(caller: Caller, Json { value, digest }: Json<CreateApiKey>) -> Answer {
    let once = caller
        .make(value, &digest, |created: &Created| Some(created.id.uuid()))
        .await?;
    Ok(made(once, "/api/v1/api-keys", |created| (created.id.uuid(), created)))
}

/// Which keys are listed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListAsk {
    /// A part of the name; accents and case do not matter.
    #[serde(default)]
    q: Option<String>,
    /// In this state only.
    #[serde(default)]
    state: Option<KeyState>,
    /// In which order; the oldest first unless said.
    #[serde(default)]
    sort: Option<ByAge>,
    /// How many items; 50 unless said.
    #[serde(default)]
    limit: Limit,
    /// The `next` of the page before; absent for the first page.
    #[serde(default)]
    cursor: Option<Cursor>,
}

async fn list(caller: Caller, Query(ask): Query<ListAsk>, _: Empty) -> Answer {
    let view = ListApiKeys {
        search: ask.q,
        state: ask.state,
        sort: ask.sort,
        page: PageAsk {
            limit: ask.limit,
            cursor: ask.cursor,
        },
    };
    Ok(json(&caller.enter().view(view).await?))
}

async fn revoke(caller: Caller, Id(key): Id<ApiKeyId>, _: Empty) -> Answer {
    Ok(json(&caller.enter().run(RevokeApiKey { key }).await?))
}
