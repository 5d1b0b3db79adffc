//! Signing in and out, and confirming that it is still you.

use axum::response::IntoResponse;
use http::StatusCode;
use schemars::JsonSchema;
use serde::Deserialize;
use skillsyms_core::problem::UNAUTHENTICATED;
use skillsyms_core::{Problem, SessionId};
use skillsyms_people::Page;
use skillsyms_people::accounts::{Accept, Accepted};
use skillsyms_people::factors::{AskPasskey, Ceremony, PASSKEY_WRONG, PasskeyAnswer};
use skillsyms_people::sessions::{
    CloseSession, EndAll, Ended, ListSessions, OpenByPasskey, OpenSession, Opened, SessionView, StepUp, SteppedUp,
};
use skillsyms_people::sign_in::{AcceptInput, SignInInput, StepUpInput};
use skillsyms_vault::Secret;

use super::answer::{done, json};
use crate::extract::{Caller, Empty, Id, Json, Visitor};
use crate::problem::Answer;
use crate::routes::Route;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::post("/api/v1/sessions", open)
            .act::<OpenSession>("Sign in. The token is for the header Authorization: Bearer")
            .public()
            .takes::<Credentials>()
            .gives::<Opened>()
            .status(StatusCode::CREATED)
            .takes_credentials(),
        Route::post("/api/v1/sessions/passkey/question", question)
            .view::<AskPasskey>("The question for a passkey with which somebody signs in")
            .public()
            .takes::<Provider>()
            .gives::<Option<Ceremony>>()
            .takes_credentials(),
        Route::post("/api/v1/sessions/passkey", open_by_passkey)
            .act::<OpenByPasskey>("Sign in with a passkey and nothing else")
            .public()
            .takes::<ByPasskey>()
            .gives::<Opened>()
            .status(StatusCode::CREATED)
            .takes_credentials(),
        Route::get("/api/v1/sessions", list)
            .view::<ListSessions>("Your own sessions")
            .gives::<Page<SessionView>>(),
        Route::delete("/api/v1/sessions", end_all)
            .act::<EndAll>("Sign out everywhere, here too")
            .gives::<Ended>(),
        Route::delete("/api/v1/sessions/current", close)
            .act::<CloseSession>("Sign out")
            .status(StatusCode::NO_CONTENT),
        Route::delete("/api/v1/sessions/{id}", close_one)
            .act::<CloseSession>("End one of your sessions")
            .status(StatusCode::NO_CONTENT),
        Route::post("/api/v1/sessions/current/step-up", step_up)
            .act::<StepUp>("Confirm that it is still you, for five minutes: with your second factor, or without one with your password")
            .takes::<StepUpInput>()
            .gives::<SteppedUp>()
            .takes_credentials(),
        Route::post("/api/v1/invitations/accept", accept)
            .act::<Accept>("Accept an invitation and choose a password")
            .public()
            .takes::<AcceptInput>()
            .gives::<Accepted>()
            .status(StatusCode::CREATED)
            .takes_credentials(),
    ]
}

/// What somebody types to sign in.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Credentials {
    /// Short name of the provider, as it stands in its address.
    tenant: String,
    /// E-mail address.
    #[schemars(with = "String")]
    email: Secret<String>,
    /// Password.
    #[schemars(with = "String")]
    password: Secret<String>,
}

/// The one place where a name chooses the cell: there is no credential yet. With an unknown name, and with that of a
/// suspended tenant, nobody tries to sign in to the platform, so that the answer and the work are those of a wrong password.
async fn open(visitor: Visitor, Json { value, .. }: Json<Credentials>) -> Answer {
    let door = visitor.house().door();
    let typed = SignInInput {
        email: value.email,
        password: value.password,
    };
    let service = visitor.house().sign_in();
    let opened = match door.tenant_at_work(&value.tenant).await {
        Ok(cell) => service.sign_in(&visitor.at(cell), typed).await?,
        Err(problem) if problem == Problem::not_found() => {
            let nowhere = visitor.at(door.platform());
            service.sign_in_nowhere(&nowhere, &value.tenant, typed).await?
        }
        Err(problem) => return Err(problem.into()),
    };
    Ok((StatusCode::CREATED, axum::Json(opened)).into_response())
}

/// Where somebody wants to sign in.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Provider {
    /// Short name of the provider, as it stands in its address.
    tenant: String,
}

/// The answer of a passkey, to sign in.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ByPasskey {
    /// Short name of the provider, as it stands in its address.
    tenant: String,
    /// The answer.
    passkey: PasskeyAnswer,
}

/// With an unknown name it is a question of the platform's cell, which nobody's answer will fit.
async fn question(visitor: Visitor, Json { value, .. }: Json<Provider>) -> Answer {
    let door = visitor.house().door();
    let cell = match door.tenant_at_work(&value.tenant).await {
        Ok(cell) => cell,
        Err(problem) if problem == Problem::not_found() => door.platform(),
        Err(problem) => return Err(problem.into()),
    };
    Ok(json(&visitor.house().sign_in().ask_passkey(&visitor.at(cell)).await?))
}

async fn open_by_passkey(visitor: Visitor, Json { value, .. }: Json<ByPasskey>) -> Answer {
    let door = visitor.house().door();
    let cell = match door.tenant_at_work(&value.tenant).await {
        Ok(cell) => cell,
        Err(problem) if problem == Problem::not_found() => return Err((&PASSKEY_WRONG).into()),
        Err(problem) => return Err(problem.into()),
    };
    let service = visitor.house().sign_in();
    let opened = service.sign_in_with_passkey(&visitor.at(cell), value.passkey).await?;
    Ok((StatusCode::CREATED, axum::Json(opened)).into_response())
}

async fn accept(visitor: Visitor, Json { value, .. }: Json<AcceptInput>) -> Answer {
    let anywhere = visitor.at(visitor.house().door().platform());
    let accepted = visitor.house().sign_in().accept(&anywhere, value).await?;
    Ok((StatusCode::CREATED, axum::Json(accepted)).into_response())
}

async fn list(caller: Caller, _: Empty) -> Answer {
    let sessions = caller.enter().view(ListSessions).await?;
    Ok(json(&sessions))
}

async fn close(caller: Caller, _: Empty) -> Answer {
    let act = CloseSession::of(&caller.actor()).ok_or(&UNAUTHENTICATED)?;
    caller.enter().run(act).await?;
    Ok(done())
}

async fn close_one(caller: Caller, Id(id): Id<SessionId>, _: Empty) -> Answer {
    caller.enter().run(CloseSession::by_id(id)).await?;
    Ok(done())
}

async fn end_all(caller: Caller, _: Empty) -> Answer {
    let ended = caller.enter().run(EndAll).await?;
    Ok(json(&ended))
}

async fn step_up(caller: Caller, Json { value, .. }: Json<StepUpInput>) -> Answer {
    let until = caller.house().sign_in().step_up(&caller.at_sign_in(), value).await?;
    Ok(json(&until))
}
