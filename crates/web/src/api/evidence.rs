//! Evidence: the files of a portfolio. Up: begin, stream, attach. Down: the entry is durable before the first byte.

use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use http::{HeaderValue, header};
use schemars::JsonSchema;
use serde::Deserialize;
use skillsyms_core::{EnrolmentId, EvidenceId, ModuleId};
use skillsyms_people::Page;
use skillsyms_records::evidence::{
    AttachEvidence, BeginUpload, DescribeEvidence, Download, Evidence, FILE_BYTES_MAX, ListEvidence, ReadEvidence,
    UPLOAD_SECONDS,
};

use super::answer::json;
use super::ask::Hanging;
use super::stream;
use crate::extract::{Caller, Empty, FileName, Id, Query, Upload};
use crate::idempotency::{Made, made};
use crate::problem::Answer;
use crate::routes::Route;
use crate::uploads::{Declared, take};

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
    let declared = Declared {
        begin: BeginUpload {
            enrolment,
            module: ask.module,
        },
        name: name.or(ask.name).unwrap_or_default(),
    };
    let attached = take(&caller, &declared, body).await?;
    Ok(made(attached, "/api/v1/evidence", |attached| {
        let id = attached.evidence.uuid();
        (id, Made { id })
    }))
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

pub(crate) fn download(download: Download) -> Response {
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
