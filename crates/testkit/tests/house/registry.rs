//! Everything that is mounted, over HTTP, from the registry of routes and no list made by hand: what the policies deny is
//! refused to nobody, to each role, to keys, and to the people of another tenant.

use serde_json::json;
use skillsyms_core::{CellId, Role};
use skillsyms_door::{Principal, Shape, matrix};
use skillsyms_ledger::Outcome;
use skillsyms_people::api_keys::scopes::KEY_SCOPES;
use skillsyms_testkit::scene::Team;
use skillsyms_testkit::{Reply, Tenant, World};
use skillsyms_web::routes::{Access, Route, Routes};

use crate::mounted::Things;
use crate::policy::{POLICIES, REGISTRY};

/// Headers that every answer has.
const SECURITY_HEADERS: [&str; 9] = [
    "x-content-type-options",
    "x-frame-options",
    "referrer-policy",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
    "permissions-policy",
    "strict-transport-security",
    "content-security-policy",
    "cache-control",
];

#[track_caller]
fn assert_secured(reply: &Reply) {
    for name in SECURITY_HEADERS {
        assert!(!reply.header(name).is_empty(), "no {name}: {reply:?}");
    }
    assert!(!reply.reference().is_nil(), "{reply:?}");
    assert_ne!(reply.status, 500, "{reply:?}");
    if reply.status >= 400 {
        reply.is_problem();
    }
}

/// What the matrix says of this column: `-`, or a scope with its marks.
fn cell(route: &Route, column: &str) -> String {
    let Some(act) = route.acts.first() else {
        return "all".to_owned();
    };
    let principal: Principal = matrix::columns(act)
        .into_iter()
        .find(|(name, _)| *name == column)
        .unwrap()
        .1;
    matrix::cell(&POLICIES, REGISTRY.get(act).unwrap(), &principal)
}

/// Whether the policies deny this route, on things that have nothing to do with the asker, to a column of the matrix.
pub fn is_denied(route: &Route, column: &str) -> bool {
    let cell = cell(route, column);
    let is_one = route
        .acts
        .first()
        .is_some_and(|act| matches!(REGISTRY.get(act).unwrap().shape, Shape::One(_)));
    let is_about_others = is_one && route.path.contains('{');
    cell == "-" || (is_about_others && (cell.starts_with("own") || cell.starts_with("assigned")))
}

/// A refusal: 403 or 404, and an entry of it in the ledger of the cell that the credential names.
pub async fn assert_refused(world: &World, tenant: &Tenant, reply: &Reply, act: &str) {
    assert_refused_in(world, tenant.cell, reply, act).await;
}

