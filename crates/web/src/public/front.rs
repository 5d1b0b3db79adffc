//! The front page of this installation.

use askama::Template;
use http::StatusCode;
use serde::Deserialize;
use skillsyms_core::Problem;

use crate::extract::Empty;
use crate::pages::kit::place::is_slug;
use crate::pages::kit::{Asked, FormView, Layout, Place, html_with, see};
use crate::problem::Answer;
use crate::routes::Route;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::page("/", front).public().about("The front page"),
        Route::page("/sign-in", choose)
            .public()
            .about("The way to a provider's form to sign in"),
    ]
}

#[derive(Template)]
#[template(path = "public/front.html")]
struct FrontPage {
    l: Layout,
    form: FormView,
}

async fn front(asked: Asked, _: Empty) -> Answer {
    show(&asked, FormView::default(), StatusCode::OK)
}

fn show(asked: &Asked, form: FormView, status: StatusCode) -> Answer {
    let mut l = Layout::open(asked, asked.words().get("front-title"));
    l.is_refused = !form.errors().is_empty();
    html_with(status, &FrontPage { l, form })
}

#[derive(Default, Deserialize)]
struct Chosen {
    #[serde(default)]
    provider: String,
}

async fn choose(asked: Asked, _: Empty) -> Answer {
    let chosen: Chosen = serde_urlencoded::from_str(asked.query()).unwrap_or_default();
    let slug = chosen.provider.trim().to_ascii_lowercase();
    if is_slug(&slug) {
        return Ok(see(&Place::Tenant(slug).href("sign-in")));
    }
    let problem = Problem::field(
        "provider",
        "provider.form",
        "Write the provider's short name: letters, digits and hyphens.",
    );
    let form = FormView::default()
        .fill("provider", chosen.provider)
        .refused(problem, asked.words())?;
    show(&asked, form, StatusCode::UNPROCESSABLE_ENTITY)
}
