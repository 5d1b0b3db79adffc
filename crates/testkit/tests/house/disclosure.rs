//! What an answer shows of learners is in the ledger before it leaves, and it shows no ID number unless its act is one of
//! the closed list.

use std::collections::BTreeSet;

use skillsyms_door::Disclosure;
use skillsyms_ledger::{Entry, Outcome};
use skillsyms_testkit::persons::id_number_in;
use skillsyms_testkit::scene::{Team, ids};
use skillsyms_testkit::{Reply, World};
use skillsyms_web::routes::{Route, Routes};
use uuid::Uuid;

use crate::mounted::Things;
use crate::policy::REGISTRY;

/// Learners whose ids stand in an answer.
fn shown(reply: &Reply, learners: &[Uuid]) -> BTreeSet<Uuid> {
    let text = String::from_utf8_lossy(&reply.body);
    learners
        .iter()
        .copied()
        .filter(|id| text.contains(&id.to_string()))
        .collect()
}

/// Accounts say which record is their owner's, and the log says whom it is about: those are ids, no records.
fn shows_ids_only(route: &Route) -> bool {
    route.path.starts_with("/api/v1/people") || ["/api/v1/me", "/api/v1/ledger/entries"].contains(&route.path)
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_shown_is_entered() {
    let world = World::new().await;
    let tenant = &world.alpha;
    let things = Things::new(&world, tenant).await;
    world.finish(tenant, tenant.learner, &Team::of(tenant)).await;
    let learners = ids(&world.get("/api/v1/learners?limit=100").by(tenant.admin()).send().await);
    let mut entered = 0;
    for route in Routes::all()
        .api()
        .filter(|route| route.method == "GET" && !route.acts.is_empty())
    {
        let act = REGISTRY.get(route.acts[0]).unwrap();
        for (role, somebody) in tenant.people() {
            let reply = things.ask(&world, tenant, route).by(somebody).send().await;
            if act.discloses != Disclosure::Full {
                assert_eq!(id_number_in(&reply.body), None, "{role:?}: {reply:?}");
            }
            if reply.status != 200 {
                continue;
            }
            // The look before a passkey answers is followed by an act, as the one before a password is checked.
            if act.name == "factor.ask" {
                continue;
            }
            let left: Vec<Entry> = world.left_by(tenant.cell, reply.reference()).await;
            let [entry] = left.as_slice() else {
                panic!("{} entries of {reply:?}", left.len())
            };
            assert_eq!(
                (entry.act.as_ref(), entry.outcome),
                (act.name, Outcome::Done),
                "{reply:?}"
            );
            assert_eq!(entry.actor.id, Some(somebody.id), "{reply:?}");
            assert_eq!(entry.purpose.as_deref(), Some("a test"), "{reply:?}");
            assert!(entry.from.is_some(), "{reply:?}");
            if shows_ids_only(route) {
                continue;
            }
            let told: BTreeSet<Uuid> = entry.learners.iter().map(|id| id.uuid()).collect();
            assert!(
                shown(&reply, &learners).is_subset(&told),
                "{role:?} saw more than was entered: {reply:?}"
            );
            if !told.is_empty() {
                assert!(
                    !entry.categories.is_empty(),
                    "{} says whom it showed but not what",
                    act.name
                );
                entered += 1;
            }
        }
    }
    assert!(
        entered > 20,
        "only {entered} answers about learners: the loop lost its routes"
    );
}

/// The entry holds ids and words of ours: no name, no number, no address of anybody.
#[tokio::test(flavor = "multi_thread")]
async fn entries_hold_no_values() {
    let world = World::new().await;
    let tenant = &world.alpha;
    world.finish(tenant, tenant.learner, &Team::of(tenant)).await;
    let words = [
        "Thandi",
        "Dlamini",
        "example",
        "Road",
        "Well argued",
        "portfolio.pdf",
        "Retail",
    ];
    for entry in world.ledger(tenant.cell).await {
        let text = serde_json::to_string(&entry).unwrap();
        assert!(words.iter().all(|word| !text.contains(word)), "{text}");
        assert_eq!(id_number_in(text.as_bytes()), None, "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_up_that_finds_nobody_is_entered_without_its_number() {
    let world = World::new().await;
    let number = skillsyms_testkit::persons::id_number(4_998);
    let body = serde_json::json!({ "id_number": number });
    let reply = world
        .post("/api/v1/learners/lookup")
        .by(world.alpha.admin())
        .json(body)
        .send()
        .await;
    assert!(reply.ok()["learner"].is_null(), "{reply:?}");
    let left = world.left_by(world.alpha.cell, reply.reference()).await;
    assert_eq!(left.len(), 1);
    assert_eq!((left[0].act.as_ref(), left[0].count), ("learner.lookup", Some(0)));
    assert!(!serde_json::to_string(&left[0]).unwrap().contains(&number));
}

/// Somebody who works with some learners finds those by number and no others, and cannot tell the others from nobody.
#[tokio::test(flavor = "multi_thread")]
async fn a_look_up_finds_whom_one_may_read() {
    let world = World::new().await;
    let tenant = &world.alpha;
    let programme = world.programme(tenant).await;
    world
        .enrol(tenant, tenant.learner, &programme, Team::of(tenant).json())
        .await;
    let n = world.draw();
    let other = skillsyms_testkit::persons::learner(n);
    world
        .post("/api/v1/learners")
        .by(tenant.admin())
        .json(other.clone())
        .send()
        .await
        .ok();
    let look = async |number: &str| {
        let body = serde_json::json!({ "id_number": number });
        world
            .post("/api/v1/learners/lookup")
            .by(tenant.assessor())
            .json(body)
            .send()
            .await
    };
    let theirs = look(&skillsyms_testkit::persons::id_number(1)).await;
    assert_eq!(theirs.ok()["learner"]["id"], tenant.learner.to_string(), "{theirs:?}");
    let others = look(other["id_number"].as_str().unwrap()).await;
    let nobody = look(&skillsyms_testkit::persons::id_number(4_998)).await;
    assert_eq!(others.ok(), nobody.ok());
    for reply in [&others, &nobody] {
        assert!(
            world.left_by(tenant.cell, reply.reference()).await[0]
                .learners
                .is_empty(),
            "{reply:?}"
        );
    }
}
