//! Sending somebody a link to a new password. Without mail it is shown once.

use askama::Template;
use serde::Deserialize;
use skillsyms_core::{PersonId, Problem};
use skillsyms_door::{Act as _, Once};
use skillsyms_people::Sending;
use skillsyms_people::accounts::{PersonState, ReadPerson, STATE};
use skillsyms_people::reset::{ResetSent, SendReset};
use skillsyms_vault::Secret;

use super::change;
use crate::extract::{Empty, Id};
use crate::pages::kit::{Form, Layout, SignedIn, When, html};
use crate::problem::Answer;
use crate::routes::Route;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::page("/t/{slug}/people/{id}/reset", ask)
            .view::<ReadPerson>("What sending somebody a link to a new password does"),
        Route::form("/t/{slug}/people/{id}/reset", send)
            .act::<SendReset>("Send somebody a link to a new password")
            .then_view::<ReadPerson>(),
    ]
}

#[derive(Template)]
#[template(path = "reset/send.html")]
struct SendPage {
    l: Layout,
    id: PersonId,
    has_mail: bool,
}

#[derive(Template)]
#[template(path = "reset/sent.html")]
struct SentPage {
    l: Layout,
    /// Where the account is.
    back: String,
    path: String,
    mailed: bool,
    token: Option<Secret<String>>,
    until: Option<When>,
}

async fn ask(page: SignedIn, Id(id): Id<PersonId>, _: Empty) -> Answer {
    let person = page.enter().view(ReadPerson { person: id }).await?;
    let title = page.words().with("reset-send-title", "name", person.name.as_str());
    let l = change::layout_for(&page, SendReset::NAME, &person, title).await?;
    if person.state != PersonState::Active {
        return Err(Problem::new(&STATE).into());
    }
    html(&SendPage {
        id,
        has_mail: page.caller().house().sign_in().sending() == Sending::On,
        l,
    })
}

/// A form without fields.
#[derive(Deserialize)]
struct Nothing {}

/// The secret of a link that is shown is in this answer and nowhere else.
async fn send(page: SignedIn, Id(id): Id<PersonId>, form: Form<Nothing>) -> Answer {
    let sending = page.caller().house().sign_in().sending();
    let act = SendReset { person: id, sending };
    let done = page.make(act, &form, |sent: &ResetSent| Some(sent.id.uuid())).await?;
    let person = page.enter().view(ReadPerson { person: id }).await?;
    let l = change::layout(&page, &person, page.words().get("reset-sent-title")).await?;
    let back = page.href(&format!("people/{id}"));
    sent_shown(&page, l, (back, sending), done)
}

/// That a link was made: where it went, or the link itself.
pub(in crate::pages) fn sent_shown(
    page: &SignedIn,
    l: Layout,
    (back, sending): (String, Sending),
    done: Once<ResetSent>,
) -> Answer {
    let (token, until) = match done {
        Once::Done(sent) => (
            sent.token.map(|text| Secret::new(text.expose().to_owned())),
            Some(sent.expires_at.into()),
        ),
        Once::Before { .. } => (None, None),
    };
    html(&SentPage {
        back,
        path: page.href("reset/password"),
        mailed: sending == Sending::On,
        token,
        until,
        l,
    })
}
