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

const EMAIL: &str = "admin@example.org";
const OPERATOR: &str = "operator@example.org";
/// A browser's own header on what one of our pages sends.
const OURS: (&str, &str) = ("sec-fetch-site", "same-origin");

/// A browser with its cookies.
pub(super) struct Browser<'b> {
    built: &'b Built,
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

    async fn sign_in(&mut self, more: &[(&str, &str)]) -> Got {
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

    async fn send(&self, request: http::request::Builder, body: Body) -> Got {
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
async fn an_unknown_provider_looks_like_a_known_one() {
    let built = Built::new().await;
    built.admin().await;
    let nobody = Browser::new(&built);
    let plain = |got: &Got, slug: &str| {
        let page = got.text().replace(slug, "SLUG");
        let nonce = page
            .split("nonce=\"")
            .nth(1)
            .unwrap_or_default()
            .split('"')
            .next()
            .unwrap_or_default()
            .to_owned();
        page.replace(&nonce, "NONCE")
    };
    let (known, unknown) = (nobody.get("/t/demo/sign-in").await, nobody.get("/t/nope/sign-in").await);
    assert_eq!(
        (known.status, plain(&known, "demo")),
        (unknown.status, plain(&unknown, "nope"))
    );
    let wrong = [("email", EMAIL), ("password", "wrong horse battery")];
    let (known, unknown) = (
        nobody.post("/t/demo/sign-in", &wrong).await,
        nobody.post("/t/nope/sign-in", &wrong).await,
    );
    assert_eq!(known.status, 422);
    assert_eq!(
        (known.status, plain(&known, "demo")),
        (unknown.status, plain(&unknown, "nope"))
    );
    let (known, unknown) = (nobody.get("/t/demo/account").await, nobody.get("/t/nope/account").await);
    assert_eq!(known.place().replace("demo", "nope"), unknown.place());
    assert_eq!(known.status, unknown.status);
}

#[tokio::test]
async fn the_right_password_of_one_provider_is_wrong_at_another() {
    let built = Built::new().await;
    built.admin().await;
    built.door.create_tenant("other", "Other Training").await.unwrap();
    let got = Browser::new(&built)
        .post("/t/other/sign-in", &[("email", EMAIL), ("password", PASSWORD)])
        .await;
    assert_eq!(got.status, 422);
    assert!(!got.headers.contains_key(header::SET_COOKIE));
}

#[tokio::test]
async fn a_problem_keeps_the_navigation_of_who_is_signed_in_and_asks_nobody() {
    let built = Built::new().await;
    let browser = Browser::signed_in(&built).await;
    let reads = async || {
        let file = browser.get("/t/demo/ledger?act=me.read&format=csv").await;
        assert_eq!(file.status, 200);
        file.text().lines().count()
    };
    let absent = "/t/demo/learners/019a9d3c-0c1b-7c55-8d2e-5b7d2f6a1e90";
    let cold = browser.get(absent).await;
    assert_eq!(cold.status, 404);
    assert!(
        !cold.text().contains("/t/demo/sign-out"),
        "nobody is looked up for a problem: {}",
        cold.text()
    );
    browser.get("/t/demo/").await;
    let before = reads().await;
    for path in [absent, "/t/demo/learners/no-id", "/t/demo/no/such/page"] {
        let page = browser.get(path).await;
        assert_eq!(page.status, 404, "{path}");
        let page = page.text();
        assert!(
            page.contains("/t/demo/sign-out") && page.contains("href=\"/t/demo/people\""),
            "{path}: {page}"
        );
    }
    assert_eq!(reads().await, before);
    for path in ["/t/other/no/such/page", "/platform/no/such/page", "/no/such/page"] {
        let page = browser.get(path).await.text();
        assert!(!page.contains("sign-out"), "{path}: {page}");
    }
    let form = browser
        .post("/t/demo/people/019a9d3c-0c1b-7c55-8d2e-5b7d2f6a1e90/roles", &[])
        .await;
    assert_eq!(form.status, 403);
    assert!(
        form.text()
            .contains("class=\"button\" href=\"/t/demo/people/019a9d3c-0c1b-7c55-8d2e-5b7d2f6a1e90/roles\""),
        "the way back to the form: {}",
        form.text()
    );
    let foreign = async || {
        let request = Request::post("/t/demo/sessions/end-all").header("sec-fetch-site", "cross-site");
        browser.send(request, Body::empty()).await.text()
    };
    assert!(foreign().await.contains("/t/demo/sign-out"));
    let form = browser.token("/t/demo/account").await;
    browser.post("/t/demo/sign-out", &[("form", &form)]).await;
    assert!(
        !foreign().await.contains("/t/demo/sign-out"),
        "forgotten with the session"
    );
}

#[tokio::test]
async fn a_session_counts_at_its_own_provider_only() {
    let built = Built::new().await;
    let browser = Browser::signed_in(&built).await;
    let other = built.door.create_tenant("other", "Other Training").await.unwrap().id;
    let token = browser.cookie.split_once('=').unwrap().1.to_owned();
    let planted = Browser {
        built: &built,
        cookie: format!("__Host-s-{}={token}", other.uuid().simple()),
    };
    assert_eq!(planted.get("/t/other/account").await.status, 303);
    assert_eq!(browser.get("/t/other/account").await.status, 303);
    assert_eq!(browser.get("/t/demo/account").await.status, 200);
}

#[tokio::test]
async fn the_cookie_is_of_this_host_and_out_of_reach_of_script() {
    let built = Built::new().await;
    built.admin().await;
    let got = Browser::new(&built).sign_in(&[]).await;
    let line = got.headers[header::SET_COOKIE].to_str().unwrap();
    assert!(line.starts_with(&format!("__Host-s-{}=sks_", built.tenant.uuid().simple())));
    for part in ["; Path=/", "; Secure", "; HttpOnly", "; SameSite=Lax"] {
        assert!(line.contains(part), "{line}");
    }
    assert!(!line.contains("Domain") && got.headers[header::CACHE_CONTROL] == "no-store");
}

#[tokio::test]
async fn signing_in_leads_back_but_never_away() {
    let built = Built::new().await;
    built.admin().await;
    let mut browser = Browser::new(&built);
    assert_eq!(
        browser.get("/t/demo/account").await.place(),
        "/t/demo/sign-in?back=%2Ft%2Fdemo%2Faccount"
    );
    assert_eq!(
        browser.sign_in(&[("back", "/t/demo/account")]).await.place(),
        "/t/demo/account"
    );
    for back in [
        "https://evil.example/",
        "//evil.example/",
        "/t/other/",
        "/\\evil.example",
    ] {
        assert_eq!(browser.sign_in(&[("back", back)]).await.place(), "/t/demo/", "{back}");
    }
}

#[tokio::test]
async fn what_was_wrong_is_said_and_the_password_is_not_shown_again() {
    let built = Built::new().await;
    built.admin().await;
    let got = Browser::new(&built)
        .post(
            "/t/demo/sign-in",
            &[("email", "\"><script>x"), ("password", "secret horse")],
        )
        .await;
    let page = got.text();
    assert_eq!(got.status, 422);
    assert!(
        page.contains("There is a problem") && page.contains("<title>Error: "),
        "{page}"
    );
    assert!(page.contains("&#34;&#62;&#60;script&#62;x"), "{page}");
    assert!(!page.contains("secret horse"), "{page}");
}

#[tokio::test]
async fn signing_out_ends_the_session_and_clears_the_cookie() {
    let built = Built::new().await;
    let browser = Browser::signed_in(&built).await;
    let token = browser.token("/t/demo/").await;
    let got = browser.post("/t/demo/sign-out", &[("form", &token)]).await;
    assert_eq!(got.place(), "/t/demo/sign-in?why=out");
    assert!(got.headers[header::SET_COOKIE].to_str().unwrap().contains("Max-Age=0"));
    assert_eq!(
        browser.get("/t/demo/").await.status,
        303,
        "the token is worth nothing any more"
    );
    let again = browser.post("/t/demo/sign-out", &[("form", &token)]).await;
    assert_eq!(
        again.place(),
        "/t/demo/sign-in?why=out",
        "signing out twice is no mistake"
    );
}

/// A form whose session ended: what was filled in comes back after signing in, without standing in any page.
#[tokio::test]
async fn an_ended_session_in_the_middle_of_a_form_loses_nothing() {
    let built = Built::new().await;
    let mut browser = Browser::signed_in(&built).await;
    let token = browser.token("/t/demo/account").await;
    let bystander = Browser::new(&built);
    let mut other = Browser::new(&built);
    other.sign_in(&[]).await;
    let ended = other.token("/t/demo/account").await;
    other.post("/t/demo/sessions/end-all", &[("form", &ended)]).await;

    let typed = [
        ("form", token.as_str()),
        ("remark", "typed for an hour"),
        ("password", "not carried"),
    ];
    let got = browser.post("/t/demo/sessions/end-all", &typed).await;
    assert_eq!(got.status, 401, "{}", got.text());
    let page = got.text();
    assert!(page.contains("what you filled in is kept"), "{page}");
    assert!(
        !page.contains("typed for an hour") && !page.contains("not carried"),
        "{page}"
    );
    let carried = field(&page, "carried");

    let stolen = bystander
        .post(
            "/t/demo/sign-in",
            &[("email", EMAIL), ("password", PASSWORD), ("carried", &carried)],
        )
        .await;
    assert_eq!(stolen.status, 303, "without the old cookie it does not open");

    let wrong = browser
        .post(
            "/t/demo/sign-in",
            &[("email", EMAIL), ("password", "no"), ("carried", &carried)],
        )
        .await;
    assert_eq!(
        field(&wrong.text(), "carried"),
        carried,
        "a wrong password does not lose it either"
    );
    let back = browser.sign_in(&[("carried", &carried)]).await;
    assert_eq!(back.status, 200, "{}", back.text());
    let page = back.text();
    assert!(!page.contains("typed for an hour"), "{page}");
    let (token, resume) = (field(&page, "form"), field(&page, "resume"));
    let elsewhere = browser
        .post("/t/demo/sign-out", &[("form", &token), ("resume", &resume)])
        .await;
    assert_eq!(
        elsewhere.status, 403,
        "it goes to the form that it was filled into and to no other"
    );
    let done = browser
        .post("/t/demo/sessions/end-all", &[("form", &token), ("resume", &resume)])
        .await;
    assert_eq!(done.place(), "/t/demo/sign-in?why=out", "{}", done.text());
}

#[tokio::test]
async fn stepping_up_asks_the_password_and_leads_back() {
    let built = Built::new().await;
    let browser = Browser::signed_in(&built).await;
    let token = browser.token("/t/demo/step-up?back=/t/demo/account").await;
    let wrong = browser
        .post(
            "/t/demo/step-up",
            &[("form", &token), ("password", "no"), ("back", "/t/demo/account")],
        )
        .await;
    assert_eq!(wrong.status, 422);
    assert_eq!(field(&wrong.text(), "back"), "/t/demo/account");
    let token = field(&wrong.text(), "form");
    let done = browser
        .post(
            "/t/demo/step-up",
            &[("form", &token), ("password", PASSWORD), ("back", "/t/demo/account")],
        )
        .await;
    assert_eq!(
        (done.status.as_u16(), done.place().as_str()),
        (303, "/t/demo/account"),
        "{}",
        done.text()
    );
}

#[tokio::test]
async fn an_invitation_is_accepted_once() {
    let built = Built::new().await;
    let invite = json!({ "email": "new@example.org", "name": "Sipho Dlamini", "roles": ["admin"] });
    let invite: Invite = serde_json::from_value(invite).unwrap();
    let invited = built
        .door
        .enter(Actor::Console(built.tenant))
        .run(invite)
        .await
        .unwrap();
    let nobody = Browser::new(&built);
    let token = invited.token.as_ref().unwrap().expose();
    let short = nobody
        .post("/t/demo/invitation", &[("token", token), ("password", "short")])
        .await;
    assert_eq!(short.status, 422);
    assert!(
        short.text().contains("At least 12") && short.text().contains(&format!("value=\"{token}\"")),
        "{}",
        short.text()
    );
    assert_eq!(short.headers["cache-control"], "no-store");
    let pasted = format!(" {token}\n");
    let done = nobody
        .post(
            "/t/other-name/invitation",
            &[("token", &pasted), ("password", PASSWORD)],
        )
        .await;
    assert_eq!(done.place(), "/t/demo/sign-in?why=accepted", "{}", done.text());
    let again = nobody
        .post("/t/demo/invitation", &[("token", token), ("password", PASSWORD)])
        .await;
    assert_eq!(again.status, 410);
    let again = again.text();
    assert!(
        again.contains("does not work")
            && again.contains("href=\"/t/demo/sign-in\"")
            && !again.contains("name=\"token\""),
        "{again}"
    );
    let half = &token[..token.len() - 3];
    let half = nobody
        .post("/t/demo/invitation", &[("token", half), ("password", PASSWORD)])
        .await;
    assert_eq!(half.status, 422);
    assert!(half.text().contains("not the whole code"), "{}", half.text());
}

#[tokio::test]
async fn one_session_is_ended_and_somebody_elses_is_not_found() {
    let built = Built::new().await;
    let browser = Browser::signed_in(&built).await;
    let mut second = Browser::new(&built);
    second.sign_in(&[]).await;
    let page = browser.get("/t/demo/account").await.text();
    let id = page
        .split("/t/demo/sessions/")
        .nth(1)
        .unwrap()
        .split('/')
        .next()
        .unwrap()
        .to_owned();
    let token = field(&page, "form");
    let none = browser
        .post(
            "/t/demo/sessions/019a9d3c-0c1b-7c55-8d2e-5b7d2f6a1e90/end",
            &[("form", &token)],
        )
        .await;
    assert_eq!(none.status, 404);
    assert!(none.text().contains("Page not found"));
    let done = browser
        .post(&format!("/t/demo/sessions/{id}/end"), &[("form", &token)])
        .await;
    assert_eq!(done.place(), "/t/demo/account?done=session-ended");
    assert!(
        browser
            .get("/t/demo/account?done=session-ended")
            .await
            .text()
            .contains("The session was ended")
    );
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
