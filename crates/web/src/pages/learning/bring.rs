//! Bringing evidence for a module: a form that works without script and takes several files, of which each is taken or refused
//! by itself.

use askama::Template;
use http::StatusCode;
use serde::Deserialize;
use skillsyms_core::{Code, EnrolmentId, EvidenceId, ModuleId, Problem};
use skillsyms_door::Once;
use skillsyms_records::evidence::{AttachEvidence, BeginUpload, FILE_BYTES_MAX};
use skillsyms_records::learning::{Course, ReadLearning};

use super::{PartShown, size};
use crate::extract::{Empty, Id, Upload};
use crate::idempotency::RUNNING;
use crate::pages::kit::form::problem_text;
use crate::pages::kit::{Address, Files, FormView, Layout, SignedIn, When, html_with, see};
use crate::problem::{Answer, Refused};
use crate::routes::Route;
use crate::uploads::{Declared, FILE_TIME_MAX, take};

/// Files that one form brings at most: what fits on a page of messages, should all of them be refused.
const FILES_MAX: usize = 10;
/// Bytes of a form with files: four of the largest. More goes in several steps, and with script each file by itself (`send.rs`).
const FORM_FILES_MAX_BYTES: usize = 101 * 1024 * 1024;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::page("/t/{slug}/learning/{id}/evidence", bring_page)
            .view::<ReadLearning>("The form to bring evidence for a module"),
        Route::form("/t/{slug}/learning/{id}/evidence", bring)
            .act::<BeginUpload>("Bring evidence for a module")
            .then::<AttachEvidence>()
            .brings_files(FORM_FILES_MAX_BYTES, FILE_TIME_MAX),
    ]
}

#[derive(Template)]
#[template(path = "learning/bring.html")]
struct BringPage {
    l: Layout,
    form: FormView,
    course: EnrolmentId,
    part: PartShown,
    done: Vec<String>,
    /// Bytes of the largest file, for the script.
    max: u64,
    unfinished: Vec<UnfinishedShown>,
}

/// A file of which not all came.
struct UnfinishedShown {
    id: EvidenceId,
    name: String,
    size: String,
    until: When,
}

impl UnfinishedShown {
    fn of(course: &Course, module: ModuleId) -> Vec<Self> {
        let here = course.unfinished.iter().filter(|file| file.module == module);
        let shown = here.map(|file| Self {
            id: file.id,
            name: file.name.clone(),
            size: size(file.length),
            until: file.expires_at.into(),
        });
        shown.collect()
    }
}

/// The form for a module that is there.
async fn bring_form(page: &SignedIn, id: EnrolmentId, module: &str, outcome: &Outcome) -> Answer {
    let course = page.enter().view(ReadLearning { id }).await?;
    let part = course.parts.iter().find(|part| part.id.to_string() == module);
    let part = part.ok_or_else(Problem::not_found)?;
    let words = page.words();
    let l = page
        .layout(words.with("bring-title", "module", part.code.as_str()))
        .await?;
    let mut l = l
        .crumb("", words.get("nav-home"))
        .crumb("learning", words.get("nav-learning"))
        .crumb(&format!("learning/{id}"), course.line.title.clone());
    l = l.read_at(page.href(&format!("learning/{id}/evidence?module={}", part.id)));
    if Address::of(page.asked()).get("done") == "given-up" {
        l = l.notice(words.get("bring-given-up"));
    }
    let mut form = SignedIn::form(&l);
    for (name, problem) in &outcome.refused {
        let text = problem_text(words, problem.code);
        form = form.wrong(
            "files",
            if name.is_empty() {
                text
            } else {
                format!("{name}: {text}")
            },
        );
    }
    l.is_refused = !outcome.refused.is_empty();
    let status = if l.is_refused {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    let shown = BringPage {
        part: PartShown::of(page, &course, part),
        course: id,
        done: outcome.taken.clone(),
        max: FILE_BYTES_MAX,
        unfinished: UnfinishedShown::of(&course, part.id),
        form,
        l,
    };
    html_with(status, &shown)
}

#[derive(Default, Deserialize)]
struct OfModule {
    #[serde(default)]
    module: String,
}

async fn bring_page(page: SignedIn, Id(id): Id<EnrolmentId>, _: Empty) -> Answer {
    let asked: OfModule = serde_urlencoded::from_str(page.asked().query()).unwrap_or_default();
    bring_form(&page, id, &asked.module, &Outcome::default()).await
}

/// No file was chosen.
static NO_FILE: Code = Code::new(
    "evidence.none",
    422,
    "Choose a file, or take a photo, and send it then.",
);
/// Too many files were chosen at once.
static MANY_FILES: Code = Code::new(
    "evidence.at_once",
    422,
    "This is one file too many. Send at most ten at once, and the rest after that.",
);

/// What became of the files of a form.
#[derive(Default)]
struct Outcome {
    taken: Vec<String>,
    refused: Vec<(String, Problem)>,
}

async fn bring(page: SignedIn, Id(enrolment): Id<EnrolmentId>, mut files: Files) -> Answer {
    let module = files.value("module").to_owned();
    // An id that is none names no module: the act says so.
    let begin = BeginUpload {
        enrolment,
        module: module.parse().unwrap_or_else(|_| ModuleId::new(uuid::Uuid::nil())),
    };
    let mut outcome = Outcome::default();
    let mut count = 0_usize;
    while let Some(brought) = files.next().await? {
        count = count.saturating_add(1);
        let key = format!("{}.{count}", files.key);
        let name = brought.name.clone();
        if count > FILES_MAX {
            outcome.refused.push((name, Problem::new(&MANY_FILES)));
            continue;
        }
        match one(&page, begin, key, brought.name, brought.body).await {
            Ok(()) => outcome.taken.push(name),
            Err(refused) => outcome.refused.push((name, correctable(refused)?)),
        }
    }
    if count == 0 {
        outcome.refused.push((String::new(), Problem::new(&NO_FILE)));
    }
    if outcome.refused.is_empty() {
        let taken = outcome.taken.len();
        return Ok(see(
            &page.href(&format!("learning/{enrolment}?brought={taken}#m-{module}"))
        ));
    }
    bring_form(&page, enrolment, &module, &outcome).await
}

async fn one(page: &SignedIn, begin: BeginUpload, key: String, name: String, body: Upload) -> Result<(), Refused> {
    let declared = Declared { begin, name };
    match take(&page.keyed(key), &declared, body).await? {
        Once::Done(_) | Once::Before { .. } => Ok(()),
    }
}

/// What can be said beside a file. Everything else is a page of its own.
pub(super) fn correctable(refused: Refused) -> Result<Problem, Refused> {
    let Refused(problem) = refused;
    match problem.code.status {
        // Whoever sent it first still waits for its answer.
        409 if problem.code == &RUNNING => Err(Refused(problem)),
        409 | 422 => Ok(problem),
        413 | 415 if problem.code.name.starts_with("evidence.") => Ok(problem),
        _ => Err(Refused(problem)),
    }
}
