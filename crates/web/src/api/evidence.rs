//! Evidence: the files of a portfolio. Up: begin, stream, attach. Down: the entry is durable before the first byte.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};
use schemars::JsonSchema;
use serde::Deserialize;
use skillsyms_core::{Code, EnrolmentId, EvidenceId, ModuleId};
use skillsyms_people::Page;
use skillsyms_records::evidence::{
    AttachEvidence, BeginUpload, DescribeEvidence, Download, Evidence, ListEvidence, Part, ReadEvidence,
};

use super::answer::json;
use super::ask::Hanging;
use super::stream;
use crate::extract::{Caller, Empty, FileName, Id, Query, Ranged, Upload};
use crate::idempotency::{Made, made};
use crate::problem::{Answer, Refused};
use crate::routes::Route;
use crate::uploads::{Declared, FILE_MAX_BYTES, FILE_TIME_MAX, take};

/// What is taken. What the caller says of the type is not believed: the first bytes tell.
const MEDIA: &[&str] = &[
    "application/pdf",
    "application/msword",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "image/jpeg",
    "image/png",
    "video/mp4",
];
/// What browsers show by themselves.
const SHOWN: &[&str] = &["application/pdf", "image/jpeg", "image/png", "video/mp4"];
/// A file is never shown as a page of ours, whatever is in it.
const CSP: HeaderValue = HeaderValue::from_static("sandbox; default-src 'none'; frame-ancestors 'none'");
/// The unit of ranges.
const BYTES: HeaderValue = HeaderValue::from_static("bytes");

/// The file has none of the bytes that are asked for.
pub static RANGE: Code = Code::new(
    "range",
    416,
    "The file is shorter than that. Content-Range says how many bytes it has.",
);

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::post("/api/v1/enrolments/{id}/evidence", upload)
            .act::<BeginUpload>("Add a file to a module: PDF, Word, JPEG, PNG or MP4 of at most 25 MB. Its name stands in Skillsyms-File-Name")
            .then::<AttachEvidence>()
            .query::<UploadAsk>()
            .takes_file(MEDIA, FILE_MAX_BYTES, FILE_TIME_MAX)
            .makes_id(),
        Route::get("/api/v1/evidence", list)
            .view::<ListEvidence>("Evidence, the oldest first")
            .query::<Hanging>()
            .gives::<Page<Evidence>>(),
        Route::get("/api/v1/evidence/{id}", describe)
            .view::<DescribeEvidence>("What a file of evidence is, without its content")
            .gives::<Evidence>(),
        Route::get("/api/v1/evidence/{id}/content", content)
            .view::<ReadEvidence>("The content of a file of evidence, or one range of its bytes: 206, or 416 if there are none")
            .headers(&[
                ("Range", "One range of bytes, for example bytes=65536-."),
                ("If-Range", "The ETag of the file of which the rest is there already."),
            ])
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

async fn content(caller: Caller, Id(id): Id<EvidenceId>, Ranged(wanted): Ranged, _: Empty) -> Answer {
    let files = caller.house().files().clone();
    let act = ReadEvidence { id, wanted, files };
    Ok(download(caller.enter().view(act).await?))
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
    let Download {
        evidence,
        part,
        content,
    } = download;
    let size = evidence.size;
    let Some(content) = content else {
        let mut response = Refused::from(&RANGE).into_response();
        set(&mut response, header::CONTENT_RANGE, format!("bytes */{size}"));
        return response;
    };
    let mut response = Response::new(Body::new(stream::File::new(content)));
    let mut length = size.to_string();
    if let Part::Some(range) = part {
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
        let last = range.end.saturating_sub(1);
        length = range.end.saturating_sub(range.start).to_string();
        set(
            &mut response,
            header::CONTENT_RANGE,
            format!("bytes {}-{last}/{size}", range.start),
        );
    }
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, CSP);
    response.headers_mut().insert(header::ACCEPT_RANGES, BYTES);
    for (name, value) in [
        (header::CONTENT_TYPE, evidence.media_type.clone()),
        (header::CONTENT_LENGTH, length),
        (header::CONTENT_DISPOSITION, disposition),
        (header::ETAG, format!("\"{}\"", evidence.sha256)),
    ] {
        set(&mut response, name, value);
    }
    response
}

fn set(response: &mut Response, name: HeaderName, value: String) {
    if let Ok(value) = HeaderValue::try_from(value) {
        response.headers_mut().insert(name, value);
    }
}
