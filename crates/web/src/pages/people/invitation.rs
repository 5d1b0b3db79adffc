//! Accepting an invitation.

use askama::Template;
use http::StatusCode;
use serde::Deserialize;
use skillsyms_people::accounts::{Accept, INVITATION};
use skillsyms_people::sign_in::AcceptInput;
use skillsyms_people::token::{Named, TokenKind};
use skillsyms_vault::Secret;

use crate::extract::{Empty, Visitor};
use crate::pages::kit::{Asked, FormView, Layout, OpenForm, Place, html_with, see};
use crate::problem::Answer;
use crate::routes::Route;

pub(super) fn routes() -> Vec<Route> {
    vec![
        // The secret stands behind the `#` of the link, which no browser sends: it is in no log and no referrer. The script
        // moves it into the form; without script it is pasted.
        Route::page("/t/{slug}/invitation", page)
            .public()
            .about("The form to accept an invitation"),
        Route::form("/t/{slug}/invitation", accept)
            .act::<Accept>("Accept an invitation and choose a password")
            .public()
            .takes_credentials(),
    ]
}

/// The same for operators.
pub(in crate::pages) fn of_platform() -> Vec<Route> {
    vec![
        Route::page("/platform/invitation", page)
            .public()
            .about("The form to accept an operator's invitation"),
        Route::form("/platform/invitation", accept)
            .act::<Accept>("Accept an operator's invitation and choose a password")
            .public()
            .takes_credentials(),
    ]
}

#[derive(Template)]
#[template(path = "people/invitation.html")]
struct InvitationPage {
    l: Layout,
    form: FormView,
}

async fn page(asked: Asked, _: Empty) -> Answer {
    show(&asked, FormView::default(), StatusCode::OK)
}

fn show(asked: &Asked, form: FormView, status: StatusCode) -> Answer {
    let mut l = Layout::open(asked, asked.words().get("invitation-title"));
    l.is_refused = !form.errors().is_empty();
    html_with(status, &InvitationPage { l, form })
}

#[derive(Template)]
#[template(path = "people/invitation_gone.html")]
struct GonePage {
    l: Layout,
    has_reset: bool,
}

/// No form helps with an invitation that works no longer.
fn gone(asked: &Asked) -> Answer {
    let l = Layout::open(asked, asked.words().get("invitation-gone-title"));
    let next = l.href("sign-in");
    let l = l.read_at(next);
    let has_reset = asked.place() != Some(&Place::Platform);
    html_with(StatusCode::GONE, &GonePage { l, has_reset })
}

#[derive(Deserialize)]
struct Typed {
    token: Secret<String>,
    password: Secret<String>,
}

async fn accept(asked: Asked, visitor: Visitor, OpenForm { value, .. }: OpenForm<Typed>) -> Answer {
    let house = visitor.house();
    let token = Secret::new(value.token.expose().trim().to_owned());
    let named = Named::parse(TokenKind::Invitation, token.expose());
    let form = FormView::default().own("token", token.clone());
    let input = AcceptInput {
        token,
        password: value.password,
    };
    let anywhere = visitor.at(house.door().platform());
    if let Err(problem) = house.sign_in().accept(&anywhere, input).await {
        let form = match problem.code {
            code if code == &INVITATION && named.is_some() => return gone(&asked),
            code if code == &INVITATION => form.wrong("token", asked.words().get("invitation-token-wrong")),
            _ => form.refused(problem, asked.words())?,
        };
        return show(&asked, form, StatusCode::UNPROCESSABLE_ENTITY);
    }
    // The invitation says whose it is; the address of this page may be another's.
    let place = match named {
        Some(named) if named.cell == house.door().platform() => Place::Platform,
        Some(named) => Place::Tenant(house.door().tenant_of(named.cell).await?.slug),
        None => return Ok(see("/")),
    };
    Ok(see(&place.href("sign-in?why=accepted")))
}
