//! Sessions: they end by themselves, by their owner, and with the account; a confirmation lasts five minutes; an
//! invitation works once.

use diesel::prelude::*;
use serde_json::{Value, json};
use skillsyms_cells::schema::sessions;
use skillsyms_core::{Clock as _, Instant, PersonId, Role};
use skillsyms_people::SessionPolicy;
use skillsyms_testkit::{PASSWORD, Reply, Somebody, World};

const UNAUTHENTICATED: (u16, &str) = (401, "unauthenticated");

async fn me(world: &World, bearer: impl AsRef<str>) -> Reply {
    world.get("/api/v1/me").by(bearer).send().await
}

async fn reveal(world: &World, by: &Somebody, purpose: &str) -> Reply {
    let path = format!("/api/v1/learners/{}/reveal", world.alpha.learner);
    world.post(path).by(by).json(json!({ "purpose": purpose })).send().await
}

/// Waits until the use of somebody's session is noted: nobody waits for that note, so it comes a little after the answer.
async fn is_noted(world: &World, somebody: &Somebody) {
    let (person, now) = (PersonId::new(somebody.id), world.clock.now());
    for _ in 0..10_000 {
        let seen = world.dig(world.alpha.cell, move |tx| {
            let seen = sessions::table
                .filter(sessions::person.eq(person))
                .select(sessions::seen_at);
            tx.first::<Instant, _>(seen.limit(1))
        });
        if seen.await == Some(now) {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("the use of a session is never noted");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_is_not_used_ends_after_half_an_hour() {
    let world = World::new().await;
    let idle = SessionPolicy::default().idle_seconds;
    assert_eq!(idle, 30 * 60);
    world.clock.advance_seconds(idle - 1);
    me(&world, world.alpha.admin()).await.ok();
    world.clock.advance_seconds(1);
    me(&world, world.alpha.assessor())
        .await
        .refused(UNAUTHENTICATED.0, UNAUTHENTICATED.1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_in_use_goes_on_and_ends_after_twelve_hours_in_any_case() {
    let world = World::new().await;
    let policy = SessionPolicy::default();
    let admin = world.alpha.admin();
    let mut passed = 0;
    while passed + 20 * 60 < policy.absolute_seconds {
        world.clock.advance_seconds(20 * 60);
        passed += 20 * 60;
        me(&world, admin).await.ok();
        is_noted(&world, admin).await;
    }
    world.clock.advance_seconds(policy.absolute_seconds - passed - 1);
    me(&world, admin).await.ok();
    world.clock.advance_seconds(1);
    me(&world, admin).await.refused(UNAUTHENTICATED.0, UNAUTHENTICATED.1);
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_ends_this_session_and_no_other() {
    let world = World::new().await;
    let assessor = world.alpha.assessor();
    let second = world.sign_in(&world.alpha, &assessor.email).await;
    let second = second.ok()["token"].as_str().unwrap();
    let out = world
        .ask("DELETE", "/api/v1/sessions/current")
        .by(assessor)
        .send()
        .await;
    assert_eq!(out.status, 204, "{out:?}");
    me(&world, assessor).await.refused(UNAUTHENTICATED.0, UNAUTHENTICATED.1);
    me(&world, second).await.ok();
    world.ask("DELETE", "/api/v1/sessions").by(second).send().await.ok();
    me(&world, second).await.refused(UNAUTHENTICATED.0, UNAUTHENTICATED.1);
}

#[tokio::test(flavor = "multi_thread")]
async fn suspension_ends_everything_at_once_and_nobody_signs_in_again() {
    let world = World::new().await;
    let (admin, assessor) = (world.alpha.admin(), world.alpha.assessor());
    world.step_up(admin).await;
    let path = format!("/api/v1/people/{}", assessor.id);
    world.post(format!("{path}/suspend")).by(admin).send().await.ok();
    let refused = me(&world, assessor).await;
    assert!([401, 403].contains(&refused.status), "{refused:?}");
    world
        .sign_in(&world.alpha, &assessor.email)
        .await
        .refused(401, "session.wrong");
    world.post(format!("{path}/restore")).by(admin).send().await.ok();
    assert!(
        me(&world, assessor).await.status >= 400,
        "an old session does not come back to life"
    );
    world.sign_in(&world.alpha, &assessor.email).await.ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn new_roles_end_the_sessions_of_the_old_ones() {
    let world = World::new().await;
    let (admin, verifier) = (world.alpha.admin(), world.alpha.verifier());
    world.step_up(admin).await;
    let path = format!("/api/v1/people/{}", verifier.id);
    let version = world.get(&path).by(admin).send().await.version();
    let roles = world.ask("PUT", &format!("{path}/roles")).by(admin).if_match(version);
    roles.json(json!({ "roles": ["facilitator"] })).send().await.ok();
    me(&world, verifier).await.refused(UNAUTHENTICATED.0, UNAUTHENTICATED.1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_confirmation_lasts_five_minutes() {
    let world = World::new().await;
    let admin = &world.alpha.second_admin;
    // Signing in is none: it may have been hours ago on a screen that nobody watches.
    reveal(&world, admin, "a reason").await.refused(403, "step_up_required");
    world.step_up(admin).await;
    reveal(&world, admin, "a reason").await.ok();
    world.clock.advance_seconds(300);
    reveal(&world, admin, "a reason").await.ok();
    world.clock.advance_seconds(1);
    reveal(&world, admin, "a reason").await.refused(403, "step_up_required");
    let wrong = json!({ "password": "four wrong words here" });
    let refused = world
        .post("/api/v1/sessions/current/step-up")
        .by(admin)
        .json(wrong)
        .send()
        .await;
    refused.refused(403, "session.step_up_wrong");
    reveal(&world, admin, "a reason").await.refused(403, "step_up_required");
    world.step_up(admin).await;
    reveal(&world, admin, "a reason").await.ok();
    reveal(&world, admin, "  ").await.refused(422, "purpose_required");
    // What the ledger does not take is the caller's mistake, not a failure of ours.
    for purpose in ["a\tb", "a\nb", "a\u{0}b", "a\u{202e}b", &"x".repeat(201)] {
        reveal(&world, admin, purpose).await.refused(422, "invalid");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_confirmation_belongs_to_one_session() {
    let world = World::new().await;
    let admin = &world.alpha.second_admin;
    let second = world.sign_in(&world.alpha, &admin.email).await;
    let second = Somebody {
        token: second.ok()["token"].as_str().unwrap().to_owned(),
        ..admin.clone()
    };
    world.step_up(&second).await;
    reveal(&world, &second, "a reason").await.ok();
    reveal(&world, admin, "a reason").await.refused(403, "step_up_required");
}

async fn invited(world: &World) -> String {
    let body = json!({ "email": "new@alpha.example", "name": "New Person", "roles": [Role::Facilitator.as_str()], "link": "hand" });
    let invited = world
        .post("/api/v1/people")
        .by(world.alpha.admin())
        .json(body)
        .send()
        .await;
    invited.ok()["token"].as_str().unwrap().to_owned()
}

async fn accept(world: &World, token: &str) -> Reply {
    let body = json!({ "token": token, "password": PASSWORD });
    world.post("/api/v1/invitations/accept").json(body).send().await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_works_once() {
    let world = World::new().await;
    let token = invited(&world).await;
    accept(&world, &token).await.ok();
    let again = accept(&world, &token).await;
    assert_eq!(again.code(), "person.invitation", "{again:?}");
    for other in ["", "ski_", &token[..token.len() - 1], &token.replace("ski_", "sks_")] {
        assert_eq!(accept(&world, other).await.code(), "person.invitation");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_ends_after_seven_days_and_with_the_next_one() {
    let world = World::new().await;
    let first = invited(&world).await;
    let second = invited(&world).await;
    assert_eq!(accept(&world, &first).await.code(), "person.invitation");
    world.clock.advance_seconds(7 * 24 * 60 * 60);
    assert_eq!(accept(&world, &second).await.code(), "person.invitation");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_way_to_fail_at_the_door_sounds_the_same() {
    let world = World::new().await;
    let email = &world.alpha.admin().email;
    let tries = [
        ("alpha", email.as_str(), "four wrong words here"),
        ("alpha", "nobody@alpha.example", PASSWORD),
        ("alpha", "not an address", PASSWORD),
        ("beta", email.as_str(), PASSWORD),
        ("gamma", email.as_str(), PASSWORD),
    ];
    let mut answers: Vec<Value> = Vec::new();
    for (tenant, email, password) in tries {
        let body = json!({ "tenant": tenant, "email": email, "password": password });
        let reply = world.post("/api/v1/sessions").json(body).send().await;
        reply.refused(401, "session.wrong");
        let mut answer = reply.json.clone();
        answer["reference"] = Value::Null;
        answer["instance"] = Value::Null;
        answers.push(answer);
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:#?}");
}
