//! Choosing a new password in a browser, and the mails that lead there.

use std::sync::Arc;

use http::Method;
use serde_json::json;
use skillsyms_core::{CellId, Instant, ManualClock};
use skillsyms_door::{Actor, Door};
use skillsyms_people::Sending;
use skillsyms_people::accounts::{Invite, LinkBy};
use skillsyms_people::mail::{About, MailKind, Outgoing};
use skillsyms_people::token::{Minted, TokenKind};
use skillsyms_vault::{Secret, SystemRng};

use super::house::{Built, PASSWORD};
use super::pages::Browser;
use crate::mail::text::{self, Sender};
use crate::mail::{Courier, Post};

const EMAIL: &str = "admin@example.org";
const NEW: &str = "seven green lamps tonight";
const SITE: &str = "https://records.example.co.za";

/// A courier into a folder.
fn courier(built: &Built, folder: &std::path::Path) -> Courier {
    let post = Post::folder("skillsyms <no-reply@example.co.za>", SITE, folder).unwrap();
    Courier::new(built.door.clone(), post, SITE.to_owned())
}

/// The texts of the mails in a folder, the newest last, without the breaks of quoted-printable.
fn mails(folder: &std::path::Path) -> Vec<String> {
    let mut names: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    names.sort();
    let texts = names.iter().map(|path| {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
        let text = std::fs::read_to_string(path).unwrap();
        text.replace("=\r\n", "").replace("=3D", "=")
    });
    texts.collect()
}

fn token(mail: &str) -> String {
    let (_, rest) = mail.split_once('#').unwrap();
    rest.split_whitespace().next().unwrap().to_owned()
}

#[tokio::test]
async fn a_forgotten_password_is_chosen_anew_by_the_mail() {
    let built = Built::mailing().await;
    built.admin().await;
    let folder = tempfile::tempdir().unwrap();
    let mut courier = courier(&built, folder.path());
    courier.round().await;
    assert!(mails(folder.path()).is_empty());
    let browser = Browser::new(&built);
    assert!(browser.get("/t/demo/sign-in").await.text().contains("/t/demo/reset"));
    let known = browser.post("/t/demo/reset", &[("email", EMAIL)]).await;
    let pages = [
        browser.post("/t/demo/reset", &[("email", "nobody@example.org")]).await,
        browser.post("/t/demo/reset", &[("email", "no address")]).await,
    ];
    // The nonce of each answer is its own.
    let said = |text: String| text.split("<main").nth(1).unwrap_or_default().to_owned();
    let expected = said(known.text());
    assert!(known.status == 200 && expected.contains("Look into your mail"));
    for page in pages {
        assert_eq!((page.status, said(page.text())), (known.status, expected.clone()));
    }
    assert_eq!(courier.round().await, 1);
    let found = mails(folder.path());
    assert_eq!(found.len(), 1);
    assert!(
        found[0].contains(&format!("To: {EMAIL}")) && found[0].contains("Auto-Submitted: auto-generated"),
        "{found:?}"
    );
    assert!(
        found[0].contains("https://records.example.co.za/t/demo/reset/password#skr_"),
        "{found:?}"
    );
    let token = token(&found[0]);
    let weak = browser
        .post(
            "/t/demo/reset/password",
            &[("token", &token), ("password", "demo training demo")],
        )
        .await;
    assert_eq!(weak.status, 422);
    assert!(
        weak.text().contains("easy to guess") && !weak.text().contains("demo training demo"),
        "{}",
        weak.text()
    );
    // Who sent the code has it in its field again, in a page that nothing keeps.
    assert!(weak.text().contains(&format!("value=\"{token}\"")), "{}", weak.text());
    assert_eq!(weak.headers["cache-control"], "no-store");
    let pasted = format!(" {token}\n");
    let done = browser
        .post("/t/elsewhere/reset/password", &[("token", &pasted), ("password", NEW)])
        .await;
    assert_eq!(
        (done.status.as_u16(), done.place().as_str()),
        (303, "/t/demo/sign-in?why=reset")
    );
    assert_eq!(built.sign_in("demo", EMAIL, PASSWORD).await.status, 401);
    assert_eq!(built.sign_in("demo", EMAIL, NEW).await.status, 201);
    let again = browser
        .post("/t/demo/reset/password", &[("token", &token), ("password", NEW)])
        .await;
    assert_eq!(again.status, 410);
    let again = again.text();
    assert!(
        again.contains("does not work")
            && again.contains("href=\"/t/demo/reset\"")
            && !again.contains("name=\"token\""),
        "{again}"
    );
    assert_eq!(courier.round().await, 1);
    let told = mails(folder.path());
    assert!(told[1].contains("was changed") && !told[1].contains("skr_"), "{told:?}");
    assert_eq!(courier.round().await, 0);
}

