//! A request with a key is done once, however often it is sent.

use diesel::prelude::*;
use serde_json::json;
use skillsyms_cells::schema::idempotency;
use skillsyms_door::once::KEPT_SECONDS;
use skillsyms_testkit::{Reply, World, persons};

async fn register(world: &World, bearer: &str, key: &str, n: u16) -> Reply {
    world
        .post("/api/v1/learners")
        .by(bearer)
        .header("idempotency-key", key)
        .json(persons::learner(n))
        .send()
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_time_nothing_is_done() {
    let world = World::new().await;
    let admin = &world.alpha.admin().token;
    let n = world.draw();
    let first = register(&world, admin, "one", n).await;
    assert_eq!((first.status, first.header("idempotency-replayed")), (201, ""));
    let count = world.ledger(world.alpha.cell).await.len();
    let second = register(&world, admin, "one", n).await;
    assert_eq!(
        (second.status, second.header("idempotency-replayed")),
        (200, "true"),
        "{second:?}"
    );
    assert_eq!(second.id(), first.id());
    assert_eq!(world.ledger(world.alpha.cell).await.len(), count);
    // Without a key it is a second attempt to register the same person.
    let again = world
        .post("/api/v1/learners")
        .by(admin)
        .json(persons::learner(n))
        .send()
        .await;
    again.refused(409, "learner.duplicate");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_request_with_the_same_key_is_refused() {
    let world = World::new().await;
    let admin = &world.alpha.admin().token;
    register(&world, admin, "one", world.draw()).await.ok();
    assert_eq!(register(&world, admin, "one", world.draw()).await.status, 422);
    let other_path = world
        .post("/api/v1/programmes")
        .by(admin)
        .header("idempotency-key", "one");
    let other_path = other_path
        .json(skillsyms_testkit::scene::new_programme(70_001))
        .send()
        .await;
    assert_eq!(other_path.status, 422, "{other_path:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_belongs_to_one_actor_of_one_tenant() {
    let world = World::new().await;
    let (first, second, third) = (world.draw(), world.draw(), world.draw());
    register(&world, &world.alpha.admin().token, "one", first).await.ok();
    assert_eq!(
        register(&world, &world.alpha.second_admin.token, "one", second)
            .await
            .status,
        201
    );
    assert_eq!(register(&world, &world.alpha.key, "one", third).await.status, 201);
    assert_eq!(
        register(&world, &world.beta.admin().token, "one", first).await.status,
        201
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_failed_may_be_tried_again_with_the_same_key() {
    let world = World::new().await;
    let admin = &world.alpha.admin().token;
    let n = world.draw();
    let mut wrong = persons::learner(n);
    wrong["province"] = json!("99");
    let ask = world
        .post("/api/v1/learners")
        .by(admin)
        .header("idempotency-key", "one")
        .json(wrong);
    ask.send().await.refused(422, "invalid");
    assert_eq!(register(&world, admin, "one", n).await.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_at_once_one_is_done() {
    let world = World::new().await;
    let admin = &world.alpha.admin().token;
    let n = world.draw();
    let (a, b, c, d) = tokio::join!(
        register(&world, admin, "one", n),
        register(&world, admin, "one", n),
        register(&world, admin, "one", n),
        register(&world, admin, "one", n),
    );
    let all = [a, b, c, d];
    assert_eq!(all.iter().filter(|reply| reply.status == 201).count(), 1, "{all:?}");
    assert!(all.iter().all(|reply| reply.id() == all[0].id()), "{all:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_not_shown_again() {
    let world = World::new().await;
    let body = json!({ "email": "new@alpha.example", "name": "New Person", "roles": ["facilitator"], "link": "hand" });
    let ask = || {
        world
            .post("/api/v1/people")
            .by(world.alpha.admin())
            .header("idempotency-key", "one")
            .json(body.clone())
    };
    let first = ask().send().await;
    assert!(first.ok()["token"].is_string());
    let second = ask().send().await;
    assert_eq!(second.id(), first.id());
    assert!(second.json["token"].is_null(), "{second:?}");
}

async fn import(world: &World, key: &str, name: &str, csv: &str) -> Reply {
    let ask = world.post("/api/v1/imports").by(world.alpha.admin());
    let ask = ask.header("idempotency-key", key).header("skillsyms-file-name", name);
    ask.bytes("text/csv", csv.to_owned()).send().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_learners_is_imported_once() {
    let world = World::new().await;
    let csv = persons::csv(&[persons::learner(world.draw()), persons::learner(world.draw())]);
    let first = import(&world, "one", "a.csv", &csv).await;
    assert_eq!((first.status, &first.json["rows_kept"]), (201, &json!(2)), "{first:?}");
    let count = world.ledger(world.alpha.cell).await.len();
    let second = import(&world, "one", "a.csv", &csv).await;
    let replayed = second.header("idempotency-replayed");
    assert_eq!((second.status, replayed, second.id()), (200, "true", first.id()));
    assert_eq!(world.ledger(world.alpha.cell).await.len(), count, "nothing was done");
    // One row more, one row less, or another name: another request.
    for (name, csv) in [
        ("a.csv", format!("{csv}x")),
        ("a.csv", csv[..csv.len() - 2].to_owned()),
        ("b.csv", csv.clone()),
    ] {
        import(&world, "one", name, &csv)
            .await
            .refused(422, "idempotency_mismatch");
    }
    let all = world.get("/api/v1/imports").by(world.alpha.admin()).send().await;
    assert_eq!(all.ok()["items"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_stopped_may_be_sent_again_with_the_same_key() {
    let world = World::new().await;
    let good = persons::csv(&[persons::learner(world.draw())]);
    assert!(import(&world, "one", "a.csv", "no,such,columns\n").await.status >= 400);
    assert_eq!(import(&world, "one", "a.csv", &good).await.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_imports_at_once_one_is_done() {
    let world = World::new().await;
    let csv = persons::csv(&[persons::learner(world.draw())]);
    let send = || import(&world, "one", "a.csv", &csv);
    let (a, b, c, d) = tokio::join!(send(), send(), send(), send());
    let all = [a, b, c, d];
    assert_eq!(all.iter().filter(|reply| reply.status == 201).count(), 1, "{all:?}");
    for reply in all.iter().filter(|reply| reply.status != 201) {
        assert!(
            reply.status == 200 || reply.code() == "idempotency.running",
            "{reply:?}"
        );
    }
    assert_eq!(
        import(&world, "one", "a.csv", &csv).await.status,
        200,
        "the turn is free again"
    );
}

async fn upload(world: &World, by: &str, path: &str, key: &str, content: &[u8]) -> Reply {
    let ask = world.post(path).by(by).header("idempotency-key", key);
    ask.bytes("application/pdf", content.to_vec()).send().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_evidence_is_kept_once() {
    let world = World::new().await;
    let tenant = &world.alpha;
    let programme = world.programme(tenant).await;
    let learner = world.learner(tenant).await;
    let enrolment = world.enrol(tenant, learner, &programme, json!({})).await;
    let admin = tenant.admin().token.as_str();
    let pdf = skillsyms_testkit::scene::PDF;
    let folder = format!("/api/v1/enrolments/{enrolment}/evidence?module=");
    let path = format!("{folder}{}&name=a.pdf", programme.modules[0]);
    let first = upload(&world, admin, &path, "one", pdf).await;
    assert_eq!(first.status, 201, "{first:?}");
    let count = world.ledger(tenant.cell).await.len();
    let second = upload(&world, admin, &path, "one", pdf).await;
    let replayed = second.header("idempotency-replayed");
    assert_eq!((second.status, replayed, second.id()), (200, "true", first.id()));
    assert_eq!(world.ledger(tenant.cell).await.len(), count, "nothing was done");
    let other = [pdf, b"x"].concat();
    let other_module = format!("{folder}{}&name=a.pdf", programme.modules[1]);
    let other_name = format!("{folder}{}&name=b.pdf", programme.modules[0]);
    for (path, content) in [(&path, other.as_slice()), (&other_module, pdf), (&other_name, pdf)] {
        upload(&world, admin, path, "one", content)
            .await
            .refused(422, "idempotency_mismatch");
    }
    // Another person's key is another key, and a file that was refused may be sent again.
    let second_admin = tenant.second_admin.token.as_str();
    assert_eq!(upload(&world, second_admin, &path, "two", b"no file").await.status, 415);
    assert_eq!(upload(&world, second_admin, &path, "two", pdf).await.status, 201);
    let list = world.get(format!("/api/v1/evidence?enrolment={enrolment}"));
    let list = list.by(admin).send().await;
    assert_eq!(list.ok()["items"].as_array().unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_are_enrolled_once_and_answered_alike() {
    let world = World::new().await;
    let tenant = &world.alpha;
    let programme = world.programme(tenant).await;
    let learners = [world.learner(tenant).await, world.learner(tenant).await];
    let enrolment = json!({ "programme": programme.id, "enrolled_on": "2026-02-01" });
    let body = json!({ "learners": learners, "enrolment": enrolment });
    let send = || {
        let ask = world.post("/api/v1/enrolments/many").by(tenant.admin());
        ask.header("idempotency-key", "one").json(body.clone()).send()
    };
    let (first, second) = (send().await, send().await);
    assert_eq!((first.status, second.status), (201, 200), "{second:?}");
    assert_eq!(second.header("idempotency-replayed"), "true");
    assert_eq!(second.json, first.json);
    assert_eq!(first.json["enrolments"].as_array().unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_holds_for_a_day_and_is_then_forgotten() {
    let world = World::new().await;
    let bearer = world.alpha.key.as_str();
    let kept = || world.dig(world.alpha.cell, |tx| tx.first(idempotency::table.count()));
    for key in ["one", "two", "three"] {
        register(&world, bearer, key, world.draw()).await.ok();
    }
    assert_eq!(kept().await, Some(3_i64));
    world.clock.advance_seconds(KEPT_SECONDS - 60);
    assert_eq!(register(&world, bearer, "one", world.draw()).await.status, 422);
    world.clock.advance_seconds(120);
    assert_eq!(register(&world, bearer, "one", world.draw()).await.status, 201);
    assert_eq!(kept().await, Some(1), "the old ones are gone");
}
