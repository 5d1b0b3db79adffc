//! The check of a statement of results, by its number and code, for whoever is shown one.

use askama::Template;
use http::StatusCode;
use serde::Deserialize;
use skillsyms_core::Problem;
use skillsyms_records::statements::{CheckStatement, Checked};

use crate::api::statements::{UNCONFIRMED, checked};
use crate::extract::{Empty, Visitor};
use crate::pages::kit::when::day_of;
use crate::pages::kit::{Asked, FormView, Layout, OpenForm, html_with};
use crate::problem::Answer;
use crate::routes::Route;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::page("/check", form)
            .public()
            .about("The form to check a statement of results"),
        Route::form("/check", check)
            .view::<CheckStatement>("Whether a statement of results was issued here and still holds")
            .public()
            .takes_credentials(),
    ]
}

#[derive(Template)]
#[template(path = "public/check.html")]
struct CheckPage {
    l: Layout,
    form: FormView,
    found: Option<Checked>,
    on: String,
}

async fn form(asked: Asked, _: Empty) -> Answer {
    show(&asked, FormView::default(), None)
}

fn show(asked: &Asked, form: FormView, found: Option<Checked>) -> Answer {
    let mut l = Layout::open(asked, asked.words().get("check-title"));
    l = l.crumb("", asked.words().get("front-title"));
    l.is_refused = !form.errors().is_empty();
    let status = if l.is_refused {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    let on = found
        .as_ref()
        .map_or_else(String::new, |found| day_of(&found.issued_on));
    html_with(status, &CheckPage { l, form, found, on })
}

/// What stands on the paper. It travels in the body and stands in no address.
#[derive(Deserialize)]
struct Typed {
    number: String,
    code: String,
}

async fn check(asked: Asked, visitor: Visitor, OpenForm { value, pairs }: OpenForm<Typed>) -> Answer {
    let found = checked(&visitor, value.number, value.code).await?;
    let form = FormView::default().filled(pairs);
    match found {
        Some(found) => show(&asked, FormView::default(), Some(found)),
        None => {
            let text = crate::pages::kit::form::problem_text(asked.words(), Problem::new(&UNCONFIRMED).code);
            show(&asked, form.wrong("number", text), None)
        }
    }
}
