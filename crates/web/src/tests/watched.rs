//! What stands around the handlers: panics, methods, how often one may try.

use std::sync::Mutex;

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use http::{Method, Request};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use skillsyms_edge::rate::Rate;
use tower::ServiceExt;

use super::house::{Built, PASSWORD};
use crate::app::around;

#[tokio::test]
async fn a_panic_is_a_problem_and_says_nothing() {
    let panics = async || -> &'static str { panic!("9001014800089") };
    #[expect(clippy::disallowed_methods, reason = "a handler that no registry should have")]
    let app: Router = around(Router::new().route("/panics", get(panics)));
    let response = app
        .oneshot(Request::get("/panics").body(Body::empty()).unwrap())
        .await
        .unwrap();
    assert_eq!(response.status(), 500);
    let body = response.into_body().collect().await.unwrap().to_bytes();
    let problem: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(problem["code"], "internal");
    assert!(!String::from_utf8_lossy(&body).contains("9001014800089"));
}

#[tokio::test]
async fn head_answers_as_get_does_without_a_body() {
    let built = Built::new().await;
    let got = built
        .send(Request::head("/api/v1/openapi.json").body(Body::empty()).unwrap())
        .await;
    assert_eq!((got.status.as_u16(), got.body.len()), (200, 0));
    let token = built.admin().await;
    let got = built.ask(Method::HEAD, "/api/v1/me", &token, &Value::Null).await;
    assert_eq!((got.status.as_u16(), got.body.len()), (200, 0));
}

#[tokio::test]
async fn passwords_are_not_tried_by_the_thousand() {
    let built = Built::with(Some(Rate {
        burst: 3,
        per_minute: 1,
    }))
    .await;
    for _ in 0..3 {
        assert_eq!(built.sign_in("demo", "a@example.org", PASSWORD).await.status, 401);
    }
    let got = built.sign_in("demo", "a@example.org", PASSWORD).await;
    assert_eq!((got.status.as_u16(), got.code().as_str()), (429, "rate_limited"));
    assert!(got.headers.contains_key("retry-after"));
    let got = built
        .send(Request::get("/api/v1/openapi.json").body(Body::empty()).unwrap())
        .await;
    assert_eq!(got.status, 200, "other routes are not concerned");
}

/// All that the tests of this process log, whoever logs it. A subscriber for one thread would miss the others, and would
/// race with callsites that are met first where there is none.
#[derive(Clone, Copy)]
struct Log;

static LOGGED: Mutex<Vec<u8>> = Mutex::new(Vec::new());

impl std::io::Write for Log {
    fn write(&mut self, text: &[u8]) -> std::io::Result<usize> {
        LOGGED.lock().unwrap().extend_from_slice(text);
        Ok(text.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn the_log_says_what_happened_and_nothing_of_whom() {
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).json();
    tracing::subscriber::set_global_default(subscriber.with_writer(|| Log).finish()).unwrap();
    let built = Built::new().await;
    let token = built.admin().await;
    let learner = json!({ "id_number": "9001014800089", "first_name": "Qhawekazi", "last_name": "Nkosi" });
    built.ask(Method::POST, "/api/v1/learners", &token, &learner).await;
    let got = built
        .ask(Method::GET, "/api/v1/learners?q=Qhawekazi", &token, &Value::Null)
        .await;
    built
        .ask(Method::GET, "/api/v1/learners/Qhawekazi", &token, &Value::Null)
        .await;
    built.ask(Method::GET, "/Qhawekazi", &token, &Value::Null).await;
    let text = String::from_utf8(LOGGED.lock().unwrap().clone()).unwrap();
    let reference = got.headers["x-request-id"].to_str().unwrap();
    let line = text
        .lines()
        .find(|line| line.contains(reference) && line.contains("skillsyms::access"))
        .unwrap();
    let line: Value = serde_json::from_str(line).unwrap();
    assert_eq!(line["fields"]["route"], "/api/v1/learners");
    assert_eq!(line["fields"]["status"], 200);
    for secret in [
        "Qhawekazi",
        "9001014800089",
        "admin@example.org",
        PASSWORD,
        "203.0.113.9",
        &token,
        "sks_",
        "ski_",
    ] {
        assert!(!text.contains(secret), "{secret} is in the log");
    }
}
