//! What the script of the form for evidence does: a file goes in parts, and goes on by itself when the line broke. The same
//! acts as `api/uploads.rs`; without script the form in `bring.rs` sends the files whole.

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use skillsyms_core::problem::IDEMPOTENCY;
use skillsyms_core::{EnrolmentId, EvidenceId, ModuleId, Problem};
use skillsyms_door::Once;
use skillsyms_records::evidence::{
    AnnounceUpload, Announced, AttachEvidence, DiscardUpload, LENGTH, OFFSET, ResumeUpload,
};

use super::bring::correctable;
use crate::extract::{Empty, Id, Upload};
use crate::pages::kit::form::problem_text;
use crate::pages::kit::{Form, SignedIn, Words, see};
use crate::problem::{Answer, Refused};
use crate::resumable::{self, Added, Addition, ENDED, PART};
use crate::routes::Route;
use crate::uploads::{FILE_MAX_BYTES, FILE_TIME_MAX};

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::form("/t/{slug}/learning/{id}/uploads", announce)
            .act::<AnnounceUpload>("Announce a file of evidence that the script sends in parts"),
        Route::page("/t/{slug}/uploads/{id}", standing).view::<ResumeUpload>("Where the script goes on with a file"),
        Route::patch("/t/{slug}/uploads/{id}", add)
            .view::<ResumeUpload>("Add to a file of evidence")
            .then::<AttachEvidence>()
            .then::<DiscardUpload>()
            .takes_file(&[PART], FILE_MAX_BYTES, FILE_TIME_MAX)
            .of_pages(),
        Route::form("/t/{slug}/uploads/{id}/give-up", give_up)
            .act::<DiscardUpload>("Give up a file of evidence of which not all came"),
    ]
}

/// What the script is told.
#[derive(Default, Serialize)]
struct Said {
    /// Where the parts go.
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<String>,
    /// Whether the file is evidence now.
    is_taken: bool,
    /// Why it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<String>,
}

impl Said {
    fn refused(words: Words, problem: &Problem) -> Response {
        Self {
            refused: Some(problem_text(words, problem.code)),
            ..Self::default()
        }
        .answer()
    }

    fn answer(self) -> Response {
        axum::Json(self).into_response()
    }
}

#[derive(Deserialize)]
struct OfFile {
    module: String,
    name: String,
    length: u64,
    /// Which of the form's files it is: each is announced once.
    part: u32,
}

async fn announce(page: SignedIn, Id(enrolment): Id<EnrolmentId>, form: Form<OfFile>) -> Answer {
    let OfFile {
        module,
        name,
        length,
        part,
    } = form.value;
    // An id that is none names no module: the act says so.
    let act = AnnounceUpload {
        enrolment,
        module: module.parse().unwrap_or_else(|_| ModuleId::new(uuid::Uuid::nil())),
        length,
        name,
    };
    let keyed = page.keyed(format!("{}.{part}", form.key));
    let id = match keyed.make(act, &form.digest, |it: &Announced| Some(it.id.uuid())).await {
        Ok(Once::Done(announced)) => announced.id.uuid(),
        Ok(Once::Before { resources }) => *resources.first().ok_or_else(Problem::internal)?,
        Err(Refused(problem)) if problem.code == &IDEMPOTENCY => return Err(problem.into()),
        Err(refused) => return Ok(Said::refused(page.words(), &correctable(refused)?)),
    };
    let said = Said {
        to: Some(page.href(&format!("uploads/{id}"))),
        ..Said::default()
    };
    Ok(said.answer())
}

/// Where a file belongs that is given up.
#[derive(Deserialize)]
struct Where {
    course: EnrolmentId,
    module: ModuleId,
}

async fn give_up(page: SignedIn, Id(id): Id<EvidenceId>, form: Form<Where>) -> Answer {
    resumable::give_up(page.caller(), id).await?;
    let Where { course, module } = form.value;
    Ok(see(&page.href(&format!(
        "learning/{course}/evidence?module={module}&done=given-up"
    ))))
}

async fn standing(page: SignedIn, Id(id): Id<EvidenceId>, _: Empty) -> Answer {
    let standing = resumable::standing(page.caller(), id).await?;
    Ok((StatusCode::NO_CONTENT, standing.headers()).into_response())
}

async fn add(page: SignedIn, Id(id): Id<EvidenceId>, headers: HeaderMap, body: Upload) -> Answer {
    body.must_be(PART)?;
    let addition = Addition::of(&headers)?;
    let whole = Said {
        is_taken: true,
        ..Said::default()
    };
    match resumable::add(page.caller(), id, addition, body).await {
        Ok(Added::Whole(_)) => Ok(whole.answer()),
        Ok(Added::More(_)) => Ok(StatusCode::NO_CONTENT.into_response()),
        Ok(Added::Elsewhere(offset)) => Err(resumable::elsewhere(offset)),
        // The answer to the last part was lost on the way.
        Err(Refused(problem)) if problem.code == &ENDED => Ok(whole.answer()),
        Err(Refused(problem)) if problem.code == &OFFSET => Err(problem.into()),
        Err(Refused(problem)) if problem.code == &LENGTH => Ok(Said::refused(page.words(), &problem)),
        Err(refused) => Ok(Said::refused(page.words(), &correctable(refused)?)),
    }
}
