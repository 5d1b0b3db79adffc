//! What stands around the handlers: panics, methods, how often one may try.

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use http::{Method, Request};
use http_body_util::BodyExt;
use serde_json::Value;
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
