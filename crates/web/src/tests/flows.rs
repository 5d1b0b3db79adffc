//! What a caller meets on the way, on a few routes that stand for all: the extractors and shapes are the same.

use axum::body::Body;
use http::{Method, Request, header};
use serde_json::{Value, json};

use super::house::{Built, PASSWORD};

/// An ID number that is right, from the examples of the domain.
const ID_NUMBER: &str = "9001014800089";

fn learner() -> Value {
    json!({
        "id_number": ID_NUMBER,
        "title": "Ms",
        "first_name": "Thandi",
        "last_name": "Nkosi",
        "gender": "F",
        "equity": "BA",
        "nationality": "SA",
        "home_language": "ZUL",
        "citizen_status": "SA",
        "socioeconomic_status": "01",
        "disability_status": "N",
        "email": "thandi@example.org",
        "home_address_1": "1 Long Street",
        "home_address_2": "Durban",
        "home_address_code": "4001",
        "province": "5",
        "popi_consent": true,
        "popi_date": "2026-01-31",
    })
}

#[tokio::test]
async fn signing_in_says_nothing_of_who_is_there() {
    let built = Built::new().await;
    built.admin().await;
    let answers = [
        built.sign_in("demo", "admin@example.org", "wrong password").await,
        built.sign_in("demo", "nobody@example.org", PASSWORD).await,
        built.sign_in("demo", "no address", PASSWORD).await,
        built.sign_in("nowhere", "admin@example.org", PASSWORD).await,
        built.sign_in("", "", "").await,
    ];
    for got in answers {
        let mut problem = got.json();
        problem["instance"].take();
        problem["reference"].take();
        assert_eq!(got.status, 401);
        assert_eq!(problem["code"], "session.wrong");
        assert!(problem.get("errors").is_none());
    }
}

#[tokio::test]
async fn a_session_opens_and_ends() {
    let built = Built::new().await;
    let token = built.admin().await;
    let me = built.ask(Method::GET, "/api/v1/me", &token, &Value::Null).await;
    assert_eq!(me.status, 200, "{}", me.json());
    assert_eq!(me.json()["tenant"], built.tenant.to_string());
    let ended = built
        .ask(Method::DELETE, "/api/v1/sessions/current", &token, &Value::Null)
        .await;
    assert_eq!((ended.status.as_u16(), ended.body.len()), (204, 0));
    let after = built.ask(Method::GET, "/api/v1/me", &token, &Value::Null).await;
    assert_eq!((after.status.as_u16(), after.code().as_str()), (401, "unauthenticated"));
}

#[tokio::test]
async fn bodies_are_refused_with_a_code() {
    let built = Built::new().await;
    let token = built.admin().await;
    let bearer = format!("Bearer {token}");
    let send = async |media: &str, body: &str| {
        let request = Request::post("/api/v1/learners").header(header::AUTHORIZATION, &bearer);
        let request = request
            .header(header::CONTENT_TYPE, media)
            .body(Body::from(body.to_owned()))
            .unwrap();
        let got = built.send(request).await;
        (
            got.status.as_u16(),
            got.code(),
            got.json()["errors"][0]["field"].clone(),
        )
    };
    let json = "application/json";
    assert_eq!(
        send("text/plain", "{}").await,
        (415, "media_type".to_owned(), Value::Null)
    );
    assert_eq!(send("", "{}").await, (415, "media_type".to_owned(), Value::Null));
    assert_eq!(send(json, "{").await, (400, "body_malformed".to_owned(), Value::Null));
    assert_eq!(
        send(json, "{\"first_name\":\"\u{0}\"}").await,
        (400, "body_malformed".to_owned(), Value::Null)
    );
    assert_eq!(
        send(json, "{\"student\":1}").await,
        (422, "invalid".to_owned(), "/student".into())
    );
    assert_eq!(
        send(json, "{\"first_name\":7}").await,
        (422, "invalid".to_owned(), "/first_name".into())
    );
    assert_eq!(send("application/json; charset=utf-8", "[]").await.0, 422);
    let long = format!("{{\"first_name\":\"{}\"}}", "x".repeat(crate::routes::BODY_MAX_BYTES));
    assert_eq!(send(json, &long).await.1, "body_too_large");
}

#[tokio::test]
async fn a_body_that_is_too_long_is_refused_though_it_says_no_length() {
    let built = Built::new().await;
    let token = built.admin().await;
    let pieces = vec![vec![b' '; crate::routes::BODY_MAX_BYTES], b"{}".to_vec()];
    let body = Body::new(Pieces(pieces.into_iter()));
    let request = Request::post("/api/v1/learners")
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header(header::CONTENT_TYPE, "application/json");
    let got = built.send(request.body(body).unwrap()).await;
    assert_eq!((got.status.as_u16(), got.code().as_str()), (413, "body_too_large"));
}

#[tokio::test]
async fn a_key_makes_a_post_safe_to_repeat() {
    let built = Built::new().await;
    let token = built.admin().await;
    let bearer = format!("Bearer {token}");
    let post = async |key: &str, body: &Value| {
        let headers = [("authorization", bearer.as_str()), ("idempotency-key", key)];
        built.ask_with(Method::POST, "/api/v1/learners", &headers, body).await
    };
    let first = post("one", &learner()).await;
    assert_eq!(first.status, 201, "{}", first.json());
    let id = first.json()["id"].clone();
    assert_eq!(
        first.headers[header::LOCATION],
        format!("/api/v1/learners/{}", id.as_str().unwrap())
    );
    let again = post("one", &learner()).await;
    assert_eq!((again.status.as_u16(), again.json()), (200, json!({ "id": id })));
    assert_eq!(again.headers["idempotency-replayed"], "true");
    let mut other = learner();
    other["first_name"] = "Sipho".into();
    assert_eq!(post("one", &other).await.code(), "idempotency_mismatch");
    assert_eq!(post("two", &learner()).await.code(), "learner.duplicate");
    assert_eq!(post(&"x".repeat(200), &learner()).await.code(), "header");
}

