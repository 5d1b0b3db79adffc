//! Pages, through the real router, as a browser asks for them.

use std::collections::HashSet;

use axum::body::Body;
use http::{Method, Request, header};
use serde_json::json;
use skillsyms_door::Actor;
use skillsyms_people::accounts::Invite;
use skillsyms_people::token::{Minted, TokenKind};
use skillsyms_vault::SystemRng;

use super::house::{Built, Got, PASSWORD};
use crate::routes::{Access, Face, Pace, Route, Routes, Takes};

pub(super) const EMAIL: &str = "admin@example.org";
const OPERATOR: &str = "operator@example.org";
/// A browser's own header on what one of our pages sends.
const OURS: (&str, &str) = ("sec-fetch-site", "same-origin");

/// A browser with its cookies.
pub(super) struct Browser<'b> {
    pub(super) built: &'b Built,
    pub(super) cookie: String,
}

impl<'b> Browser<'b> {
    pub(super) fn new(built: &'b Built) -> Self {
        Self {
            built,
            cookie: String::new(),
        }
    }

    /// With an account, signed in over the form.
    pub(super) async fn signed_in(built: &'b Built) -> Self {
        built.admin().await;
        let mut browser = Self::new(built);
        let got = browser.sign_in(&[]).await;
        assert_eq!(
            (got.status.as_u16(), got.place().as_str()),
            (303, "/t/demo/"),
            "{}",
            got.text()
        );
        browser
    }

    /// An operator of the platform, signed in over the form.
    pub(super) async fn operator(built: &'b Built) -> Self {
        let invite = json!({ "email": OPERATOR, "name": "Pieter van Wyk", "roles": ["operator"] });
        let console = Actor::Console(built.door.platform());
        let invite: Invite = serde_json::from_value(invite).unwrap();
        let invited = built.door.enter(console).run(invite).await.unwrap();
        let mut browser = Self::new(built);
        let accept = [
            ("token", invited.token.as_ref().unwrap().expose()),
            ("password", PASSWORD),
        ];
        let got = browser.post("/platform/invitation", &accept).await;
        assert_eq!(got.place(), "/platform/sign-in?why=accepted", "{}", got.text());
        let got = browser
            .post("/platform/sign-in", &[("email", OPERATOR), ("password", PASSWORD)])
            .await;
        assert_eq!(got.place(), "/platform/", "{}", got.text());
        let line = got.headers[header::SET_COOKIE].to_str().unwrap();
        browser.cookie = line.split(';').next().unwrap().to_owned();
        browser
    }

    pub(super) async fn sign_in(&mut self, more: &[(&str, &str)]) -> Got {
        let typed = [&[("email", EMAIL), ("password", PASSWORD)], more].concat();
        let got = self.post("/t/demo/sign-in", &typed).await;
        if let Some(line) = got.headers.get(header::SET_COOKIE) {
            self.cookie = line.to_str().unwrap().split(';').next().unwrap().to_owned();
        }
        got
    }

    pub(super) async fn get(&self, path: &str) -> Got {
        self.send(Request::get(path), Body::empty()).await
    }

    /// What a form of ours sends.
    pub(super) async fn post(&self, path: &str, pairs: &[(&str, &str)]) -> Got {
        self.send(Request::post(path).header(OURS.0, OURS.1), encoded(pairs))
            .await
    }

    pub(super) async fn send(&self, request: http::request::Builder, body: Body) -> Got {
        let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send_as(request, body).await
    }

    /// The same, of a media type that the request names.
    pub(super) async fn send_as(&self, request: http::request::Builder, body: Body) -> Got {
        let request = request
            .header(header::COOKIE, &self.cookie)
            .header(header::ACCEPT, "text/html");
        self.built.send(request.body(body).unwrap()).await
    }

    /// The hidden field of the forms of a page.
    pub(super) async fn token(&self, path: &str) -> String {
        let got = self.get(path).await;
        assert_eq!(got.status, 200, "{path}: {}", got.text());
        field(&got.text(), "form")
    }
}

impl Got {
    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(super) fn place(&self) -> String {
        let place = self.headers.get(header::LOCATION).and_then(|place| place.to_str().ok());
        place.unwrap_or_default().to_owned()
    }
}

