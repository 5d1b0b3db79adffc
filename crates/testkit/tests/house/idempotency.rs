//! A request with a key is done once, however often it is sent.

use serde_json::json;
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
    let body = json!({ "email": "new@alpha.example", "name": "New Person", "roles": ["facilitator"] });
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