#[tokio::test]
async fn a_change_takes_the_version_that_was_read() {
    let built = Built::new().await;
    let token = built.admin().await;
    let bearer = format!("Bearer {token}");
    let made = built.ask(Method::POST, "/api/v1/learners", &token, &learner()).await;
    let path = format!("/api/v1/learners/{}", made.json()["id"].as_str().unwrap());
    let read = built.ask(Method::GET, &path, &token, &Value::Null).await;
    assert_eq!(read.status, 200, "{}", read.json());
    let tag = read.headers[header::ETAG].to_str().unwrap().to_owned();
    assert!(!String::from_utf8_lossy(&read.body).contains(ID_NUMBER));
    let change = json!({ "first_name": "Thandeka" });
    let missing = built.ask(Method::PATCH, &path, &token, &change).await;
    assert_eq!(
        (missing.status.as_u16(), missing.code().as_str()),
        (428, "precondition_required")
    );
    let with = [("authorization", bearer.as_str()), ("if-match", tag.as_str())];
    let done = built.ask_with(Method::PATCH, &path, &with, &change).await;
    assert_eq!(done.status, 200, "{}", done.json());
    assert_ne!(done.headers[header::ETAG], tag.as_str());
    let stale = built.ask_with(Method::PATCH, &path, &with, &change).await;
    assert_eq!((stale.status.as_u16(), stale.code().as_str()), (412, "stale"));
}

#[tokio::test]
async fn what_is_absent_and_what_is_no_id_are_answered_alike() {
    let built = Built::new().await;
    let token = built.admin().await;
    for id in [
        "019a9d3c-0c1b-7c55-8d2e-5b7d2f6a1e90",
        "1",
        "%00",
        "019A9D3C-0C1B-7C55-8D2E-5B7D2F6A1E90",
    ] {
        let got = built
            .ask(Method::GET, &format!("/api/v1/learners/{id}"), &token, &Value::Null)
            .await;
        assert_eq!((got.status.as_u16(), got.code().as_str()), (404, "not_found"), "{id}");
    }
}

#[tokio::test]
async fn lists_come_in_pages() {
    let built = Built::new().await;
    let token = built.admin().await;
    let get = async |query: &str| {
        built
            .ask(Method::GET, &format!("/api/v1/learners{query}"), &token, &Value::Null)
            .await
    };
    built.ask(Method::POST, "/api/v1/learners", &token, &learner()).await;
    let page = get("").await;
    assert_eq!(page.status, 200, "{}", page.json());
    assert_eq!(page.json()["items"].as_array().unwrap().len(), 1);
    assert_eq!(page.json()["next"], Value::Null);
    for query in [
        "?cursor=x",
        "?limit=0",
        "?limit=101",
        "?limit=x",
        "?offset=1",
        "?limit=1&limit=2",
    ] {
        let got = get(query).await;
        assert_eq!((got.status.as_u16(), got.code().as_str()), (422, "invalid"), "{query}");
    }
    assert_eq!(get("?q=nko&limit=1").await.json()["items"].as_array().unwrap().len(), 1);
    assert_eq!(get("?q=x").await.json()["items"], json!([]));
}

#[tokio::test]
async fn a_full_number_takes_a_confirmation_and_a_purpose() {
    let built = Built::new().await;
    let token = built.admin().await;
    let made = built.ask(Method::POST, "/api/v1/learners", &token, &learner()).await;
    let path = format!("/api/v1/learners/{}/reveal", made.json()["id"].as_str().unwrap());
    let reveal = async |purpose: &str| {
        built
            .ask(Method::POST, &path, &token, &json!({ "purpose": purpose }))
            .await
    };
    assert_eq!(reveal("Registration with the SETA").await.code(), "step_up_required");
    let wrong = built
        .ask(
            Method::POST,
            "/api/v1/sessions/current/step-up",
            &token,
            &json!({ "password": "no" }),
        )
        .await;
    assert_eq!(
        (wrong.status.as_u16(), wrong.code().as_str()),
        (403, "session.step_up_wrong")
    );
    let confirmed = json!({ "password": PASSWORD });
    let confirmed = built
        .ask(Method::POST, "/api/v1/sessions/current/step-up", &token, &confirmed)
        .await;
    assert_eq!(confirmed.status, 200, "{}", confirmed.json());
    assert_eq!(reveal(" ").await.code(), "purpose_required");
    let shown = reveal("Registration with the SETA").await;
    assert_eq!(shown.status, 200, "{}", shown.json());
    assert_eq!(shown.json()["id_number"], ID_NUMBER);
}

/// A body that comes in pieces and does not say how long it is.
struct Pieces(std::vec::IntoIter<Vec<u8>>);

impl http_body::Body for Pieces {
    type Data = bytes::Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<Self::Data>, Self::Error>>> {
        std::task::Poll::Ready(self.0.next().map(|piece| Ok(http_body::Frame::data(piece.into()))))
    }
}
