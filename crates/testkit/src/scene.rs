//! Things that several tests need: a programme, an enrolment, an assessed module, a finished learner.

use serde_json::{Value, json};
use skillsyms_core::Role;
use uuid::Uuid;

use crate::reply::Reply;
use crate::world::{Somebody, TODAY, Tenant, World};

/// The smallest file that is taken for a PDF.
pub const PDF: &[u8] = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n";

/// Who works with a learner.
#[derive(Clone, Debug)]
pub struct Team {
    /// Who teaches.
    pub facilitator: Somebody,
    /// Who assesses.
    pub assessor: Somebody,
    /// Who moderates.
    pub moderator: Somebody,
    /// Who verifies.
    pub verifier: Somebody,
}

impl Team {
    /// A tenant's own people.
    #[must_use]
    pub fn of(tenant: &Tenant) -> Self {
        Self {
            facilitator: tenant.facilitator().clone(),
            assessor: tenant.assessor().clone(),
            moderator: tenant.moderator().clone(),
            verifier: tenant.verifier().clone(),
        }
    }

    /// As an enrolment names them.
    #[must_use]
    pub fn json(&self) -> Value {
        json!({
            "facilitator": self.facilitator.id,
            "assessor": self.assessor.id,
            "moderator": self.moderator.id,
            "verifier": self.verifier.id,
        })
    }
}

/// A learner who went all the way.
#[derive(Clone, Debug)]
pub struct Finished {
    /// The learner.
    pub learner: Uuid,
    /// The programme.
    pub programme: Programme,
    /// The enrolment.
    pub enrolment: Uuid,
    /// The file of evidence.
    pub evidence: Uuid,
    /// The assessments, one for each module.
    pub assessments: Vec<Uuid>,
    /// The sample that was drawn.
    pub sample: Uuid,
    /// The locked results.
    pub results: Vec<Uuid>,
    /// The statement.
    pub statement: Uuid,
}

/// An assessment, as the API takes one.
#[must_use]
pub fn new_assessment(module: Uuid, outcome: &str) -> Value {
    json!({
        "module": module, "kind": "summative", "outcome": outcome, "assessed_on": TODAY,
        "feedback": "Well argued.",
    })
}

/// The ids of a list's items.
///
/// # Panics
/// If it is no list.
#[must_use]
pub fn ids(reply: &Reply) -> Vec<Uuid> {
    let items = reply.ok()["items"].as_array().unwrap_or_else(|| panic!("{reply:?}"));
    items
        .iter()
        .map(|item| item["id"].as_str().unwrap().parse().unwrap())
        .collect()
}

/// A programme with its modules.
#[derive(Clone, Debug)]
pub struct Programme {
    /// Its id.
    pub id: Uuid,
    /// Its modules, in their order.
    pub modules: Vec<Uuid>,
}

/// A programme of two modules, as the API takes one. `saqa_id` is unique in a cell.
#[must_use]
pub fn new_programme(saqa_id: u32) -> Value {
    json!({
        "kind": "qualification",
        "title": "Occupational Certificate: Retail Supervisor",
        "saqa_id": saqa_id.to_string(),
        "nqf_level": 4,
        "credits": 20,
        "modules": [
            { "code": "522201000-KM-01", "kind": "knowledge", "title": "Supervising staff", "nqf_level": 4, "credits": 10 },
            { "code": "522201000-PM-01", "kind": "practical", "title": "Supervise staff", "nqf_level": 4, "credits": 10 },
        ],
    })
}

impl World {
    /// Registers a programme of two modules.
    pub async fn programme(&self, tenant: &Tenant) -> Programme {
        let new = new_programme(90_000 + u32::from(self.draw()));
        let id = self
            .post("/api/v1/programmes")
            .by(tenant.admin())
            .json(new)
            .send()
            .await
            .id();
        let read = self
            .get(format!("/api/v1/programmes/{id}"))
            .by(tenant.admin())
            .send()
            .await;
        let modules = read.ok()["modules"].as_array().unwrap_or_else(|| panic!("{read:?}"));
        let modules = modules
            .iter()
            .map(|module| module["id"].as_str().unwrap().parse().unwrap())
            .collect();
        Programme { id, modules }
    }

