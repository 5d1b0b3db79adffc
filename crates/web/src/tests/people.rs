//! The administrator's pages: what is shown once, what is confirmed, and who is turned away.

use http::{Method, header};
use serde_json::{Value, json};

use super::files::enrolled;
use super::house::{Built, PASSWORD};
use super::pages::Browser;

/// Signed in, with the password confirmed a moment ago.
async fn confirmed(built: &Built) -> Browser<'_> {
    let browser = Browser::signed_in(built).await;
    let form = browser.token("/t/demo/step-up").await;
    let got = browser
        .post("/t/demo/step-up", &[("form", &form), ("password", PASSWORD)])
        .await;
    assert_eq!(got.status, 303, "{}", got.text());
    browser
}

fn invitation<'f>(form: &'f str, email: &'f str) -> Vec<(&'f str, &'f str)> {
    vec![
        ("form", form),
        ("name", "Zodwa Zikhali"),
        ("email", email),
        ("roles", "assessor"),
        ("roles", "facilitator"),
    ]
}

#[tokio::test]
async fn an_invitation_is_shown_once_however_often_the_form_is_sent() {
    let built = Built::new().await;
    let browser = confirmed(&built).await;
    let form = browser.token("/t/demo/people/invite").await;
    let typed = invitation(&form, "zodwa@example.org");
    let first = browser.post("/t/demo/people/invite", &typed).await;
    assert_eq!(first.status, 200, "{}", first.text());
    assert!(first.text().contains("/t/demo/invitation#ski_"), "{}", first.text());
    assert_eq!(first.headers[header::CACHE_CONTROL], "no-store");
    let again = browser.post("/t/demo/people/invite", &typed).await;
    assert_eq!(again.status, 200);
    assert!(!again.text().contains("ski_") && again.text().contains("made already"));
    let list = browser
        .get("/t/demo/people?role=facilitator&state=invited")
        .await
        .text();
    assert_eq!(list.matches("Zodwa Zikhali").count(), 1, "{list}");
    assert!(list.contains("Assessor, Facilitator"));
    let taken = browser.token("/t/demo/people/invite").await;
    let taken = invitation(&taken, "admin@example.org");
    let taken = browser.post("/t/demo/people/invite", &taken).await;
    assert_eq!(taken.status, 422);
    assert!(taken.text().contains("value=\"Zodwa Zikhali\""), "what was typed stays");
    assert!(
        taken.text().contains("value=\"assessor\" checked"),
        "what was chosen stays"
    );
}

#[tokio::test]
async fn without_a_fresh_password_nothing_is_invited_and_nothing_is_lost() {
    let built = Built::new().await;
    let browser = Browser::signed_in(&built).await;
    let form = browser.token("/t/demo/people/invite").await;
    let typed = invitation(&form, "zodwa@example.org");
    let asked = browser.post("/t/demo/people/invite", &typed).await;
    assert_eq!(asked.status, 403);
    assert!(asked.text().contains("name=\"carried\"") && !asked.text().contains("zodwa@"));
    assert!(!browser.get("/t/demo/people").await.text().contains("Zikhali"));
}

#[tokio::test]
async fn people_are_found_by_last_name_by_whole_name_and_by_address() {
    let built = Built::new().await;
    let browser = confirmed(&built).await;
    let form = browser.token("/t/demo/people/invite").await;
    browser
        .post("/t/demo/people/invite", &invitation(&form, "zodwa@example.org"))
        .await;
    for (search, found) in [
        ("zikh", true),
        ("ZIKHALI", true),
        (" Zodwa Zikhali ", true),
        ("Zodwa@Example.org", true),
        ("zodwa@example.com", false),
        ("nkosi", false),
        ("%", false),
    ] {
        let form = browser.token("/t/demo/people").await;
        let got = browser
            .post("/t/demo/people/search", &[("form", &form), ("search", search)])
            .await;
        assert_eq!(got.status, 200, "{}", got.text());
        assert_eq!(got.text().contains("zodwa@example.org · "), found, "{search}");
    }
}

