//! Statements of results.

use axum::response::{Html, IntoResponse};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skillsyms_core::problem::UNAUTHENTICATED;
use skillsyms_core::{Code, EnrolmentId, Problem, StatementId};
use skillsyms_people::Page;
use skillsyms_records::statements::{
    CheckStatement, Checked, IssueStatement, Issued, IssuedStatement, ListStatements, Provider, ReadStatement,
    StatementLine, html,
};

use super::answer::json;
use super::ask::Hanging;
use crate::extract::{Caller, Empty, Form, Id, Json, Query, Visitor};
use crate::idempotency::made;
use crate::problem::{Answer, Refused};
use crate::routes::Route;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::post("/api/v1/enrolments/{id}/statements", issue)
            .act::<IssueStatement>("Issue a statement of results of what is in force in an enrolment")
            .makes::<NewStatement>(),
        Route::post("/api/v1/statements/check", check)
            .view::<CheckStatement>(
                "Whether a statement of results was issued here and still holds, by its number and code",
            )
            .public()
            .takes::<CheckAsk>()
            .gives::<Checked>()
            .takes_credentials(),
        Route::get("/api/v1/statements", list)
            .view::<ListStatements>("Statements of results, the oldest first")
            .query::<Hanging>()
            .gives::<Page<StatementLine>>(),
        Route::get("/api/v1/statements/{id}", read)
            .view::<ReadStatement>("A statement of results in full, as JSON or as a page to print")
            .gives_html_too::<IssuedStatement>(),
    ]
}

/// A statement that was issued.
#[derive(Debug, Serialize, JsonSchema)]
struct NewStatement {
    /// Its id.
    id: StatementId,
    /// Number to verify it by.
    number: String,
}

async fn issue(caller: Caller, Id(enrolment): Id<EnrolmentId>, body: Empty) -> Answer {
    let provider = provider(&caller).await?;
    let act = IssueStatement { enrolment, provider };
    let once = caller
        .make(act, &body.digest(), |issued: &Issued| Some(issued.id.uuid()))
        .await?;
    Ok(made(once, "/api/v1/statements", |issued| {
        (
            issued.id.uuid(),
            NewStatement {
                id: issued.id,
                number: issued.statement.number,
            },
        )
    }))
}

/// Who issues it: the provider of the credential, by its registered name.
pub(crate) async fn provider(caller: &Caller) -> Result<Provider, Refused> {
    let tenant = caller.door().tenant_of(caller.actor().cell()).await;
    // A credential that names no provider is none; the door would say the same.
    let tenant = tenant.map_err(|problem| {
        if problem == Problem::not_found() {
            Problem::new(&UNAUTHENTICATED)
        } else {
            problem
        }
    })?;
    Ok(Provider {
        name: tenant.name,
        number: None,
        code: Some(tenant.slug),
        address: None,
        contact: None,
    })
}

/// No statement fits. A number of nobody and a wrong code are the same.
pub static UNCONFIRMED: Code = Code::new(
    "statement.unconfirmed",
    404,
    "No statement has this number and code. Compare both with the paper, letter by letter, and ask who issued it.",
);

/// What stands on a statement.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CheckAsk {
    /// Its number, such as `SOR-2026-7F3K9QX2AB-thuto`.
    number: String,
    /// Its code, such as `ABCD-EFGH-JKMN`.
    code: String,
}

async fn check(visitor: Visitor, Json { value, .. }: Json<CheckAsk>) -> Answer {
    let checked = checked(&visitor, value.number, value.code).await?;
    Ok(json(&checked.ok_or(&UNCONFIRMED)?))
}

/// Checks a statement where its number leads: to the provider whose short name it ends with. Short names are public; that
/// there is none of this name is answered like a number of nobody.
pub(crate) async fn checked(visitor: &Visitor, number: String, code: String) -> Result<Option<Checked>, Refused> {
    let short = number
        .trim()
        .splitn(4, '-')
        .nth(3)
        .unwrap_or_default()
        .to_ascii_lowercase();
    let cell = match visitor.house().door().tenant_at_work(&short).await {
        Ok(cell) => cell,
        Err(problem) if problem == Problem::not_found() => return Ok(None),
        Err(problem) => return Err(problem.into()),
    };
    Ok(visitor.enter(cell).view(CheckStatement { number, code }).await?)
}

async fn list(caller: Caller, Query(ask): Query<Hanging>, _: Empty) -> Answer {
    Ok(json(
        &caller
            .enter()
            .view(ListStatements {
                only: ask.only(),
                page: ask.page(),
            })
            .await?,
    ))
}

async fn read(caller: Caller, Id(id): Id<StatementId>, form: Form, _: Empty) -> Answer {
    let statement = caller.enter().view(ReadStatement { id }).await?;
    match form {
        Form::Json => Ok(json(&statement)),
        Form::Html => page(&statement),
    }
}

fn page(statement: &IssuedStatement) -> Answer {
    let page = html(statement).map_err(|error| {
        tracing::error!(%error, "the page of a statement");
        Problem::internal()
    })?;
    Ok(Html(page).into_response())
}
