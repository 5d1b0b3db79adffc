//! Pages of operators.

use http::header;
use serde_json::json;
use skillsyms_door::Actor;
use skillsyms_people::accounts::Invite;

use super::house::{Built, PASSWORD};
use super::pages::{Browser, field};

const SECOND: &str = "second@example.org";

/// An operator with the password confirmed a moment ago.
async fn confirmed(built: &Built) -> Browser<'_> {
    let browser = Browser::operator(built).await;
    let form = browser.token("/platform/step-up").await;
    let got = browser
        .post("/platform/step-up", &[("form", &form), ("password", PASSWORD)])
        .await;
    assert_eq!(got.status, 303, "{}", got.text());
    browser
}

fn typed(name: &str, value: &str) -> String {
    format!("name=\"{name}\" type=\"text\" value=\"{value}\"")
}

#[tokio::test]
async fn a_quota_that_was_not_touched_stays_to_the_byte() {
    let built = Built::new().await;
    let operator = confirmed(&built).await;
    let path = format!("/platform/tenants/{}/quotas", built.tenant);
    for (learners, evidence) in [("5", "1234.567891"), ("6", "1234.567891")] {
        let page = operator.get(&path).await.text();
        let (form, version) = (field(&page, "form"), field(&page, "version"));
        let sent = [
            ("form", form.as_str()),
            ("version", &version),
            ("learners", learners),
            ("people", ""),
            ("evidence_bytes", evidence),
        ];
        assert_eq!(operator.post(&path, &sent).await.status, 303);
        let page = operator.get(&path).await.text();
        assert!(page.contains(&typed("evidence_bytes", evidence)), "{page}");
        assert!(page.contains(&typed("learners", learners)), "{page}");
    }
}

#[tokio::test]
async fn quotas_that_were_changed_meanwhile_are_shown_beside_and_put_over_by_the_next_click() {
    let built = Built::new().await;
    let operator = confirmed(&built).await;
    let path = format!("/platform/tenants/{}/quotas", built.tenant);
    let page = operator.get(&path).await.text();
    let version = field(&page, "version");
    let send = async |form: &str, version: &str, learners: &str| {
        let sent = [
            ("form", form),
            ("version", version),
            ("learners", learners),
            ("people", "7"),
        ];
        operator.post(&path, &sent).await
    };
    assert_eq!(send(&field(&page, "form"), &version, "41").await.status, 303);
    let stale = send(&field(&page, "form"), &version, "42").await;
    assert_eq!(stale.status, 412);
    let page = stale.text();
    assert!(
        page.contains(">41</td>") && page.contains(">42</td>") && page.matches(">7</td>").count() == 2,
        "{page}"
    );
    assert!(page.contains(&typed("learners", "42")), "what was typed stays");
    assert_eq!(
        send(&field(&page, "form"), &field(&page, "version"), "42").await.status,
        303
    );
    assert!(operator.get(&path).await.text().contains(&typed("learners", "42")));
}

/// A second operator, signed in.
async fn second(built: &Built) -> (String, Browser<'_>) {
    let invite = json!({ "email": SECOND, "name": "Lerato Molefe", "roles": ["operator"] });
    let invite: Invite = serde_json::from_value(invite).unwrap();
    let console = Actor::Console(built.door.platform());
    let invited = built.door.enter(console).run(invite).await.unwrap();
    let mut browser = Browser::new(built);
    let token = invited.token.as_ref().unwrap().expose();
    let accept = [("token", token), ("password", PASSWORD)];
    assert_eq!(browser.post("/platform/invitation", &accept).await.status, 303);
    sign_in(&mut browser, PASSWORD).await;
    (invited.id.to_string(), browser)
}

async fn sign_in(browser: &mut Browser<'_>, password: &str) {
    let typed = [("email", SECOND), ("password", password)];
    let got = browser.post("/platform/sign-in", &typed).await;
    assert_eq!(got.place(), "/platform/", "{}", got.text());
    let line = got.headers[header::SET_COOKIE].to_str().unwrap();
    browser.cookie = line.split(';').next().unwrap().to_owned();
}

#[tokio::test]
async fn an_operator_suspends_another_and_lets_them_in_again() {
    let built = Built::new().await;
    let operator = confirmed(&built).await;
    let (id, other) = second(&built).await;
    let list = operator.get("/platform/operators").await.text();
    assert!(
        list.contains("Pieter van Wyk") && list.contains("Lerato Molefe"),
        "{list}"
    );
    let path = format!("/platform/operators/{id}");
    for (verb, done) in [("suspend", "suspended"), ("restore", "restored")] {
        let page = operator.get(&format!("{path}/{verb}")).await.text();
        let (form, version) = (field(&page, "form"), field(&page, "version"));
        let sent = [("form", form.as_str()), ("version", &version)];
        let got = operator.post(&format!("{path}/{verb}"), &sent).await;
        assert_eq!(got.place(), format!("{path}?done={done}"), "{}", got.text());
        assert_eq!(operator.get(&got.place()).await.status, 200);
        // What was done cannot be done again, and says so before the form.
        assert_eq!(operator.get(&format!("{path}/{verb}")).await.status, 409);
        // The session that ended stays ended.
        assert_eq!(other.get("/platform/").await.status, 303);
    }
    let form = operator.token(&format!("{path}/reset")).await;
    let made = operator.post(&format!("{path}/reset"), &[("form", &form)]).await.text();
    let token = made.split("/platform/reset/password#").nth(1).unwrap();
    let token = token.split('<').next().unwrap();
    let page = other.get("/platform/reset/password").await;
    assert!(
        page.status == 200 && !page.text().contains("href=\"/platform/reset\""),
        "{}",
        page.text()
    );
    let chosen = [("token", token), ("password", "seven green lamps tonight")];
    let got = other.post("/platform/reset/password", &chosen).await;
    assert_eq!(got.place(), "/platform/sign-in?why=reset", "{}", got.text());
    let mut other = Browser::new(&built);
    sign_in(&mut other, "seven green lamps tonight").await;
    let again = operator.post(&format!("{path}/reset"), &[("form", &form)]).await.text();
    assert!(!again.contains("skr_") && again.contains("made already"), "{again}");
}

#[tokio::test]
async fn no_operator_changes_their_own_account() {
    let built = Built::new().await;
    let operator = confirmed(&built).await;
    let list = operator.get("/platform/operators").await.text();
    let path = list
        .split('"')
        .find(|part| part.starts_with("/platform/operators/"))
        .unwrap();
    let page = operator.get(path).await.text();
    assert!(
        page.contains("your own account") && !page.contains("/suspend"),
        "{page}"
    );
    let form = operator.token("/platform/account").await;
    for verb in ["suspend", "restore", "reset"] {
        assert_eq!(operator.get(&format!("{path}/{verb}")).await.status, 404, "{verb}");
        let got = operator.post(&format!("{path}/{verb}"), &[("form", &form)]).await;
        assert_eq!(got.status, 404, "{verb}");
    }
    assert_eq!(operator.get("/platform/").await.status, 200);
}
