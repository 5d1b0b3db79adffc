//! Sessions in the browser: signing in and out, a form in whose middle one ends, confirming, invitations.

use axum::body::Body;
use http::{Request, header};
use serde_json::json;
use skillsyms_door::Actor;
use skillsyms_people::accounts::Invite;

use super::house::{Built, Got, PASSWORD};
use super::pages::{Browser, EMAIL, field};

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
        short.text().contains("At least 15") && short.text().contains(&format!("value=\"{token}\"")),
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
