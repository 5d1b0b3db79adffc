//! What stands around every handler: writes problems with the reference of the request, turns a panic into one,
//! and leaves one line in the log and two numbers in the metrics.
//!
//! The line holds the route's template and never the path, no header and no body: nothing personal.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::Method;
use skillsyms_core::Reference;
use skillsyms_core::problem::INTERNAL;

use crate::problem::{self, Refused};

/// Requests answered, by method, route and status.
const REQUESTS: &str = "skillsyms_http_requests_total";
/// Seconds until the head of the answer, by method and route.
const SECONDS: &str = "skillsyms_http_request_seconds";

/// The layer.
pub async fn watch(request: Request, next: Next) -> Response {
    let started = std::time::Instant::now();
    let matched = request.extensions().get::<MatchedPath>();
    let route = matched.map_or_else(|| "none".to_owned(), |matched| matched.as_str().to_owned());
    let method = word(request.method());
    let reference = request.extensions().get::<Reference>().copied();
    let answer = Caught::new(next.run(request)).await.unwrap_or_else(|Panicked| {
        tracing::error!(
            route,
            reference = reference.map(tracing::field::display),
            "a handler panicked"
        );
        Refused::from(&INTERNAL).into_response()
    });
    let answer = problem::write(answer, reference);
    let status = answer.status().as_u16();
    let elapsed = started.elapsed();
    tracing::info!(
        target: "skillsyms::access",
        method,
        route,
        status,
        ms = elapsed.as_secs_f64() * 1_000.0,
        reference = reference.map(tracing::field::display),
        "request"
    );
    metrics::counter!(REQUESTS, "method" => method, "route" => route.clone(), "status" => status.to_string())
        .increment(1);
    metrics::histogram!(SECONDS, "method" => method, "route" => route).record(elapsed.as_secs_f64());
    answer
}

/// A method as a label: whatever else is sent counts as one.
fn word(method: &Method) -> &'static str {
    const KNOWN: [(Method, &str); 7] = [
        (Method::GET, "GET"),
        (Method::HEAD, "HEAD"),
        (Method::POST, "POST"),
        (Method::PUT, "PUT"),
        (Method::PATCH, "PATCH"),
        (Method::DELETE, "DELETE"),
        (Method::OPTIONS, "OPTIONS"),
    ];
    KNOWN
        .iter()
        .find(|(known, _)| known == method)
        .map_or("other", |(_, word)| word)
}

/// A handler panicked. What it said may hold values, so it is not repeated here.
pub(crate) struct Panicked;

/// A future whose panics are caught. It is not polled again after one.
pub(crate) struct Caught<F>(Pin<Box<F>>);

impl<F> Caught<F> {
    pub(crate) fn new(future: F) -> Self {
        Self(Box::pin(future))
    }
}

impl<F: Future> Future for Caught<F> {
    type Output = Result<F::Output, Panicked>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match catch_unwind(AssertUnwindSafe(|| self.0.as_mut().poll(cx))) {
            Ok(poll) => poll.map(Ok),
            Err(_) => Poll::Ready(Err(Panicked)),
        }
    }
}
