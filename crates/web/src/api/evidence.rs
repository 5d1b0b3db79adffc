//! Evidence: the files of a portfolio. Up: begin, stream, attach. Down: the entry is durable before the first byte.

use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use http::{HeaderValue, header};
use schemars::JsonSchema;
use serde::Deserialize;
use skillsyms_core::{EnrolmentId, EvidenceId, ModuleId};
use skillsyms_door::{Before, Once};
use skillsyms_people::Page;
use skillsyms_records::evidence::{
    AttachEvidence, Attached, BeginUpload, DescribeEvidence, Download, Evidence, FILE_BYTES_MAX, FileError,
    ListEvidence, ReadEvidence, Stored, UPLOAD_SECONDS,
};

use super::answer::json;
use super::ask::Hanging;
use super::stream;
use crate::extract::{Caller, Empty, FileName, Id, Query, Upload};
use crate::idempotency::{Made, Stream, made, made_before, streamed};
use crate::problem::{Answer, Refused};
use crate::routes::Route;

/// What is taken. What the caller says of the type is not believed: the first bytes tell.
const MEDIA: &[&str] = &[
    "application/pdf",
    "application/msword",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "image/jpeg",
    "image/png",
    "video/mp4",
];
/// Bytes of the largest file, and one more, so that the store says of it what it has to say.
const FILE_MAX_BYTES: usize = FILE_BYTES_MAX as usize + 1;
/// Time for it.
const TIME_MAX: Duration = Duration::from_secs(UPLOAD_SECONDS.unsigned_abs());
/// What browsers show by themselves.
const SHOWN: &[&str] = &["application/pdf", "image/jpeg", "image/png", "video/mp4"];
/// A file is never shown as a page of ours, whatever is in it.
const CSP: HeaderValue = HeaderValue::from_static("sandbox; default-src 'none'; frame-ancestors 'none'");

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::post("/api/v1/enrolments/{id}/evidence", upload)
            .act::<BeginUpload>("Add a file to a module: PDF, Word, JPEG, PNG or MP4 of at most 25 MB. Its name stands in Skillsyms-File-Name")
            .then::<AttachEvidence>()
            .query::<UploadAsk>()
            .takes_file(MEDIA, FILE_MAX_BYTES, TIME_MAX)
            .makes_id(),
        Route::get("/api/v1/evidence", list)
            .view::<ListEvidence>("Evidence, the oldest first")
            .query::<Hanging>()
            .gives::<Page<Evidence>>(),
        Route::get("/api/v1/evidence/{id}", describe)
            .view::<DescribeEvidence>("What a file of evidence is, without its content")
            .gives::<Evidence>(),
        Route::get("/api/v1/evidence/{id}/content", content)
            .view::<ReadEvidence>("The content of a file of evidence")
            .gives_file(),
    ]
}

/// Where a file belongs.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct UploadAsk {
    /// The module.
    module: ModuleId,
    /// The file's name, if it is not in the header `Skillsyms-File-Name`.
    #[serde(default)]
    name: Option<String>,
}

async fn upload(
    caller: Caller,
    Id(enrolment): Id<EnrolmentId>,
    Query(ask): Query<UploadAsk>,
    FileName(name): FileName,
    body: Upload,
) -> Answer {
    let module = ask.module;
    let name = name.or(ask.name).unwrap_or_default();
    match caller.streams().await? {
        Stream::Again(before) => again(&caller, before, &(module, name), body).await,
        Stream::First(turn) => {
            let stored = receive(&caller, BeginUpload { enrolment, module }, body).await?;
            let answer = attach(&caller, stored, &(module, name)).await;
            drop(turn);
            answer
        }
    }
}

/// What a file is known by when it is sent again: where it belongs, its name and its content.
fn digest((module, name): &(ModuleId, String), sha256: &[u8; 32]) -> [u8; 32] {
    streamed(&[module.bytes(), name.as_bytes()], sha256)
}

/// The same file again is answered as before, and not stored a second time.
async fn again(caller: &Caller, before: Before, declared: &(ModuleId, String), mut body: Upload) -> Answer {
    let sent = digest(declared, &body.sha256().await?);
    Ok(made_before(&caller.of(before, &sent)?))
}

/// Asks the policy, then takes the file, with one chunk of memory.
async fn receive(caller: &Caller, begin: BeginUpload, mut body: Upload) -> Result<Stored, Refused> {
    let (upload, _) = caller.enter().run(begin).await?;
    let mut receiving = caller.house().files().receive(upload).map_err(refused)?;
    while let Some(piece) = body.next().await? {
        receiving = receiving.take(piece).await.map_err(refused)?;
    }
    receiving.close().await.map_err(refused)
}

/// Names the file in a row. A file that came a second time is removed.
async fn attach(caller: &Caller, stored: Stored, declared: &(ModuleId, String)) -> Answer {
    let act = AttachEvidence {
        stored: stored.clone(),
        name: declared.1.clone(),
    };
    let digest = digest(declared, stored.sha256());
    let attached = caller
        .make(act, &digest, |attached: &Attached| Some(attached.evidence.uuid()))
        .await;
    // After an error nobody knows whether the row was committed: the sweep asks the cell before it removes anything.
    if let Ok(Once::Before { resources }) = &attached
        && !resources.contains(&stored.id().uuid())
        && let Err(error) = caller.house().files().discard(&stored)
    {
        tracing::warn!(%error, "a file that no row names stays until it is swept");
    }
    Ok(made(attached?, "/api/v1/evidence", |attached| {
        let id = attached.evidence.uuid();
        (id, Made { id })
    }))
}

fn refused(error: FileError) -> Refused {
    if let FileError::Io(cause) = &error {
        tracing::error!(%cause, "a file of evidence");
    }
    error.problem().into()
}

async fn list(caller: Caller, Query(ask): Query<Hanging>, _: Empty) -> Answer {
    Ok(json(
        &caller
            .enter()
            .view(ListEvidence {
                only: ask.only(),
                page: ask.page(),
            })
            .await?,
    ))
}

async fn describe(caller: Caller, Id(id): Id<EvidenceId>, _: Empty) -> Answer {
    Ok(json(&caller.enter().view(DescribeEvidence { id }).await?))
}

async fn content(caller: Caller, Id(id): Id<EvidenceId>, _: Empty) -> Answer {
    let files = caller.house().files().clone();
    Ok(download(caller.enter().view(ReadEvidence { id, files }).await?))
}

fn download(download: Download) -> Response {
    let disposition = stream::attachment(&download.evidence.name);
    file(download, disposition)
}

/// The content to be looked at. What the browser cannot show without a program of its own is saved.
pub(crate) fn shown(download: Download) -> Response {
    let is_shown = SHOWN.contains(&download.evidence.media_type.as_str());
    let name = stream::attachment(&download.evidence.name);
    let disposition = match name.strip_prefix("attachment") {
        Some(rest) if is_shown => format!("inline{rest}"),
        _ => name,
    };
    file(download, disposition)
}

fn file(download: Download, disposition: String) -> Response {
    let Download { evidence, content } = download;
    let mut response = Response::new(Body::new(stream::File::new(content)));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, CSP);
    for (name, value) in [
        (header::CONTENT_TYPE, evidence.media_type.clone()),
        (header::CONTENT_LENGTH, evidence.size.to_string()),
        (header::CONTENT_DISPOSITION, disposition),
    ] {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(name, value);
        }
    }
    response
}
