//! A new password by a one-time link.

use http::StatusCode;
use schemars::JsonSchema;
use serde::Deserialize;
use skillsyms_core::{PersonId, Problem};
use skillsyms_people::reset::{RequestReset, ResetPassword, ResetSent, SendReset};
use skillsyms_people::sign_in::{RequestInput, ResetInput};
use skillsyms_vault::Secret;

use super::answer::{done, json};
use crate::extract::{Caller, Empty, Id, Json, Visitor};
use crate::pages::kit::Words;
use crate::problem::Answer;
use crate::routes::Route;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::post("/api/v1/resets", request)
            .act::<RequestReset>(
                "Ask for a mail with a link to choose a new password. The answer is the same whether or not there is an account",
            )
            .public()
            .takes::<Asked>()
            .status(StatusCode::NO_CONTENT)
            .takes_credentials(),
        Route::post("/api/v1/resets/apply", apply)
            .act::<ResetPassword>("Choose a new password by a link. It works once, and every session of the account ends")
            .public()
            .takes::<ResetInput>()
            .status(StatusCode::NO_CONTENT)
            .takes_credentials(),
        Route::post("/api/v1/people/{id}/reset", send)
            .act::<SendReset>(
                "Send somebody a link to choose a new password. Without mail its token is in the answer, once",
            )
            .gives::<ResetSent>(),
    ]
}

/// Whose password is to be chosen anew.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Asked {
    /// Short name of the provider, as it stands in its address.
    tenant: String,
    /// E-mail address.
    #[schemars(with = "String")]
    email: Secret<String>,
}

/// With an unknown name nothing is done, and the answer and its time are those of an unknown address.
async fn request(visitor: Visitor, Json { value, .. }: Json<Asked>) -> Answer {
    let door = visitor.house().door();
    let service = visitor.house().sign_in();
    match door.tenant_at_work(&value.tenant).await {
        Ok(cell) => {
            let typed = RequestInput {
                email: value.email,
                language: Words::default().tag(),
            };
            service.request_reset(&visitor.at(cell), typed).await?;
        }
        Err(problem) if problem == Problem::not_found() => service.request_reset_nowhere().await?,
        Err(problem) => return Err(problem.into()),
    }
    Ok(done())
}

async fn apply(visitor: Visitor, Json { value, .. }: Json<ResetInput>) -> Answer {
    let anywhere = visitor.at(visitor.house().door().platform());
    let sign_in = visitor.house().sign_in();
    sign_in.reset(&anywhere, value, Words::default().tag()).await?;
    Ok(done())
}

async fn send(caller: Caller, Id(person): Id<PersonId>, _: Empty) -> Answer {
    let sending = caller.house().sign_in().sending();
    Ok(json(&caller.enter().run(SendReset { person, sending }).await?))
}
