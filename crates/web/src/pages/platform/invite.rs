//! Inviting a provider's first administrator. The link is shown once.

use askama::Template;
use http::StatusCode;
use serde::Deserialize;
use skillsyms_assurance::platform::service::Administrator;
use skillsyms_assurance::platform::{InviteAdministrator, ReadTenant};
use skillsyms_core::CellId;
use skillsyms_vault::Secret;

use super::one::layout;
use crate::extract::{Empty, Id};
use crate::pages::kit::{Address, Form, FormView, Layout, Place, SignedIn, When, html, html_with};
use crate::platform;
use crate::problem::Answer;
use crate::routes::Route;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::page("/platform/tenants/{id}/invite", page)
            .view::<ReadTenant>("The form to invite a provider's first administrator"),
        Route::form("/platform/tenants/{id}/invite", invite)
            .act::<InviteAdministrator>("Invite a provider's first administrator")
            .then_view::<ReadTenant>(),
    ]
}

#[derive(Template)]
#[template(path = "platform/invite.html")]
struct InvitePage {
    l: Layout,
    form: FormView,
    id: CellId,
}

#[derive(Template)]
#[template(path = "platform/invited.html")]
struct InvitedPage {
    l: Layout,
    id: CellId,
    path: String,
    token: Secret<String>,
    until: When,
}

async fn page(page: SignedIn, Id(id): Id<CellId>, _: Empty) -> Answer {
    let found = page.enter().view(ReadTenant { id }).await?;
    let words = page.words();
    let mut l = layout(&page, &found, words.get("first-admin-title")).await?;
    if Address::of(page.asked()).get("done") == "created" {
        l = l.notice(words.with("tenant-created", "name", found.tenant.name.as_str()));
    }
    html(&InvitePage {
        form: SignedIn::form(&l),
        id,
        l,
    })
}

#[derive(Deserialize)]
struct Typed {
    #[serde(default)]
    name: String,
    #[serde(default)]
    email: String,
}

async fn invite(page: SignedIn, Id(id): Id<CellId>, form: Form<Typed>) -> Answer {
    let administrator = Administrator {
        email: Secret::new(form.value.email.clone()),
        name: Secret::new(form.value.name.clone()),
    };
    let invited = platform::invite(page.caller(), id, administrator).await;
    let words = page.words();
    let found = page.enter().view(ReadTenant { id }).await?;
    match invited {
        // The secret of the link is in this answer and nowhere else. Sent again, the form makes a new one and ends this.
        Ok((slug, invited)) => html(&InvitedPage {
            l: layout(&page, &found, words.get("first-admin-invited")).await?,
            path: Place::Tenant(slug).href("invitation"),
            token: Secret::new(
                invited
                    .token
                    .as_ref()
                    .ok_or_else(skillsyms_core::Problem::internal)?
                    .expose()
                    .to_owned(),
            ),
            until: invited.expires_at.into(),
            id,
        }),
        Err(problem) => {
            let l = layout(&page, &found, words.get("first-admin-title")).await?.refused();
            let form = SignedIn::form(&l).filled(form.pairs).refused(problem, words)?;
            html_with(StatusCode::UNPROCESSABLE_ENTITY, &InvitePage { l, form, id })
        }
    }
}