/// Somebody is invited by mail.
async fn invite_by_mail(door: &Door, cell: CellId, email: &str) {
    let invite: Invite =
        serde_json::from_value(json!({ "email": email, "name": "Sipho Dlamini", "roles": ["admin"] })).unwrap();
    let invite = Invite {
        link: LinkBy::Mail,
        sending: Sending::On,
        ..invite
    };
    door.enter(Actor::Console(cell)).run(invite).await.unwrap();
}

/// Entries of every ledger, by its cell.
fn sizes(built: &Built) -> std::collections::BTreeMap<String, u64> {
    let open = built.door.open_cells().into_iter();
    open.map(|(cell, entries)| (cell.to_string(), entries)).collect()
}

fn by_hand() -> Arc<ManualClock> {
    Arc::new(ManualClock::at(Instant::parse("2026-11-22T08:00:00Z").unwrap()))
}

#[tokio::test]
async fn asking_with_a_provider_that_is_not_there_is_answered_alike_and_writes_nothing() {
    let built = Built::mailing().await;
    let before = sizes(&built);
    let browser = Browser::new(&built);
    let known = browser.post("/t/demo/reset", &[("email", EMAIL)]).await;
    let known_size = sizes(&built);
    assert_ne!(known_size, before);
    let unknown = browser.post("/t/nowhere/reset", &[("email", EMAIL)]).await;
    let said = |text: String| {
        text.split("<main")
            .nth(1)
            .unwrap_or_default()
            .replace("/t/nowhere/", "/t/demo/")
    };
    assert_eq!(
        (unknown.status, said(unknown.text())),
        (known.status, said(known.text()))
    );
    for (tenant, expected) in [("demo", 204), ("nowhere", 204), ("No such name!", 204)] {
        let body = json!({ "tenant": tenant, "email": EMAIL });
        let answer = built.ask_with(Method::POST, "/api/v1/resets", &[], &body).await;
        assert_eq!((answer.status.as_u16(), answer.body.len()), (expected, 0), "{tenant}");
    }
    let platform = built.door.platform().to_string();
    assert_eq!(sizes(&built)[&platform], before[&platform]);
}

#[tokio::test]
async fn what_was_overlooked_in_an_open_cell_is_sent_by_the_round_of_the_hour() {
    let clock = by_hand();
    let built = Built::mailing_by(clock.clone()).await;
    let folder = tempfile::tempdir().unwrap();
    let mut courier = courier(&built, folder.path());
    courier.round().await;
    invite_by_mail(&built.door, built.tenant, "new@example.org").await;
    courier.overlook(built.tenant);
    assert_eq!(courier.round().await, 0);
    clock.advance_seconds(3_600);
    assert_eq!(courier.round().await, 1);
}

#[tokio::test]
async fn a_mail_server_that_is_down_is_left_alone_and_its_mail_goes_out_later() {
    let clock = by_hand();
    let built = Built::mailing_by(clock.clone()).await;
    let other = built.door.create_tenant("other", "Other Training").await.unwrap().id;
    let folder = tempfile::tempdir().unwrap();
    let outbox = folder.path().join("mails");
    let mut courier = courier(&built, &outbox);
    std::fs::remove_dir(&outbox).unwrap();
    invite_by_mail(&built.door, built.tenant, "one@example.org").await;
    assert_eq!(courier.round().await, 0);
    // What comes after that is not even taken, in whatever cell it waits: a taken mail leaves entries.
    invite_by_mail(&built.door, other, "two@example.org").await;
    let before = sizes(&built);
    for _ in 0..3 {
        clock.advance_seconds(5);
        assert_eq!(courier.round().await, 0);
    }
    assert_eq!(sizes(&built), before);
    // It is tried again once its time has come, and then left alone for longer.
    clock.advance_seconds(15);
    assert_eq!(courier.round().await, 0);
    let after = sizes(&built);
    assert_ne!(after, before);
    clock.advance_seconds(59);
    assert_eq!(courier.round().await, 0);
    assert_eq!(sizes(&built), after);
    std::fs::create_dir(&outbox).unwrap();
    clock.advance_seconds(1);
    assert_eq!(courier.round().await, 2);
    assert_eq!(mails(&outbox).len(), 2);
}

#[tokio::test]
async fn half_a_code_is_said_beside_its_field() {
    let built = Built::new().await;
    let half = Browser::new(&built)
        .post("/t/demo/reset/password", &[("token", "skr_0"), ("password", NEW)])
        .await;
    assert_eq!(half.status, 422);
    let half = half.text();
    assert!(
        half.contains("not the whole code") && half.contains("value=\"skr_0\""),
        "{half}"
    );
}

#[tokio::test]
async fn without_mail_the_page_says_whom_to_ask() {
    let built = Built::new().await;
    built.admin().await;
    let browser = Browser::new(&built);
    let page = browser.get("/t/demo/reset").await.text();
    assert!(page.contains("sends no mail") && !page.contains("<form method=\"post\" action=\"/t/demo/reset\""));
    let refused = browser.post("/t/demo/reset", &[("email", EMAIL)]).await;
    assert_eq!(refused.status, 409);
    let body = json!({ "tenant": "demo", "email": EMAIL });
    let refused = built.ask_with(Method::POST, "/api/v1/resets", &[], &body).await;
    assert_eq!(
        (refused.status.as_u16(), refused.code().as_str()),
        (409, "reset.no_mail")
    );
}

