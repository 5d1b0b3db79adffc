//! Moderation: samples and decisions.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skillsyms_core::{AssessmentId, Decision, EnrolmentId, LearnerId, ProgrammeId, SampleId};
use skillsyms_people::{ByAge, Cursor, Limit, Page, PageAsk, Span};
use skillsyms_records::enrolments::reach::Only;
use skillsyms_records::moderation::{
    Chosen, Decide, Decided, DrawSample, Drawn, Item, ListModeration, ListSamples, ReadChosen, ReadSample, Sample,
    SampleSummary, TraceAssessment, Traces, Waiting,
};

use super::answer::json;
use crate::extract::{Caller, Empty, Id, Json, Query};
use crate::idempotency::{Made, made};
use crate::problem::Answer;
use crate::routes::Route;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::post("/api/v1/programmes/{id}/samples", draw)
            .act::<DrawSample>("Draw a sample of the assessments that wait for moderation, and release the others")
            .makes::<DrawnSample>(),
        Route::get("/api/v1/samples/{id}", read)
            .view::<ReadSample>("A sample, and how it was drawn")
            .gives::<Sample>(),
        Route::get("/api/v1/samples", samples)
            .view::<ListSamples>("Samples")
            .query::<SamplesAsk>()
            .gives::<Page<SampleSummary>>(),
        Route::get("/api/v1/samples/{id}/chosen", chosen)
            .view::<ReadChosen>("What was chosen in a sample")
            .query::<ChosenAsk>()
            .gives::<Page<Chosen>>(),
        Route::get("/api/v1/assessments/{id}/entries", trace)
            .view::<TraceAssessment>("Where in the log an assessment and the decision on it stand")
            .gives::<Traces>(),
        Route::get("/api/v1/moderation", list)
            .view::<ListModeration>("Assessments that were chosen for moderation, the oldest first")
            .query::<ListAsk>()
            .gives::<Page<Item>>(),
        Route::post("/api/v1/assessments/{id}/decisions", decide)
            .act::<Decide>("Uphold an assessment, or return it with a reason")
            .takes::<NewDecision>()
            .makes_id(),
    ]
}

/// In which order what was chosen is listed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ChosenAsk {
    /// In which order; the oldest assessment first unless said.
    #[serde(default)]
    sort: Option<ByAge>,
    /// How many items; 50 unless said.
    #[serde(default)]
    limit: Limit,
    /// The `next` of the page before; absent for the first page.
    #[serde(default)]
    cursor: Option<Cursor>,
}

/// Which samples are listed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SamplesAsk {
    /// Of this programme only.
    #[serde(default)]
    programme: Option<ProgrammeId>,
    /// First day on which it was drawn, for example 2026-01-31.
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

/// A sample that was drawn.
#[derive(Debug, Serialize, JsonSchema)]
struct DrawnSample {
    /// Its id.
    id: SampleId,
    /// From how many assessments it was drawn.
    population: usize,
    /// How many were chosen; the others were released.
    chosen: usize,
    /// Whether more assessments wait than one draw takes: then draw again.
    more: bool,
}

/// Which chosen assessments are listed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListAsk {
    /// `open` for those that wait for a decision; all unless said.
    #[serde(default)]
    waiting: Waiting,
    /// Of this learner only.
    #[serde(default)]
    learner: Option<LearnerId>,
    /// Of this enrolment only.
    #[serde(default)]
    enrolment: Option<EnrolmentId>,
    /// How many items; 50 unless said.
    #[serde(default)]
    limit: Limit,
    /// The `next` of the page before; absent for the first page.
    #[serde(default)]
    cursor: Option<Cursor>,
}

/// A moderator's decision.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewDecision {
    /// Upheld or returned.
    decision: Decision,
    /// Why; needed if it is returned.
    #[serde(default)]
    reason: Option<String>,
}

async fn draw(caller: Caller, Id(programme): Id<ProgrammeId>, body: Empty) -> Answer {
    let once = caller
        .make(DrawSample { programme }, &body.digest(), |drawn: &Drawn| {
            Some(drawn.sample.uuid())
        })
        .await?;
    Ok(made(once, "/api/v1/samples", |drawn| {
        let Drawn {
            sample: id,
            population,
            chosen,
            more,
            ..
        } = drawn;
        (
            id.uuid(),
            DrawnSample {
                id,
                population,
                chosen,
                more,
            },
        )
    }))
}

async fn read(caller: Caller, Id(id): Id<SampleId>, _: Empty) -> Answer {
    Ok(json(&caller.enter().view(ReadSample { id }).await?))
}

async fn samples(caller: Caller, Query(ask): Query<SamplesAsk>, _: Empty) -> Answer {
    let view = ListSamples {
        programme: ask.programme,
        span: Span::of_days(ask.from.as_deref(), ask.until.as_deref())?,
        sort: ask.sort,
        page: PageAsk {
            limit: ask.limit,
            cursor: ask.cursor,
        },
    };
    Ok(json(&caller.enter().view(view).await?))
}

async fn chosen(caller: Caller, Id(sample): Id<SampleId>, Query(ask): Query<ChosenAsk>, _: Empty) -> Answer {
    let view = ReadChosen {
        sample,
        sort: ask.sort,
        page: PageAsk {
            limit: ask.limit,
            cursor: ask.cursor,
        },
    };
    Ok(json(&caller.enter().view(view).await?))
}

async fn trace(caller: Caller, Id(assessment): Id<AssessmentId>, _: Empty) -> Answer {
    Ok(json(&caller.enter().view(TraceAssessment { assessment }).await?))
}

async fn list(caller: Caller, Query(ask): Query<ListAsk>, _: Empty) -> Answer {
    let only = Only {
        learner: ask.learner,
        enrolment: ask.enrolment,
    };
    let page = PageAsk {
        limit: ask.limit,
        cursor: ask.cursor,
    };
    Ok(json(
        &caller
            .enter()
            .view(ListModeration {
                waiting: ask.waiting,
                only,
                page,
            })
            .await?,
    ))
}

async fn decide(caller: Caller, Id(assessment): Id<AssessmentId>, Json { value, digest }: Json<NewDecision>) -> Answer {
    let act = Decide {
        assessment,
        decision: value.decision,
        reason: value.reason,
    };
    let once = caller
        .make(act, &digest, |decided: &Decided| Some(decided.moderation.uuid()))
        .await?;
    Ok(made(once, "/api/v1/moderation", |decided| {
        (
            decided.moderation.uuid(),
            Made {
                id: decided.moderation.uuid(),
            },
        )
    }))
}
