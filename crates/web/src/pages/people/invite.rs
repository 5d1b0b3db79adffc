//! Inviting somebody. The link is shown once.

use askama::Template;
use http::StatusCode;
use serde::Deserialize;
use skillsyms_core::problem::FORBIDDEN;
use skillsyms_core::{LearnerId, Problem, Role};
use skillsyms_door::Once;
use skillsyms_people::Sending;
use skillsyms_people::accounts::{Invite, Invited, LinkBy};
use skillsyms_people::sessions::ReadMe;
use skillsyms_vault::Secret;

use super::{STAFF, choices};
use crate::extract::Empty;
use crate::pages::kit::{Address, Form, FormView, Layout, SignedIn, When, html, html_with};
use crate::problem::{Answer, Refused};
use crate::routes::Route;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::page("/t/{slug}/people/invite", page).view::<ReadMe>("The form to invite somebody"),
        Route::form("/t/{slug}/people/invite", invite).act::<Invite>("Invite somebody"),
    ]
}

#[derive(Template)]
#[template(path = "people/invite.html")]
struct InvitePage {
    l: Layout,
    form: FormView,
    roles: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "people/invited.html")]
struct InvitedPage {
    l: Layout,
    person: String,
    path: String,
    token: Option<Secret<String>>,
    mailed: bool,
    until: Option<When>,
}

/// The roles that are offered: for a learner's record, that of the learner too.
fn offered(learner: &str) -> Vec<Role> {
    let own = (!learner.is_empty()).then_some(Role::Learner);
    own.into_iter().chain(STAFF).collect()
}

async fn page(page: SignedIn, _: Empty) -> Answer {
    page.enter().view(ReadMe).await?;
    let words = page.words();
    let l = page
        .layout(words.get("invite-title"))
        .await?
        .crumb("people", words.get("people-title"));
    if !l.may("person.invite") {
        return Err((&FORBIDDEN).into());
    }
    let address = Address::of(page.asked());
    let learner = address.get("learner");
    let mut form = SignedIn::form(&l).fill("learner", learner);
    if !learner.is_empty() {
        form = form.fill("roles", Role::Learner.as_str());
    }
    html(&InvitePage {
        roles: choices(words, &offered(learner)),
        form,
        l,
    })
}

#[derive(Deserialize)]
struct Typed {
    #[serde(default)]
    name: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    learner: String,
}

async fn invite(page: SignedIn, form: Form<Typed>) -> Answer {
    let typed = &form.value;
    let learner: Option<LearnerId> = match typed.learner.as_str() {
        "" => None,
        text => Some(text.parse().map_err(|_| Problem::not_found())?),
    };
    let act = Invite {
        email: Secret::new(typed.email.clone()),
        name: Secret::new(typed.name.clone()),
        roles: form.all("roles").filter_map(Role::parse).collect(),
        learner,
        link: LinkBy::Mail,
        sending: page.caller().house().sign_in().sending(),
    };
    let words = page.words();
    let done = page.make(act, &form, |invited: &Invited| Some(invited.id.uuid())).await;
    let l = page
        .layout(words.get("invite-title"))
        .await?
        .crumb("people", words.get("people-title"));
    match done {
        Ok(once) => shown(&page, l, once),
        Err(Refused(problem)) => {
            let l = l.refused();
            let view = SignedIn::form(&l).filled(form.pairs).refused(problem, words)?;
            html_with(
                StatusCode::UNPROCESSABLE_ENTITY,
                &InvitePage {
                    roles: choices(words, &offered(&form.value.learner)),
                    form: view,
                    l,
                },
            )
        }
    }
}

/// The secret of the link is in this answer and nowhere else: it cannot be shown by another address. Sent again, the form
/// leads to the account, and the secret is gone.
fn shown(page: &SignedIn, mut l: Layout, once: Once<Invited>) -> Answer {
    l.title = page.words().get("invited-title");
    let (person, token, until) = match once {
        Once::Done(invited) => (
            invited.id.to_string(),
            invited.token.map(|text| Secret::new(text.expose().to_owned())),
            Some(invited.expires_at.into()),
        ),
        Once::Before { resources } => {
            let id = resources.first().map(ToString::to_string);
            (id.unwrap_or_default(), None, None)
        }
    };
    html(&InvitedPage {
        path: page.href("invitation"),
        person,
        mailed: page.caller().house().sign_in().sending() == Sending::On,
        token,
        until,
        l,
    })
}
