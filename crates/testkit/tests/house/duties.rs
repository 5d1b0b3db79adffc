//! Segregation of duties, tried by people who hold more than one role, and what time does to a registration.

use serde_json::json;
use skillsyms_core::Role;
use skillsyms_door::Actor;
use skillsyms_records::imports::BeginImport;
use skillsyms_testkit::scene::{Team, new_assessment};
use skillsyms_testkit::{PASSWORD, Reply, Somebody, World};
use uuid::Uuid;

async fn assign(world: &World, enrolment: Uuid, team: &Team) -> Reply {
    let (path, admin) = (format!("/api/v1/enrolments/{enrolment}"), world.alpha.admin());
    let version = world.get(&path).by(admin).send().await.version();
    world
        .ask("PUT", &format!("{path}/team"))
        .by(admin)
        .if_match(version)
        .json(team.json())
        .send()
        .await
}

/// Somebody who assesses and moderates, with both registrations.
async fn both(world: &World) -> Somebody {
    let both = world.somebody(&world.alpha, &[Role::Assessor, Role::Moderator]).await;
    world.register(&world.alpha, &both, "assessor").await;
    world.register(&world.alpha, &both, "moderator").await;
    both
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_moderates_what_they_assessed_whatever_the_team_says_later() {
    let world = World::new().await;
    let tenant = &world.alpha;
    let both = both(&world).await;
    let first = Team {
        assessor: both.clone(),
        ..Team::of(tenant)
    };
    let programme = world.programme(tenant).await;
    let enrolment = world.enrol(tenant, tenant.learner, &programme, first.json()).await;
    let assessed = world
        .assess(&both, enrolment, new_assessment(programme.modules[0], "competent"))
        .await
        .id();
    world.draw_sample(tenant.moderator(), programme.id).await.ok();
    // On one team they may not be both, but the team may change.
    assign(
        &world,
        enrolment,
        &Team {
            moderator: both.clone(),
            ..first.clone()
        },
    )
    .await
    .refused(422, "invalid");
    assign(
        &world,
        enrolment,
        &Team {
            moderator: both.clone(),
            ..Team::of(tenant)
        },
    )
    .await
    .ok();
    let upheld = json!({ "decision": "upheld" });
    let refused = world.decide(&both, assessed, upheld.clone()).await;
    assert!([403, 404].contains(&refused.status), "{refused:?}");
    assign(&world, enrolment, &Team::of(tenant)).await.ok();
    world.decide(tenant.moderator(), assessed, upheld).await.ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_enrolments_own_assessor_and_moderator_judge() {
    let world = World::new().await;
    let tenant = &world.alpha;
    let (team, other) = (Team::of(tenant), world.other_team(tenant).await);
    let both = both(&world).await;
    let programme = world.programme(tenant).await;
    let enrolment = world.enrol(tenant, tenant.learner, &programme, team.json()).await;
    let new = || new_assessment(programme.modules[0], "competent");
    for who in [
        &other.assessor,
        &both,
        &team.facilitator,
        &team.moderator,
        &team.verifier,
        tenant.admin(),
        tenant.learner_account(),
    ] {
        let refused = world.assess(who, enrolment, new()).await;
        assert!([403, 404].contains(&refused.status), "{}: {refused:?}", who.email);
    }
    let assessed = world.assess(&team.assessor, enrolment, new()).await.id();
    world.draw_sample(&other.moderator, programme.id).await.ok();
    for who in [
        &other.moderator,
        &both,
        &team.assessor,
        &team.facilitator,
        &team.verifier,
        tenant.admin(),
        tenant.learner_account(),
    ] {
        let refused = world.decide(who, assessed, json!({ "decision": "upheld" })).await;
        assert!([403, 404].contains(&refused.status), "{}: {refused:?}", who.email);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_stands_on_the_team_of_their_own_learning() {
    let world = World::new().await;
    let tenant = &world.alpha;
    let learner = world.learner(tenant).await;
    let roles = [Role::Learner, Role::Assessor].map(Role::as_str);
    let invite = json!({ "email": "both@alpha.example", "name": "Both", "roles": roles, "learner": learner });
    let invited = world
        .post("/api/v1/people")
        .by(tenant.admin())
        .json(invite)
        .send()
        .await
        .id();
    let programme = world.programme(tenant).await;
    let mut team = Team::of(tenant).json();
    team["assessor"] = json!(invited);
    let body = json!({ "programme": programme.id, "enrolled_on": "2026-02-01", "team": team });
    let enrol = world
        .post(format!("/api/v1/learners/{learner}/enrolments"))
        .by(tenant.admin())
        .json(body);
    let refused = enrol.send().await;
    refused.refused(422, "invalid");
    assert_eq!(refused.json["errors"][0]["code"], "team.self", "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_does_nothing_for_the_record_of_whoever_made_it() {
    let world = World::new().await;
    let tenant = &world.alpha;
    let (own, other) = (world.learner(tenant).await, world.learner(tenant).await);
    let both = world.somebody_who_is(tenant, own, &[Role::Admin, Role::Learner]).await;
    world.step_up(&both).await;
    let scopes = ["enrolment.create", "enrolment.create_many", "enrolment.assign"];
    let made = world.post("/api/v1/api-keys").by(&both);
    let made = made.json(json!({ "name": "theirs", "scopes": scopes })).send().await;
    let key = made.ok()["key"].as_str().unwrap();

    let programme = world.programme(tenant).await;
    let body = json!({ "programme": programme.id, "enrolled_on": "2026-02-01", "team": Team::of(tenant).json() });
    let enrol = |learner| {
        let path = format!("/api/v1/learners/{learner}/enrolments");
        world.post(path).by(key).json(body.clone()).send()
    };
    enrol(other).await.ok();
    let refused = enrol(own).await;
    assert!([403, 404].contains(&refused.status), "{refused:?}");

    let enrolment = world.enrol(tenant, own, &programme, Team::of(tenant).json()).await;
    let assign = world
        .ask("PUT", &format!("/api/v1/enrolments/{enrolment}/team"))
        .by(key);
    let refused = assign.if_match(1).json(Team::of(tenant).json()).send().await;
    assert!([403, 404].contains(&refused.status), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registration_that_ran_out_assesses_nothing() {
    let world = World::new().await;
    let tenant = &world.alpha;
    let programme = world.programme(tenant).await;
    let enrolment = world
        .enrol(tenant, tenant.learner, &programme, Team::of(tenant).json())
        .await;
    // The registrations of a world end with the year 2027.
    world.clock.advance_seconds(500 * 24 * 60 * 60);
    let opened = world.sign_in(tenant, &tenant.assessor().email).await;
    let assessor = Somebody {
        token: opened.ok()["token"].as_str().unwrap().to_owned(),
        ..tenant.assessor().clone()
    };
    let refused = world
        .assess(&assessor, enrolment, new_assessment(programme.modules[0], "competent"))
        .await;
    assert!([403, 404].contains(&refused.status), "{refused:?}");
    let opened = world.sign_in(tenant, &tenant.moderator().email).await;
    let moderator = Somebody {
        token: opened.ok()["token"].as_str().unwrap().to_owned(),
        ..tenant.moderator().clone()
    };
    let refused = world.draw_sample(&moderator, programme.id).await;
    assert!([403, 404].contains(&refused.status), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_grants_themselves_anything() {
    let world = World::new().await;
    let admin = world.alpha.admin();
    world.step_up(admin).await;
    let path = format!("/api/v1/people/{}", admin.id);
    let roles = world.ask("PUT", &format!("{path}/roles")).by(admin).if_match(2);
    let register = json!({
        "kind": "assessor", "number": "REG-9", "body": "W&RSETA", "valid_from": skillsyms_testkit::TODAY, "valid_until": "2027-12-31",
    });
    let tries = [
        roles.json(json!({ "roles": ["admin", "assessor", "moderator"] })),
        world.post(format!("{path}/registrations")).by(admin).json(register),
        world.post(format!("{path}/suspend")).by(admin),
        world.post(format!("{path}/restore")).by(admin),
    ];
    for ask in tries {
        let refused = ask.send().await;
        assert!([403, 404].contains(&refused.status), "{refused:?}");
    }
    // Nor does an administrator make operators.
    let invite = json!({ "email": "op@alpha.example", "name": "Operator", "roles": ["operator"] });
    world
        .post("/api/v1/people")
        .by(admin)
        .json(invite)
        .send()
        .await
        .is_problem();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_tenant_is_closed_to_its_people_and_keys() {
    let world = World::new().await;
    world.door().suspend_tenant("alpha").await.unwrap();
    for (_, somebody) in world.alpha.people() {
        let me = world.get("/api/v1/me").by(somebody).send().await;
        me.refused(401, "unauthenticated");
    }
    let by_key = world.get("/api/v1/learners").by(&world.alpha.key).send().await;
    by_key.refused(401, "unauthenticated");
    world.get("/api/v1/me").by(world.beta.admin()).send().await.ok();
    world.door().restore_tenant("alpha").await.unwrap();
    world.get("/api/v1/me").by(world.alpha.admin()).send().await.ok();
}

/// What an answer says, but for its reference.
fn told(reply: &Reply) -> (u16, String, serde_json::Value) {
    let mut problem = reply.json.clone();
    problem["reference"].take();
    problem["instance"].take();
    let headers = reply
        .headers
        .iter()
        .filter(|(name, _)| *name != "x-request-id" && *name != "date");
    let headers: Vec<String> = headers.map(|(name, value)| format!("{name}: {value:?}")).collect();
    (reply.status, headers.join("\n"), problem)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_tenant_looks_like_one_that_is_not_there() {
    let world = World::new().await;
    let invite = json!({ "email": "new@alpha.example", "name": "New", "roles": ["facilitator"], "link": "hand" });
    let invited = world
        .post("/api/v1/people")
        .by(world.alpha.admin())
        .json(invite)
        .send()
        .await;
    let token = invited.ok()["token"].as_str().unwrap().to_owned();
    let nowhere = |text: &str| text.replace(&world.alpha.cell.uuid().simple().to_string(), &"0".repeat(32));
    world.door().suspend_tenant("alpha").await.unwrap();
    let before = world.ledger(world.alpha.cell).await.len();

    let sign_in = async |tenant: &str, password: &str| {
        let typed = json!({ "tenant": tenant, "email": world.alpha.admin().email, "password": password });
        let reply = world.post("/api/v1/sessions").json(typed).send().await;
        reply.refused(401, "session.wrong");
        told(&reply)
    };
    let unknown = sign_in("nobody", PASSWORD).await;
    for password in [PASSWORD, "four wrong words here"] {
        assert_eq!(sign_in("alpha", password).await, unknown);
        assert_eq!(sign_in("beta", "four wrong words here").await, unknown);
    }
    for credential in [world.alpha.admin().token.as_str(), world.alpha.key.as_str()] {
        for path in ["/api/v1/me", "/api/v1/learners"] {
            let here = world.get(path).by(credential).send().await;
            let there = world.get(path).by(nowhere(credential)).send().await;
            assert_eq!(told(&here), told(&there));
        }
    }
    let accept = async |token: &str| {
        let body = json!({ "token": token, "password": PASSWORD });
        told(&world.post("/api/v1/invitations/accept").json(body).send().await)
    };
    assert_eq!(accept(&token).await, accept(&nowhere(&token)).await);
    assert_eq!(world.ledger(world.alpha.cell).await.len(), before, "nobody came in");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_changes_in_a_suspended_tenant_not_even_at_the_console() {
    let world = World::new().await;
    world.door().suspend_tenant("alpha").await.unwrap();
    let before = world.ledger(world.alpha.cell).await.len();
    let begin = BeginImport {
        file_name: "learners.csv".to_owned(),
    };
    let refused = world
        .door()
        .enter(Actor::Console(world.alpha.cell))
        .run(begin.clone())
        .await;
    assert_eq!(refused.unwrap_err().code.name, "tenant.suspended");
    assert_eq!(world.ledger(world.alpha.cell).await.len(), before);
    world.door().restore_tenant("alpha").await.unwrap();
    world
        .door()
        .enter(Actor::Console(world.alpha.cell))
        .run(begin)
        .await
        .unwrap();
}