fn encoded(pairs: &[(&str, &str)]) -> Body {
    Body::from(
        form_urlencoded::Serializer::new(String::new())
            .extend_pairs(pairs)
            .finish(),
    )
}

/// Value of a hidden field in a page.
pub(super) fn field(page: &str, name: &str) -> String {
    let begin = format!("name=\"{name}\" value=\"");
    let at = page.find(&begin).unwrap_or_else(|| panic!("no field {name} in {page}"));
    page[at + begin.len()..].split('"').next().unwrap().to_owned()
}

fn path(route: &Route) -> String {
    route
        .path
        .replace("{slug}", "demo")
        .replace("{id}", "019a9d3c-0c1b-7c55-8d2e-5b7d2f6a1e90")
        .replace("{module}", "019a9d3c-0c1b-7c55-8d2e-5b7d2f6a1e91")
}

fn method(route: &Route) -> http::request::Builder {
    Request::builder().method(route.method.clone()).uri(path(route))
}

fn assert_dressed(route: &str, got: &Got) {
    for name in [
        "x-content-type-options",
        "strict-transport-security",
        "cache-control",
        "x-frame-options",
        "x-request-id",
    ] {
        assert!(got.headers.contains_key(name), "{route} has no {name}");
    }
    let policy = got.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(
        policy.starts_with("default-src 'none'") && !policy.contains("unsafe"),
        "{route}: {policy}"
    );
    // What a page's script reads is no page.
    if got
        .headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind == "application/json")
    {
        assert!(route.contains("/passkey"), "{route}");
        return;
    }
    if got.status != 303 {
        assert!(
            got.headers[header::CONTENT_TYPE]
                .to_str()
                .unwrap()
                .starts_with("text/html"),
            "{route}"
        );
        let page = got.text();
        let nonce = policy.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap();
        assert!(
            page.contains(&format!("nonce=\"{nonce}\"")),
            "{route}: the script has another nonce"
        );
        for banned in [" style=\"", " onclick", "<style", "javascript:"] {
            assert!(!page.contains(banned), "{route} has {banned}");
        }
        assert_eq!(page.matches("<h1").count(), 1, "{route} has not one heading");
    }
}

#[test]
fn the_registry_of_pages_is_in_order() {
    let acts = super::house::registry();
    let mut seen = HashSet::new();
    for route in Routes::all().pages() {
        assert!(seen.insert((route.method.clone(), route.path)), "{route:?} twice");
        assert!(!route.path.starts_with("/api/"), "{route:?}");
        assert!(!route.summary.is_empty(), "{route:?} says nothing of itself");
        assert!(
            route.acts.iter().all(|act| acts.get(act).is_some()),
            "{route:?} does an act that is not there"
        );
        assert!(
            !route.acts.is_empty() || route.access == Access::Public,
            "{route:?} does no act"
        );
        assert_eq!(
            route.body_max_bytes > 0,
            !matches!(route.takes, Takes::Nothing),
            "{route:?} has no limit"
        );
        assert_eq!(
            route.method == Method::GET,
            matches!(route.takes, Takes::Nothing),
            "{route:?}"
        );
        let is_guarded = route.pace == Pace::Guarded || route.acts.is_empty();
        assert!(
            route.access == Access::Credential || route.method == Method::GET || is_guarded,
            "{route:?}"
        );
        assert!(
            route.access == Access::Public
                || route.path.starts_with("/t/{slug}/")
                || route.path.starts_with("/platform/"),
            "{route:?}"
        );
    }
}

