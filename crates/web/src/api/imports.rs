//! Imports of learners' files.

use std::time::Duration;

use axum::response::IntoResponse;
use http::StatusCode;
use schemars::JsonSchema;
use serde::Deserialize;
use skillsyms_core::{ImportId, Problem};
use skillsyms_people::{ByAge, Cursor, Limit, Page, PageAsk};
use skillsyms_records::imports::{
    BeginImport, FailedRow, FileKey, FinishImport, GiveUpImport, HoldImport, ImportChunk, ImportState, ImportSummary,
    ListImports, Pipe, Preview, PreviewImport, ReadFailures, ReadImport, ReceiveImport, StartImport,
};
use skillsyms_vault::Secret;

use super::answer::json;
use crate::extract::{Caller, Empty, FileName, Id, Json, Query, Upload};
use crate::idempotency::{Stream, made, made_before};
use crate::imports::{digest, hold, importer};
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
            .makes::<ImportSummary>(),
        Route::post("/api/v1/imports/held", hold_file)
            .view::<ReceiveImport>("Keep a CSV file for a day, until it is said what its columns mean")
            .then::<HoldImport>()
            .takes_file(&[CSV], FILE_MAX_BYTES, TIME_MAX)
            .makes::<ImportSummary>(),
        Route::get("/api/v1/imports/{id}/preview", preview)
            .view::<PreviewImport>("What a kept file would become, as its first line is understood; ID numbers masked")
            .gives::<Preview>(),
        Route::post("/api/v1/imports/{id}/preview", preview_as)
            .view::<PreviewImport>("What a kept file would become with these columns; nothing is written")
            .takes::<ColumnsAsk>()
            .gives::<Preview>(),
        Route::post("/api/v1/imports/{id}/start", start)
            .act::<StartImport>("Import a kept file with these columns. Read the import to see how far it is")
            .then::<ImportChunk>()
            .then::<FinishImport>()
            .takes::<ColumnsAsk>()
            .gives::<ImportSummary>()
            .status(StatusCode::ACCEPTED),
        Route::post("/api/v1/imports/{id}/give-up", give_up)
            .act::<GiveUpImport>("Give up a kept file")
            .gives::<ImportSummary>(),
        Route::get("/api/v1/imports", list)
            .view::<ListImports>("Imports")
            .query::<ListAsk>()
            .gives::<Page<ImportSummary>>(),
        Route::post("/api/v1/imports/search", search)
            .view::<ListImports>("Find imports by a part of the file's name")
            .takes::<SearchAsk>()
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
    let name = name.unwrap_or_default();
    let turn = match caller.streams().await? {
        Stream::First(turn) => turn,
        Stream::Again(before) => {
            let sent = digest(&name, &upload.sha256().await?);
            return Ok(made_before(&caller.of(before, &sent)?));
        }
    };
    let importer = importer(&caller);
    let key = file_key(&caller, &name);
    let (pipe, reader) = Pipe::new();
    let running = tokio::spawn(async move {
        let done = importer.run_once(&name, reader, key, |_| ()).await;
        // Only now may the same request come again, also if this one's caller hung up.
        drop(turn);
        done
    });
    let sent = feed(&mut upload, pipe).await;
    let done = running.await.map_err(|_| Problem::internal())?;
    // What went wrong with the upload says more than that the file is incomplete.
    sent?;
    Ok(made(done?, "/api/v1/imports", |summary| (summary.id.uuid(), summary)))
}

/// The idempotency key, with the fingerprint that follows from the file's hash.
fn file_key(caller: &Caller, name: &str) -> Option<FileKey> {
    let (key, _) = caller.once(&[0; 32])?;
    let (caller, name) = (caller.clone(), name.to_owned());
    let fingerprint = move |sha256: &[u8; 32]| {
        caller
            .once(&digest(&name, sha256))
            .map(|(_, fingerprint)| fingerprint)
            .unwrap_or_default()
    };
    Some(FileKey {
        key,
        fingerprint: Box::new(fingerprint),
    })
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

/// What the columns of a file mean.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ColumnsAsk {
    /// For each column of the file, in its order, the name of the template's column; an empty one leaves it out.
    #[schemars(length(max = 64))]
    columns: Vec<String>,
}

async fn hold_file(caller: Caller, FileName(name): FileName, upload: Upload) -> Answer {
    upload.must_be(CSV)?;
    let done = hold(&caller, &name.unwrap_or_default(), upload).await?;
    Ok(made(done, "/api/v1/imports", |summary| (summary.id.uuid(), summary)))
}

async fn preview(caller: Caller, Id(id): Id<ImportId>, _: Empty) -> Answer {
    let (_, preview) = importer(&caller).preview(caller.house().files(), id, None).await?;
    Ok(json(&preview))
}

async fn preview_as(caller: Caller, Id(id): Id<ImportId>, ask: Json<ColumnsAsk>) -> Answer {
    let columns = Some(ask.value.columns);
    let (_, preview) = importer(&caller).preview(caller.house().files(), id, columns).await?;
    Ok(json(&preview))
}

async fn start(caller: Caller, Id(id): Id<ImportId>, ask: Json<ColumnsAsk>) -> Answer {
    let files = caller.house().files().clone();
    let started = importer(&caller).start(files, id, ask.value.columns).await?;
    Ok((StatusCode::ACCEPTED, axum::Json(started.summary)).into_response())
}

async fn give_up(caller: Caller, Id(id): Id<ImportId>, _: Empty) -> Answer {
    Ok(json(&importer(&caller).give_up(caller.house().files(), id).await?))
}

/// Which imports are listed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListAsk {
    /// In this state only.
    #[serde(default)]
    state: Option<ImportState>,
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

/// Which imports are looked for. It goes in a body, because names of files do not belong into an address.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SearchAsk {
    /// A part of the file's name; accents and case do not matter.
    #[schemars(with = "String")]
    search: Secret<String>,
    /// In this state only.
    #[serde(default)]
    state: Option<ImportState>,
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

async fn search(caller: Caller, Json { value, .. }: Json<SearchAsk>) -> Answer {
    let view = ListImports {
        search: Some(value.search),
        state: value.state,
        sort: value.sort,
        page: PageAsk {
            limit: value.limit,
            cursor: value.cursor,
        },
    };
    Ok(json(&caller.enter().view(view).await?))
}

async fn list(caller: Caller, Query(ask): Query<ListAsk>, _: Empty) -> Answer {
    let view = ListImports {
        search: None,
        state: ask.state,
        sort: ask.sort,
        page: PageAsk {
            limit: ask.limit,
            cursor: ask.cursor,
        },
    };
    Ok(json(&caller.enter().view(view).await?))
}

async fn read(caller: Caller, Id(id): Id<ImportId>, _: Empty) -> Answer {
    Ok(json(&caller.enter().view(ReadImport { id }).await?))
}

async fn failures(caller: Caller, Id(id): Id<ImportId>, Query(page): Query<PageAsk>, _: Empty) -> Answer {
    Ok(json(&caller.enter().view(ReadFailures { id, page }).await?))
}
