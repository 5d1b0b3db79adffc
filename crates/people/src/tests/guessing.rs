//! Passwords that are guessed, and hashes that are renewed.

use skillsyms_cells::schema::people;

use super::*;

impl App {
    /// The hash of somebody's password.
    async fn phc(&self, id: PersonId) -> String {
        self.planted(move |tx| {
            use diesel::prelude::*;
            let row = people::table.filter(people::id.eq(id)).select(people::password);
            Ok(tx.first::<Option<String>, _>(row.limit(1))?.flatten().unwrap())
        })
        .await
    }
}

#[tokio::test]
async fn a_cheaper_hash_is_renewed_at_sign_in_and_nothing_else_changes() {
    let mut app = app().await;
    let (id, actor) = app.admin().await;
    let before = app.me(actor).await.unwrap().person.unwrap().version;
    let dearer = HashingPolicy {
        memory_kib: 16,
        passes: 2,
        lanes: 1,
        at_once: 2,
        waiting: 8,
    };
    app.sign_in = SignIn::new(Hasher::new(dearer).unwrap(), SessionPolicy::default()).with_factors(FactorRule::NOBODY);
    assert!(app.phc(id).await.contains("m=8,t=1"));
    refused(app.open(ADMIN, "wrong password").await, &sessions::WRONG);
    assert!(app.phc(id).await.contains("m=8,t=1"));
    app.open(ADMIN, PASSWORD).await.unwrap();
    let renewed = app.phc(id).await;
    assert!(renewed.contains("m=16,t=2"), "renewed");
    app.open(ADMIN, PASSWORD).await.unwrap();
    assert_eq!(app.phc(id).await, renewed);
    assert_eq!(app.me(actor).await.unwrap().person.unwrap().version, before);
}

#[tokio::test]
async fn guessing_in_parallel_gains_nothing_whether_or_not_the_account_is_there() {
    let app = app().await;
    let (_, session) = app.admin().await;
    for email in [ADMIN, "nobody@karoo.example"] {
        let guess = || app.open(email, "wrong password");
        let six = async { tokio::join!(guess(), guess(), guess(), guess(), guess(), guess()) };
        tokio::time::timeout(SOON, six).await.expect_err("the sixth must wait");
    }
    let guess = || app.step_up(session, "wrong password");
    let six = async { tokio::join!(guess(), guess(), guess(), guess(), guess(), guess()) };
    tokio::time::timeout(SOON, six).await.expect_err("the sixth must wait");
}

#[tokio::test]
async fn who_waits_is_told_so_when_too_many_do() {
    let app = app().await;
    app.admin().await;
    for email in [ADMIN, "nobody@karoo.example"] {
        for _ in 0..5 {
            refused(app.open(email, "wrong password").await, &sessions::WRONG);
        }
    }
    // As many as may wait in one network, at either account; they are dropped before their waits are over.
    let mut waiting = Vec::new();
    for n in 0..32 {
        let email = if n % 2 == 0 { ADMIN } else { "nobody@karoo.example" };
        let mut attempt = Box::pin(app.open(email, PASSWORD));
        tokio::select! {
            biased;
            _ = &mut attempt => panic!("it must wait"),
            () = std::future::ready(()) => {}
        }
        waiting.push(attempt);
    }
    for email in [ADMIN, "nobody@karoo.example"] {
        refused(app.open(email, PASSWORD).await, &sessions::WAIT);
    }
    drop(waiting);
    app.open(ADMIN, PASSWORD).await.unwrap();
}

#[tokio::test]
async fn an_attempt_that_waits_is_small() {
    let app = app().await;
    let attempt = app.open(ADMIN, PASSWORD);
    // What the limit on those that wait is reckoned with, the request around it included: half of 32 kB.
    assert!(size_of_val(&attempt) < 16 * 1_024, "{} bytes", size_of_val(&attempt));
}

#[tokio::test]
async fn guessing_at_one_account_is_slowed_whether_or_not_it_is_there() {
    let app = app().await;
    let (_, session) = app.admin().await;
    for email in [ADMIN, "nobody@karoo.example"] {
        for _ in 0..5 {
            refused(app.open(email, "wrong password").await, &sessions::WRONG);
        }
        // The sixth waits. It is dropped before its wait is over.
        let sixth = tokio::time::timeout(SOON, app.open(email, PASSWORD)).await;
        sixth.expect_err("it must wait");
    }
    app.me(session).await.unwrap();
    app.step_up(session, PASSWORD).await.unwrap();
}

#[tokio::test]
async fn a_stolen_session_guesses_no_faster_than_a_stranger() {
    let app = app().await;
    let (_, session) = app.admin().await;
    for _ in 0..5 {
        refused(app.step_up(session, "wrong password").await, &sessions::STEP_UP_WRONG);
    }
    tokio::select! {
        biased;
        _ = app.step_up(session, PASSWORD) => panic!("it must wait"),
        () = tokio::time::sleep(std::time::Duration::from_millis(500)) => {}
    }
    // Another session of the same account guesses at the same password; signing in is another matter, and after the wait the right
    // password counts.
    let other = app.actor(ADMIN).await;
    app.step_up(other, PASSWORD).await.unwrap();
    app.step_up(session, PASSWORD).await.unwrap();
}
