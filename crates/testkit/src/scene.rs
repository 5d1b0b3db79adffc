//! Things that several tests need: a programme, an enrolment, an assessed module.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::world::{Tenant, World};

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
            { "code": "522201000-KM-01", "kind": "KM", "title": "Supervising staff", "nqf_level": 4, "credits": 10 },
            { "code": "522201000-PM-01", "kind": "PM", "title": "Supervise staff", "nqf_level": 4, "credits": 10 },
        ],
    })
}

impl World {
    /// Registers a programme of two modules.
    pub async fn programme(&self, tenant: &Tenant) -> Programme {
        let new = new_programme(90_000 + u32::from(self.draw()));
        let id = self.post("/api/v1/programmes").by(tenant.admin()).json(new).send().await.id();
        let read = self.get(format!("/api/v1/programmes/{id}")).by(tenant.admin()).send().await;
        let modules = read.ok()["modules"].as_array().unwrap_or_else(|| panic!("{read:?}"));
        let modules = modules.iter().map(|module| module["id"].as_str().unwrap().parse().unwrap()).collect();
        Programme { id, modules }
    }

    /// Enrols a learner, with this team.
    pub async fn enrol(&self, tenant: &Tenant, learner: Uuid, programme: &Programme, team: Value) -> Uuid {
        let body = json!({ "programme": programme.id, "enrolled_on": "2026-02-01", "team": team });
        let path = format!("/api/v1/learners/{learner}/enrolments");
        self.post(path).by(tenant.admin()).json(body).send().await.id()
    }
}
