//! Files: learners' files that are imported, evidence up and down.

use axum::body::Body;
use http::{Method, Request, header};
use serde_json::{Value, json};

use super::house::{Built, Got};

pub(super) const HEADER: &str = "id_number,title,first_name,last_name,gender,equity,nationality,home_language,citizen_status,\
    socioeconomic_status,disability_status,email,home_address_1,home_address_2,home_address_code,province,popi_consent,popi_date";
pub(super) const ROW: &str =
    "9001014800089,Ms,Thandi,Nkosi,F,BA,SA,ZUL,SA,01,N,thandi@example.org,1 Long Street,Durban,4001,5,yes,2026-01-31";

pub(super) async fn post(built: &Built, path: &str, token: &str, media: &str, body: impl Into<Body>) -> Got {
    let request = Request::post(path)
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header(header::CONTENT_TYPE, media)
        .header("skillsyms-file-name", "Portfolio é.pdf");
    built.send(request.body(body.into()).unwrap()).await
}

#[tokio::test]
async fn a_file_of_learners_is_imported() {
    let built = Built::new().await;
    let token = built.admin().await;
    let bad = ROW.replace("9001014800089", "9001014800088");
    let file = format!("{HEADER}\n{ROW}\n{bad}\n{ROW}\n");
    let got = post(&built, "/api/v1/imports", &token, "text/csv; charset=utf-8", file).await;
    assert_eq!(got.status, 201, "{}", got.json());
    let summary = got.json();
    let counts = [&summary["rows_read"], &summary["rows_kept"], &summary["rows_refused"]];
    assert_eq!(counts, [&json!(3), &json!(1), &json!(2)], "{summary}");
    let place = got.headers[header::LOCATION].to_str().unwrap();
    let read = built.ask(Method::GET, place, &token, &Value::Null).await;
    assert_eq!(read.json()["state"], "finished");
    let failures = built
        .ask(Method::GET, &format!("{place}/failures"), &token, &Value::Null)
        .await;
    assert_eq!(
        failures.json()["items"].as_array().unwrap().len(),
        2,
        "{}",
        failures.json()
    );
    assert!(!String::from_utf8_lossy(&failures.body).contains("9001014800088"));
    let list = built.ask(Method::GET, "/api/v1/imports", &token, &Value::Null).await;
    assert_eq!(list.json()["items"][0]["file_name"], "Portfolio é.pdf");
}

#[tokio::test]
async fn a_file_that_cannot_be_read_is_refused_whole() {
    let built = Built::new().await;
    let token = built.admin().await;
    let cases: [(&str, &[u8]); 3] = [
        ("text/csv", b"a,b\n1,2\n"),
        ("text/csv", b"\xff\xfea\0"),
        ("text/csv", b""),
    ];
    for (media, file) in cases {
        let got = post(&built, "/api/v1/imports", &token, media, file.to_vec()).await;
        assert!(got.status.is_client_error(), "{file:?}: {}", got.json());
        assert!(got.code().starts_with("import."), "{file:?}: {}", got.json());
    }
    let got = post(&built, "/api/v1/imports", &token, "application/pdf", "x").await;
    assert_eq!(
        (got.status.as_u16(), got.json()["params"]["accepts"].clone()),
        (415, "text/csv".into())
    );
}

/// A programme of one module, a learner enrolled in it: the enrolment and the module.
pub(super) async fn enrolled(built: &Built, token: &str) -> (String, String) {
    let ask = async |method: Method, path: &str, body: Value| {
        let got = built.ask(method, path, token, &body).await;
        assert!(got.status.is_success(), "{path}: {}", got.json());
        got.json()
    };
    let programme = json!({
        "kind": "qualification", "title": "Retail Supervisor", "saqa_id": "99573", "nqf_level": 4, "credits": 10,
        "modules": [{ "code": "522201000-KM-01", "kind": "knowledge", "title": "Supervising", "nqf_level": 4, "credits": 10 }],
    });
    let programme = ask(Method::POST, "/api/v1/programmes", programme).await["id"].clone();
    let path = format!("/api/v1/programmes/{}", programme.as_str().unwrap());
    let module = ask(Method::GET, &path, Value::Null).await["modules"][0]["id"].clone();
    let file = format!("{HEADER}\n{ROW}\n");
    assert_eq!(
        post(built, "/api/v1/imports", token, "text/csv", file).await.status,
        201
    );
    let learner = ask(Method::GET, "/api/v1/learners", Value::Null).await["items"][0]["id"].clone();
    let path = format!("/api/v1/learners/{}/enrolments", learner.as_str().unwrap());
    let new = json!({ "programme": programme, "enrolled_on": "2026-02-01" });
    let enrolment = ask(Method::POST, &path, new).await["id"].clone();
    (
        enrolment.as_str().unwrap().to_owned(),
        module.as_str().unwrap().to_owned(),
    )
}

