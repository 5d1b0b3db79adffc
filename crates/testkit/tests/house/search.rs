//! A row is found by what people remember of it: words, names, days. What is looked for stands in no address and in no log.

use serde_json::{Value, json};
use skillsyms_testkit::{TODAY, World, persons};
use uuid::Uuid;

/// The ids of a page that has no next one.
fn ids(page: &Value) -> Vec<Uuid> {
    assert!(page["next"].is_null(), "{page}");
    let items = page["items"].as_array().unwrap();
    items
        .iter()
        .map(|item| item["id"].as_str().unwrap().parse().unwrap())
        .collect()
}

/// What an administrator finds under these words.
async fn found(world: &World, list: &str, search: Value) -> Vec<Uuid> {
    let asked = world.post(format!("/api/v1/{list}/search")).by(world.alpha.admin());
    ids(asked.json(search).send().await.ok())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_is_found_by_its_words_its_answer_or_the_learners_name() {
    let world = World::new().await;
    let tenant = &world.alpha;
    let sunday = world.question(tenant, "Who opened it on Sunday?").await;
    let other = world.question(tenant, "What does an évaluator do?").await;
    let answer = json!({ "answer": "Our bookkeeper checked your address." });
    let answered = world.post(format!("/api/v1/access-queries/{other}/answer"));
    assert_eq!(answered.by(tenant.admin()).json(answer).send().await.status, 204);
    let all = found(&world, "access-queries", json!({ "search": "  " })).await;
    assert_eq!(all.len(), 2);
    for (search, wanted) in [
        (json!({ "search": "SUNDAY" }), vec![sunday]),
        (json!({ "search": "evaluator" }), vec![other]),
        (json!({ "search": "Bookkeeper" }), vec![other]),
        (json!({ "search": "bookkeeper", "state": "open" }), vec![]),
        (json!({ "search": "nobody said this" }), vec![]),
        (json!({ "search": "o" }), all.clone()),
    ] {
        assert_eq!(
            found(&world, "access-queries", search.clone()).await,
            wanted,
            "{search}"
        );
    }
    let learner = world.get(format!("/api/v1/learners/{}", tenant.learner));
    let learner = learner.by(tenant.admin()).send().await;
    let name = json!({ "search": learner.ok()["last_name"] });
    assert_eq!(found(&world, "access-queries", name).await, all);
    // The learner finds their own, and nobody finds another provider's.
    let mine = world.post("/api/v1/access-queries/search").by(tenant.learner_account());
    assert_eq!(
        ids(mine.json(json!({ "search": "sunday" })).send().await.ok()),
        [sunday]
    );
    let theirs = world.post("/api/v1/access-queries/search").by(world.beta.admin());
    assert!(ids(theirs.json(json!({ "search": "sunday" })).send().await.ok()).is_empty());
    let log = world
        .get("/api/v1/ledger/entries?limit=100")
        .by(tenant.admin())
        .send()
        .await;
    assert!(!log.ok().to_string().contains("unday"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_and_a_key_are_found_by_a_part_of_their_names() {
    let world = World::new().await;
    let admin = world.alpha.admin();
    for name in ["Intake of January.csv", "Intaké of June.csv"] {
        let csv = persons::csv(&[persons::learner(world.draw())]);
        let sent = world
            .post("/api/v1/imports")
            .by(admin)
            .header("skillsyms-file-name", name);
        assert_eq!(sent.bytes("text/csv", csv).send().await.status / 100, 2, "{name}");
    }
    assert_eq!(found(&world, "imports", json!({ "search": "january" })).await.len(), 1);
    assert_eq!(found(&world, "imports", json!({ "search": "INTAKE" })).await.len(), 2);
    let stopped = json!({ "search": "intake", "state": "stopped" });
    assert!(found(&world, "imports", stopped).await.is_empty());
    world.key(&world.alpha, &["learner.read"]).await;
    for (query, count) in [("q=KEY", 1), ("q=nothing", 0), ("q=key&state=revoked", 0), ("q=", 2)] {
        let keys = world.get(format!("/api/v1/api-keys?{query}")).by(admin).send().await;
        assert_eq!(ids(keys.ok()).len(), count, "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn samples_and_looks_are_found_by_their_days() {
    let world = World::new().await;
    let tenant = &world.alpha;
    let team = world.other_team(tenant).await;
    let learner = world.learner(tenant).await;
    world.finish(tenant, learner, &team).await;
    world.index().await;
    for list in [
        "samples".to_owned(),
        format!("learners/{learner}/accesses"),
        "ledger/entries".to_owned(),
    ] {
        let many = async |days: &str| {
            let asked = world.get(format!("/api/v1/{list}?limit=100{days}")).by(tenant.admin());
            asked.send().await.ok()["items"].as_array().unwrap().len()
        };
        for days in [
            format!("&from={TODAY}&until={TODAY}"),
            "&from=2000-01-01".to_owned(),
            String::new(),
        ] {
            assert!(many(&days).await > 0, "{list}{days}");
        }
        assert_eq!(many("&until=2000-01-01").await, 0, "{list}");
        assert_eq!(many("&from=2999-01-01").await, 0, "{list}");
        let wrong = world
            .get(format!("/api/v1/{list}?from=31/01/2026"))
            .by(tenant.admin())
            .send()
            .await;
        assert_eq!(
            (wrong.status, wrong.json["errors"][0]["field"].as_str()),
            (422, Some("from")),
            "{list}"
        );
    }
}
