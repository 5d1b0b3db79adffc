//! Second factors over HTTP: what a session may that waits for one, and the way from a password to a whole session.

use serde_json::{Value, json};
use skillsyms_assurance::controls::CheckAccess;
use skillsyms_core::Role;
use skillsyms_door::Actor;
use skillsyms_people::FactorRule;
use skillsyms_people::api_keys::create::DAYS_MAX;
use skillsyms_people::factors::totp::{code_at, step_at};
use skillsyms_testkit::{Ask, PASSWORD, Reply, Tenant, World};
use skillsyms_web::routes::{Access, Routes};

use crate::mounted::Things;
use crate::registry::assert_refused;

/// What a session may do that waits for its second factor, or for one to be set up.
const WAITING: [&str; 4] = ["session.factor", "session.close", "session.challenge", "factor.ask"];
const SETTING_UP: [&str; 4] = ["me.read", "factor.list", "factor.begin", "factor.confirm"];

struct Strict<'w> {
    world: &'w World,
    app: axum::Router,
}

impl Strict<'_> {
    fn of(world: &World) -> Strict<'_> {
        Strict {
            world,
            app: world.strict(),
        }
    }

    fn ask(&self, method: &str, path: &str) -> Ask {
        Ask::new(&self.app, method, path)
    }

    async fn post(&self, path: &str, by: &str, body: Value) -> Reply {
        self.ask("POST", path).by(by).json(body).send().await
    }

    async fn sign_in(&self, tenant: &Tenant, email: &str) -> Value {
        let body = json!({ "tenant": tenant.slug, "email": email, "password": PASSWORD });
        self.ask("POST", "/api/v1/sessions")
            .json(body)
            .send()
            .await
            .ok()
            .clone()
    }

    fn code(&self, secret: &str, steps: i64) -> String {
        code_at(secret, step_at(self.world.door().clock().now()) + steps).unwrap()
    }

    /// Sets an app up; answers its secret, the recovery codes and the new token.
    async fn set_up(&self, token: &str) -> (String, Vec<String>, String) {
        let begun = self.post("/api/v1/factors", token, json!({ "name": "My phone" })).await;
        let (id, secret) = (begun.id(), begun.ok()["secret"].as_str().unwrap().to_owned());
        let body = json!({ "code": self.code(&secret, -1) });
        let confirmed = self.post(&format!("/api/v1/factors/{id}/confirm"), token, body).await;
        let confirmed = confirmed.ok();
        let codes = confirmed["recovery_codes"].as_array().unwrap();
        let codes = codes.iter().map(|code| code.as_str().unwrap().to_owned());
        (secret, codes.collect(), confirmed["token"].as_str().unwrap().to_owned())
    }
}