#[tokio::test]
async fn evidence_goes_up_and_comes_down_whole() {
    let built = Built::new().await;
    let token = built.admin().await;
    let (enrolment, module) = enrolled(&built, &token).await;
    let path = format!("/api/v1/enrolments/{enrolment}/evidence?module={module}");
    let mut file = b"%PDF-1.7\n".to_vec();
    file.extend((0..300_000_u32).map(|n| (n % 251) as u8));
    let got = post(&built, &path, &token, "image/png", file.clone()).await;
    assert_eq!(got.status, 201, "{}", got.json());
    let id = got.json()["id"].as_str().unwrap().to_owned();
    let list = built
        .ask(
            Method::GET,
            &format!("/api/v1/evidence?enrolment={enrolment}"),
            &token,
            &Value::Null,
        )
        .await;
    assert_eq!(
        list.json()["items"][0]["media_type"],
        "application/pdf",
        "{}",
        list.json()
    );
    let content = built
        .ask(
            Method::GET,
            &format!("/api/v1/evidence/{id}/content"),
            &token,
            &Value::Null,
        )
        .await;
    assert_eq!((content.status.as_u16(), content.body), (200, file));
    assert_eq!(content.headers[header::CONTENT_TYPE], "application/pdf");
    assert_eq!(
        content.headers[header::CONTENT_DISPOSITION],
        "attachment; filename*=UTF-8''Portfolio%20%C3%A9.pdf"
    );
    assert!(
        content.headers[header::CONTENT_SECURITY_POLICY]
            .to_str()
            .unwrap()
            .starts_with("sandbox;")
    );
    assert_eq!(content.headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
}

#[tokio::test]
async fn what_is_no_evidence_is_refused_and_leaves_no_file() {
    let built = Built::new().await;
    let token = built.admin().await;
    let (enrolment, module) = enrolled(&built, &token).await;
    let path = format!("/api/v1/enrolments/{enrolment}/evidence?module={module}");
    let cases: [(&[u8], &str); 3] = [
        (b"<html><script>alert(1)</script>", "evidence.type"),
        (b"", "evidence.empty"),
        (b"MZ\x90\0", "evidence.type"),
    ];
    for (file, code) in cases {
        let got = post(&built, &path, &token, "application/pdf", file.to_vec()).await;
        assert_eq!(got.code(), code, "{}", got.json());
    }
    let nowhere = format!("/api/v1/enrolments/{enrolment}/evidence?module={enrolment}");
    assert_eq!(
        post(&built, &nowhere, &token, "application/pdf", "%PDF-1.7")
            .await
            .code(),
        "invalid"
    );
    let list = built.ask(Method::GET, "/api/v1/evidence", &token, &Value::Null).await;
    assert_eq!(list.json()["items"], json!([]));
}

#[tokio::test]
async fn a_statement_needs_locked_results_and_says_so() {
    let built = Built::new().await;
    let token = built.admin().await;
    let (enrolment, _) = enrolled(&built, &token).await;
    let path = format!("/api/v1/enrolments/{enrolment}/statements");
    let bearer = format!("Bearer {token}");
    let headers = [
        ("authorization", bearer.as_str()),
        ("skillsyms-purpose", "Certification"),
    ];
    let got = built.ask_with(Method::POST, &path, &headers, &Value::Null).await;
    assert_eq!((got.status.as_u16(), got.code().as_str()), (409, "statement.nothing"));
}

/// A body that breaks off after its pieces.
pub(super) struct Broken<P>(pub(super) std::vec::IntoIter<P>);

impl<P: Into<bytes::Bytes> + Unpin> http_body::Body for Broken<P> {
    type Data = bytes::Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<Self::Data>, Self::Error>>> {
        let piece = self.0.next().map(|piece| http_body::Frame::data(piece.into()));
        std::task::Poll::Ready(Some(piece.ok_or_else(|| std::io::ErrorKind::ConnectionReset.into())))
    }
}

#[tokio::test]
async fn an_import_that_breaks_off_is_over_and_says_so() {
    let built = Built::new().await;
    let token = built.admin().await;
    let pieces = vec![format!("{HEADER}\n{ROW}\n"), "70010".to_owned()];
    let got = post(
        &built,
        "/api/v1/imports",
        &token,
        "text/csv",
        Body::new(Broken(pieces.into_iter())),
    )
    .await;
    assert_eq!((got.status.as_u16(), got.code().as_str()), (400, "body_broken"));
    let list = built.ask(Method::GET, "/api/v1/imports", &token, &Value::Null).await;
    let stopped = &list.json()["items"][0];
    assert_eq!(stopped["state"], "stopped", "{stopped}");
    let path = format!("/api/v1/imports/{}", stopped["id"].as_str().unwrap());
    let one = built.ask(Method::GET, &path, &token, &Value::Null).await;
    let why = &one.json()["stopped_by"];
    assert_eq!(
        (&why["column"], &why["code"]),
        (&json!("file"), &json!("import.interrupted")),
        "{why}"
    );
}

#[tokio::test]
async fn evidence_that_breaks_off_or_is_too_long_leaves_nothing() {
    let built = Built::new().await;
    let token = built.admin().await;
    let (enrolment, module) = enrolled(&built, &token).await;
    let path = format!("/api/v1/enrolments/{enrolment}/evidence?module={module}");
    let pieces = vec!["%PDF-1.7\n".to_owned(), "x".repeat(200_000)];
    let got = post(
        &built,
        &path,
        &token,
        "application/pdf",
        Body::new(Broken(pieces.into_iter())),
    )
    .await;
    assert_eq!((got.status.as_u16(), got.code().as_str()), (400, "body_broken"));
    let mut file = b"%PDF-1.7\n".to_vec();
    file.resize(25 * 1024 * 1024 + 1, b'x');
    let got = post(&built, &path, &token, "application/pdf", file).await;
    assert_eq!((got.status.as_u16(), got.code().as_str()), (413, "evidence.too_large"));
    let list = built.ask(Method::GET, "/api/v1/evidence", &token, &Value::Null).await;
    assert_eq!(list.json()["items"], json!([]));
    let incoming = built.door.data().join("files/incoming");
    assert_eq!(std::fs::read_dir(incoming).unwrap().count(), 0);
}
