//! Many at once: what was acknowledged is there, once, and the log is whole.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use skillsyms_testkit::scene::{Team, ids, new_assessment};
use skillsyms_testkit::{Reply, Tenant, World, persons};
use tokio::task::JoinSet;

/// Sends all of these at once.
async fn at_once(asks: impl IntoIterator<Item = skillsyms_testkit::Ask>) -> Vec<Reply> {
    let mut set = JoinSet::new();
    for ask in asks {
        set.spawn(ask.send());
    }
    set.join_all().await
}

async fn is_whole(world: &World, tenant: &Tenant) {
    world.door().publish_heads().await.unwrap();
    let report = world.door().verify_ledger(tenant.cell, |_, _| ()).await.unwrap();
    assert!(report.ok, "{report:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_was_acknowledged_is_there_and_was_entered() {
    let world = World::new().await;
    let register = |tenant: &Tenant, n| {
        world
            .post("/api/v1/learners")
            .by(tenant.admin())
            .json(persons::learner(n))
    };
    let asks = (100..140).flat_map(|n| [register(&world.alpha, n), register(&world.beta, n)]);
    let replies = at_once(asks).await;
    let made: BTreeSet<_> = replies.iter().map(Reply::id).collect();
    assert_eq!(made.len(), 80);
    for tenant in [&world.alpha, &world.beta] {
        let listed = ids(&world.get("/api/v1/learners?limit=100").by(tenant.admin()).send().await);
        assert_eq!(listed.len(), 41);
        assert!(
            listed
                .iter()
                .filter(|id| **id != tenant.learner)
                .all(|id| made.contains(id))
        );
        let ledger = world.ledger(tenant.cell).await;
        let entered: BTreeSet<_> = ledger
            .iter()
            .filter(|entry| entry.act == "learner.register")
            .flat_map(|entry| &entry.learners)
            .collect();
        assert_eq!(entered.len(), 41);
        assert!(
            ledger.windows(2).all(|pair| pair[0].at <= pair[1].at),
            "time goes forward"
        );
        is_whole(&world, tenant).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_person_is_registered_once() {
    let world = World::new().await;
    let asks = (0..8).map(|_| {
        world
            .post("/api/v1/learners")
            .by(world.alpha.admin())
            .json(persons::learner(200))
    });
    let replies = at_once(asks).await;
    assert_eq!(
        replies.iter().filter(|reply| reply.status == 201).count(),
        1,
        "{replies:?}"
    );
    for reply in replies.iter().filter(|reply| reply.status != 201) {
        reply.refused(409, "learner.duplicate");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_imports_of_one_file_keep_each_learner_once() {
    let world = World::new().await;
    let rows: Vec<Value> = (300..420).map(persons::learner).collect();
    let file = persons::csv(&rows);
    let asks = (0..3).map(|_| {
        world
            .post("/api/v1/imports")
            .by(world.alpha.admin())
            .bytes("text/csv", file.clone())
    });
    let replies = at_once(asks).await;
    let count = |name: &str| {
        replies
            .iter()
            .map(|reply| reply.ok()[name].as_i64().unwrap())
            .sum::<i64>()
    };
    assert_eq!(
        (count("rows_read"), count("rows_kept"), count("rows_refused")),
        (360, 120, 240),
        "{replies:?}"
    );
    is_whole(&world, &world.alpha).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_decision_is_made_and_one_result_locks() {
    let world = World::new().await;
    let (tenant, team) = (&world.alpha, Team::of(&world.alpha));
    let programme = world.programme(tenant).await;
    let enrolment = world.enrol(tenant, tenant.learner, &programme, team.json()).await;
    let assessed = world
        .assess(
            &team.assessor,
            enrolment,
            new_assessment(programme.modules[0], "competent"),
        )
        .await
        .id();
    let draw = || {
        world
            .post(format!("/api/v1/programmes/{}/samples", programme.id))
            .by(&team.moderator)
    };
    let drawn = at_once((0..4).map(|_| draw())).await;
    assert_eq!(drawn.iter().filter(|reply| reply.status == 201).count(), 1, "{drawn:?}");
    let decide = |decision: Value| {
        world
            .post(format!("/api/v1/assessments/{assessed}/decisions"))
            .by(&team.moderator)
            .json(decision)
    };
    let upheld = || decide(json!({ "decision": "upheld" }));
    let returned = || decide(json!({ "decision": "returned", "reason": "Not signed." }));
    let decided = at_once([upheld(), returned(), upheld(), returned()]).await;
    assert_eq!(
        decided.iter().filter(|reply| reply.status == 201).count(),
        1,
        "{decided:?}"
    );
    let results = ids(&world.get("/api/v1/results").by(tenant.admin()).send().await);
    let is_upheld =
        world.get("/api/v1/moderation").by(tenant.admin()).send().await.ok()["items"][0]["decision"] == "upheld";
    assert_eq!(results.len(), usize::from(is_upheld));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_enrolment_is_made_and_one_reversal() {
    let world = World::new().await;
    let (tenant, team) = (&world.alpha, Team::of(&world.alpha));
    let finished = world.finish(tenant, tenant.learner, &team).await;
    let reverse = || {
        let path = format!("/api/v1/results/{}/reverse", finished.results[0]);
        world
            .post(path)
            .by(tenant.admin())
            .json(json!({ "reason": "Somebody else's evidence." }))
    };
    world.step_up(tenant.admin()).await;
    let reversed = at_once((0..4).map(|_| reverse())).await;
    assert_eq!(
        reversed.iter().filter(|reply| reply.status == 201).count(),
        1,
        "{reversed:?}"
    );

    let programme = world.programme(tenant).await;
    let body = json!({ "programme": programme.id, "enrolled_on": "2026-02-01" });
    let enrol = || {
        world
            .post(format!("/api/v1/learners/{}/enrolments", tenant.learner))
            .by(tenant.admin())
            .json(body.clone())
    };
    let enrolled = at_once((0..4).map(|_| enrol())).await;
    assert_eq!(
        enrolled.iter().filter(|reply| reply.status == 201).count(),
        1,
        "{enrolled:?}"
    );
    is_whole(&world, tenant).await;
}
