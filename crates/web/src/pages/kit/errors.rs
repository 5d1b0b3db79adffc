//! Problems as pages: what happened, what to do next, and the reference to quote.

use std::sync::Arc;

use askama::Template;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use skillsyms_core::Problem;

use super::asked::Asked;
use super::form::problem_text;
use super::layout::{Layout, html_with};
use super::who::Who;

/// Seconds after which somebody may try again who was told that the house is busy.
const RETRY_AFTER_SECONDS: HeaderValue = HeaderValue::from_static("1");

/// Somebody signed in, and the hidden field of their forms.
pub(super) type Known = (Arc<Who>, String);

#[derive(Template)]
#[template(path = "errors/problem.html")]
struct ProblemPage {
    l: Layout,
    title: String,
    text: String,
    fields: Vec<String>,
    reference: Option<String>,
    home: String,
    back: Option<String>,
}

/// The page for a problem, with the navigation of who is known to be signed in.
pub(crate) fn page(asked: &Asked, known: Option<Known>, problem: &Problem) -> Response {
    let words = asked.words();
    let title = words.get(heading(problem.code.status));
    let mut l = Layout::open(asked, title.clone());
    if let Some((who, token)) = known {
        l = l.with_who(who, token);
    }
    l.is_problem = true;
    // What is absent is left by the start page; a form that was refused by the page it stands on.
    let is_back = !asked.reads() && problem.code.status != 404;
    let back = l.nearest().filter(|_| is_back);
    if let Some(back) = &back {
        l = l.read_at(back.clone());
    }
    let shown = ProblemPage {
        back,
        l,
        title,
        text: problem_text(words, problem.code),
        fields: problem.fields.iter().map(|field| field.message.to_owned()).collect(),
        reference: asked.reference().map(|reference| reference.to_string()),
        home: asked.place().map_or_else(|| "/".to_owned(), |place| place.href("")),
    };
    let status = StatusCode::from_u16(problem.code.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let Ok(mut response) = html_with(status, &shown) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    if problem.code.status == 503 {
        response.headers_mut().insert(header::RETRY_AFTER, RETRY_AFTER_SECONDS);
    }
    response
}

const fn heading(status: u16) -> &'static str {
    match status {
        401 => "error-title-401",
        403 => "error-title-403",
        404 => "error-title-404",
        412 => "error-title-412",
        413 => "error-title-413",
        429 => "error-title-429",
        503 | 507 => "error-title-503",
        500..600 => "error-title-500",
        _ => "error-title-400",
    }
}