#[tokio::test]
async fn a_key_is_shown_once_and_works_until_it_is_revoked() {
    let built = Built::new().await;
    let browser = confirmed(&built).await;
    let form = browser.token("/t/demo/api-keys/new").await;
    let none = [("form", form.as_str()), ("name", "Export"), ("days", "30")];
    assert_eq!(browser.post("/t/demo/api-keys/new", &none).await.status, 422);
    let form = browser.token("/t/demo/api-keys/new").await;
    let typed = [
        ("form", form.as_str()),
        ("name", "Export"),
        ("days", "30"),
        ("scopes", "me.read"),
    ];
    let made = browser.post("/t/demo/api-keys/new", &typed).await.text();
    let key = made.split("skl_").nth(1).unwrap().split('<').next().unwrap();
    let key = format!("skl_{}", key.trim());
    let read = built.ask(Method::GET, "/api/v1/me", &key, &Value::Null).await;
    assert_eq!(read.status, 200, "{}", read.json());
    let again = browser.post("/t/demo/api-keys/new", &typed).await.text();
    assert!(!again.contains("skl_") && again.contains("not shown a second time"));
    let list = browser.get("/t/demo/api-keys").await.text();
    assert!(!list.contains(&key));
    let id = read.json()["api_key"].as_str().unwrap().to_owned();
    let form = browser.token("/t/demo/api-keys").await;
    let gone = browser
        .post(&format!("/t/demo/api-keys/{id}/revoke"), &[("form", &form)])
        .await;
    assert_eq!(gone.place(), "/t/demo/api-keys?done=revoked");
    let read = built.ask(Method::GET, "/api/v1/me", &key, &Value::Null).await;
    assert_eq!(read.status, 401);
}

#[tokio::test]
async fn a_key_is_rotated_on_the_page_and_the_new_one_is_shown_once() {
    let built = Built::new().await;
    let browser = confirmed(&built).await;
    let form = browser.token("/t/demo/api-keys/new").await;
    let mut typed = vec![
        ("form", form.as_str()),
        ("name", "Export"),
        ("days", "10"),
        ("scopes", "me.read"),
        ("networks", "192.0.2.0/24, everywhere"),
    ];
    let wrong = browser.post("/t/demo/api-keys/new", &typed).await;
    assert!(
        wrong.status == 422 && wrong.text().contains("everywhere</textarea>"),
        "{}",
        wrong.text()
    );
    typed[4].1 = "192.0.2.0/24, 2001:db8::/32\r\n198.51.100.7";
    let form = browser.token("/t/demo/api-keys/new").await;
    typed[0].1 = &form;
    let made = browser.post("/t/demo/api-keys/new", &typed).await.text();
    assert!(made.contains("skl_live_"), "{made}");
    let list = browser.get("/t/demo/api-keys").await.text();
    for word in ["192.0.2.0/24", "198.51.100.7/32", "Ends soon"] {
        assert!(list.contains(word), "{word}");
    }
    let id = list.split("/rotate\"").next().unwrap().rsplit('/').next().unwrap();
    let path = format!("/t/demo/api-keys/{id}/rotate");
    let form = browser.token("/t/demo/api-keys").await;
    for hours in ["", "x", "169"] {
        let wrong = browser.post(&path, &[("form", &form), ("overlap_hours", hours)]).await;
        assert_eq!(wrong.status, 422, "{hours}");
    }
    let rotated = [("form", form.as_str()), ("overlap_hours", "24")];
    assert!(browser.post(&path, &rotated).await.text().contains("skl_live_"));
    let again = browser.post(&path, &rotated).await.text();
    assert!(!again.contains("skl_live_") && again.contains("not shown a second time"));
    let list = browser.get("/t/demo/api-keys").await.text();
    assert!(list.contains("Another took its place") && list.contains("Took the place of another"));
}

#[tokio::test]
async fn who_is_no_administrator_is_turned_away_before_the_form() {
    let built = Built::new().await;
    let browser = confirmed(&built).await;
    let form = browser.token("/t/demo/people/invite").await;
    let shown = browser
        .post("/t/demo/people/invite", &invitation(&form, "zodwa@example.org"))
        .await
        .text();
    let token = format!(
        "ski_{}",
        shown.split("ski_").nth(1).unwrap().split('<').next().unwrap().trim()
    );
    let accept = json!({ "token": token, "password": PASSWORD });
    let accepted = built
        .ask_with(Method::POST, "/api/v1/invitations/accept", &[], &accept)
        .await;
    assert_eq!(accepted.status, 201, "{}", accepted.json());
    let mut zodwa = Browser::new(&built);
    let got = zodwa
        .post(
            "/t/demo/sign-in",
            &[("email", "zodwa@example.org"), ("password", PASSWORD)],
        )
        .await;
    let cookie = got.headers[header::SET_COOKIE].to_str().unwrap();
    zodwa.cookie = cookie.split(';').next().unwrap().to_owned();
    for page in [
        "people",
        "people/invite",
        "ledger",
        "ledger/0",
        "ledger/x",
        "ledger?from=x",
        "ledger/checkpoint",
        "api-keys",
        "api-keys/new",
    ] {
        assert_eq!(zodwa.get(&format!("/t/demo/{page}")).await.status, 403, "{page}");
    }
    // Her own account she may read, and no form that changes it is hers.
    let id = accepted.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(zodwa.get(&format!("/t/demo/people/{id}")).await.status, 200);
    for form in [
        "reset",
        "suspend",
        "restore",
        "end-sessions",
        "roles",
        "register",
        "why",
    ] {
        let got = zodwa.get(&format!("/t/demo/people/{id}/{form}")).await;
        assert_eq!(got.status, 403, "{form}");
        assert_eq!(
            browser.get(&format!("/t/demo/people/{id}/{form}")).await.status,
            200,
            "{form}"
        );
    }
    let permissions = zodwa.get("/t/demo/permissions?role=assessor").await;
    assert_eq!(permissions.status, 200);
    assert!(permissions.text().contains("Record an assessment"));
    assert_eq!(zodwa.get("/t/demo/settings").await.status, 200);
}

