//! The operators' face: what they can do, what they cannot, and that nobody else can. What the policies deny to a provider's
//! people, to keys and to nobody is tried on every route in [`crate::registry`].

use serde_json::{Value, json};
use skillsyms_core::CellId;
use skillsyms_ledger::Outcome;
use skillsyms_people::Sending;
use skillsyms_people::accounts::LinkBy;
use skillsyms_testkit::{PASSWORD, Reply, Somebody, World, persons};
use skillsyms_web::routes::{Access, Routes};

/// A page, as a browser with one cookie asks for it.
async fn page(world: &World, path: &str, cell: CellId, token: &str) -> Reply {
    let cookie = format!("__Host-s-{}={token}", cell.uuid().simple());
    let ask = world.get(path).header("cookie", &cookie).header("accept", "text/html");
    ask.send().await
}

fn tenant(cell: CellId, rest: &str) -> String {
    format!("/api/v1/platform/tenants/{cell}{rest}")
}

async fn suspend(world: &World, operator: &Somebody, cell: CellId) -> Reply {
    let ask = world.post(tenant(cell, "/suspend")).by(operator);
    ask.json(json!({ "reason": "They did not pay." })).send().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_counts_in_its_own_realm_only() {
    let world = World::new().await;
    let operator = world.operator().await;
    let (platform, alpha) = (world.door().platform(), &world.alpha);
    let mut tried = 0;
    for route in Routes::all()
        .pages()
        .filter(|route| route.access == Access::Credential && route.method == "GET")
    {
        let path = route.path.replace("{slug}", alpha.slug);
        let path = path
            .replace("{id}", &alpha.cell.to_string())
            .replace("{module}", &alpha.learner.to_string());
        let is_platform = path.starts_with("/platform/");
        // Each token under the name of each cookie: an operator's on a provider's pages, an administrator's on operators'.
        let token = if is_platform {
            &alpha.admin().token
        } else {
            &operator.token
        };
        for cell in [platform, alpha.cell] {
            let reply = page(&world, &path, cell, token).await;
            assert_eq!(reply.status, 303, "{reply:?}");
            let place = reply.header("location");
            assert!(place.contains("/sign-in"), "{place}");
        }
        tried += 1;
    }
    assert!(tried > 40, "only {tried} pages: the loop lost its routes");
    assert_eq!(page(&world, "/platform/", platform, &operator.token).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_of_one_realm_is_wrong_in_the_other() {
    let world = World::new().await;
    let operator = world.operator().await;
    let sign_in = async |path: &str, body: Value| world.post(path).json(body).send().await;
    let admin = &world.alpha.admin().email;
    let at_platform = json!({ "email": admin, "password": PASSWORD });
    sign_in("/api/v1/platform/sessions", at_platform)
        .await
        .refused(401, "session.wrong");
    for slug in [world.alpha.slug, "nobody", "platform", ""] {
        let at_tenant = json!({ "tenant": slug, "email": operator.email, "password": PASSWORD });
        sign_in("/api/v1/sessions", at_tenant)
            .await
            .refused(401, "session.wrong");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_console_gives_each_realm_its_own_roles() {
    use skillsyms_core::Role;
    use skillsyms_door::Actor;
    use skillsyms_people::accounts::Invite;
    use skillsyms_vault::Secret;
    let world = World::new().await;
    let invite = async |cell: CellId, roles: &[Role]| {
        let act = Invite {
            email: Secret::new("x@example.org".to_owned()),
            name: Secret::new("X Y".to_owned()),
            roles: roles.to_vec(),
            learner: None,
            link: LinkBy::Hand,
            sending: Sending::Off,
        };
        world.door().enter(Actor::Console(cell)).run(act).await.unwrap_err()
    };
    let platform = world.door().platform();
    assert_eq!(
        invite(world.alpha.cell, &[Role::Operator]).await.fields[0].code,
        "roles.operator"
    );
    assert_eq!(invite(platform, &[Role::Admin]).await.fields[0].code, "roles.platform");
    assert_eq!(
        invite(platform, &[Role::Operator, Role::Admin]).await.fields[0].code,
        "roles.platform"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_creates_a_provider_and_lets_its_first_administrator_in() {
    let world = World::new().await;
    let operator = world.operator().await;
    let new = json!({ "slug": "gamma", "name": "Gamma Training" });
    let create = |key: &str| {
        world
            .post("/api/v1/platform/tenants")
            .by(&operator)
            .header("idempotency-key", key)
    };
    create("a")
        .json(new.clone())
        .send()
        .await
        .refused(403, "step_up_required");
    world.step_up(&operator).await;
    let made = create("a").json(new.clone()).send().await;
    let cell = CellId::new(made.id());
    assert_eq!(
        create("a").json(new.clone()).send().await.id(),
        cell.uuid(),
        "sent again, it is made once"
    );
    create("b").json(new).send().await.refused(409, "tenant.slug_taken");
    let bad = json!({ "slug": "No Slug", "name": "X" });
    create("c").json(bad).send().await.refused(422, "invalid");

    let read = world.get(tenant(cell, "")).by(&operator).send().await;
    assert_eq!(read.ok()["tenant"]["state"], "active");
    let invite = |email: &str| {
        let ask = world.post(tenant(cell, "/administrators")).by(&operator);
        ask.json(json!({ "email": email, "name": "First Admin" }))
    };
    let spare = invite("mine@operator.example").send().await;
    let invited = invite("first@gamma.example").send().await;
    let accept = json!({ "token": invited.ok()["token"], "password": PASSWORD });
    world.post("/api/v1/invitations/accept").json(accept).send().await.ok();
    let typed = json!({ "tenant": "gamma", "email": "first@gamma.example", "password": PASSWORD });
    world.post("/api/v1/sessions").json(typed).send().await.ok();
    // From now on the provider decides who gets in: a link that an operator kept opens nothing either.
    let accept = json!({ "token": spare.ok()["token"], "password": PASSWORD });
    let refused = world.post("/api/v1/invitations/accept").json(accept).send().await;
    refused.refused(410, "person.invitation");
    invite("second@gamma.example")
        .send()
        .await
        .refused(409, "person.has_administrator");

    let left = world.left_by(world.door().platform(), made.reference()).await;
    let who = left.iter().find(|entry| entry.act == "tenant.create").unwrap();
    assert_eq!((who.actor.id, who.outcome), (Some(operator.id), Outcome::Done));
    let there = world.left_by(cell, invited.reference()).await;
    assert!(
        there.iter().any(|entry| entry.act == "person.invite"),
        "the provider's own log tells it"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_provider_is_gone_for_everybody_else_until_it_is_restored() {
    let world = World::new().await;
    let operator = world.operator().await;
    let (alpha, admin) = (&world.alpha, world.alpha.admin());
    suspend(&world, &operator, alpha.cell)
        .await
        .refused(403, "step_up_required");
    world.step_up(&operator).await;
    let bare = world.post(tenant(alpha.cell, "/suspend")).by(&operator);
    bare.json(json!({ "reason": " " }))
        .send()
        .await
        .refused(422, "purpose_required");
    let done = suspend(&world, &operator, alpha.cell).await;
    done.ok();
    suspend(&world, &operator, alpha.cell)
        .await
        .refused(409, "tenant.state");

    let unknown =
        |slug: &str, reply: &Reply| (reply.status, String::from_utf8_lossy(&reply.body).replace(slug, "SLUG"));
    let me = world.get("/api/v1/me").by(admin).send().await;
    me.refused(401, "unauthenticated");
    world
        .get("/api/v1/me")
        .by(&alpha.key)
        .send()
        .await
        .refused(401, "unauthenticated");
    let sign_in = async |slug: &str| {
        let typed = json!({ "tenant": slug, "email": admin.email, "password": PASSWORD });
        let reply = world.post("/api/v1/sessions").json(typed).send().await;
        (reply.status, reply.code().to_owned())
    };
    assert_eq!(sign_in(alpha.slug).await, sign_in("nobody").await);
    let there = page(&world, &format!("/t/{}/account", alpha.slug), alpha.cell, &admin.token).await;
    let absent = page(&world, "/t/nobody/account", alpha.cell, &admin.token).await;
    assert_eq!(unknown(alpha.slug, &there).0, unknown("nobody", &absent).0);
    assert_eq!(
        there.header("location").replace(alpha.slug, "x"),
        absent.header("location").replace("nobody", "x")
    );

    let left = world.left_by(world.door().platform(), done.reference()).await;
    assert_eq!(left[0].purpose.as_deref(), Some("They did not pay."));
    let restore = world.post(tenant(alpha.cell, "/restore")).by(&operator);
    restore.json(json!({ "reason": "They paid." })).send().await.ok();
    world.get("/api/v1/me").by(admin).send().await.ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_is_searched_sorted_and_paged() {
    let world = World::new().await;
    let operator = world.operator().await;
    world.door().create_tenant("gamma", "Aardvark College").await.unwrap();
    world.door().publish_heads().await.unwrap();
    let slugs = async |query: &str| {
        let reply = world
            .get(format!("/api/v1/platform/tenants{query}"))
            .by(&operator)
            .send()
            .await;
        let items = reply.ok()["items"].as_array().unwrap().clone();
        let slugs = items
            .iter()
            .map(|item| item["slug"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>();
        (slugs, reply.ok()["next"].as_str().map(str::to_owned), items)
    };
    let (all, _, items) = slugs("").await;
    assert_eq!(all, ["alpha", "beta", "gamma"]);
    assert!(items[0]["bytes"].as_u64().unwrap() > 4_096 && items[0]["entries"].as_i64().unwrap() > 10);
    assert!(!items[0]["active_at"].is_null());
    assert_eq!(slugs("?sort=name").await.0, ["gamma", "alpha", "beta"]);
    assert_eq!(slugs("?sort=-slug").await.0, ["gamma", "beta", "alpha"]);
    assert_eq!(slugs("?search=AARD").await.0, ["gamma"]);
    assert_eq!(slugs("?state=suspended").await.0, [""; 0]);
    let (first, next, _) = slugs("?limit=2").await;
    assert_eq!(first, ["alpha", "beta"]);
    let (second, last, _) = slugs(&format!("?limit=2&cursor={}", next.unwrap())).await;
    assert_eq!((second, last), (vec!["gamma".to_owned()], None));
    let wrong = world
        .get("/api/v1/platform/tenants?sort=keyring")
        .by(&operator)
        .send()
        .await;
    wrong.refused(422, "invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn heads_are_given_away_and_hold() {
    let world = World::new().await;
    let operator = world.operator().await;
    world.door().publish_heads().await.unwrap();
    let reply = world.get("/api/v1/platform/checkpoints").by(&operator).send().await;
    let items = reply.ok()["items"].as_array().unwrap();
    assert_eq!(items.len(), 3, "the platform's own and two");
    for item in items {
        let cell: CellId = item["cell"].as_str().unwrap().parse().unwrap();
        let note = item["note"].as_str().unwrap();
        let size = item["size"].as_u64().unwrap();
        let root = item["root"].as_str().unwrap();
        assert!(note.starts_with(&format!("{}\n{size}\n{root}\n", item["origin"].as_str().unwrap())));
        let report = world.door().verify_ledger(cell, |_, _| {}).await.unwrap();
        assert!(report.ok && report.size >= size, "{:?}", report.findings);
        let path = format!("/platform/checkpoints/{cell}");
        let file = page(&world, &path, world.door().platform(), &operator.token).await;
        assert_eq!(
            (file.status, file.header("content-type")),
            (200, "text/plain; charset=utf-8")
        );
        // The platform's own log grew by looking at it; a provider's did not.
        if item["slug"].is_string() {
            assert_eq!(file.body, note.as_bytes());
        }
    }
    let absent = format!("/platform/checkpoints/{}", operator.id);
    assert_eq!(
        page(&world, &absent, world.door().platform(), &operator.token)
            .await
            .status,
        404
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_uses_no_more_than_its_quotas() {
    let world = World::new().await;
    let operator = world.operator().await;
    world.step_up(&operator).await;
    let (alpha, admin) = (&world.alpha, world.alpha.admin());
    let set = async |version: i64, quotas: Value| {
        let ask = world
            .ask("PUT", &tenant(alpha.cell, "/quotas"))
            .by(&operator)
            .if_match(version);
        ask.json(quotas).send().await
    };
    let version = async || {
        let read = world.get(tenant(alpha.cell, "")).by(&operator).send().await;
        read.ok()["tenant"]["version"].as_i64().unwrap()
    };
    let register = async || {
        let ask = world.post("/api/v1/learners").by(admin);
        ask.json(persons::learner(world.draw())).send().await
    };
    let first = version().await;
    set(first, json!({ "learners": 2, "people": 7, "evidence_bytes": 10 }))
        .await
        .ok();
    set(first, json!({})).await.refused(412, "stale");
    set(first + 1, json!({ "learners": -1 })).await.refused(422, "invalid");
    // One learner is there already.
    register().await.ok();
    register().await.refused(409, "quota.reached");
    let csv = persons::csv(&[persons::learner(world.draw())]);
    let import = world
        .post("/api/v1/imports")
        .by(admin)
        .bytes("text/csv", csv)
        .send()
        .await;
    import.refused(409, "quota.reached");
    let imports = world.get("/api/v1/imports").by(admin).send().await;
    assert_eq!(imports.ok()["items"][0]["state"], "stopped", "{imports:?}");
    world.step_up(admin).await;
    let invite = json!({ "email": "one-too-many@alpha.example", "name": "One More", "roles": ["verifier"] });
    let invited = world.post("/api/v1/people").by(admin).json(invite.clone()).send().await;
    invited.refused(409, "quota.reached");
    let programme = world.programme(alpha).await;
    let team = skillsyms_testkit::scene::Team::of(alpha).json();
    let enrolment = world.enrol(alpha, alpha.learner, &programme, team).await;
    let upload = world.upload(admin, enrolment, programme.modules[0]).await;
    upload.refused(409, "quota.reached");
    // The neighbour is not concerned, and without quotas nothing is.
    world.learner(&world.beta).await;
    set(first + 1, json!({})).await.ok();
    register().await.ok();
    world.post("/api/v1/people").by(admin).json(invite).send().await.ok();
    world.upload(admin, enrolment, programme.modules[0]).await.ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn operators_look_after_each_other_and_never_after_themselves() {
    let world = World::new().await;
    let (one, other) = (world.operator().await, world.operator().await);
    let path = |of: &Somebody, rest: &str| format!("/api/v1/platform/operators/{}{rest}", of.id);
    let act = async |by: &Somebody, of: &Somebody, what: &str| world.post(path(of, what)).by(by).send().await;
    for what in ["/suspend", "/restore", "/reset"] {
        act(&one, &other, what).await.refused(403, "step_up_required");
    }
    world.step_up(&one).await;
    world.step_up(&other).await;
    // Nobody does it to themselves: so whoever suspends stays.
    for what in ["/suspend", "/restore", "/reset"] {
        act(&one, &one, what).await.refused(404, "not_found");
    }
    let list = world.get("/api/v1/platform/operators").by(&one).send().await;
    assert_eq!(list.ok()["items"].as_array().unwrap().len(), 2);
    let version = world.get(path(&other, "")).by(&one).send().await.version();
    let stale = world.post(path(&other, "/suspend")).by(&one).if_match(version + 1);
    stale.send().await.refused(412, "stale");
    let done = act(&one, &other, "/suspend").await;
    assert_eq!(done.ok()["sessions_ended"], 1);
    let left = world.left_by(world.door().platform(), done.reference()).await;
    assert_eq!(
        (left[0].act.as_ref(), left[0].actor.id, left[0].outcome),
        ("operator.suspend", Some(one.id), Outcome::Done)
    );
    assert_eq!(left[0].on[0].1, other.id);
    // Who is suspended does nothing to whoever is left, and comes in no more.
    act(&other, &one, "/suspend").await.refused(401, "unauthenticated");
    let sign_in = async |password: &str| {
        let typed = json!({ "email": other.email, "password": password });
        world.post("/api/v1/platform/sessions").json(typed).send().await
    };
    sign_in(PASSWORD).await.refused(401, "session.wrong");
    act(&one, &other, "/suspend").await.refused(409, "person.state");
    act(&one, &other, "/reset").await.refused(409, "person.state");
    act(&one, &other, "/restore").await.ok();
    sign_in(PASSWORD).await.ok();

    let made = act(&one, &other, "/reset").await;
    let chosen = "seven green lamps tonight";
    let apply = json!({ "token": made.ok()["token"], "password": chosen });
    world.post("/api/v1/resets/apply").json(apply.clone()).send().await.ok();
    world
        .post("/api/v1/resets/apply")
        .json(apply)
        .send()
        .await
        .refused(410, "reset.link");
    sign_in(PASSWORD).await.refused(401, "session.wrong");
    sign_in(chosen).await.ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_operators_who_suspend_each_other_one_stays() {
    let world = World::new().await;
    let (one, other) = (world.operator().await, world.operator().await);
    for somebody in [&one, &other] {
        world.step_up(somebody).await;
    }
    let act = async |by: &Somebody, of: &Somebody| {
        let path = format!("/api/v1/platform/operators/{}/suspend", of.id);
        world.post(path).by(by).send().await.status
    };
    let (first, second) = tokio::join!(act(&one, &other), act(&other, &one));
    assert!((first == 200) != (second == 200), "{first} {second}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_overview_says_how_the_platform_is() {
    let world = World::new().await;
    let operator = world.operator().await;
    let reply = world.get("/api/v1/platform").by(&operator).send().await;
    let told = reply.ok();
    assert_eq!(told["tenants"], json!({ "active": 2, "suspended": 0, "creating": 0 }));
    assert!(told["health"]["disk_free_bytes"].as_u64().unwrap() > 0);
    assert!(told["health"]["cells_open"].as_u64().unwrap() >= 2);
    let controls = world.get("/api/v1/platform/controls").by(&operator).send().await;
    assert_eq!(controls.ok()["controls"].as_array().unwrap().len(), 207);
    // The probes stand above the faces: a house without them says so.
    let check = world.post("/api/v1/platform/controls/check").by(&operator).send().await;
    check.refused(503, "control.no_probes");
}
