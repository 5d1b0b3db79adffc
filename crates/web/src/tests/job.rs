//! The main job over HTTP: enrol, assess, moderate, certify, reverse; each by the people whose work it is.

use http::{Method, header};
use serde_json::{Value, json};
use skillsyms_core::{Clock as _, SystemClock};

use super::files::enrolled;
use super::house::{Built, Got, PASSWORD};

/// Somebody with a registration, signed in: their id and token.
async fn somebody(built: &Built, admin: &str, role: &str) -> (String, String) {
    let email = format!("{role}@example.org");
    let password = json!({ "password": PASSWORD });
    let confirmed = built.ask(Method::POST, "/api/v1/sessions/current/step-up", admin, &password);
    good(confirmed.await, 200);
    let invite = json!({ "email": email, "name": "Sipho Dlamini", "roles": [role] });
    let invited = good(built.ask(Method::POST, "/api/v1/people", admin, &invite).await, 201);
    let id = invited["id"].as_str().unwrap().to_owned();
    let registration = json!({
        "kind": role, "number": "ASR/2026/0001", "body": "W&RSETA", "valid_from": today(), "valid_until": "2031-12-31",
    });
    let path = format!("/api/v1/people/{id}/registrations");
    good(built.ask(Method::POST, &path, admin, &registration).await, 201);
    let accept = json!({ "token": invited["token"], "password": PASSWORD });
    good(
        built
            .ask_with(Method::POST, "/api/v1/invitations/accept", &[], &accept)
            .await,
        201,
    );
    let opened = good(built.sign_in("demo", &email, PASSWORD).await, 201);
    (id, opened["token"].as_str().unwrap().to_owned())
}

/// The house of these tests goes by the system's clock.
fn today() -> String {
    SystemClock.now().south_african_date().to_string()
}

fn good(got: Got, status: u16) -> Value {
    assert_eq!(got.status.as_u16(), status, "{}", got.json());
    got.json()
}

async fn assign(built: &Built, admin: &str, enrolment: &str, team: &Value) {
    let path = format!("/api/v1/enrolments/{enrolment}");
    let read = built.ask(Method::GET, &path, admin, &Value::Null).await;
    let tag = read.headers[header::ETAG].to_str().unwrap().to_owned();
    let bearer = format!("Bearer {admin}");
    let headers = [("authorization", bearer.as_str()), ("if-match", tag.as_str())];
    good(
        built
            .ask_with(Method::PUT, &format!("{path}/team"), &headers, team)
            .await,
        200,
    );
}

/// The answer to a GET that goes well.
async fn read(built: &Built, token: &str, path: &str) -> Value {
    good(built.ask(Method::GET, path, token, &Value::Null).await, 200)
}

#[tokio::test]
async fn from_enrolment_to_statement_and_back() {
    let built = Built::new().await;
    let admin = built.admin().await;
    let (enrolment, module) = enrolled(&built, &admin).await;
    let (assessor, assessing) = somebody(&built, &admin, "assessor").await;
    let (moderator, moderating) = somebody(&built, &admin, "moderator").await;
    let team = json!({ "assessor": assessor, "moderator": moderator });
    assign(&built, &admin, &enrolment, &team).await;

    let path = format!("/api/v1/enrolments/{enrolment}/assessments");
    let new = json!({ "module": module, "kind": "summative", "outcome": "competent", "assessed_on": today() });
    let refused = built.ask(Method::POST, &path, &admin, &new).await;
    assert_eq!((refused.status.as_u16(), refused.code().as_str()), (403, "forbidden"));
    let assessment = good(built.ask(Method::POST, &path, &assessing, &new).await, 201)["id"].clone();

    moderate(&built, &admin, &moderating, &assessment).await;
    certify(&built, &admin, &enrolment).await;
    reverse(&built, &admin).await;

    let checkpoint = read(&built, &admin, "/api/v1/ledger/checkpoint").await;
    assert!(checkpoint["size"].as_u64().unwrap() > 20);
    read(&built, &admin, "/api/v1/ledger/proof?old=1&new=9").await;
    read(&built, &admin, "/api/v1/ledger/entries?limit=3").await;
}

/// Draws a sample, finds the one assessment in it, upholds it.
async fn moderate(built: &Built, admin: &str, moderating: &str, assessment: &Value) {
    let enrolments = read(built, admin, "/api/v1/enrolments").await;
    let programme = enrolments["items"][0]["programme"].as_str().unwrap();
    let path = format!("/api/v1/programmes/{programme}/samples");
    let drawn = good(built.ask(Method::POST, &path, moderating, &Value::Null).await, 201);
    assert_eq!((&drawn["population"], &drawn["chosen"]), (&json!(1), &json!(1)));
    read(
        built,
        moderating,
        &format!("/api/v1/samples/{}", drawn["id"].as_str().unwrap()),
    )
    .await;
    let open = read(built, moderating, "/api/v1/moderation?waiting=open").await;
    assert_eq!(open["items"][0]["assessment"], *assessment);
    let path = format!("/api/v1/assessments/{}/decisions", assessment.as_str().unwrap());
    good(
        built
            .ask(Method::POST, &path, moderating, &json!({ "decision": "upheld" }))
            .await,
        201,
    );
}

/// Confirms and reverses the one result.
async fn reverse(built: &Built, admin: &str) {
    let results = read(built, admin, "/api/v1/results").await;
    assert_eq!(results["items"][0]["in_force"], true);
    let password = json!({ "password": PASSWORD });
    good(
        built
            .ask(Method::POST, "/api/v1/sessions/current/step-up", admin, &password)
            .await,
        200,
    );
    let path = format!(
        "/api/v1/results/{}/reverse",
        results["items"][0]["id"].as_str().unwrap()
    );
    let reason = json!({ "reason": "Entered for the wrong module" });
    good(built.ask(Method::POST, &path, admin, &reason).await, 201);
    let results = read(built, admin, "/api/v1/results").await;
    assert_eq!(results["items"][0]["in_force"], false);
}

/// Issues a statement and reads it in both forms.
async fn certify(built: &Built, admin: &str, enrolment: &str) {
    let bearer = format!("Bearer {admin}");
    let with = |accept: &'static str| {
        let bearer = bearer.clone();
        async move |method: Method, path: &str| {
            let headers = [
                ("authorization", bearer.as_str()),
                ("skillsyms-purpose", "Certification"),
                ("accept", accept),
            ];
            built.ask_with(method, path, &headers, &Value::Null).await
        }
    };
    let issued = good(
        with("*/*")(Method::POST, &format!("/api/v1/enrolments/{enrolment}/statements")).await,
        201,
    );
    let path = format!("/api/v1/statements/{}", issued["id"].as_str().unwrap());
    let read = good(with("application/json")(Method::GET, &path).await, 200);
    assert_eq!(
        (&read["number"], &read["provider"]["name"]),
        (&issued["number"], &json!("Demo Training"))
    );
    let page = with("text/html")(Method::GET, &path).await;
    assert_eq!(page.headers[header::CONTENT_TYPE], "text/html; charset=utf-8");
    assert!(
        String::from_utf8(page.body)
            .unwrap()
            .contains(issued["number"].as_str().unwrap())
    );
    let none = with("application/pdf")(Method::GET, &path).await;
    assert_eq!((none.status.as_u16(), none.code().as_str()), (406, "not_acceptable"));
}
