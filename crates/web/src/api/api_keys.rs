//! API keys.

use axum::response::IntoResponse;
use http::StatusCode;
use schemars::JsonSchema;
use serde::Deserialize;
use skillsyms_core::ApiKeyId;
use skillsyms_people::api_keys::{
    ApiKeyView, CreateApiKey, Created, KeyState, ListApiKeys, ReportLeakedKey, RevokeApiKey, Revoked, RotateApiKey,
    RotateInput,
};
use skillsyms_people::{ByAge, Cursor, Limit, Page, PageAsk};
use skillsyms_vault::Secret;

use super::answer::json;
use crate::extract::{Caller, Empty, Id, Json, Query, Visitor};
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
        Route::post("/api/v1/api-keys/{id}/rotate", rotate)
            .act::<RotateApiKey>(
                "Rotate an API key: a new one with its name, scopes and networks. The old one goes on for the overlap and ends by itself",
            )
            .takes::<RotateInput>()
            .makes::<Created>(),
        Route::post("/api/v1/leaked-keys", report)
            .act::<ReportLeakedKey>(
                "Report API keys that were found in the open. Those that work end at once. The answer is the same whether or not there is one",
            )
            .public()
            .takes::<Report>()
            .status(StatusCode::ACCEPTED)
            .takes_credentials(),
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

async fn rotate(caller: Caller, Id(key): Id<ApiKeyId>, Json { value, digest }: Json<RotateInput>) -> Answer {
    let act = RotateApiKey { key, input: value };
    let once = caller
        .make(act, &digest, |created: &Created| Some(created.id.uuid()))
        .await?;
    Ok(made(once, "/api/v1/api-keys", |created| (created.id.uuid(), created)))
}

/// Keys that somebody found in the open: one, or a list.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Report {
    /// A key, as it was found.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    key: Option<Secret<String>>,
    /// Keys, as they were found: at most 100 with the one above.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    keys: Vec<Secret<String>>,
}

async fn report(visitor: Visitor, Json { value, .. }: Json<Report>) -> Answer {
    let mut keys = value.keys;
    keys.extend(value.key);
    let house = visitor.house();
    // Each key names its cell itself.
    let anywhere = visitor.at(house.door().platform());
    house.sign_in().report_leaked(&anywhere, &keys).await?;
    Ok(StatusCode::ACCEPTED.into_response())
}
