//! Programmes.

use skillsyms_core::ProgrammeId;
use skillsyms_people::{Page, PageAsk};
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
            .view::<ListProgrammes>("Programmes, the oldest first")
            .query::<PageAsk>()
            .gives::<Page<ProgrammeLine>>(),
        Route::get("/api/v1/programmes/{id}", read)
            .view::<ReadProgramme>("A programme with its modules")
            .gives::<Programme>()
            .etag(),
    ]
}

async fn create(caller: Caller, Json { value, digest }: Json<NewProgramme>) -> Answer {
    let act = CreateProgramme { new: value };
    let once = caller.make(act, &digest, |id: &ProgrammeId| Some(id.uuid())).await?;
    Ok(made(once, "/api/v1/programmes", |id| {
        (id.uuid(), Made { id: id.uuid() })
    }))
}

async fn list(caller: Caller, Query(page): Query<PageAsk>, _: Empty) -> Answer {
    Ok(json(&caller.enter().view(ListProgrammes { page }).await?))
}

async fn read(caller: Caller, Id(id): Id<ProgrammeId>, _: Empty) -> Answer {
    let programme = caller.enter().view(ReadProgramme { id }).await?;
    Ok(versioned(programme.programme.version, &programme))
}