/// The same, of whoever has a session in this cell.
pub async fn assert_refused_in(world: &World, cell: CellId, reply: &Reply, act: &str) {
    assert_secured(reply);
    assert!([403, 404].contains(&reply.status), "{reply:?}");
    let left = world.left_by(cell, reply.reference()).await;
    // Before a password or a code is checked, it is looked up whose.
    let looks_up = ["session.step_up", "session.factor", "factor.confirm"].contains(&act);
    let act = if looks_up && left.iter().any(|entry| entry.act == "session.challenge") {
        "session.challenge"
    } else {
        act
    };
    let refusals = left
        .iter()
        .filter(|entry| entry.outcome == Outcome::Refused && entry.act == act)
        .count();
    assert_eq!(refusals, 1, "{act} left {} entries: {reply:?}", left.len());
    assert!(
        left.iter().all(|entry| entry.outcome == Outcome::Refused),
        "{act} did something: {reply:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_let_in() {
    let world = World::new().await;
    let things = Things::new(&world, &world.alpha).await;
    let before = world.ledger(world.alpha.cell).await.len();
    for route in Routes::all().api().filter(|route| route.access == Access::Credential) {
        let reply = things.ask(&world, &world.alpha, route).send().await;
        assert_secured(&reply);
        reply.refused(401, "unauthenticated");
        let forged = things
            .ask(&world, &world.alpha, route)
            .by(forged(world.alpha.admin().as_ref()))
            .send()
            .await;
        forged.refused(401, "unauthenticated");
    }
    assert_eq!(
        world.ledger(world.alpha.cell).await.len(),
        before,
        "nobody's refusals stand in no ledger"
    );
}

/// A token of the same cell with another secret.
fn forged(token: &str) -> String {
    let (head, secret) = token.split_at(token.len() - 43);
    format!("{head}{}", secret.chars().rev().collect::<String>())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_role_is_refused_what_the_matrix_denies() {
    let world = World::new().await;
    let tenant = &world.alpha;
    let things = Things::new(&world, tenant).await;
    let mut refused = 0;
    for route in Routes::all().api().filter(|route| route.access == Access::Credential) {
        for (role, somebody) in tenant.people().filter(|(role, _)| is_denied(route, role.as_str())) {
            let reply = things.ask(&world, tenant, route).by(somebody).send().await;
            let act = route.acts[0];
            if act == "person.end_sessions" || act == "person.read" {
                assert_ne!(
                    things.ids["people"], somebody.id,
                    "{role:?} must not be asked about themselves"
                );
            }
            assert_refused(&world, tenant, &reply, act).await;
            refused += 1;
        }
    }
    assert!(refused > 100, "only {refused} refusals: the loop lost its routes");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_gets_nothing_in_a_tenant() {
    let world = World::new().await;
    let tenant = &world.alpha;
    let things = Things::new(&world, tenant).await;
    let operator = world.operator().await;
    let before = world.ledger(tenant.cell).await.len();
    let mut refused = 0;
    for route in Routes::all().api().filter(|route| route.access == Access::Credential) {
        if is_denied(route, Role::Operator.as_str()) {
            let reply = things.ask(&world, tenant, route).by(&operator).send().await;
            refused += 1;
            // A statement carries its provider's name: a session that names no provider is told so before the door.
            if route.acts[0] == "statement.issue" {
                reply.refused(401, "unauthenticated");
                continue;
            }
            assert_refused_in(&world, world.door().platform(), &reply, route.acts[0]).await;
        }
    }
    assert!(refused > 50, "only {refused} refusals: the loop lost its routes");
    assert_eq!(
        world.ledger(tenant.cell).await.len(),
        before,
        "the operator was in the tenant"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_refused_what_it_has_no_scope_for() {
    let world = World::new().await;
    let tenant = &world.alpha;
    let things = Things::new(&world, tenant).await;
    let narrow = world.key(tenant, &["me.read"]).await;
    for route in Routes::all().api().filter(|route| route.access == Access::Credential) {
        let act = route.acts[0];
        if is_denied(route, "key") || !KEY_SCOPES.contains(&act) {
            let reply = things.ask(&world, tenant, route).by(&tenant.key).send().await;
            // A key is no session: it can neither close nor confirm one, and is told so before the door.
            if reply.status != 401 {
                assert_refused(&world, tenant, &reply, act).await;
            }
        }
        if act != "me.read" {
            let reply = things.ask(&world, tenant, route).by(&narrow).send().await;
            if reply.status != 401 {
                assert_refused(&world, tenant, &reply, act).await;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_other_tenants_people_reach_nothing() {
    let world = World::new().await;
    let things = Things::new(&world, &world.alpha).await;
    let before = world.ledger(world.alpha.cell).await.len();
    let ids: Vec<String> = things.ids.values().map(ToString::to_string).collect();
    for route in Routes::all().api().filter(|route| route.access == Access::Credential) {
        for (role, somebody) in world.beta.people() {
            let has_id = route.path.contains('{');
            // What ends the asker's own session is tried with ids of others only.
            if !has_id && ["session.close", "session.end_all"].contains(&route.acts[0]) {
                continue;
            }
            let reply = things.ask(&world, &world.alpha, route).by(somebody).send().await;
            assert_secured(&reply);
            if has_id {
                assert_refused(&world, &world.beta, &reply, route.acts[0]).await;
            }
            let text = String::from_utf8_lossy(&reply.body);
            assert!(
                !ids.iter().any(|id| text.contains(id)),
                "{role:?} sees the other tenant: {reply:?}"
            );
        }
        if route.path.contains('{') {
            let reply = things.ask(&world, &world.alpha, route).by(&world.beta.key).send().await;
            assert!([401, 403, 404].contains(&reply.status), "{reply:?}");
        }
    }
    assert_eq!(
        world.ledger(world.alpha.cell).await.len(),
        before,
        "somebody of the other tenant was here"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_matrix_allows_is_answered() {
    let world = World::new().await;
    let tenant = &world.alpha;
    let things = Things::new(&world, tenant).await;
    let mut answered = 0;
    for route in Routes::all()
        .api()
        .filter(|route| route.method == "GET" && !route.acts.is_empty())
    {
        for (role, somebody) in tenant.people().filter(|(role, _)| !is_denied(route, role.as_str())) {
            // What takes more than the request has is not allowed by it.
            let reply = things.ask(&world, tenant, route).by(somebody).send().await;
            assert_secured(&reply);
            assert_eq!(reply.status, 200, "{role:?}: {reply:?}");
            answered += 1;
        }
        if !is_denied(route, "key") && KEY_SCOPES.contains(&route.acts[0]) {
            assert_eq!(
                things.ask(&world, tenant, route).by(&tenant.key).send().await.status,
                200,
                "{route:?}"
            );
        }
    }
    assert!(answered > 40, "only {answered} answers: the loop lost its routes");
}

#[tokio::test(flavor = "multi_thread")]
async fn absent_and_forbidden_look_alike() {
    let world = World::new().await;
    let tenant = &world.alpha;
    let things = Things::new(&world, tenant).await;
    let mut absent = Things::new(&world, tenant).await;
    for id in absent.ids.values_mut() {
        *id = uuid::Uuid::from_u128(0x0192_0000_0000_7000_8000_0000_0000_0001);
    }
    for route in Routes::all()
        .api()
        .filter(|route| route.path.contains('{') && route.access == Access::Credential)
    {
        for (role, somebody) in tenant.people().filter(|(role, _)| is_denied(route, role.as_str())) {
            let there = things.ask(&world, tenant, route).by(somebody).send().await;
            let not_there = absent.ask(&world, tenant, route).by(somebody).send().await;
            assert_eq!(
                (there.status, there.code()),
                (not_there.status, not_there.code()),
                "{role:?} {route:?}"
            );
            assert_refused(&world, tenant, &not_there, route.acts[0]).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_mounted_is_refused_like_the_rest() {
    let world = World::new().await;
    let admin = world.alpha.admin();
    for path in [
        "/api/v1",
        "/api/v1/nothing",
        "/api/v2/me",
        "/metrics",
        "/admin",
        "/api/v1/learners/",
    ] {
        let reply = world.get(path).by(admin).send().await;
        assert_secured(&reply);
        reply.refused(404, "no_route");
    }
    for route in Routes::all().api() {
        let reply = world.ask("TRACE", route.path).by(admin).send().await;
        assert_secured(&reply);
        reply.refused(405, "method_not_allowed");
    }
}

/// Ids of another tenant's things are unknown wherever they can be put, not only in paths.
#[tokio::test(flavor = "multi_thread")]
async fn ids_of_the_other_tenant_are_unknown_in_bodies_and_queries() {
    let world = World::new().await;
    let things = Things::new(&world, &world.alpha).await;
    let (beta, admin) = (&world.beta, world.beta.admin());
    let own = world.programme(beta).await;
    let enrol = |programme: uuid::Uuid, team: serde_json::Value| json!({ "programme": programme, "enrolled_on": "2026-02-01", "team": team });
    let (alphas_team, alphas_programme) = (Team::of(&world.alpha).json(), things.ids["programmes"]);
    let path = format!("/api/v1/learners/{}/enrolments", beta.learner);
    let bodies = [
        (path.as_str(), enrol(own.id, alphas_team)),
        (path.as_str(), enrol(alphas_programme, json!({}))),
        (
            "/api/v1/enrolments/many",
            json!({ "learners": [things.learner], "enrolment": enrol(own.id, json!({})) }),
        ),
        (
            "/api/v1/enrolments/many",
            json!({ "learners": [beta.learner, things.learner], "enrolment": enrol(own.id, json!({})) }),
        ),
        (
            "/api/v1/people",
            json!({ "email": "x@beta.example", "name": "X", "roles": ["learner"], "learner": things.learner }),
        ),
    ];
    for (path, body) in bodies {
        let reply = world.post(path).by(admin).json(body).send().await;
        assert_secured(&reply);
        assert_eq!(reply.status, 422, "{reply:?}");
    }
    let enrolment = world.enrol(beta, beta.learner, &own, Team::of(beta).json()).await;
    let foreign = skillsyms_testkit::scene::new_assessment(things.module, "competent");
    assert_eq!(world.assess(beta.assessor(), enrolment, foreign).await.status, 422);
    assert!(world.upload(admin, enrolment, things.module).await.status >= 400);
    for (name, id) in [("learner", things.learner), ("enrolment", things.ids["enrolments"])] {
        for list in ["evidence", "assessments", "results", "moderation", "statements"] {
            let page = world.get(format!("/api/v1/{list}?{name}={id}")).by(admin).send().await;
            assert_eq!(page.ok()["items"], json!([]), "{page:?}");
        }
    }
}

/// `HEAD` is a read like `GET`: it is asked who comes, and it leaves its entry.
#[tokio::test(flavor = "multi_thread")]
async fn a_head_is_a_read() {
    let world = World::new().await;
    let path = format!("/api/v1/learners/{}", world.alpha.learner);
    assert_eq!(world.ask("HEAD", &path).send().await.status, 401);
    assert_eq!(world.ask("HEAD", &path).by(world.beta.admin()).send().await.status, 404);
    let read = world.ask("HEAD", &path).by(world.alpha.admin()).send().await;
    assert_eq!((read.status, read.body.len()), (200, 0));
    assert_eq!(world.left_by(world.alpha.cell, read.reference()).await.len(), 1);
}