#[tokio::test]
async fn an_administrator_hands_a_link_over_once_and_after_the_password() {
    let built = Built::new().await;
    let browser = Browser::signed_in(&built).await;
    let me = built.sign_in("demo", EMAIL, PASSWORD).await.json();
    let path = format!("/t/demo/people/{}/reset", me["person"].as_str().unwrap());
    let form = browser.token(&path).await;
    let asked = browser.post(&path, &[("form", &form)]).await;
    assert_eq!(asked.status, 403, "the password is asked for first: {}", asked.text());
    let step_up = browser.token("/t/demo/step-up").await;
    browser
        .post("/t/demo/step-up", &[("form", &step_up), ("password", PASSWORD)])
        .await;
    let form = browser.token(&path).await;
    let made = browser.post(&path, &[("form", &form)]).await;
    assert!(made.text().contains("/t/demo/reset/password#skr_"), "{}", made.text());
    let again = browser.post(&path, &[("form", &form)]).await;
    assert!(
        !again.text().contains("skr_") && again.text().contains("made already"),
        "{}",
        again.text()
    );
}

#[tokio::test]
async fn an_invitation_by_mail_is_shown_to_nobody_else() {
    let built = Built::mailing().await;
    let admin = built.admin().await;
    let confirmed = json!({ "password": PASSWORD });
    built
        .ask(Method::POST, "/api/v1/sessions/current/step-up", &admin, &confirmed)
        .await;
    let invite = json!({ "email": "new@example.org", "name": "New", "roles": ["verifier"] });
    let invited = built.ask(Method::POST, "/api/v1/people", &admin, &invite).await;
    assert_eq!((invited.status.as_u16(), invited.json().get("token")), (201, None));
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(courier(&built, folder.path()).round().await, 1);
    let found = mails(folder.path());
    let body = json!({ "token": token(&found[0]), "password": PASSWORD });
    let accepted = built
        .ask_with(Method::POST, "/api/v1/invitations/accept", &[], &body)
        .await;
    assert_eq!(accepted.status, 201);
}

#[test]
fn a_mail_speaks_its_language_and_names_nobody() {
    let write = |kind, language: &str, token: Option<Minted>| {
        let mail = Outgoing {
            id: "018f0000-0000-7000-8000-000000000001".parse().unwrap(),
            kind,
            to: Secret::new("thandi@example.org".to_owned()),
            token: token.map(|minted| minted.text),
            language: language.to_owned(),
            about: Some(About {
                name: "Payroll export".to_owned(),
                ends_at: skillsyms_core::Instant::parse("2027-02-20T22:30:00Z").unwrap(),
            }),
            ends_at: skillsyms_core::Instant::parse("2026-11-22T08:30:00Z").unwrap(),
        };
        let sender = Sender {
            site: SITE,
            slug: "thuto",
            name: "Thuto Skills Academy",
        };
        text::write(&mail, sender)
    };
    let minted = || {
        let cell = skillsyms_core::CellId::new(uuid::Uuid::nil());
        Some(Minted::new(TokenKind::Reset, cell, &SystemRng))
    };
    let english = write(MailKind::Reset, "en-ZA", minted());
    assert_eq!(english.subject, "A new password for Thuto Skills Academy");
    assert!(
        english.text.contains("22 November 2026, 10:30") && english.text.contains("#skr_"),
        "{}",
        *english.text
    );
    let afrikaans = write(MailKind::Reset, "af", minted());
    assert!(afrikaans.text.contains("nuwe wagwoord"), "{}", *afrikaans.text);
    // What is no language of ours is said in English.
    assert_eq!(write(MailKind::Reset, "xx", minted()).subject, english.subject);
    for (language, words) in [("en-ZA", "rotate it here"), ("af", "vervang dit hier")] {
        let letter = write(MailKind::KeyEnds, language, None);
        assert!(
            letter.text.contains(words) && letter.text.contains("Payroll export"),
            "{}",
            *letter.text
        );
        // In South African time.
        assert!(
            letter.text.contains("21 ") && letter.text.contains("00:30") && letter.text.contains("/t/thuto/api-keys")
        );
        assert!(
            !letter.subject.contains("Payroll"),
            "a subject is read by everybody on the way"
        );
    }
    for kind in MailKind::ALL {
        let letter = write(kind, "en-ZA", None);
        assert!(
            !letter.text.contains("thandi") && !letter.text.contains('{'),
            "{}",
            *letter.text
        );
        assert_eq!(letter.text.matches("https://").count(), 1);
        assert!(!format!("{letter:?}").contains("thandi"));
    }
}
