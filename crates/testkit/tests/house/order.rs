//! The policy is asked before anybody hears what is wrong with what they sent: else a body told who may do what, and a
//! refusal could be had without an entry.

use serde_json::{Value, json};
use skillsyms_ledger::Outcome;
use skillsyms_testkit::{Reply, World, persons};
use skillsyms_web::routes::{Access, Routes, Takes};

use crate::mounted::Things;
use crate::registry::{assert_refused, is_denied};

/// Values of the right type that no field takes as they are.
const WRONG: [&str; 3] = ["", "\u{7}\u{202e}", "1890-02-31"];

/// Whether a body was refused for its shape, before it was anybody's act.
fn is_shape(reply: &Reply) -> bool {
    let errors = reply.json["errors"].as_array().cloned().unwrap_or_default();
    let is_one = |error: &Value| error["code"].as_str().is_some_and(|code| code.starts_with("field."));
    reply.status == 422 && !errors.is_empty() && errors.iter().all(is_one)
}

/// The body with one value replaced, for every value that it has.
fn malformed(good: &Value) -> Vec<Value> {
    let mut all = Vec::new();
    for pointer in pointers(good, "") {
        let with = |value: Value| {
            let mut body = good.clone();
            *body.pointer_mut(&pointer).unwrap() = value;
            body
        };
        match good.pointer(&pointer).unwrap() {
            Value::String(_) => all.extend(WRONG.into_iter().map(|wrong| with(json!(wrong)))),
            Value::Number(_) => all.extend([with(json!(0)), with(json!(9_999_999))]),
            Value::Array(items) => {
                let twice = items.iter().chain(items).cloned().collect::<Vec<_>>();
                all.extend([with(json!([])), with(json!(twice))]);
            }
            _ => {}
        }
    }
    all
}

fn pointers(value: &Value, at: &str) -> Vec<String> {
    let mut all = vec![at.to_owned()];
    match value {
        Value::Object(members) => all.extend(
            members
                .iter()
                .flat_map(|(name, member)| pointers(member, &format!("{at}/{name}"))),
        ),
        Value::Array(items) => all.extend(
            items
                .iter()
                .enumerate()
                .flat_map(|(n, item)| pointers(item, &format!("{at}/{n}"))),
        ),
        _ => {}
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_do_it_is_not_told_what_is_wrong_with_it() {
    let world = World::new().await;
    let tenant = &world.alpha;
    let things = Things::new(&world, tenant).await;
    let (mut tried, mut reached) = (0_usize, 0_usize);
    for route in Routes::all().iter() {
        if route.access != Access::Credential || !matches!(route.takes, Takes::Json(_)) {
            continue;
        }
        let denied: Vec<_> = tenant
            .people()
            .filter(|(role, _)| is_denied(route, role.as_str()))
            .map(|(_, somebody)| somebody)
            .collect();
        if denied.is_empty() {
            continue;
        }
        let good = things.body(&world, tenant, route);
        for (n, body) in malformed(&good).into_iter().enumerate() {
            let somebody = denied[n % denied.len()];
            let ask = async |body: &Value| things.bare(&world, route).by(somebody).json(body.clone()).send().await;
            let reply = ask(&body).await;
            tried += 1;
            if is_shape(&reply) {
                continue;
            }
            reached += 1;
            let right = ask(&good).await;
            assert_eq!(
                (reply.status, reply.code()),
                (right.status, right.code()),
                "{body}: {reply:?}"
            );
            // Every third, because each look reads the whole ledger.
            if n % 3 == 0 {
                assert_refused(&world, tenant, &reply, route.acts[0]).await;
            }
        }
    }
    assert!(reached > 100, "only {reached} of {tried} bodies came to the door");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_do_it_is_told_and_it_is_entered() {
    let world = World::new().await;
    let mut body = persons::learner(world.draw());
    body["id_number"] = json!("8001015009088");
    let ask = |by: &skillsyms_testkit::Somebody| world.post("/api/v1/learners").by(by).json(body.clone());
    let told = ask(world.alpha.admin()).send().await;
    told.refused(422, "invalid");
    let left = world.left_by(world.alpha.cell, told.reference()).await;
    assert_eq!(left.len(), 1, "{told:?}");
    assert_eq!(
        (left[0].outcome, left[0].act.as_ref()),
        (Outcome::Failed, "learner.register")
    );
    assert!(left[0].learners.is_empty());
    let refused = ask(world.alpha.assessor()).send().await;
    refused.refused(403, "forbidden");
    let left = world.left_by(world.alpha.cell, refused.reference()).await;
    assert_eq!(
        left.iter().map(|entry| entry.outcome).collect::<Vec<_>>(),
        [Outcome::Refused]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_purpose_that_nobody_could_read_is_told_to_whom_it_is_of_use() {
    let world = World::new().await;
    let tenant = &world.alpha;
    let path = format!("/api/v1/learners/{}/reveal", tenant.learner);
    let long = "x".repeat(201);
    for purpose in [long.as_str(), "a\u{202e}b"] {
        let ask = |by: &skillsyms_testkit::Somebody| world.post(&path).by(by).json(json!({ "purpose": purpose }));
        let refused = ask(tenant.assessor()).send().await;
        assert_refused(&world, tenant, &refused, "learner.reveal_id").await;
        world.step_up(tenant.admin()).await;
        let told = ask(tenant.admin()).send().await;
        told.refused(422, "invalid");
        let left = world.left_by(tenant.cell, told.reference()).await;
        assert_eq!(left.len(), 1, "{told:?}");
        assert_eq!((left[0].outcome, &left[0].purpose), (Outcome::Failed, &None));
    }
}
