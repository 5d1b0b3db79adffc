//! A request that would be right for every route that is mounted, with ids of things that are really there. A route for
//! which this file has no body or id fails the tests that loop over the registry.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use skillsyms_core::Role;
use skillsyms_testkit::{Ask, Tenant, World, persons, scene};
use skillsyms_web::routes::{Route, Takes, Versions};
use uuid::Uuid;

/// Things of a tenant that have nothing to do with the people of [`Tenant::people`]: others learn, teach and assess.
pub struct Things {
    /// By the folder of the API that they stand in.
    pub ids: BTreeMap<&'static str, Uuid>,
    pub module: Uuid,
    pub learner: Uuid,
    pub scene: scene::Finished,
}

impl Things {
    /// Makes them through the API.
    pub async fn new(world: &World, tenant: &Tenant) -> Self {
        let team = world.other_team(tenant).await;
        let learner = world.learner(tenant).await;
        let scene = world.finish(tenant, learner, &team).await;
        let admin = tenant.admin();
        let key = world.get("/api/v1/api-keys").by(admin).send().await;
        let session = world.get("/api/v1/sessions").by(&tenant.second_admin).send().await;
        let csv = persons::csv(&[persons::learner(world.draw())]);
        let import = world
            .post("/api/v1/imports")
            .by(admin)
            .bytes("text/csv", csv)
            .send()
            .await;
        // Whose file waits, looks at it: no person.
        let csv = persons::csv(&[persons::learner(world.draw())]);
        let held = world.post("/api/v1/imports/held").by(&tenant.key);
        let held = held.bytes("text/csv", csv).send().await;
        let programme = world.programme(tenant).await;
        let open = world.enrol(tenant, learner, &programme, team.json()).await;
        let announce = format!(
            "/api/v1/enrolments/{open}/uploads?module={}&name=a.pdf&length={}",
            programme.modules[0],
            scene::PDF.len()
        );
        let upload = world.post(announce).by(&tenant.key).send().await;
        let somebody = world.somebody(tenant, &[Role::Verifier]).await;
        world.step_up(&somebody).await;
        let factor = world.post("/api/v1/factors").by(&somebody);
        let factor = factor.json(json!({ "name": "Their phone" })).send().await;
        let ids = BTreeMap::from([
            ("factors", factor.id()),
            ("uploads", upload.id()),
            ("people", tenant.second_admin.id),
            ("tenants", tenant.cell.uuid()),
            ("operators", world.operator().await.id),
            ("sessions", scene::ids(&session)[0]),
            ("api-keys", scene::ids(&key)[0]),
            ("imports", import.id()),
            ("held", held.id()),
            ("learning", scene.enrolment),
            ("access-queries", world.question(tenant, "Who is this?").await),
            ("learners", scene.learner),
            ("programmes", scene.programme.id),
            ("enrolments", scene.enrolment),
            ("evidence", scene.evidence),
            ("assessments", scene.assessments[0]),
            ("samples", scene.sample),
            ("results", scene.results[0]),
            ("statements", scene.statement),
        ]);
        Self {
            ids,
            module: scene.programme.modules[0],
            learner: scene.learner,
            scene,
        }
    }

    /// The route's path with a real id.
    pub fn path(&self, route: &Route) -> String {
        let parts: Vec<&str> = route.path.split('/').collect();
        let filled = parts.iter().enumerate().map(|(at, part)| {
            if !part.starts_with('{') {
                return (*part).to_owned();
            }
            let folder = match route.acts.first() {
                Some(&("import.preview" | "import.start" | "import.give_up")) => "held",
                _ => parts[at - 1],
            };
            self.ids
                .get(folder)
                .unwrap_or_else(|| panic!("{route:?}: there is no thing in {folder}"))
                .to_string()
        });
        let path = filled.collect::<Vec<_>>().join("/");
        match route.acts.first() {
            Some(&"evidence.begin") => format!("{path}?module={}&name=a.pdf", self.module),
            Some(&"evidence.announce") => format!("{path}?module={}&name=a.pdf&length=100", self.module),
            Some(&"permission.explain") => format!("{path}?act=learner.read"),
            Some(&"ledger.proof") => format!("{path}?leaf=0"),
            _ => path,
        }
    }

    /// A request without its body.
    pub fn bare(&self, world: &World, route: &Route) -> Ask {
        let ask = world.ask(route.method.as_str(), &self.path(route)).because("a test");
        if route.versions == Versions::Requires {
            ask.if_match(1)
        } else {
            ask
        }
    }

