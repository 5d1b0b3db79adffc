//! One's own second factors, and showing one.

use axum::response::IntoResponse;
use http::StatusCode;
use skillsyms_core::FactorId;
use skillsyms_people::factors::{
    AskPasskey, BeginFactor, Begun, Ceremony, ConfirmFactor, Confirmed, Factors, ListFactors, RemoveFactor, Removed,
    RenewCodes, Renewed, ShowFactor,
};
use skillsyms_people::sessions::Opened;
use skillsyms_people::sign_in::{FactorInput, FirstInput};

use super::answer::json;
use crate::extract::{Caller, Empty, Id, Json};
use crate::problem::Answer;
use crate::routes::Route;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::post("/api/v1/sessions/current/factor", show)
            .act::<ShowFactor>("Show your second factor after the password. The session gets a new token")
            .takes::<FactorInput>()
            .gives::<Opened>()
            .takes_credentials(),
        Route::get("/api/v1/sessions/current/passkey", ask)
            .view::<AskPasskey>("The question for one of your passkeys; null if you have none")
            .gives::<Option<Ceremony>>(),
        Route::get("/api/v1/factors", list)
            .view::<ListFactors>("Your own second factors")
            .gives::<Factors>(),
        Route::post("/api/v1/factors", begin)
            .act::<BeginFactor>("Begin to set up an authenticator app or a passkey. What is shown of it is shown here and never again")
            .takes::<BeginFactor>()
            .gives::<Begun>()
            .status(StatusCode::CREATED),
        Route::post("/api/v1/factors/{id}/confirm", confirm)
            .act::<ConfirmFactor>(
                "Confirm an authenticator app with its first code, or the passkey that was made. The session gets a new token, and you get recovery codes",
            )
            .takes::<FirstInput>()
            .gives::<Confirmed>()
            .takes_credentials(),
        Route::delete("/api/v1/factors/{id}", remove)
            .act::<RemoveFactor>("Remove one of your second factors; your other sessions end")
            .gives::<Removed>(),
        Route::post("/api/v1/recovery-codes", renew)
            .act::<RenewCodes>("Make new recovery codes. They are shown here and never again; the old ones stop working")
            .gives::<Renewed>(),
    ]
}

async fn show(caller: Caller, Json { value, .. }: Json<FactorInput>) -> Answer {
    let service = caller.house().sign_in();
    Ok(json(&service.show_factor(&caller.at_sign_in(), value).await?))
}

async fn ask(caller: Caller, _: Empty) -> Answer {
    let service = caller.house().sign_in();
    Ok(json(&service.ask_passkey(&caller.at_sign_in()).await?))
}

async fn list(caller: Caller, _: Empty) -> Answer {
    let rule = caller.house().sign_in().rule();
    Ok(json(&caller.enter().view(ListFactors { rule }).await?))
}

async fn begin(caller: Caller, Json { value, .. }: Json<BeginFactor>) -> Answer {
    let issuer = caller.house().issuer(caller.actor().cell()).await?;
    let act = BeginFactor {
        issuer,
        passkeys: caller.house().sign_in().passkeys().cloned(),
        ..value
    };
    let begun = caller.enter().run(act).await?;
    Ok((StatusCode::CREATED, axum::Json(begun)).into_response())
}

async fn confirm(caller: Caller, Id(id): Id<FactorId>, Json { value, .. }: Json<FirstInput>) -> Answer {
    let service = caller.house().sign_in();
    Ok(json(&service.confirm_factor(&caller.at_sign_in(), id, value).await?))
}

async fn remove(caller: Caller, Id(id): Id<FactorId>, _: Empty) -> Answer {
    let service = caller.house().sign_in();
    let act = RemoveFactor {
        id,
        rule: service.rule(),
        sending: service.sending(),
    };
    Ok(json(&caller.enter().run(act).await?))
}

async fn renew(caller: Caller, _: Empty) -> Answer {
    let sending = caller.house().sign_in().sending();
    Ok(json(&caller.enter().run(RenewCodes { sending }).await?))
}
