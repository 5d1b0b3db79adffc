//! Questions about entries on a learner's record, and their answers.

use http::StatusCode;
use schemars::JsonSchema;
use serde::Deserialize;
use skillsyms_core::{LearnerId, QueryId};
use skillsyms_people::{ByAge, Cursor, Limit, Page, PageAsk};
use skillsyms_records::access::{AccessQuery, AnswerQuery, Asked, ListQueries, QueryAccess, QueryState};
use skillsyms_vault::Secret;

use super::answer::json;
use crate::extract::{Caller, Empty, Id, Json, Query};
use crate::idempotency::{Made, made};
use crate::problem::Answer;
use crate::routes::Route;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::post("/api/v1/learners/{id}/access-queries", ask)
            .act::<QueryAccess>("Ask about an entry on your record that you do not recognise")
            .takes::<Ask>()
            .makes_id(),
        Route::get("/api/v1/access-queries", list)
            .view::<ListQueries>("Questions about entries on records")
            .query::<ListAsk>()
            .gives::<Page<AccessQuery>>(),
        Route::post("/api/v1/access-queries/search", search)
            .view::<ListQueries>("Find questions by a part of the question, of its answer or of the learner's name")
            .takes::<SearchAsk>()
            .gives::<Page<AccessQuery>>(),
        Route::post("/api/v1/access-queries/{id}/answer", answer)
            .act::<AnswerQuery>("Answer a question about an entry; the learner sees it")
            .takes::<Reply>()
            .status(StatusCode::NO_CONTENT),
    ]
}

/// What a learner asks.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Ask {
    /// The entry's place in the log.
    leaf: u64,
    /// The question, in at most 2,000 characters.
    question: String,
}

/// Which questions are listed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListAsk {
    /// In this state only.
    #[serde(default)]
    state: Option<QueryState>,
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

/// Which questions are looked for. It goes in a body, because names do not belong into an address.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SearchAsk {
    /// A part of the question, of its answer or of the learner's name; accents and case do not matter.
    #[schemars(with = "String")]
    search: Secret<String>,
    /// In this state only.
    #[serde(default)]
    state: Option<QueryState>,
    /// In which order; the newest first unless said.
    #[serde(default)]
    sort: Option<ByAge>,
    /// How many items; 50 unless said. A page may have fewer although there is more.
    #[serde(default)]
    limit: Limit,
    /// The `next` of the page before; absent for the first page.
    #[serde(default)]
    cursor: Option<Cursor>,
}

/// What the learner is told.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Reply {
    /// The answer, in at most 2,000 characters.
    answer: String,
}

async fn ask(caller: Caller, Id(learner): Id<LearnerId>, Json { value, digest }: Json<Ask>) -> Answer {
    let act = QueryAccess {
        learner,
        leaf: value.leaf,
        question: value.question,
    };
    let once = caller.make(act, &digest, |asked: &Asked| Some(asked.id.uuid())).await?;
    Ok(made(once, "/api/v1/access-queries", |asked| {
        let id = asked.id.uuid();
        (id, Made { id })
    }))
}

async fn list(caller: Caller, Query(ask): Query<ListAsk>, _: Empty) -> Answer {
    let view = ListQueries {
        state: ask.state,
        search: None,
        sort: ask.sort,
        page: PageAsk {
            limit: ask.limit,
            cursor: ask.cursor,
        },
    };
    Ok(json(&caller.enter().view(view).await?))
}

async fn search(caller: Caller, Json { value, .. }: Json<SearchAsk>) -> Answer {
    let view = ListQueries {
        state: value.state,
        search: Some(value.search),
        sort: value.sort,
        page: PageAsk {
            limit: value.limit,
            cursor: value.cursor,
        },
    };
    Ok(json(&caller.enter().view(view).await?))
}

async fn answer(caller: Caller, Id(id): Id<QueryId>, Json { value, .. }: Json<Reply>) -> Answer {
    let answer = value.answer;
    caller.enter().run(AnswerQuery { id, answer }).await?;
    Ok(axum::response::IntoResponse::into_response(StatusCode::NO_CONTENT))
}
