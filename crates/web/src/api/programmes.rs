//! Programmes.

use schemars::JsonSchema;
use serde::Deserialize;
use skillsyms_core::{ProgrammeId, ProgrammeKind};
use skillsyms_people::{ByAge, Cursor, Limit, Page, PageAsk};
use skillsyms_records::programmes::{
    CreateProgramme, ListProgrammes, NewProgramme, Programme, ProgrammeLine, ReadProgramme,
};

use super::answer::json;
use crate::etag::versioned;
use crate::extract::{Caller, Empty, Id, Json, Query};
use crate::idempotency::{Made, made};
use crate::problem::Answer;
use crate::routes::Route;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::post("/api/v1/programmes", create)
            .act::<CreateProgramme>("Register a programme with its modules")
            .takes::<NewProgramme>()
            .makes_id(),
        Route::get("/api/v1/programmes", list)
            .view::<ListProgrammes>("Programmes")
            .query::<ListAsk>()
            .gives::<Page<ProgrammeLine>>(),
        Route::get("/api/v1/programmes/{id}", read)
            .view::<ReadProgramme>("A programme with its modules")
            .gives::<Programme>()
            .etag(),
    ]
}

/// Which programmes are listed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListAsk {
    /// A part of the title, or the beginning of the SAQA id; accents and case do not matter.
    #[serde(default)]
    q: Option<String>,
    /// Of this kind only.
    #[serde(default)]
    kind: Option<ProgrammeKind>,
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

async fn create(caller: Caller, Json { value, digest }: Json<NewProgramme>) -> Answer {
    let act = CreateProgramme { new: value };
    let once = caller.make(act, &digest, |id: &ProgrammeId| Some(id.uuid())).await?;
    Ok(made(once, "/api/v1/programmes", |id| {
        (id.uuid(), Made { id: id.uuid() })
    }))
}

async fn list(caller: Caller, Query(ask): Query<ListAsk>, _: Empty) -> Answer {
    let view = ListProgrammes {
        search: ask.q,
        kind: ask.kind,
        sort: ask.sort,
        page: PageAsk {
            limit: ask.limit,
            cursor: ask.cursor,
        },
    };
    Ok(json(&caller.enter().view(view).await?))
}

async fn read(caller: Caller, Id(id): Id<ProgrammeId>, _: Empty) -> Answer {
    let programme = caller.enter().view(ReadProgramme { id }).await?;
    Ok(versioned(programme.programme.version, &programme))
}
