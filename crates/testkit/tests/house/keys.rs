//! API keys: they end, they are revoked, they do what their scopes say and nothing that is kept from keys, in one tenant.

use serde_json::json;
use skillsyms_door::Actor;
use skillsyms_ledger::Entry;
use skillsyms_people::mail::{NextMail, Outgoing, TakeMail};
use skillsyms_testkit::{Reply, World, persons};

async fn learners(world: &World, key: &str) -> Reply {
    world.get("/api/v1/learners").by(key).send().await
}

/// Asks for a key as the administrator of alpha, who has just confirmed.
async fn make(world: &World, body: serde_json::Value) -> Reply {
    world.step_up(world.alpha.admin()).await;
    world
        .post("/api/v1/api-keys")
        .by(world.alpha.admin())
        .json(body)
        .send()
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_does_what_its_scopes_say() {
    let world = World::new().await;
    let key = world.key(&world.alpha, &["learner.list"]).await;
    learners(&world, &key).await.ok();
    let read = world
        .get(format!("/api/v1/learners/{}", world.alpha.learner))
        .by(&key)
        .send()
        .await;
    assert!([403, 404].contains(&read.status), "{read:?}");
    let register = world
        .post("/api/v1/learners")
        .by(&key)
        .json(persons::learner(world.draw()))
        .send()
        .await;
    register.refused(403, "forbidden");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_ends() {
    let world = World::new().await;
    let body = json!({ "name": "for a day", "scopes": ["learner.list"], "days": 1 });
    let made = make(&world, body).await;
    let key = made.ok()["key"].as_str().unwrap();
    world.clock.advance_seconds(24 * 60 * 60 - 1);
    learners(&world, key).await.ok();
    world.clock.advance_seconds(1);
    learners(&world, key).await.refused(401, "unauthenticated");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_revoked_does_nothing_more() {
    let world = World::new().await;
    let body = json!({ "name": "one", "scopes": ["learner.list"] });
    let made = make(&world, body).await;
    let key = made.ok()["key"].as_str().unwrap();
    learners(&world, key).await.ok();
    world
        .ask("DELETE", &format!("/api/v1/api-keys/{}", made.id()))
        .by(world.alpha.admin())
        .send()
        .await
        .ok();
    learners(&world, key).await.refused(401, "unauthenticated");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_opens_its_own_tenant_only() {
    let world = World::new().await;
    let path = format!("/api/v1/learners/{}", world.beta.learner);
    world
        .get(&path)
        .by(&world.alpha.key)
        .send()
        .await
        .refused(404, "not_found");
    world.get(&path).by(&world.beta.key).send().await.ok();
    // The cell stands in the key's text; with another cell the text has another hash, and no right checksum.
    let (alpha, beta) = (
        world.alpha.cell.uuid().simple().to_string(),
        world.beta.cell.uuid().simple().to_string(),
    );
    let moved = world.alpha.key.replace(&alpha, &beta);
    assert_ne!(moved, world.alpha.key);
    learners(&world, &moved).await.refused(401, "unauthenticated");
    let moved = world.alpha.admin().token.replace(&alpha, &beta);
    learners(&world, &moved).await.refused(401, "unauthenticated");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_from_keys_cannot_be_asked_for() {
    let world = World::new().await;
    for scope in [
        "learner.reveal_id",
        "assessment.record",
        "moderation.decide",
        "person.invite",
        "statement.read",
        "*",
    ] {
        let body = json!({ "name": "too much", "scopes": ["learner.read", scope] });
        let refused = make(&world, body).await;
        refused.refused(422, "invalid");
    }
    for days in [0, 367, -1] {
        let body = json!({ "name": "too long", "scopes": ["learner.read"], "days": days });
        world
            .post("/api/v1/api-keys")
            .by(world.alpha.admin())
            .json(body)
            .send()
            .await
            .refused(422, "invalid");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_shown_once() {
    let world = World::new().await;
    let listed = world.get("/api/v1/api-keys").by(world.alpha.admin()).send().await;
    let secret = &world.alpha.key[world.alpha.key.len() - 52..];
    assert!(!String::from_utf8_lossy(&listed.body).contains(secret));
    assert!(world.alpha.key.starts_with("skl_live_"));
}

/// The entry that a key of alpha came from elsewhere: nobody waits for it, so it comes a little after the answer.
async fn strayed(world: &World) -> Entry {
    for _ in 0..10_000 {
        let entries = world.ledger(world.alpha.cell).await;
        let told = entries.into_iter().find(|entry| entry.act == "api_key.elsewhere");
        if let Some(told) = told {
            return told;
        }
        tokio::task::yield_now().await;
    }
    panic!("a key from elsewhere is never entered");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_from_elsewhere_gets_the_answer_of_an_unknown_one() {
    let world = World::new().await;
    let within = async |network: &str| {
        let body = json!({ "name": network, "scopes": ["learner.list"], "networks": [network] });
        let made = make(&world, body).await;
        made.ok()["key"].as_str().unwrap().to_owned()
    };
    let (here, elsewhere) = (within("203.0.113.0/24").await, within("192.0.2.0/24").await);
    learners(&world, &here).await.ok();
    let refused = learners(&world, &elsewhere).await;
    refused.refused(401, "unauthenticated");
    // Whoever claims to come from there is not believed.
    let claims = world
        .get("/api/v1/learners")
        .by(&elsewhere)
        .header("x-forwarded-for", "192.0.2.1")
        .send()
        .await;
    claims.refused(401, "unauthenticated");
    let list = world.get("/api/v1/api-keys?q=203").by(world.alpha.admin()).send().await;
    assert_eq!(list.ok()["items"][0]["networks"], json!(["203.0.113.0/24"]));
    let told = strayed(&world).await;
    assert_eq!(
        (told.actor.kind.as_ref(), told.from.as_deref()),
        ("key", Some("203.0.113.9"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn administrators_are_told_that_a_key_ends() {
    let world = World::new().await;
    make(
        &world,
        json!({ "name": "for a month", "scopes": ["learner.list"], "days": 30 }),
    )
    .await
    .ok();
    let system = || world.door().enter(Actor::System(world.alpha.cell));
    let about = async || {
        let taken = system().run(TakeMail).await.unwrap();
        let named = |mail: &Outgoing| mail.about.as_ref().is_some_and(|about| about.name == "for a month");
        taken.mails.iter().filter(|mail| named(mail)).count()
    };
    assert_eq!(about().await, 0);
    world.clock.advance_seconds(16 * 24 * 60 * 60);
    assert!(
        system()
            .view(NextMail)
            .await
            .unwrap()
            .is_some_and(|due| due <= world.door().clock().now())
    );
    assert_eq!(
        (about().await, about().await),
        (2, 0),
        "each of two administrators, once"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_rotated_by_an_administrator_of_its_tenant_alone() {
    let world = World::new().await;
    world.step_up(world.beta.admin()).await;
    let body = json!({ "name": "one", "scopes": ["learner.list"], "days": 30 });
    let made = make(&world, body).await;
    let old = made.ok()["key"].as_str().unwrap();
    let path = format!("/api/v1/api-keys/{}/rotate", made.id());
    let absent = format!("/api/v1/api-keys/{}/rotate", uuid::Uuid::nil());
    for path in [&path, &absent] {
        let foreign = world.post(path).by(world.beta.admin()).json(json!({})).send().await;
        foreign.refused(404, "not_found");
    }
    let by_key = world.post(&path).by(old).json(json!({})).send().await;
    assert!([403, 404].contains(&by_key.status), "{by_key:?}");
    let rotated = world.post(&path).by(world.alpha.admin()).json(json!({})).send().await;
    let new = rotated.ok()["key"].as_str().unwrap();
    assert_ne!(rotated.id(), made.id());
    learners(&world, new).await.ok();
    let twice = world.post(&path).by(world.alpha.admin()).json(json!({})).send().await;
    twice.refused(409, "api_key.rotated");
    world.clock.advance_seconds(24 * 60 * 60);
    learners(&world, old).await.refused(401, "unauthenticated");
    learners(&world, new).await.ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_reported_ends_and_nobody_is_told_that_it_was_one() {
    let world = World::new().await;
    let (alpha, beta) = (&world.alpha.key, &world.beta.key);
    let report = async |body: serde_json::Value| world.post("/api/v1/leaked-keys").json(body).send().await;
    let unknown = "skl_live_00000000000000000000000000000000_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA_00000000";
    let (none, ours) = (
        report(json!({ "key": unknown })).await,
        report(json!({ "key": alpha, "keys": [unknown] })).await,
    );
    assert_eq!((none.status, none.body.len()), (202, 0));
    assert_eq!((ours.status, ours.body.len()), (202, 0));
    learners(&world, alpha).await.refused(401, "unauthenticated");
    learners(&world, beta).await.ok();
    assert_eq!(report(json!({ "keys": [alpha, beta] })).await.status, 202);
    learners(&world, beta).await.refused(401, "unauthenticated");
    for wrong in [json!({}), json!({ "keys": [] }), json!({ "keys": vec![unknown; 101] })] {
        assert_eq!(report(wrong).await.status, 422);
    }
    for (cell, count) in [(world.alpha.cell, 1), (world.beta.cell, 1)] {
        let entries = world.ledger(cell).await;
        let told: Vec<_> = entries
            .iter()
            .filter(|entry| entry.act == "api_key.report_leaked")
            .collect();
        assert_eq!((told.len(), told[0].actor.kind.as_ref()), (count, "nobody"));
    }
}
