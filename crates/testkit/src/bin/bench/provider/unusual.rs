//! What a provider has beside its everyday work: an operator who looks after it, what is interrupted or suspended, and files
//! that were wrong.

use anyhow::{Context as _, Result};
use serde_json::json;

use super::{Amounts, OPERATOR, Provider, first};
use crate::authenticator;
use crate::house::{PASSWORD, text};
use crate::wire::{request, upload, with_header};

impl Provider {
    /// The operators whom the console invited: the first is measured, the second works, the third is suspended.
    pub(super) async fn operators(&mut self, invited: &[(String, String)]) -> Result<()> {
        let mut wire = self.server.connect().await?;
        let mut all = Vec::new();
        for (email, invitation) in invited {
            let body = json!({ "token": invitation, "password": PASSWORD });
            wire.post("/api/v1/invitations/accept", None, &body).await?;
            let body = json!({ "email": email, "password": PASSWORD });
            let session = authenticator::sign_in(&mut wire, "/api/v1/platform/sessions", &body).await?;
            all.push(Self::known(&mut wire, (email, session)).await?);
        }
        let [measured, working, suspended] = all.try_into().ok().context("three operators")?;
        self.people.insert(OPERATOR.to_owned(), measured);
        self.ids.insert("operator", working.id);
        self.step_up(OPERATOR).await?;
        let path = format!("/api/v1/platform/operators/{}", suspended.id);
        self.change(OPERATOR, &path, ("suspend", "")).await?;
        self.ids.insert("suspended-operator", suspended.id);
        let tenants = self.get(OPERATOR, "/api/v1/platform/tenants").await?;
        self.ids
            .insert("tenant", text(tenants.pointer("/items/0").context("no tenant")?, "id")?);
        let heads = self.get(OPERATOR, "/api/v1/platform/checkpoints").await?;
        if let Some(head) = heads.pointer("/items/0") {
            self.ids.insert("checkpoint", text(head, "cell")?);
        }
        Ok(())
    }

    /// What is not as usual: an enrolment that is interrupted, an account that is suspended, an upload that broke off.
    pub(super) async fn unusual(&mut self, enrolments: &[String], amounts: &Amounts, modules: &[String]) -> Result<()> {
        let ours = enrolments.get(..amounts.ours).unwrap_or_default();
        let [.., paused, active] = ours else {
            anyhow::bail!("too few enrolments");
        };
        self.ids.insert("active", active.clone());
        self.step_up("admin").await?;
        let why = json!({ "reason": "Away for the harvest." });
        self.change(
            "admin",
            &format!("/api/v1/enrolments/{paused}"),
            ("suspend", &why.to_string()),
        )
        .await?;
        self.ids.insert("paused", paused.clone());
        let person = self.person("other-verifier")?.id.clone();
        self.change("admin", &format!("/api/v1/people/{person}"), ("suspend", ""))
            .await?;
        self.ids.insert("suspended", person);
        let module = first(modules)?;
        let path = format!("/api/v1/enrolments/{active}/uploads?module={module}&name=Film.pdf&length=1000");
        let announce = request("POST", &path, Some(&self.person("facilitator")?.session), "");
        let upload = self.server.connect().await?.call(&announce).await?.ok()?;
        self.ids.insert("upload", text(&upload, "id")?);
        Ok(())
    }

    /// Changes a record, in the version that it has.
    async fn change(&self, role: &str, path: &str, (act, body): (&str, &str)) -> Result<()> {
        let session = &self.person(role)?.session;
        let mut wire = self.server.connect().await?;
        let answer = wire.call(&request("GET", path, Some(session), "")).await?;
        let version = answer.header("etag").context("no version")?.to_owned();
        let change = request("POST", &format!("{path}/{act}"), Some(session), body);
        wire.call(&with_header(&change, "If-Match", &version)).await?.ok()?;
        Ok(())
    }

    /// Files that the provider sent before, most of them wrong.
    pub(super) async fn imports(&mut self) -> Result<()> {
        let head = skillsyms_core::person::CSV_COLUMNS.join(",");
        let wrong = format!(
            "8001015009088{}\r\n",
            ",".repeat(skillsyms_core::person::CSV_COLUMNS.len() - 1)
        );
        let file = format!("{head}\r\n{}", wrong.repeat(200));
        let session = &self.person("admin")?.session;
        let requests = (0..30).map(|_| upload("/api/v1/imports", session, "text/csv", file.as_bytes()));
        let made = self.many(requests.collect()).await.context("imports")?;
        let hold = upload("/api/v1/imports/held", session, "text/csv", file.as_bytes());
        let held = self.server.connect().await?.call(&hold).await?.ok()?;
        self.ids
            .insert("import", text(made.first().context("no import")?, "id")?);
        self.ids.insert("held", text(&held, "id")?);
        Ok(())
    }
}
