//! Files of evidence that come in parts, over a line that breaks.

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skillsyms_core::problem::Param;
use skillsyms_core::{EnrolmentId, EvidenceId, ModuleId, Problem};
use skillsyms_records::evidence::{
    AnnounceUpload, Announced, AttachEvidence, DiscardUpload, RESUMABLE_SECONDS, ResumeUpload,
};

use super::answer::done;
use crate::extract::{Caller, Empty, FileName, Id, Query, Upload};
use crate::idempotency::{Made, made, streamed};
use crate::problem::{Answer, HEADER};
use crate::resumable::{self, Added, Addition, PART, UPLOAD_COMPLETE, UPLOAD_LENGTH, UPLOAD_LIMIT, UPLOAD_OFFSET};
use crate::routes::Route;
use crate::uploads::{FILE_MAX_BYTES, FILE_TIME_MAX};

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::post("/api/v1/enrolments/{id}/uploads", announce)
            .act::<AnnounceUpload>(
                "Announce a file that comes in parts, and may go on within 24 hours after the line broke",
            )
            .query::<AnnounceAsk>()
            .headers(&[
                ("Upload-Length", "Bytes of the whole file."),
                ("Upload-Complete", "?0: the file comes later."),
                ("Skillsyms-File-Name", "The file's name, in UTF-8."),
            ])
            .makes_id(),
        Route::get("/api/v1/uploads/{id}", standing)
            .view::<ResumeUpload>(
                "Where an upload goes on. HEAD is enough: Upload-Offset, Upload-Length and Upload-Complete",
            )
            .gives::<HowFar>(),
        Route::patch("/api/v1/uploads/{id}", add)
            .view::<ResumeUpload>("Add to an upload from its offset; with the last bytes it becomes evidence")
            .then::<AttachEvidence>()
            .then::<DiscardUpload>()
            .takes_file(&[PART], FILE_MAX_BYTES, FILE_TIME_MAX)
            .headers(&[
                (
                    "Upload-Offset",
                    "Where these bytes begin: 409 if the upload stopped elsewhere.",
                ),
                ("Upload-Complete", "?1 if the file is whole with them, else ?0."),
            ])
            .gives::<Made>()
            .status(StatusCode::CREATED),
        Route::delete("/api/v1/uploads/{id}", discard)
            .act::<DiscardUpload>("Give up an upload that is not complete")
            .status(StatusCode::NO_CONTENT),
    ]
}

/// Where a file belongs.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AnnounceAsk {
    /// The module.
    module: ModuleId,
    /// The file's name, if it is not in the header `Skillsyms-File-Name`.
    #[serde(default)]
    name: Option<String>,
    /// Bytes of the whole file, if they are not in the header `Upload-Length`.
    #[serde(default)]
    length: Option<u64>,
}

async fn announce(
    caller: Caller,
    Id(enrolment): Id<EnrolmentId>,
    Query(ask): Query<AnnounceAsk>,
    (FileName(name), headers): (FileName, HeaderMap),
    body: Empty,
) -> Answer {
    let length = resumable::integer(&headers, &UPLOAD_LENGTH).or(ask.length);
    let length = length.ok_or_else(|| Problem::new(&HEADER).with("name", Param::Word("Upload-Length")))?;
    let name = name.or(ask.name).unwrap_or_default();
    let digest = streamed(
        &[ask.module.bytes(), &length.to_be_bytes(), name.as_bytes()],
        &body.digest(),
    );
    let act = AnnounceUpload {
        enrolment,
        module: ask.module,
        length,
        name,
    };
    let announced = caller.make(act, &digest, |it: &Announced| Some(it.id.uuid())).await?;
    let mut answer = made(announced, "/api/v1/uploads", |it| {
        let id = it.id.uuid();
        (id, Made { id })
    });
    if answer.status() == StatusCode::CREATED {
        let headers = answer.headers_mut();
        headers.insert(UPLOAD_OFFSET, 0.into());
        headers.insert(UPLOAD_COMPLETE, resumable::boolean(false));
        headers.insert(UPLOAD_LIMIT, resumable::limit(RESUMABLE_SECONDS));
    }
    Ok(answer)
}

/// How far an upload is.
#[derive(Debug, Serialize, JsonSchema)]
struct HowFar {
    /// Bytes that are kept: the next ones begin here.
    offset: u64,
    /// Bytes of the whole file.
    length: u64,
    /// Whether the file is evidence.
    is_complete: bool,
}

async fn standing(caller: Caller, Id(id): Id<EvidenceId>, _: Empty) -> Answer {
    let standing = resumable::standing(&caller, id).await?;
    let body = HowFar {
        offset: standing.offset,
        length: standing.length,
        is_complete: standing.is_ended,
    };
    Ok((standing.headers(), axum::Json(body)).into_response())
}

async fn add(caller: Caller, Id(id): Id<EvidenceId>, headers: HeaderMap, body: Upload) -> Answer {
    body.must_be(PART)?;
    let addition = Addition::of(&headers)?;
    Ok(answer(resumable::add(&caller, id, addition, body).await?))
}

fn answer(added: Added) -> Response {
    let mut answer = match added {
        Added::More(_) => done(),
        Added::Elsewhere(offset) => resumable::elsewhere(offset).into_response(),
        Added::Whole(attached) => {
            let id = attached.evidence.uuid();
            let place = format!("/api/v1/evidence/{id}");
            (
                StatusCode::CREATED,
                [(header::LOCATION, place)],
                axum::Json(Made { id }),
            )
                .into_response()
        }
    };
    let is_whole = matches!(added, Added::Whole(_));
    answer
        .headers_mut()
        .insert(UPLOAD_COMPLETE, resumable::boolean(is_whole));
    if let Added::More(offset) | Added::Elsewhere(offset) = added {
        answer.headers_mut().insert(UPLOAD_OFFSET, offset.into());
    }
    answer
}

async fn discard(caller: Caller, Id(id): Id<EvidenceId>, _: Empty) -> Answer {
    resumable::give_up(&caller, id).await?;
    Ok(done())
}