#[tokio::test]
async fn the_log_is_read_in_words_and_by_day() {
    let built = Built::new().await;
    let browser = Browser::signed_in(&built).await;
    let list = browser.get("/t/demo/ledger?act=person.accept").await.text();
    assert!(
        list.contains("Accept an invitation") && list.contains("Somebody who was not signed in"),
        "{list}"
    );
    let wrong = browser.get("/t/demo/ledger?from=yesterday").await.text();
    assert!(wrong.contains("Write the day as"), "{wrong}");
    let entry = browser.get("/t/demo/ledger/0").await;
    assert_eq!(entry.status, 200);
    assert!(entry.text().contains("Check it yourself"));
    for absent in ["ledger/9999999", "ledger/x", "ledger/-1", "ledger/18446744073709551615"] {
        assert_eq!(browser.get(&format!("/t/demo/{absent}")).await.status, 404, "{absent}");
    }
    let file = browser.get("/t/demo/ledger?format=csv").await;
    assert!(
        file.headers[header::CONTENT_TYPE]
            .to_str()
            .unwrap()
            .starts_with("text/csv")
    );
}

#[tokio::test]
async fn a_file_has_the_whole_list_and_not_a_page_of_it() {
    let built = Built::new().await;
    let browser = Browser::signed_in(&built).await;
    for _ in 0..250 {
        browser.get("/t/demo/people").await;
    }
    let rows = async |address: &str| {
        let file = browser.get(address).await;
        assert_eq!(
            file.headers[header::CONTENT_DISPOSITION],
            "attachment; filename=\"log.csv\""
        );
        file.text().lines().count() - 1
    };
    assert_eq!(rows("/t/demo/ledger?act=person.list&format=csv").await, 250);
    // Each page of the file was entered as such.
    assert_eq!(rows("/t/demo/ledger?act=ledger.read&format=csv").await, 3);
    assert_eq!(rows("/t/demo/ledger?act=learner.read&format=csv").await, 0);
}

#[tokio::test]
async fn a_file_leaves_the_entries_of_its_pages_and_no_other() {
    let built = Built::new().await;
    let browser = Browser::signed_in(&built).await;
    let token = built.sign_in("demo", "admin@example.org", PASSWORD).await.json()["token"].clone();
    let token = token.as_str().unwrap();
    enrolled(&built, token).await;
    let imports = built
        .ask(Method::GET, "/api/v1/imports", token, &Value::Null)
        .await
        .json();
    let import = format!(
        "/t/demo/imports/{}?format=csv",
        imports["items"][0]["id"].as_str().unwrap()
    );
    let entered = async |act: &str| {
        let log = browser.get(&format!("/t/demo/ledger?act={act}&format=csv")).await;
        log.text().lines().count() - 1
    };
    for file in ["/t/demo/access-questions?format=csv", import.as_str()] {
        assert_eq!(browser.get(file).await.status, 200, "{file}");
    }
    for (act, times) in [("access.queries", 1), ("import.failures", 1), ("import.read", 0)] {
        assert_eq!(entered(act).await, times, "{act}");
    }
}

#[tokio::test]
async fn why_somebody_may_is_said_by_the_policies() {
    let built = Built::new().await;
    let browser = Browser::signed_in(&built).await;
    let list = browser.get("/t/demo/people").await.text();
    let id = list
        .split("/t/demo/people/")
        .find(|rest| rest.starts_with('0'))
        .unwrap();
    let id = id.split('"').next().unwrap();
    let why = browser
        .get(&format!("/t/demo/people/{id}/why?act=person.suspend"))
        .await
        .text();
    assert!(
        why.contains("people.not_oneself") && why.contains("takes a second administrator"),
        "{why}"
    );
    assert!(why.contains("It takes a fresh confirmation"));
    let unknown = browser.get(&format!("/t/demo/people/{id}/why?act=no.such")).await;
    assert_eq!(unknown.status, 422);
}
