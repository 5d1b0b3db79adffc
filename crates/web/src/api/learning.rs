//! One's own learning, for learners.

use schemars::JsonSchema;
use serde::Deserialize;
use skillsyms_core::EnrolmentId;
use skillsyms_people::{ByAge, Cursor, Limit, Page, PageAsk, Span};
use skillsyms_records::learners::AccessPage;
use skillsyms_records::learning::{
    Course, CourseLine, Details, ListLearning, ReadDetails, ReadLearning, ReadLookers, Whose,
};

use super::answer::json;
use crate::extract::{Caller, Empty, Id, Query};
use crate::problem::Answer;
use crate::routes::Route;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/v1/learning", list)
            .view::<ListLearning>("Your progress in every programme, and what to do next")
            .query::<PageAsk>()
            .gives::<Page<CourseLine>>(),
        Route::get("/api/v1/learning/details", details)
            .view::<ReadDetails>("What is held about you, your ID number masked")
            .gives::<Details>(),
        Route::get("/api/v1/learning/lookers", lookers)
            .view::<ReadLookers>("Who looked at your record, when, in which role and for what purpose")
            .query::<LookersAsk>()
            .gives::<AccessPage>(),
        Route::get("/api/v1/learning/{id}", read)
            .view::<ReadLearning>("Your progress, outcomes, feedback and evidence in one enrolment")
            .gives::<Course>(),
    ]
}

/// Which looks are listed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct LookersAsk {
    /// `others`, unless said; `all` has your own too.
    #[serde(default)]
    whose: Whose,
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

async fn list(caller: Caller, Query(page): Query<PageAsk>, _: Empty) -> Answer {
    Ok(json(&caller.enter().view(ListLearning { page }).await?))
}

async fn details(caller: Caller, _: Empty) -> Answer {
    Ok(json(&caller.enter().view(ReadDetails).await?))
}

async fn lookers(caller: Caller, Query(ask): Query<LookersAsk>, _: Empty) -> Answer {
    let view = ReadLookers {
        whose: ask.whose,
        span: Span::of_days(ask.from.as_deref(), ask.until.as_deref())?,
        sort: ask.sort,
        page: PageAsk {
            limit: ask.limit,
            cursor: ask.cursor,
        },
    };
    Ok(json(&caller.enter().view(view).await?))
}

async fn read(caller: Caller, Id(id): Id<EnrolmentId>, _: Empty) -> Answer {
    Ok(json(&caller.enter().view(ReadLearning { id }).await?))
}