#[tokio::test]
async fn nobody_is_sent_to_sign_in_and_every_answer_is_dressed() {
    let built = Built::new().await;
    let nobody = Browser::new(&built);
    for route in Routes::all().pages() {
        let got = nobody.send(method(route).header(OURS.0, OURS.1), Body::empty()).await;
        assert_dressed(&format!("{route:?}"), &got);
        assert!(!got.status.is_server_error(), "{route:?}: {}", got.text());
        if route.access == Access::Credential {
            assert_eq!(got.status, 303, "{route:?}: {}", got.text());
            assert!(
                got.place().starts_with("/t/demo/sign-in") || got.place().starts_with("/platform/sign-in"),
                "{route:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_session_that_nobody_gave_out_opens_no_page() {
    let built = Built::new().await;
    let mut forged = Browser::new(&built);
    let cookies = [built.tenant, built.door.platform()].map(|cell| {
        let token = Minted::new(TokenKind::Session, cell, &SystemRng);
        format!("__Host-s-{}={}", cell.uuid().simple(), token.text.expose())
    });
    forged.cookie = cookies.join("; ");
    for route in Routes::all()
        .pages()
        .filter(|route| route.access == Access::Credential && route.method == Method::GET)
    {
        let got = forged.get(&path(route)).await;
        assert_eq!(got.status, 303, "{route:?}: {}", got.text());
        assert!(got.place().contains("why=expired"), "{route:?}: {}", got.place());
    }
}

#[tokio::test]
async fn every_form_is_refused_from_elsewhere_and_without_its_token() {
    let built = Built::new().await;
    let mut browser = Browser::signed_in(&built).await;
    let operator = Browser::operator(&built).await;
    browser.cookie = format!("{}; {}", browser.cookie, operator.cookie);
    for route in Routes::all().pages().filter(|route| matches!(route.takes, Takes::Form)) {
        for site in ["cross-site", "same-site", "none"] {
            let got = browser
                .send(method(route).header("sec-fetch-site", site), Body::empty())
                .await;
            assert_eq!(got.status, 403, "{route:?} from {site}");
            assert_dressed(&format!("{route:?}"), &got);
        }
        let bare = browser.send(method(route), Body::empty()).await;
        assert_eq!(bare.status, 403, "{route:?} from nowhere");
        if route.access == Access::Credential {
            for pairs in [&[][..], &[("form", "x")], &[("form", "a.b.c")]] {
                let got = browser.post(&path(route), pairs).await;
                assert_eq!(got.status, 403, "{route:?} with {pairs:?}");
                assert!(got.text().contains("not made for you"), "{route:?}");
            }
        }
    }
    assert_eq!(
        browser.get("/t/demo/account").await.status,
        200,
        "none of it ended the session"
    );
}

#[tokio::test]
async fn a_token_of_another_session_sends_no_form() {
    let built = Built::new().await;
    let one = Browser::signed_in(&built).await;
    let token = one.token("/t/demo/account").await;
    let mut other = Browser::new(&built);
    other.sign_in(&[]).await;
    let got = other.post("/t/demo/sign-out", &[("form", &token)]).await;
    assert_eq!(got.status, 403);
    assert_eq!(other.get("/t/demo/account").await.status, 200);
}

#[tokio::test]
async fn every_page_has_its_limit() {
    let built = Built::new().await;
    for route in Routes::all().pages() {
        let request = method(route)
            .header(OURS.0, OURS.1)
            .header(header::CONTENT_LENGTH, (route.body_max_bytes + 1).to_string());
        let got = built.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(got.status, 413, "{route:?}");
        assert_dressed(&format!("{route:?}"), &got);
    }
}

#[tokio::test]
async fn pages_of_somebody_signed_in_are_kept_nowhere() {
    let built = Built::new().await;
    let browser = Browser::signed_in(&built).await;
    let mut two = Vec::new();
    for _ in 0..2 {
        let got = browser.get("/t/demo/account").await;
        assert_eq!(got.headers[header::CACHE_CONTROL], "no-store");
        assert!(got.text().contains(EMAIL));
        two.push((
            field(&got.text(), "form"),
            got.headers[header::CONTENT_SECURITY_POLICY].clone(),
        ));
    }
    assert!(
        two[0].0 != two[1].0 && two[0].1 != two[1].1,
        "token and nonce are made anew each time"
    );
}

#[tokio::test]
async fn what_another_site_asks_for_is_not_compressed() {
    let built = Built::new().await;
    let browser = Browser::signed_in(&built).await;
    let ask = async |site: &str| {
        let request = Request::get("/t/demo/account")
            .header("sec-fetch-site", site)
            .header(header::ACCEPT_ENCODING, "gzip");
        browser.send(request, Body::empty()).await
    };
    assert_eq!(ask("same-origin").await.headers[header::CONTENT_ENCODING], "gzip");
    assert_eq!(ask("none").await.headers[header::CONTENT_ENCODING], "gzip");
    assert!(!ask("cross-site").await.headers.contains_key(header::CONTENT_ENCODING));
}

#[tokio::test]
async fn all_promises_are_shown_and_none_is_green_unseen() {
    let built = Built::new().await;
    let nobody = Browser::new(&built);
    let page = nobody.get("/trust").await.text();
    assert_eq!(page.matches("class=\"promise\"").count(), 207);
    assert_eq!(page.matches("tag not_evaluated").count(), 207);
    assert!(!page.contains("tag met"));
    let some = nobody
        .get("/trust?chapter=data+protection&state=not_evaluated")
        .await
        .text();
    assert_eq!(some.matches("class=\"promise\"").count(), 14);
    let none = nobody.get("/trust?state=%3Cscript%3E").await;
    assert_eq!(
        (none.status.as_u16(), none.text().matches("class=\"promise\"").count()),
        (200, 0)
    );
}

#[tokio::test]
async fn assets_are_found_by_their_content_and_kept() {
    let built = Built::new().await;
    let nobody = Browser::new(&built);
    let page = nobody.get("/").await.text();
    for name in ["app.css", "app.js", "icon.svg"] {
        let begin = page
            .find("/assets/")
            .map(|_| {
                page.match_indices("/assets/")
                    .find(|(at, _)| page[*at..].split('"').next().unwrap().ends_with(name))
                    .unwrap()
                    .0
            })
            .unwrap();
        let href = page[begin..].split('"').next().unwrap();
        for (coding, sent) in [("br, gzip", Some("br")), ("gzip", Some("gzip")), ("identity", None)] {
            let got = nobody
                .send(
                    Request::get(href).header(header::ACCEPT_ENCODING, coding),
                    Body::empty(),
                )
                .await;
            assert_eq!(got.status, 200, "{href}");
            assert_eq!(
                got.headers[header::CACHE_CONTROL],
                "public, max-age=31536000, immutable"
            );
            assert_eq!(
                got.headers
                    .get(header::CONTENT_ENCODING)
                    .map(|value| value.to_str().unwrap()),
                sent
            );
            let tag = got.headers[header::ETAG].clone();
            let again = nobody
                .send(Request::get(href).header(header::IF_NONE_MATCH, tag), Body::empty())
                .await;
            assert_eq!((again.status.as_u16(), again.body.len()), (304, 0));
        }
    }
    assert_eq!(nobody.get("/assets/0000000000000000/app.css").await.status, 404);
    assert_eq!(nobody.get("/assets/x/../../Cargo.toml").await.status, 404);
}

#[tokio::test]
async fn browsers_get_pages_for_what_is_not_there_and_programs_get_json() {
    let built = Built::new().await;
    let nobody = Browser::new(&built);
    for path in ["/nothing", "/t/", "/t/UPPER/x", "/t/demo/nothing"] {
        let got = nobody.get(path).await;
        assert_eq!(got.status, 404, "{path}");
        assert!(got.text().contains("Page not found"), "{path}");
        assert_dressed(path, &got);
    }
    let api = nobody.get("/api/v1/nothing").await;
    assert_eq!(api.code(), "no_route");
    let program = built
        .ask_with(Method::GET, "/nothing", &[], &serde_json::Value::Null)
        .await;
    assert_eq!(program.code(), "no_route");
}

#[tokio::test]
async fn the_language_is_chosen_and_leads_back() {
    let built = Built::new().await;
    let mut browser = Browser::new(&built);
    let got = browser
        .post("/language", &[("language", "af"), ("back", "/t/demo/sign-in")])
        .await;
    assert_eq!(got.place(), "/t/demo/sign-in");
    browser.cookie = got.headers[header::SET_COOKIE]
        .to_str()
        .unwrap()
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    let page = browser.get("/t/demo/sign-in").await.text();
    assert!(
        page.contains("<html lang=\"af\">") && page.contains("<h1>Meld aan</h1>"),
        "{page}"
    );
    let away = browser
        .post("/language", &[("language", "xx"), ("back", "//evil.example")])
        .await;
    assert_eq!(away.place(), "/");
}

#[test]
fn pages_are_not_in_the_document_of_the_api() {
    let routes = Routes::all();
    let document = crate::openapi::document(&routes);
    assert!(
        routes
            .iter()
            .filter(|route| route.face != Face::Api)
            .all(|route| document["paths"].get(route.path).is_none())
    );
}
