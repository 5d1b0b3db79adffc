//! Makes tenants and their people, through the acts that everybody uses.

use axum::Router;
use serde_json::json;
use skillsyms_core::{CellId, Role};
use skillsyms_door::{Actor, Door};
use skillsyms_people::Sending;
use skillsyms_people::accounts::{Invite, LinkBy};
use skillsyms_people::api_keys::scopes::KEY_SCOPES;
use skillsyms_vault::Secret;
use uuid::Uuid;

use crate::persons;
use crate::reply::{Ask, Reply};
use crate::world::{PASSWORD, ROLES, Somebody, TODAY, Tenant};

pub(crate) struct Maker<'w> {
    pub(crate) app: &'w Router,
    pub(crate) door: &'w Door,
}

pub(crate) struct Invitation {
    pub(crate) email: String,
    pub(crate) roles: Vec<&'static str>,
    pub(crate) learner: Option<Uuid>,
}

impl Maker<'_> {
    fn post(&self, path: &str) -> Ask {
        Ask::new(self.app, "POST", path)
    }

    pub(crate) async fn tenant(&self, slug: &'static str, n: u16) -> Tenant {
        let cell = self
            .door
            .create_tenant(slug, &format!("Provider {slug}"))
            .await
            .expect("a tenant")
            .id;
        let admin = self.invited_by_console(slug, cell, Role::Admin).await;
        let learner = self
            .post("/api/v1/learners")
            .by(&admin)
            .json(persons::learner(n))
            .send()
            .await
            .id();
        let invite = async |role: Role, prefix: &str| {
            let email = format!("{prefix}{role}@{slug}.example", role = role.as_str());
            let learner = (role == Role::Learner).then_some(learner);
            self.invited(
                slug,
                &admin.token,
                Invitation {
                    email,
                    roles: vec![role.as_str()],
                    learner,
                },
            )
            .await
        };
        let (second_admin, assessor, moderator, facilitator, verifier, account) = tokio::join!(
            invite(Role::Admin, "second-"),
            invite(Role::Assessor, ""),
            invite(Role::Moderator, ""),
            invite(Role::Facilitator, ""),
            invite(Role::Verifier, ""),
            invite(Role::Learner, ""),
        );
        let key = async {
            let scopes = json!({ "name": "everything", "scopes": KEY_SCOPES });
            let made = self.post("/api/v1/api-keys").by(&admin).json(scopes).send().await;
            made.ok()["key"].as_str().unwrap().to_owned()
        };
        let (key, (), ()) = tokio::join!(
            key,
            self.registered(&admin, &assessor, "assessor"),
            self.registered(&admin, &moderator, "moderator"),
        );
        let people = [admin, assessor, moderator, facilitator, verifier, account];
        let people = ROLES.iter().map(|role| role.as_str()).zip(people).collect();
        Tenant {
            slug,
            cell,
            second_admin,
            learner,
            key,
            people,
        }
    }

    /// The first one is invited from the console: there is nobody else yet.
    pub(crate) async fn invited_by_console(&self, slug: &str, cell: CellId, role: Role) -> Somebody {
        let email = format!("{}@{slug}.example", role.as_str());
        let invite = Invite {
            email: Secret::new(email.clone()),
            name: Secret::new("Admin Person".to_owned()),
            roles: vec![role],
            learner: None,
            link: LinkBy::Hand,
            sending: Sending::Off,
        };
        let invited = self
            .door
            .enter(Actor::Console(cell))
            .run(invite)
            .await
            .expect("an invitation");
        self.accepted(slug, email, invited.token.as_ref().expect("a token").expose())
            .await
    }

    pub(crate) async fn invited(&self, slug: &str, admin: &str, invitation: Invitation) -> Somebody {
        let Invitation { email, roles, learner } = invitation;
        self.step_up(admin).await;
        let body = json!({ "email": email, "name": "Some Body", "roles": roles, "learner": learner, "link": "hand" });
        let invited = self.post("/api/v1/people").by(admin).json(body).send().await;
        let token = invited.ok()["token"].as_str().unwrap();
        self.accepted(slug, email, token).await
    }

    /// An operator: an account in the platform's own cell.
    pub(crate) async fn operator(&self, email: &str) -> Somebody {
        let invite = Invite {
            email: Secret::new(email.to_owned()),
            name: Secret::new("Some Operator".to_owned()),
            roles: vec![Role::Operator],
            learner: None,
            link: LinkBy::Hand,
            sending: Sending::Off,
        };
        let console = Actor::Console(self.door.platform());
        let invited = self.door.enter(console).run(invite).await.expect("an invitation");
        let body = json!({ "token": invited.token.as_ref().unwrap().expose(), "password": PASSWORD });
        let id = self.post("/api/v1/invitations/accept").json(body).send().await.id();
        let body = json!({ "email": email, "password": PASSWORD });
        let opened = self.post("/api/v1/platform/sessions").json(body).send().await;
        Somebody {
            id,
            email: email.to_owned(),
            token: opened.ok()["token"].as_str().unwrap().to_owned(),
        }
    }

    async fn accepted(&self, slug: &str, email: String, token: &str) -> Somebody {
        let body = json!({ "token": token, "password": PASSWORD });
        let id = self.post("/api/v1/invitations/accept").json(body).send().await.id();
        let opened = self.sign_in(slug, &email, PASSWORD).await;
        let token = opened.ok()["token"].as_str().unwrap().to_owned();
        Somebody { id, email, token }
    }

    pub(crate) async fn sign_in(&self, slug: &str, email: &str, password: &str) -> Reply {
        let body = json!({ "tenant": slug, "email": email, "password": password });
        self.post("/api/v1/sessions").json(body).send().await
    }

    pub(crate) async fn step_up(&self, token: &str) {
        let body = json!({ "password": PASSWORD });
        self.post("/api/v1/sessions/current/step-up")
            .by(token)
            .json(body)
            .send()
            .await
            .ok();
    }

    pub(crate) async fn registered(&self, admin: &Somebody, person: &Somebody, kind: &str) {
        self.step_up(&admin.token).await;
        let body = json!({
            "kind": kind, "number": "REG-1", "body": "W&RSETA",
            "valid_from": TODAY, "valid_until": "2027-12-31",
        });
        let path = format!("/api/v1/people/{}/registrations", person.id);
        self.post(&path).by(admin).json(body).send().await.ok();
    }
}