    /// Enrols a learner, with this team.
    pub async fn enrol(&self, tenant: &Tenant, learner: Uuid, programme: &Programme, team: Value) -> Uuid {
        let body = json!({ "programme": programme.id, "enrolled_on": "2026-02-01", "team": team });
        let path = format!("/api/v1/learners/{learner}/enrolments");
        self.post(path).by(tenant.admin()).json(body).send().await.id()
    }

    /// A team of people whom nobody else works with.
    pub async fn other_team(&self, tenant: &Tenant) -> Team {
        let (facilitator, assessor, moderator, verifier) = tokio::join!(
            self.somebody(tenant, &[Role::Facilitator]),
            self.somebody(tenant, &[Role::Assessor]),
            self.somebody(tenant, &[Role::Moderator]),
            self.somebody(tenant, &[Role::Verifier]),
        );
        tokio::join!(
            self.register(tenant, &assessor, "assessor"),
            self.register(tenant, &moderator, "moderator")
        );
        Team {
            facilitator,
            assessor,
            moderator,
            verifier,
        }
    }

    /// Uploads a file of evidence.
    pub async fn upload(&self, by: &Somebody, enrolment: Uuid, module: Uuid) -> Reply {
        let path = format!("/api/v1/enrolments/{enrolment}/evidence?module={module}&name=portfolio.pdf");
        self.post(path).by(by).bytes("application/pdf", PDF).send().await
    }

    /// Records an assessment.
    pub async fn assess(&self, by: &Somebody, enrolment: Uuid, assessment: Value) -> Reply {
        self.post(format!("/api/v1/enrolments/{enrolment}/assessments"))
            .by(by)
            .json(assessment)
            .send()
            .await
    }

    /// Decides on an assessment.
    pub async fn decide(&self, by: &Somebody, assessment: Uuid, decision: Value) -> Reply {
        self.post(format!("/api/v1/assessments/{assessment}/decisions"))
            .by(by)
            .json(decision)
            .send()
            .await
    }

    /// Draws a sample.
    pub async fn draw_sample(&self, by: &Somebody, programme: Uuid) -> Reply {
        self.post(format!("/api/v1/programmes/{programme}/samples"))
            .by(by)
            .send()
            .await
    }

    /// Takes a learner through a programme of their own, with this team, from enrolment to statement.
    pub async fn finish(&self, tenant: &Tenant, learner: Uuid, team: &Team) -> Finished {
        let programme = self.programme(tenant).await;
        let enrolment = self.enrol(tenant, learner, &programme, team.json()).await;
        let evidence = self
            .upload(&team.facilitator, enrolment, programme.modules[0])
            .await
            .id();
        let mut assessments = Vec::new();
        for module in &programme.modules {
            let recorded = self
                .assess(&team.assessor, enrolment, new_assessment(*module, "competent"))
                .await;
            assessments.push(recorded.id());
        }
        let sample = self.draw_sample(&team.moderator, programme.id).await.id();
        for assessment in &assessments {
            self.decide(&team.moderator, *assessment, json!({ "decision": "upheld" }))
                .await
                .ok();
        }
        let listed = self
            .get(format!("/api/v1/results?enrolment={enrolment}"))
            .by(tenant.admin())
            .send()
            .await;
        let path = format!("/api/v1/enrolments/{enrolment}/statements");
        let statement = self
            .post(path)
            .by(tenant.admin())
            .because("graduation")
            .send()
            .await
            .id();
        Finished {
            learner,
            programme,
            enrolment,
            evidence,
            assessments,
            sample,
            results: ids(&listed),
            statement,
        }
    }
}
