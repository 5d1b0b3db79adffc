//! The main job over the API, from the first learner to a reversed result.

use serde_json::{Value, json};
use skillsyms_testkit::scene::{PDF, Programme, Team, ids, new_assessment};
use skillsyms_testkit::{Reply, Tenant, World, persons};
use uuid::Uuid;

struct Job<'w> {
    world: &'w World,
    tenant: &'w Tenant,
}

impl Job<'_> {
    async fn list(&self, path: &str) -> Reply {
        self.world.get(path).by(self.tenant.admin()).send().await
    }

    /// Good rows are kept, bad ones come back with line, column and reason.
    async fn import(&self) -> Vec<Uuid> {
        let good: Vec<Value> = (0..3).map(|_| persons::learner(self.world.draw())).collect();
        let mut wrong_number = persons::learner(self.world.draw());
        wrong_number["id_number"] = json!("9001010001080");
        let mut no_name = persons::learner(self.world.draw());
        no_name["last_name"] = json!("");
        let mut formula = persons::learner(self.world.draw());
        formula["first_name"] = json!("=cmd");
        let rows = [
            good[0].clone(),
            wrong_number,
            good[1].clone(),
            good[0].clone(),
            no_name,
            formula,
            good[2].clone(),
        ];
        let (admin, csv) = (self.tenant.admin(), persons::csv(&rows));
        let ask = self
            .world
            .post("/api/v1/imports")
            .by(admin)
            .header("skillsyms-file-name", "learners.csv");
        let done = ask.bytes("text/csv", csv).send().await;
        let summary = done.ok();
        assert_eq!(
            (&summary["rows_read"], &summary["rows_kept"], &summary["rows_refused"]),
            (&json!(7), &json!(3), &json!(4))
        );
        let failures = self.list(&format!("/api/v1/imports/{}/failures", done.id())).await;
        let lines: Vec<i64> = failures.ok()["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["line"].as_i64().unwrap())
            .collect();
        assert_eq!(lines, [3, 5, 6, 7], "{failures:?}");
        for row in failures.json["items"].as_array().unwrap() {
            assert!(
                row["errors"][0]["code"].is_string() && row["errors"][0]["message"].is_string(),
                "{row}"
            );
        }
        assert_eq!(persons::id_number_in(&failures.body), None, "{failures:?}");
        let found: Vec<Uuid> = ids(&self.list("/api/v1/learners?limit=100").await);
        assert_eq!(found.len(), 4, "three of the file and the one of the world");
        found.into_iter().filter(|id| *id != self.tenant.learner).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_does_its_work() {
    let world = World::new().await;
    let tenant = &world.alpha;
    let job = Job { world: &world, tenant };
    let team = Team::of(tenant);
    let imported = job.import().await;

    let programme = world.programme(tenant).await;
    let body = json!({
        "learners": imported,
        "enrolment": { "programme": programme.id, "enrolled_on": "2026-02-01", "team": team.json() },
    });
    let many = world
        .post("/api/v1/enrolments/many")
        .by(tenant.admin())
        .json(body)
        .send()
        .await;
    assert_eq!(many.ok()["enrolments"].as_array().unwrap().len(), 3);
    let enrolment = world.enrol(tenant, tenant.learner, &programme, team.json()).await;

    let uploaded = world
        .upload(tenant.learner_account(), enrolment, programme.modules[0])
        .await
        .id();
    let content = world
        .get(format!("/api/v1/evidence/{uploaded}/content"))
        .by(&team.assessor)
        .send()
        .await;
    assert_eq!((content.status, content.body.as_ref()), (200, PDF), "{content:?}");

    let module = judge(&job, enrolment, &programme).await;
    finish(&job, enrolment, module).await;
}

/// Two modules are assessed twice. One goes back for a reason, is done again, and is upheld: that module.
async fn judge(job: &Job<'_>, enrolment: Uuid, programme: &Programme) -> Uuid {
    let (world, team) = (job.world, Team::of(job.tenant));
    for module in &programme.modules {
        world
            .assess(&team.assessor, enrolment, new_assessment(*module, "not_yet_competent"))
            .await
            .ok();
        world
            .assess(&team.assessor, enrolment, new_assessment(*module, "competent"))
            .await
            .ok();
    }
    let drawn = world.draw_sample(&team.moderator, programme.id).await;
    assert_eq!(
        (&drawn.ok()["population"], &drawn.json["chosen"]),
        (&json!(2), &json!(2)),
        "{drawn:?}"
    );
    let waiting = job.list("/api/v1/moderation?waiting=open").await;
    let waiting: Vec<Uuid> = waiting.ok()["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["assessment"].as_str().unwrap().parse().unwrap())
        .collect();

    let returned = json!({ "decision": "returned", "reason": "The logbook is not signed." });
    world.decide(&team.moderator, waiting[0], returned).await.ok();
    world
        .decide(&team.moderator, waiting[1], json!({ "decision": "upheld" }))
        .await
        .ok();
    let again = world
        .decide(&team.moderator, waiting[1], json!({ "decision": "upheld" }))
        .await;
    again.refused(409, "moderation.decided");
    let listed = job.list("/api/v1/assessments?limit=100").await;
    let module = listed.ok()["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|item| item["id"] == waiting[0].to_string());
    let module: Uuid = module.unwrap()["module"].as_str().unwrap().parse().unwrap();
    let third = world
        .assess(&team.assessor, enrolment, new_assessment(module, "competent"))
        .await
        .id();
    world.draw_sample(&team.moderator, programme.id).await.ok();
    world
        .decide(&team.moderator, third, json!({ "decision": "upheld" }))
        .await
        .ok();
    module
}

/// Both modules are locked: statement, reversal, who looked, and the log is whole.
async fn finish(job: &Job<'_>, enrolment: Uuid, module: Uuid) {
    let (world, tenant, admin) = (job.world, job.tenant, job.tenant.admin());
    let team = Team::of(tenant);
    let results = job.list(&format!("/api/v1/results?enrolment={enrolment}")).await;
    assert_eq!(ids(&results).len(), 2, "{results:?}");
    world
        .assess(&team.assessor, enrolment, new_assessment(module, "competent"))
        .await
        .is_problem();
    let read = job.list(&format!("/api/v1/enrolments/{enrolment}")).await;
    assert_eq!(read.ok()["status"], "completed", "{read:?}");

    let path = format!("/api/v1/enrolments/{enrolment}/statements");
    let statement = world.post(&path).by(admin).because("graduation").send().await.id();
    let path = format!("/api/v1/statements/{statement}");
    let own = world.get(&path).by(tenant.learner_account()).send().await;
    assert!(
        persons::id_number_in(&own.body).is_some(),
        "a learner's own statement shows the number: {own:?}"
    );
    let page = world
        .get(&path)
        .by(tenant.learner_account())
        .header("accept", "text/html")
        .send()
        .await;
    assert!(
        page.header("content-type").starts_with("text/html") && page.body.starts_with(b"<!"),
        "{page:?}"
    );
    world.clock.advance_seconds(301);
    world.get(&path).by(admin).send().await.is_problem();
    world
        .get(&path)
        .by(admin)
        .because("a copy for the learner")
        .send()
        .await
        .ok();

    world.step_up(admin).await;
    let first = ids(&results)[0];
    let reversal = json!({ "reason": "The evidence was somebody else's." });
    world
        .post(format!("/api/v1/results/{first}/reverse"))
        .by(admin)
        .json(reversal.clone())
        .send()
        .await
        .ok();
    world
        .post(format!("/api/v1/results/{first}/reverse"))
        .by(admin)
        .json(reversal)
        .send()
        .await
        .is_problem();
    let results = job.list(&format!("/api/v1/results?enrolment={enrolment}")).await;
    let in_force = results.ok()["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|item| item["in_force"] == true)
        .count();
    assert_eq!((ids(&results).len(), in_force), (3, 1), "{results:?}");
    let superseded = world.get(&path).by(admin).because("to see").send().await;
    assert_eq!(superseded.ok()["superseded"], true, "{superseded:?}");
    who_looked(job).await;
}

async fn who_looked(job: &Job<'_>) {
    let (world, tenant) = (job.world, job.tenant);
    let reveal = world
        .post(format!("/api/v1/learners/{}/reveal", tenant.learner))
        .by(tenant.admin());
    let revealed = reveal
        .json(json!({ "purpose": "The council asked for it" }))
        .send()
        .await;
    let number = revealed.ok()["id_number"].as_str().unwrap();
    let found = world
        .post("/api/v1/learners/lookup")
        .by(tenant.admin())
        .json(json!({ "id_number": number }))
        .send()
        .await;
    assert_eq!(found.ok()["learner"]["id"], tenant.learner.to_string(), "{found:?}");
    assert_eq!(persons::id_number_in(&found.body), None, "{found:?}");
    world.index().await;
    let path = format!("/api/v1/learners/{}/accesses?limit=100", tenant.learner);
    let seen = world.get(&path).by(tenant.learner_account()).send().await;
    let items = seen.ok()["items"].as_array().unwrap();
    let reveal = items
        .iter()
        .find(|item| item["act"] == "learner.reveal_id")
        .unwrap_or_else(|| panic!("{seen:?}"));
    assert_eq!(
        (&reveal["purpose"], &reveal["roles"][0]),
        (&json!("The council asked for it"), &json!("admin")),
        "{reveal}"
    );
    for act in [
        "learner.register",
        "enrolment.create",
        "evidence.read",
        "assessment.record",
        "statement.issue",
        "statement.read",
        "result.reverse",
        "learner.lookup",
    ] {
        assert!(
            items.iter().any(|item| item["act"] == act),
            "{act} is not among what the learner sees: {seen:?}"
        );
    }
    world.door().publish_heads().await.unwrap();
    let report = world.door().verify_ledger(tenant.cell, |_, _| ()).await.unwrap();
    assert!(report.ok, "{report:?}");
    let proof = world
        .get("/api/v1/ledger/proof?leaf=3")
        .by(tenant.verifier())
        .send()
        .await;
    proof.ok();
    world.get("/api/v1/ledger/entries").by(tenant.admin()).send().await.ok();
}
