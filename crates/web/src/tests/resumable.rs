//! Uploads that stop and go on, and parts of files, over HTTP: the API's and the script's.

use axum::body::Body;
use http::{Method, Request, header};
use serde_json::{Value, json};

use super::files::{Broken, enrolled};
use super::house::{Built, Got, PASSWORD};
use super::pages::{Browser, field};

fn pdf(len: usize) -> Vec<u8> {
    let mut file = b"%PDF-1.7\n".to_vec();
    let rest = len - file.len();
    file.extend((0..rest).map(|n| (n % 251) as u8));
    file
}

/// An administrator, and where to announce files.
struct Desk {
    built: Built,
    token: String,
    announce: String,
}

impl Desk {
    async fn new() -> Self {
        let built = Built::new().await;
        let token = built.admin().await;
        let (enrolment, module) = enrolled(&built, &token).await;
        Self {
            announce: format!("/api/v1/enrolments/{enrolment}/uploads?module={module}"),
            built,
            token,
        }
    }

    async fn ask(&self, method: Method, path: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Got {
        let mut request = Request::builder().method(method).uri(path);
        request = request.header(header::AUTHORIZATION, format!("Bearer {}", self.token));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.built.send(request.body(body.into()).unwrap()).await
    }

    async fn announced(&self, length: usize) -> String {
        let length = length.to_string();
        let headers = [
            ("upload-length", length.as_str()),
            ("skillsyms-file-name", "Film é.pdf"),
        ];
        let got = self.ask(Method::POST, &self.announce, &headers, Body::empty()).await;
        assert_eq!(got.status, 201, "{}", got.json());
        assert_eq!(got.headers["upload-complete"], "?0");
        got.headers[header::LOCATION].to_str().unwrap().to_owned()
    }

    async fn add(&self, upload: &str, offset: usize, complete: &str, body: impl Into<Body>) -> Got {
        let offset = offset.to_string();
        let headers = [
            ("content-type", "application/partial-upload"),
            ("upload-offset", offset.as_str()),
            ("upload-complete", complete),
        ];
        self.ask(Method::PATCH, upload, &headers, body).await
    }

    async fn offset(&self, upload: &str) -> usize {
        let got = self.ask(Method::HEAD, upload, &[], Body::empty()).await;
        assert_eq!((got.status.as_u16(), got.body.len()), (200, 0));
        assert_eq!(got.headers[header::CACHE_CONTROL], "no-store");
        got.headers["upload-offset"].to_str().unwrap().parse().unwrap()
    }
}

#[tokio::test]
async fn what_came_before_the_line_broke_is_kept_and_goes_on() {
    let desk = Desk::new().await;
    let file = pdf(300_000);
    let upload = desk.announced(file.len()).await;
    let broken = Broken(vec![file[..100_000].to_vec()].into_iter());
    let got = desk.add(&upload, 0, "?1", Body::new(broken)).await;
    assert_eq!((got.status.as_u16(), got.code().as_str()), (400, "body_broken"));
    let offset = desk.offset(&upload).await;
    assert_eq!(offset, 98_304);
    let got = desk.add(&upload, 100_000, "?1", file[100_000..].to_vec()).await;
    assert_eq!((got.status.as_u16(), got.code().as_str()), (409, "evidence.offset"));
    assert_eq!(got.headers["upload-offset"], "98304");
    assert_eq!(got.json()["params"]["offset"], 98_304);
    let got = desk
        .add(&upload, offset, "?0", file[offset..offset + 65_536].to_vec())
        .await;
    assert_eq!(
        (got.status.as_u16(), &got.headers["upload-complete"]),
        (204, &"?0".parse().unwrap())
    );
    let offset = offset + 65_536;
    assert_eq!(got.headers["upload-offset"], offset.to_string());
    let got = desk.add(&upload, offset, "?1", file[offset..].to_vec()).await;
    assert_eq!(
        (got.status.as_u16(), &got.headers["upload-complete"]),
        (201, &"?1".parse().unwrap())
    );
    let place = got.headers[header::LOCATION].to_str().unwrap().to_owned();
    let content = desk
        .ask(Method::GET, &format!("{place}/content"), &[], Body::empty())
        .await;
    assert!(content.body == file);
    assert_eq!(
        content.headers[header::CONTENT_DISPOSITION],
        "attachment; filename*=UTF-8''Film%20%C3%A9.pdf"
    );
    let state = desk.ask(Method::GET, &upload, &[], Body::empty()).await;
    assert_eq!(state.json()["is_complete"], true);
    let more = desk.add(&upload, file.len(), "?1", Body::empty()).await;
    assert_eq!((more.status.as_u16(), more.code().as_str()), (400, "evidence.ended"));
}

#[tokio::test]
async fn what_is_refused_leaves_nothing() {
    let desk = Desk::new().await;
    let folder = desk.built.door.data().join("files/parts");
    let upload = desk.announced(200_000).await;
    let got = desk.add(&upload, 0, "?1", vec![b'x'; 200_000]).await;
    assert_eq!((got.status.as_u16(), got.code().as_str()), (415, "evidence.type"));
    assert_eq!(desk.ask(Method::HEAD, &upload, &[], Body::empty()).await.status, 404);
    let upload = desk.announced(100_000).await;
    assert_eq!(desk.add(&upload, 0, "?0", pdf(50_000)).await.status, 204);
    let longer = desk.add(&upload, 49_152, "?1", pdf(60_000)).await;
    assert_eq!(
        (longer.status.as_u16(), longer.code().as_str()),
        (400, "evidence.length")
    );
    assert_eq!(desk.ask(Method::DELETE, &upload, &[], Body::empty()).await.status, 204);
    assert_eq!(desk.ask(Method::DELETE, &upload, &[], Body::empty()).await.status, 404);
    for cell in std::fs::read_dir(folder).unwrap() {
        assert_eq!(std::fs::read_dir(cell.unwrap().path()).unwrap().count(), 0);
    }
    let large = (25 * 1024 * 1024 + 1).to_string();
    let got = desk
        .ask(
            Method::POST,
            &desk.announce,
            &[("upload-length", &large)],
            Body::empty(),
        )
        .await;
    assert_eq!((got.status.as_u16(), got.code().as_str()), (413, "evidence.too_large"));
    let got = desk.ask(Method::POST, &desk.announce, &[], Body::empty()).await;
    assert_eq!((got.status.as_u16(), got.code().as_str()), (400, "header"));
    let upload = desk.announced(1_000).await;
    let got = desk
        .ask(
            Method::PATCH,
            &upload,
            &[("content-type", "application/pdf")],
            pdf(1_000),
        )
        .await;
    assert_eq!(got.status, 415);
    let got = desk
        .ask(
            Method::PATCH,
            &upload,
            &[("content-type", "application/partial-upload")],
            pdf(1_000),
        )
        .await;
    assert_eq!((got.status.as_u16(), got.code().as_str()), (400, "header"));
}

#[tokio::test]
async fn who_may_not_give_up_an_upload_is_told_why_its_file_is_not_taken() {
    let desk = Desk::new().await;
    let password = json!({ "password": PASSWORD });
    let path = "/api/v1/sessions/current/step-up";
    let confirmed = desk.built.ask(Method::POST, path, &desk.token, &password).await;
    assert_eq!(confirmed.status, 200);
    let scopes = ["evidence.announce", "evidence.resume", "evidence.attach"];
    let key = json!({ "name": "Scanner", "scopes": scopes });
    let made = desk
        .built
        .ask(Method::POST, "/api/v1/api-keys", &desk.token, &key)
        .await;
    let token = made.json()["key"].as_str().unwrap().to_owned();
    let desk = Desk { token, ..desk };
    let upload = desk.announced(200_000).await;
    let got = desk.add(&upload, 0, "?1", vec![b'x'; 200_000]).await;
    assert_eq!((got.status.as_u16(), got.code().as_str()), (415, "evidence.type"));
}

#[tokio::test]
async fn an_announcement_is_made_once_for_its_key() {
    let desk = Desk::new().await;
    let headers = [("upload-length", "1000"), ("idempotency-key", "k1")];
    let one = desk.ask(Method::POST, &desk.announce, &headers, Body::empty()).await;
    let two = desk.ask(Method::POST, &desk.announce, &headers, Body::empty()).await;
    assert_eq!((one.status.as_u16(), two.status.as_u16()), (201, 200));
    assert_eq!(one.json()["id"], two.json()["id"]);
    let headers = [("upload-length", "1001"), ("idempotency-key", "k1")];
    let other = desk.ask(Method::POST, &desk.announce, &headers, Body::empty()).await;
    assert_eq!(other.code(), "idempotency_mismatch");
}

#[tokio::test]
async fn a_part_of_a_file_is_answered_as_the_rules_of_http_say() {
    let desk = Desk::new().await;
    let file = pdf(200_000);
    let upload = desk.announced(file.len()).await;
    let got = desk.add(&upload, 0, "?1", file.clone()).await;
    let path = format!("{}/content", got.headers[header::LOCATION].to_str().unwrap());
    let ask = async |headers: &[(&str, &str)]| desk.ask(Method::GET, &path, headers, Body::empty()).await;
    let whole = ask(&[]).await;
    assert_eq!(
        (whole.status.as_u16(), &whole.headers[header::ACCEPT_RANGES]),
        (200, &"bytes".parse().unwrap())
    );
    let tag = whole.headers[header::ETAG].to_str().unwrap().to_owned();
    for (range, from, until) in [
        ("bytes=0-", 0, 200_000),
        ("bytes=65535-65536", 65_535, 65_537),
        ("bytes=-5", 199_995, 200_000),
        ("bytes=150000-9999999", 150_000, 200_000),
    ] {
        let got = ask(&[("range", range), ("if-range", &tag)]).await;
        assert_eq!(got.status, 206, "{range}");
        assert!(got.body == file[from..until], "{range}");
        assert_eq!(
            got.headers[header::CONTENT_RANGE],
            format!("bytes {from}-{}/200000", until - 1)
        );
        assert_eq!(got.headers[header::CONTENT_LENGTH], (until - from).to_string());
        assert_eq!(got.headers[header::ETAG], tag.as_str());
    }
    for headers in [
        &[("range", "bytes=0-1,5-6")][..],
        &[("range", "lines=1-2")],
        &[("range", "bytes=5-1")],
        &[("range", "bytes=0-9"), ("if-range", "\"other\"")],
        &[("range", "bytes=0-9"), ("if-range", "Sun, 22 Nov 2026 10:00:00 GMT")],
    ] {
        let got = ask(headers).await;
        assert!(got.status == 200 && got.body == file, "{headers:?}");
    }
    let got = ask(&[("range", "bytes=200000-")]).await;
    assert_eq!((got.status.as_u16(), got.code().as_str()), (416, "range"));
    assert_eq!(got.headers[header::CONTENT_RANGE], "bytes */200000");
    let head = desk
        .ask(Method::HEAD, &path, &[("range", "bytes=0-9")], Body::empty())
        .await;
    assert_eq!(
        (head.status.as_u16(), &head.headers[header::CONTENT_LENGTH]),
        (200, &"200000".parse().unwrap())
    );
}

#[tokio::test]
async fn the_script_sends_in_parts_and_only_from_our_pages() {
    let built = Built::new().await;
    let browser = Browser::signed_in(&built).await;
    let token = built.sign_in("demo", "admin@example.org", PASSWORD).await.json()["token"]
        .as_str()
        .unwrap()
        .to_owned();
    let (enrolment, module) = enrolled(&built, &token).await;
    let page = browser.get("/t/demo/account").await.text();
    let form = field(&page, "form");
    let announce = format!("/t/demo/learning/{enrolment}/uploads");
    let send = async |part: &str, length: &str| {
        let pairs = [
            ("form", form.as_str()),
            ("module", module.as_str()),
            ("name", "Film.pdf"),
            ("length", length),
            ("part", part),
        ];
        browser.post(&announce, &pairs).await
    };
    let said: Value = send("1", "100000").await.json();
    let to = said["to"].as_str().unwrap().to_owned();
    assert!(to.starts_with("/t/demo/uploads/"), "{said}");
    assert_eq!(send("1", "100000").await.json()["to"], to.as_str(), "announced once");
    assert!(
        send("2", "99999999").await.json()["refused"]
            .as_str()
            .unwrap()
            .contains("25 MB")
    );
    let patch = |site: &str, offset: usize| {
        Request::patch(&to)
            .header("sec-fetch-site", site)
            .header(header::CONTENT_TYPE, "application/partial-upload")
            .header("upload-offset", offset)
            .header("upload-complete", "?1")
    };
    let file = pdf(100_000);
    for site in ["cross-site", "same-site", "none"] {
        let got = browser.send_as(patch(site, 0), Body::from(file.clone())).await;
        assert_eq!(got.status, 403, "{site}");
    }
    let broken = Broken(vec![file[..50_000].to_vec()].into_iter());
    let got = browser.send_as(patch("same-origin", 0), Body::new(broken)).await;
    assert_eq!(got.status, 400);
    let standing = browser.get(&to).await;
    assert_eq!(standing.headers["upload-offset"], "49152");
    let got = browser.send_as(patch("same-origin", 0), Body::from(file.clone())).await;
    assert_eq!(got.status, 409);
    let rest = Body::from(file[49_152..].to_vec());
    let got = browser.send_as(patch("same-origin", 49_152), rest).await;
    assert_eq!(got.json()["is_taken"], true, "{}", got.text());
    let again = browser.send_as(patch("same-origin", 100_000), Body::empty()).await;
    assert_eq!(
        again.json()["is_taken"],
        true,
        "the answer was lost, the file was not: {}",
        again.text()
    );
    let list = built.ask(Method::GET, "/api/v1/evidence", &token, &Value::Null).await;
    assert_eq!(list.json()["items"].as_array().unwrap().len(), 1);
    let id = list.json()["items"][0]["id"].as_str().unwrap().to_owned();
    parts_of_it_are_shown(&browser, &id, &file).await;
}

async fn parts_of_it_are_shown(browser: &Browser<'_>, id: &str, file: &[u8]) {
    let seen = Request::get(format!("/t/demo/evidence/{id}/view")).header("range", "bytes=0-8");
    let seen = browser.send_as(seen, Body::empty()).await;
    assert_eq!((seen.status.as_u16(), seen.body.as_slice()), (206, &file[..9]));
    let beyond = Request::get(format!("/t/demo/evidence/{id}/view")).header("range", "bytes=100000-");
    let beyond = browser.send_as(beyond, Body::empty()).await;
    assert_eq!(
        (beyond.status.as_u16(), &beyond.headers[header::CONTENT_RANGE]),
        (416, &"bytes */100000".parse().unwrap())
    );
}