    /// A whole request, but for who asks.
    pub fn ask(&self, world: &World, tenant: &Tenant, route: &Route) -> Ask {
        let ask = self.bare(world, route);
        match route.takes {
            Takes::Nothing | Takes::Form => ask,
            Takes::Json(_) => ask.json(self.body(world, tenant, route)),
            Takes::File(media) if media.contains(&"text/csv") => {
                ask.bytes("text/csv", persons::csv(&[persons::learner(world.draw())]))
            }
            Takes::File(media) if media.contains(&"application/partial-upload") => ask
                .header("upload-offset", "0")
                .header("upload-complete", "?0")
                .bytes("application/partial-upload", scene::PDF),
            Takes::File(_) => ask.bytes("application/pdf", scene::PDF),
        }
    }

    /// A body that would be right.
    pub fn body(&self, world: &World, tenant: &Tenant, route: &Route) -> Value {
        let act = route.acts.first().copied().unwrap_or_default();
        let n = world.draw();
        let enrolment = json!({ "programme": self.scene.programme.id, "enrolled_on": "2026-02-01", "team": scene::Team::of(tenant).json() });
        match act {
            "session.open" => {
                // Another one each time: guessing at one account is slowed.
                json!({ "tenant": tenant.slug, "email": format!("n{n}@example.org"), "password": "four wrong words here" })
            }
            "tenant.create" => json!({ "slug": format!("new-{n}"), "name": "New Training" }),
            "tenant.suspend" | "tenant.restore" => json!({ "reason": "a test" }),
            "tenant.set_quotas" => json!({ "learners": 100_000 }),
            "tenant.invite" => json!({ "email": format!("n{n}@example.org"), "name": "Some Body" }),
            "session.step_up" => json!({ "password": skillsyms_testkit::PASSWORD }),
            "session.factor" | "factor.confirm" => json!({ "code": "000000" }),
            "factor.begin" => json!({ "name": "My phone" }),
            "person.accept" => json!({ "token": "ski_x", "password": "four words in a row" }),
            "reset.request" => json!({ "tenant": tenant.slug, "email": "nobody@example.org" }),
            "reset.apply" => json!({ "token": "skr_x", "password": "four words in a row" }),
            "person.invite" => {
                json!({ "email": format!("n{n}@example.org"), "name": "Some Body", "roles": [Role::Assessor.as_str()] })
            }
            "person.set_roles" => json!({ "roles": ["admin", "facilitator"] }),
            "person.list" | "task.list" | "task.groups" | "access.queries" | "import.list" => json!({ "search": "n" }),
            "person.register" => json!({
                "kind": "assessor", "number": "REG-2", "body": "W&RSETA",
                "valid_from": skillsyms_testkit::TODAY, "valid_until": "2027-12-31",
            }),
            "api_key.create" => json!({ "name": "one more", "scopes": ["learner.read"] }),
            "api_key.rotate" => json!({ "overlap_hours": 0 }),
            "api_key.report_leaked" => json!({ "key": "skl_live_x" }),
            "learner.register" => persons::learner(n),
            "learner.lookup" => json!({ "id_number": persons::id_number(4_999) }),
            "learner.update" => json!({ "title": "Dr" }),
            "learner.reveal_id" => json!({ "purpose": "a test" }),
            "learner.correct_id" => json!({ "purpose": "a test", "identity": { "id_number": persons::id_number(n) } }),
            "access.query" => json!({ "leaf": 0, "question": "Who is this?" }),
            "access.answer" => json!({ "answer": "Our new administrator." }),
            "settings.change" => json!({ "provider_number": "SDP-1" }),
            "programme.create" => scene::new_programme(80_000 + u32::from(n)),
            "enrolment.create" => enrolment,
            "enrolment.create_many" => json!({ "learners": [self.learner], "enrolment": enrolment }),
            "enrolment.assign" => scene::Team::of(tenant).json(),
            "enrolment.suspend" | "enrolment.resume" => json!({ "reason": "In hospital until March." }),
            "assessment.record" => scene::new_assessment(self.module, "competent"),
            "moderation.decide" => json!({ "decision": "upheld" }),
            "import.preview" | "import.start" => json!({ "columns": ["id_number"] }),
            "result.reverse" => json!({ "reason": "The evidence was somebody else's." }),
            _ => panic!("{route:?}: this file has no body for {act}"),
        }
    }
}
