//! A new password: asking for a link, and choosing the password by it.

use askama::Template;
use http::StatusCode;
use serde::Deserialize;
use skillsyms_people::Sending;
use skillsyms_people::reset::{LINK, RequestReset, ResetPassword};
use skillsyms_people::sign_in::{RequestInput, ResetInput};
use skillsyms_people::token::{Named, TokenKind};
use skillsyms_vault::Secret;

use super::kit::{Asked, FormView, Layout, OpenForm, Place, html, html_with, see};
use crate::extract::{Empty, Visitor};
use crate::problem::Answer;
use crate::routes::Route;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::page("/t/{slug}/reset", page)
            .public()
            .about("The form to ask for a link to a new password"),
        Route::form("/t/{slug}/reset", request)
            .act::<RequestReset>("Ask for a link to a new password")
            .public()
            .takes_credentials(),
        // The secret stands behind the `#` of the link, as in an invitation.
        Route::page("/t/{slug}/reset/password", choose_page)
            .public()
            .about("The form to choose a new password"),
        Route::form("/t/{slug}/reset/password", choose)
            .act::<ResetPassword>("Choose a new password by a link")
            .public()
            .takes_credentials(),
    ]
}

/// What operators use of it: they get their link from another operator.
pub(super) fn of_platform() -> Vec<Route> {
    vec![
        Route::page("/platform/reset/password", choose_page)
            .public()
            .about("The form to choose a new password as an operator"),
        Route::form("/platform/reset/password", choose)
            .act::<ResetPassword>("Choose a new password by a link, as an operator")
            .public()
            .takes_credentials(),
    ]
}

#[derive(Template)]
#[template(path = "reset/request.html")]
struct RequestPage {
    l: Layout,
    form: FormView,
    has_mail: bool,
}

#[derive(Template)]
#[template(path = "reset/asked.html")]
struct AskedPage {
    l: Layout,
}

async fn page(asked: Asked, visitor: Visitor, _: Empty) -> Answer {
    show(&asked, &visitor, FormView::default())
}

fn show(asked: &Asked, visitor: &Visitor, form: FormView) -> Answer {
    html(&RequestPage {
        l: Layout::open(asked, asked.words().get("reset-title")),
        form,
        has_mail: visitor.house().sign_in().sending() == Sending::On,
    })
}

#[derive(Deserialize)]
struct Typed {
    email: Secret<String>,
}

/// The page that follows is the same for every address, and for every name of a provider.
async fn request(asked: Asked, visitor: Visitor, OpenForm { value, .. }: OpenForm<Typed>) -> Answer {
    let service = visitor.house().sign_in();
    match asked.cell() {
        Some(cell) => {
            let typed = RequestInput {
                email: value.email,
                language: asked.words().tag(),
            };
            service.request_reset(&visitor.at(cell), typed).await?;
        }
        None => service.request_reset_nowhere().await?,
    }
    html(&AskedPage {
        l: Layout::open(&asked, asked.words().get("reset-asked-title")),
    })
}

#[derive(Template)]
#[template(path = "reset/choose.html")]
struct ChoosePage {
    l: Layout,
    form: FormView,
    /// Whether one can ask for another link: an operator cannot, but of another operator.
    can_ask: bool,
}

async fn choose_page(asked: Asked, _: Empty) -> Answer {
    show_choose(&asked, FormView::default(), StatusCode::OK)
}

fn show_choose(asked: &Asked, form: FormView, status: StatusCode) -> Answer {
    let mut l = Layout::open(asked, asked.words().get("reset-choose-title"));
    l.is_refused = !form.errors().is_empty();
    let can_ask = asked.place() != Some(&Place::Platform);
    html_with(status, &ChoosePage { l, form, can_ask })
}

#[derive(Template)]
#[template(path = "reset/gone.html")]
struct GonePage {
    l: Layout,
}

/// No form helps with a link that works no longer.
fn gone(asked: &Asked) -> Answer {
    let l = Layout::open(asked, asked.words().get("reset-gone-title"));
    let next = l.href("reset");
    let l = l.read_at(next);
    html_with(StatusCode::GONE, &GonePage { l })
}

#[derive(Deserialize)]
struct Chosen {
    token: Secret<String>,
    password: Secret<String>,
}

async fn choose(asked: Asked, visitor: Visitor, OpenForm { value, .. }: OpenForm<Chosen>) -> Answer {
    let house = visitor.house();
    let token = Secret::new(value.token.expose().trim().to_owned());
    let named = Named::parse(TokenKind::Reset, token.expose());
    let form = FormView::default().own("token", token.clone());
    let input = ResetInput {
        token,
        password: value.password,
    };
    let anywhere = visitor.at(house.door().platform());
    if let Err(problem) = house.sign_in().reset(&anywhere, input, asked.words().tag()).await {
        let form = match problem.code {
            code if code == &LINK && named.is_some() => return gone(&asked),
            code if code == &LINK => form.wrong("token", asked.words().get("reset-token-wrong")),
            _ => form.refused(problem, asked.words())?,
        };
        return show_choose(&asked, form, StatusCode::UNPROCESSABLE_ENTITY);
    }
    // The link says whose it is; the address of this page may be another's.
    let place = match named {
        Some(named) if named.cell == house.door().platform() => Place::Platform,
        Some(named) => Place::Tenant(house.door().tenant_of(named.cell).await?.slug),
        None => return Ok(see("/")),
    };
    Ok(see(&place.href("sign-in?why=reset")))
}
