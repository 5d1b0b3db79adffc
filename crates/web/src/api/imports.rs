//! Imports of learners' files.

use std::time::Duration;

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use skillsyms_core::{ImportId, Problem};
use skillsyms_people::{Page, PageAsk};
use skillsyms_records::imports::{
    BeginImport, FailedRow, FinishImport, ImportChunk, ImportSummary, Importer, ListImports, Pipe, ReadFailures,
    ReadImport,
};

use super::answer::json;
use crate::extract::{Caller, Empty, FileName, Id, Query, Upload};
use crate::problem::{Answer, Refused};
use crate::routes::Route;

/// Bytes of the largest file: a million rows as providers send them have half of it.
const FILE_MAX_BYTES: usize = 256 * 1024 * 1024;
/// Time for the largest file over a line of 2 Mbit/s.
const TIME_MAX: Duration = Duration::from_secs(20 * 60);
/// What is taken.
const CSV: &str = "text/csv";

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::post("/api/v1/imports", import)
            .act::<BeginImport>("Import learners from a CSV file. Its name may stand in Skillsyms-File-Name")
            .then::<ImportChunk>()
            .then::<FinishImport>()
            .takes_file(&[CSV], FILE_MAX_BYTES, TIME_MAX)
            .gives::<ImportSummary>()
            .status(StatusCode::CREATED),
        Route::get("/api/v1/imports", list)
            .view::<ListImports>("Imports, the latest first")
            .query::<PageAsk>()
            .gives::<Page<ImportSummary>>(),
        Route::get("/api/v1/imports/{id}", read)
            .view::<ReadImport>("How an import went")
            .gives::<ImportSummary>(),
        Route::get("/api/v1/imports/{id}/failures", failures)
            .view::<ReadFailures>("The refused rows of an import, with line, column and reason; ID numbers masked")
            .query::<PageAsk>()
            .gives::<Page<FailedRow>>(),
    ]
}

/// The import goes on when the caller hangs up: the pipe breaks, and it is entered as stopped, with what was kept.
async fn import(caller: Caller, FileName(name): FileName, mut upload: Upload) -> Answer {
    upload.must_be(CSV)?;
    let importer = Importer {
        door: caller.door().clone(),
        actor: caller.actor(),
        from: caller.from(),
        reference: Some(caller.reference()),
    };
    let (pipe, reader) = Pipe::new();
    let running = tokio::spawn(async move { importer.run(&name.unwrap_or_default(), reader, |_| ()).await });
    let sent = feed(&mut upload, pipe).await;
    let summary = running.await.map_err(|_| Problem::internal())?;
    // What went wrong with the upload says more than that the file is incomplete.
    sent?;
    Ok(imported(&summary?))
}

async fn feed(upload: &mut Upload, pipe: Pipe) -> Result<(), Refused> {
    while let Some(piece) = upload.next().await? {
        if !pipe.write(piece.into()).await {
            return Ok(());
        }
    }
    pipe.finish().await;
    Ok(())
}

fn imported(summary: &ImportSummary) -> Response {
    let mut response = (StatusCode::CREATED, axum::Json(summary)).into_response();
    if let Ok(place) = HeaderValue::from_str(&format!("/api/v1/imports/{}", summary.id)) {
        response.headers_mut().insert(header::LOCATION, place);
    }
    response
}

async fn list(caller: Caller, Query(page): Query<PageAsk>, _: Empty) -> Answer {
    Ok(json(&caller.enter().view(ListImports { page }).await?))
}

async fn read(caller: Caller, Id(id): Id<ImportId>, _: Empty) -> Answer {
    Ok(json(&caller.enter().view(ReadImport { id }).await?))
}

async fn failures(caller: Caller, Id(id): Id<ImportId>, Query(page): Query<PageAsk>, _: Empty) -> Answer {
    Ok(json(&caller.enter().view(ReadFailures { id, page }).await?))
}
