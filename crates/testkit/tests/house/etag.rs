//! Versions: what changed since it was read is not overwritten.

use serde_json::json;
use skillsyms_testkit::World;
use skillsyms_testkit::scene::Team;

#[tokio::test(flavor = "multi_thread")]
async fn a_learner_that_changed_is_not_overwritten() {
    let world = World::new().await;
    let admin = world.alpha.admin();
    let path = format!("/api/v1/learners/{}", world.alpha.learner);
    let version = world.get(&path).by(admin).send().await.version();
    let change = |title: &str| world.ask("PATCH", &path).by(admin).json(json!({ "title": title }));
    let changed = change("Dr").if_match(version).send().await;
    assert_eq!(changed.version(), version + 1, "{changed:?}");
    change("Prof").if_match(version).send().await.refused(412, "stale");
    change("Prof").send().await.refused(428, "precondition_required");
    change("Prof")
        .header("if-match", "*")
        .send()
        .await
        .refused(428, "precondition_required");
    change("Prof")
        .header("if-match", "\"x\"")
        .send()
        .await
        .refused(412, "stale");
    let read = world.get(&path).by(admin).send().await;
    assert_eq!(
        (read.version(), read.ok()["title"].as_str()),
        (version + 1, Some("Dr")),
        "{read:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_changes_to_one_version_one_is_done() {
    let world = World::new().await;
    let admin = world.alpha.admin();
    let path = format!("/api/v1/learners/{}", world.alpha.learner);
    let version = world.get(&path).by(admin).send().await.version();
    let change = |title: &str| {
        world
            .ask("PATCH", &path)
            .by(admin)
            .if_match(version)
            .json(json!({ "title": title }))
            .send()
    };
    let (one, other) = tokio::join!(change("Dr"), change("Prof"));
    let mut both = [one.status, other.status];
    both.sort_unstable();
    assert_eq!(both, [200, 412], "{one:?} {other:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn enrolments_and_people_have_versions_too() {
    let world = World::new().await;
    let (tenant, admin) = (&world.alpha, world.alpha.admin());
    let programme = world.programme(tenant).await;
    let enrolment = world.enrol(tenant, tenant.learner, &programme, json!({})).await;
    let path = format!("/api/v1/enrolments/{enrolment}");
    let version = world.get(&path).by(admin).send().await.version();
    let team = || {
        world
            .ask("PUT", &format!("{path}/team"))
            .by(admin)
            .json(Team::of(tenant).json())
    };
    team().if_match(version + 1).send().await.refused(412, "stale");
    team().if_match(version).send().await.ok();
    team().if_match(version).send().await.refused(412, "stale");
    world
        .post(format!("{path}/withdraw"))
        .by(admin)
        .if_match(version)
        .send()
        .await
        .refused(412, "stale");
    world
        .post(format!("{path}/withdraw"))
        .by(admin)
        .if_match(version + 1)
        .send()
        .await
        .ok();

    let person = format!("/api/v1/people/{}", tenant.verifier().id);
    let version = world.get(&person).by(admin).send().await.version();
    world.step_up(admin).await;
    let roles = |version| {
        world
            .ask("PUT", &format!("{person}/roles"))
            .by(admin)
            .if_match(version)
            .json(json!({ "roles": ["facilitator"] }))
    };
    roles(version + 1).send().await.refused(412, "stale");
    roles(version).send().await.ok();
}
