//! Statements of results, for those who issue them.

use askama::Template;
use axum::response::{Html, IntoResponse as _};
use serde::Deserialize;
use skillsyms_core::problem::{INTERNAL, PURPOSE, STEP_UP, UNAUTHENTICATED};
use skillsyms_core::{EnrolmentId, Problem, StatementId};
use skillsyms_door::Once;
use skillsyms_records::statements::{IssueStatement, Issued, IssuedStatement, Provider, ReadStatement, Status};
use skillsyms_vault::mask;

use super::kit::when::day_of;
use super::kit::{Form, Layout, SignedIn, When, html, see};
use crate::extract::{Empty, Id};
use crate::problem::{Answer, Refused};
use crate::routes::Route;

/// Characters of the ID number that its mask shows, as everywhere.
const SHOWN_CHARS: usize = 3;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::form("/t/{slug}/enrolments/{id}/statements", issue)
            .act::<IssueStatement>("Issue a statement of what is in force in an enrolment"),
        Route::page("/t/{slug}/learners/statements/{id}", read)
            .view::<ReadStatement>("A statement of results, ID number masked"),
        Route::page("/t/{slug}/learners/statements/{id}/print", print)
            .view::<ReadStatement>("A statement of results as it is handed out"),
    ]
}

#[derive(Deserialize)]
struct Nothing {}

async fn issue(page: SignedIn, Id(enrolment): Id<EnrolmentId>, form: Form<Nothing>) -> Answer {
    let caller = page.caller();
    let tenant = caller.door().tenant_of(caller.actor().cell()).await;
    // A session that names no provider is none; the door would say the same.
    let tenant = tenant.map_err(|problem| {
        if problem == Problem::not_found() {
            Problem::new(&UNAUTHENTICATED)
        } else {
            problem
        }
    })?;
    let provider = Provider {
        name: tenant.name,
        code: Some(tenant.slug),
        number: None,
        address: None,
        contact: None,
    };
    let act = IssueStatement { enrolment, provider };
    let id = match page
        .make(act, &form, |issued: &Issued| Some(issued.id.uuid()))
        .await
        .map_err(confirm)?
    {
        Once::Done(issued) => issued.id.uuid(),
        Once::Before { resources } => *resources.first().ok_or(&INTERNAL)?,
    };
    Ok(see(&page.href(&format!("learners/statements/{id}?done=issued"))))
}

/// A statement needs a purpose or a fresh confirmation. On pages it is the confirmation that is asked for.
fn confirm(Refused(problem): Refused) -> Refused {
    if problem.code == &PURPOSE {
        (&STEP_UP).into()
    } else {
        Refused(problem)
    }
}

async fn seen(page: &SignedIn, id: StatementId) -> Result<IssuedStatement, Refused> {
    let seen = page.enter().view(ReadStatement { id }).await;
    seen.map_err(|problem| confirm(problem.into()))
}

#[derive(Template)]
#[template(path = "statements/read.html")]
struct ReadPage {
    l: Layout,
    id: StatementId,
    it: IssuedStatement,
    name: String,
    id_masked: String,
    issued_at: When,
    learner_href: String,
    modules: Vec<Line>,
}

struct Line {
    code: String,
    title: String,
    credits: i64,
    status: &'static str,
    tone: &'static str,
    day: String,
}

async fn read(page: SignedIn, Id(id): Id<StatementId>, _: Empty) -> Answer {
    let it = seen(&page, id).await?;
    let words = page.words();
    let mut l = page
        .layout(words.with("statements-title", "number", it.statement.number.as_str()))
        .await?;
    if page.asked().query() == "done=issued" {
        l = l.notice(words.get("statements-issued"));
    }
    let learner = &it.statement.learner;
    let names = [&learner.first_name, &learner.middle_name, &learner.last_name];
    let names: Vec<&str> = names
        .into_iter()
        .map(String::as_str)
        .filter(|name| !name.is_empty())
        .collect();
    let name = names.join(" ");
    let back = format!("learners/{}/record", it.learner_id);
    let l = l
        .crumb("", words.get("nav-home"))
        .crumb("learners", words.get("learners-title"))
        .crumb(&back, name.as_str());
    let modules = it.statement.modules.iter().map(|module| Line {
        code: module.code.clone(),
        title: module.title.clone(),
        credits: module.credits,
        status: module.status.words(),
        tone: match module.status {
            Status::Competent => "good",
            Status::NotYetCompetent => "warn",
            Status::Outstanding => "calm",
        },
        day: module.assessed_on.as_deref().map(day_of).unwrap_or_default(),
    });
    html(&ReadPage {
        id,
        name,
        id_masked: mask::tail(&learner.id_number, SHOWN_CHARS),
        issued_at: it.statement.issued_at.into(),
        learner_href: l.href(&back),
        modules: modules.collect(),
        it,
        l,
    })
}

/// The document itself: it has the whole number, because that is what it certifies.
async fn print(page: SignedIn, Id(id): Id<StatementId>, _: Empty) -> Answer {
    let statement = seen(&page, id).await?;
    let text = skillsyms_records::statements::html(&statement).map_err(|error| {
        tracing::error!(%error, "the page of a statement");
        Problem::internal()
    })?;
    Ok(Html(text).into_response())
}