fn token(opened: &Value) -> &str {
    opened["token"].as_str().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_waits_for_a_factor_is_refused_everything_else() {
    let world = World::new().await;
    let tenant = &world.alpha;
    let things = Things::new(&world, tenant).await;
    let strict = Strict::of(&world);
    let every: Vec<Role> = Role::ALL
        .iter()
        .copied()
        .filter(|role| !matches!(role, Role::Operator | Role::Learner))
        .collect();
    let somebody = world.somebody(tenant, &every).await;
    let setting_up = strict.sign_in(tenant, &somebody.email).await;
    assert_eq!(setting_up["owes"], "enrol");
    let tried = all_refused(&strict, &things, token(&setting_up), "second_factor_setup").await;
    strict.set_up(token(&setting_up)).await;
    let waiting = strict.sign_in(tenant, &somebody.email).await;
    assert_eq!(waiting["owes"], "factor");
    let more = all_refused(&strict, &things, token(&waiting), "second_factor_required").await;
    assert!(tried > 80 && more > tried, "{tried} and {more}");
}

/// Tries every route of the API but the few that such a session may use; answers how many.
async fn all_refused(strict: &Strict<'_>, things: &Things, token: &str, code: &str) -> usize {
    let (world, tenant) = (strict.world, &strict.world.alpha);
    let mut tried = 0;
    for route in Routes::all().api().filter(|route| route.access == Access::Credential) {
        let act = route.acts[0];
        let may = WAITING.contains(&act) || (code == "second_factor_setup" && SETTING_UP.contains(&act));
        if may {
            continue;
        }
        let reply = things.ask(world, tenant, route).by(token).send().await;
        assert_eq!((reply.status, reply.code()), (403, code), "{act}: {reply:?}");
        assert_refused(world, tenant, &reply, act).await;
        tried += 1;
    }
    tried
}

#[tokio::test(flavor = "multi_thread")]
async fn from_a_password_to_a_whole_session() {
    let world = World::new().await;
    let tenant = &world.alpha;
    let strict = Strict::of(&world);
    let email = tenant.who(Role::Assessor).email.clone();
    let opened = strict.sign_in(tenant, &email).await;
    let (secret, codes, session) = strict.set_up(token(&opened)).await;
    assert_eq!(codes.len(), 10);
    strict
        .ask("GET", "/api/v1/me")
        .by(token(&opened))
        .send()
        .await
        .refused(401, "unauthenticated");
    strict.ask("GET", "/api/v1/me").by(&session).send().await.ok();
    let again = strict.sign_in(tenant, &email).await;
    let body = json!({ "code": strict.code(&secret, 0) });
    let shown = strict
        .post("/api/v1/sessions/current/factor", token(&again), body.clone())
        .await;
    let whole = token(shown.ok()).to_owned();
    assert!(shown.ok()["owes"].is_null());
    let me = strict.ask("GET", "/api/v1/me").by(&whole).send().await;
    assert!(me.ok()["has_factor"].as_bool().unwrap() && me.ok()["step_up_until"].is_string());
    // The same code again, in a session of its own.
    let third = strict.sign_in(tenant, &email).await;
    let reply = strict
        .post("/api/v1/sessions/current/factor", token(&third), body)
        .await;
    reply.refused(403, "factor.code");
    // Nothing of it stands in the ledger, and no code is answered twice.
    let entries = format!("{:?}", world.ledger(tenant.cell).await);
    assert!(!entries.contains(&secret) && !entries.contains(&codes[0]));
    let listed = strict.ask("GET", "/api/v1/factors").by(&whole).send().await;
    let text = listed.ok().to_string();
    assert!(!text.contains(&secret) && !text.contains(&codes[0]), "{text}");
    assert_eq!(listed.ok()["recovery_codes_left"], 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_and_another_tenant_have_nothing_to_do_with_it() {
    let world = World::new().await;
    let strict = Strict::of(&world);
    let opened = strict
        .sign_in(&world.alpha, &world.alpha.who(Role::Moderator).email)
        .await;
    let begun = strict
        .post("/api/v1/factors", token(&opened), json!({ "name": "My phone" }))
        .await;
    let path = format!("/api/v1/factors/{}/confirm", begun.id());
    let secret = begun.ok()["secret"].as_str().unwrap();
    let body = json!({ "code": strict.code(secret, 0) });
    let other = strict
        .sign_in(&world.beta, &world.beta.who(Role::Moderator).email)
        .await;
    assert_eq!(strict.post(&path, token(&other), body.clone()).await.status, 403);
    assert_eq!(strict.post(&path, &world.alpha.key, body.clone()).await.status, 403);
    strict.post(&path, token(&opened), body).await.ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_probe_sees_who_is_in_without_a_factor_and_keys_without_an_end() {
    // Nobody has a factor in this world, and it lets them in.
    let world = World::new().await;
    let look = |rule, key_days| {
        let actor = Actor::System(world.alpha.cell);
        world.door().enter(actor).view(CheckAccess { rule, key_days })
    };
    let seen = look(FactorRule::DEFAULT, DAYS_MAX).await.unwrap();
    // Two administrators, an assessor and a moderator.
    assert_eq!((seen.without_factor, seen.unbounded_keys), (4, 0));
    assert!(seen.sessions > seen.without_factor && seen.keys == 1, "{seen:?}");
    assert_eq!(look(FactorRule::NOBODY, DAYS_MAX).await.unwrap().without_factor, 0);
    assert_eq!(look(FactorRule::DEFAULT, 1).await.unwrap().unbounded_keys, 1);
    let strict = Strict::of(&world);
    let opened = strict
        .sign_in(&world.alpha, &world.alpha.who(Role::Assessor).email)
        .await;
    assert_eq!(
        look(FactorRule::DEFAULT, DAYS_MAX).await.unwrap().without_factor,
        4,
        "one that waits is not in"
    );
    // Setting one up ends the session that was open without it.
    strict.set_up(token(&opened)).await;
    assert_eq!(look(FactorRule::DEFAULT, DAYS_MAX).await.unwrap().without_factor, 3);
}
