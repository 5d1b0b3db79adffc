//! The main job of the product, played over the API by the people who would do it.

use std::path::Path;

use anyhow::{Context as _, bail};
use bytes::Bytes;
use serde_json::{Value, json};
use skillsyms_vault::{SystemRng, token};

use super::authenticator::Authenticator;
use super::client::{Client, Server};
use super::steps::Steps;
use super::waiting::criteria_of;

/// Bytes of randomness in a demo password: 120 bits.
pub(super) const PASSWORD_BYTES: usize = 15;
/// Learners for whom the whole way is played; the others are registered and enrolled.
const WHOLE_WAY: usize = 40;
/// Learners whose work is left for somebody to try: assessed in part, and chosen in part.
const LEFT_WAITING: usize = 6;
/// Learners enrolled in one request.
const ENROL_AT_ONCE: usize = 100;
/// What the demo's people say when they are asked why.
const PURPOSE: &str = "Demonstration of the main job";

/// Somebody who can sign in.
pub struct Login {
    /// Their role.
    pub role: &'static str,
    /// Their e-mail address.
    pub email: String,
    /// Their password, shown once.
    pub password: String,
    /// Their authenticator app.
    pub authenticator: Authenticator,
    id: String,
    session: String,
}

/// What was played in one tenant.
pub struct Played {
    /// Its short name.
    pub slug: &'static str,
    /// Its registered name.
    pub name: &'static str,
    /// Its people.
    pub logins: Vec<Login>,
    /// An API key that may read learners, shown once.
    pub api_key: String,
    /// Figures for the summary.
    pub figures: Figures,
    /// Rows of the import that were refused: line, column, message.
    pub refused: Vec<(u64, String, String)>,
}

/// Figures for the summary.
#[derive(Clone, Copy, Debug, Default)]
pub struct Figures {
    /// Rows kept by the import.
    pub imported: u64,
    /// Rows refused by the import.
    pub refused: u64,
    /// Enrolments.
    pub enrolled: usize,
    /// Files of evidence.
    pub evidence: usize,
    /// Assessments.
    pub assessed: usize,
    /// Assessments that a moderator looked at.
    pub moderated: usize,
    /// Statements of results.
    pub statements: usize,
}

/// One tenant's part of the demo.
pub struct Play<'a> {
    server: &'a Server,
    slug: &'static str,
    pub(super) steps: &'a Steps,
    logins: Vec<Login>,
}

pub(super) fn text(value: &Value, field: &str) -> anyhow::Result<String> {
    value
        .get(field)
        .and_then(Value::as_str)
        .map(str::to_owned)
        .with_context(|| format!("the answer has no {field}"))
}

fn items(value: &Value) -> Vec<Value> {
    value
        .get("items")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default()
}

fn ids(values: &[Value]) -> Vec<String> {
    values.iter().filter_map(|value| text(value, "id").ok()).collect()
}

/// What is wrong with a refused row: line, column and message of each error.
fn refused(row: &Value) -> Vec<(u64, String, String)> {
    let line = row.get("line").and_then(Value::as_u64).unwrap_or(0);
    let errors = row
        .get("errors")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    let told = |error: &Value| {
        (
            line,
            text(error, "column").unwrap_or_default(),
            text(error, "message").unwrap_or_default(),
        )
    };
    errors.iter().map(told).collect()
}

impl<'a> Play<'a> {
    /// Begins with the invitation that the console made for the tenant's first administrator.
    ///
    /// # Errors
    /// If the server refuses.
    pub async fn begin(
        server: &'a Server,
        slug: &'static str,
        invitation: &str,
        steps: &'a Steps,
    ) -> anyhow::Result<Self> {
        let mut play = Self {
            server,
            slug,
            steps,
            logins: Vec::new(),
        };
        let email = format!("admin@{slug}.example");
        play.accept("admin", email, invitation)
            .await
            .context("the first administrator")?;
        Ok(play)
    }

    async fn accept(&mut self, role: &'static str, email: String, invitation: &str) -> anyhow::Result<()> {
        let password = token(&SystemRng, PASSWORD_BYTES);
        let mut nobody = self.server.connect().await?;
        let body = json!({ "token": invitation, "password": password });
        nobody.post("/api/v1/invitations/accept", &body).await?.ok()?;
        let body = json!({ "tenant": self.slug, "email": email, "password": password });
        let opened = nobody.post("/api/v1/sessions", &body).await?.ok()?;
        let mut client = self.server.connect().await?.with_bearer(&text(&opened, "token")?);
        let (authenticator, session) = Authenticator::set_up(&mut client, &opened, &password).await?;
        let mut client = self.server.connect().await?.with_bearer(&session);
        let me = client.get("/api/v1/me").await?.ok()?;
        let id = text(me.get("person").unwrap_or(&me), "id").or_else(|_| text(&me, "person"))?;
        self.logins.push(Login {
            role,
            email,
            password,
            authenticator,
            id,
            session,
        });
        Ok(())
    }

    fn login(&self, role: &str) -> anyhow::Result<&Login> {
        self.logins
            .iter()
            .find(|login| login.role == role)
            .with_context(|| format!("nobody is {role}"))
    }

    pub(super) async fn as_role(&self, role: &str) -> anyhow::Result<Client> {
        Ok(self
            .server
            .connect()
            .await?
            .with_bearer(&self.login(role)?.session)
            .with_purpose(PURPOSE))
    }

    async fn step_up(&self, role: &str) -> anyhow::Result<()> {
        let body = json!({ "code": self.login(role)?.authenticator.recovery_code()? });
        self.as_role(role)
            .await?
            .post("/api/v1/sessions/current/step-up", &body)
            .await?
            .ok()?;
        Ok(())
    }

    /// Invites the staff and registers assessor and moderator with their quality assurance body.
    ///
    /// # Errors
    /// If the server refuses.
    pub async fn staff(&mut self) -> anyhow::Result<()> {
        self.step_up("admin").await?;
        let people = [
            ("assessor", "Nomsa Dlamini"),
            ("moderator", "Pieter van Wyk"),
            ("facilitator", "Thabo Mokoena"),
            ("verifier", "Ayesha Naidoo"),
        ];
        for (role, name) in people {
            self.invite(role, name, None).await?;
        }
        for role in ["assessor", "moderator"] {
            let person = self.login(role)?.id.clone();
            let registration = json!({
                "kind": role, "number": format!("{}-2026-0001", role.to_uppercase()), "body": "W&RSETA",
                "valid_from": super::today(), "valid_until": "2030-12-31",
            });
            let path = format!("/api/v1/people/{person}/registrations");
            self.as_role("admin").await?.post(&path, &registration).await?.ok()?;
        }
        Ok(())
    }

    async fn invite(&mut self, role: &'static str, name: &str, learner: Option<&str>) -> anyhow::Result<()> {
        let email = format!("{role}@{}.example", self.slug);
        // By hand: the demo reads no mail. Whoever is invited later gets one.
        let mut body = json!({ "email": email, "name": name, "roles": [role], "link": "hand" });
        if let (Some(learner), Some(fields)) = (learner, body.as_object_mut()) {
            fields.insert("learner".to_owned(), json!(learner));
        }
        let invited = self.as_role("admin").await?.post("/api/v1/people", &body).await?.ok()?;
        self.accept(role, email, &text(&invited, "token")?)
            .await
            .with_context(|| role.to_owned())
    }

    /// Imports a file of learners.
    ///
    /// # Errors
    /// If the file as a whole is refused.
    pub async fn import(&self, file: &Path, figures: &mut Figures) -> anyhow::Result<Vec<(u64, String, String)>> {
        let bytes = tokio::fs::read(file)
            .await
            .with_context(|| file.display().to_string())?;
        let mut admin = self.as_role("admin").await?;
        let answer = admin
            .upload("/api/v1/imports", "text/csv", "learners.csv", bytes.into())
            .await?;
        let done = answer.ok().context("the import")?;
        figures.imported = done.get("rows_kept").and_then(Value::as_u64).unwrap_or(0);
        figures.refused = done.get("rows_refused").and_then(Value::as_u64).unwrap_or(0);
        let failures = self
            .all(
                &mut admin,
                &format!("/api/v1/imports/{}/failures", text(&done, "id")?),
                usize::MAX,
            )
            .await?;
        Ok(failures.iter().flat_map(refused).collect())
    }

    /// All items of a list, page by page, at most so many.
    async fn all(&self, client: &mut Client, path: &str, most: usize) -> anyhow::Result<Vec<Value>> {
        let mut found = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let glue = if path.contains('?') { '&' } else { '?' };
            let at = cursor
                .as_ref()
                .map(|cursor| format!("&cursor={cursor}"))
                .unwrap_or_default();
            let page = client.get(&format!("{path}{glue}limit=100{at}")).await?.ok()?;
            found.extend(items(&page));
            cursor = page.get("next").and_then(Value::as_str).map(str::to_owned);
            if cursor.is_none() || found.len() >= most {
                found.truncate(most);
                return Ok(found);
            }
        }
    }

    /// Registers the programme and enrols everybody; answers the programme and the enrolments.
    ///
    /// # Errors
    /// If the server refuses.
    pub async fn enrol(&self, programme: &Value, figures: &mut Figures) -> anyhow::Result<(Value, Vec<String>)> {
        let mut admin = self.as_role("admin").await?;
        let made = admin
            .post("/api/v1/programmes", programme)
            .await?
            .ok()
            .context("the programme")?;
        let programme = admin
            .get(&format!("/api/v1/programmes/{}", text(&made, "id")?))
            .await?
            .ok()?;
        let learners = ids(&self.all(&mut admin, "/api/v1/learners", usize::MAX).await?);
        let bar = self.steps.bar("Enrolling learners", learners.len());
        let mut enrolments = Vec::new();
        for some in learners.chunks(ENROL_AT_ONCE) {
            let body = json!({ "learners": some, "enrolment": {
                "programme": text(&programme, "id")?, "enrolled_on": "2026-02-02", "expected_on": "2027-01-29",
                "team": {
                    "facilitator": self.login("facilitator")?.id, "assessor": self.login("assessor")?.id,
                    "moderator": self.login("moderator")?.id, "verifier": self.login("verifier")?.id,
                },
            }});
            let done = admin
                .post("/api/v1/enrolments/many", &body)
                .await?
                .ok()
                .context("enrolling")?;
            let new = done
                .get("enrolments")
                .and_then(Value::as_array)
                .cloned()
                .unwrap_or_default();
            enrolments.extend(new.iter().filter_map(Value::as_str).map(str::to_owned));
            bar.inc(some.len() as u64);
        }
        bar.finish();
        figures.enrolled = enrolments.len();
        Ok((programme, enrolments))
    }

    /// Plays the whole way for the first learners: evidence, assessment, moderation, statement of results.
    ///
    /// # Errors
    /// If the server refuses.
    pub async fn whole_way(
        &mut self,
        programme: &Value,
        enrolments: &[String],
        figures: &mut Figures,
    ) -> anyhow::Result<()> {
        let whole = enrolments.len().saturating_sub(LEFT_WAITING).clamp(1, WHOLE_WAY);
        let chosen: Vec<&String> = enrolments.iter().take(whole).collect();
        let waiting: Vec<&String> = enrolments.iter().skip(whole).take(LEFT_WAITING).collect();
        let modules = programme
            .get("modules")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default();
        let criteria: Vec<usize> = modules.iter().map(criteria_of).collect();
        let modules = ids(&modules);
        if chosen.is_empty() || modules.is_empty() {
            bail!("nobody was enrolled");
        }
        let mut admin = self.as_role("admin").await?;
        let first = admin
            .get(&format!(
                "/api/v1/enrolments/{}",
                chosen.first().context("an enrolment")?
            ))
            .await?
            .ok()?;
        // The import may have taken longer than the confirmation lasts.
        self.step_up("admin").await?;
        self.invite("learner", "Lerato Khumalo", Some(&text(&first, "learner")?))
            .await?;
        self.evidence(&chosen, &modules, figures).await?;
        let modules: Vec<(&String, usize)> = modules.iter().zip(criteria).collect();
        self.assess(&chosen, &modules, figures).await?;
        let programme = text(programme, "id")?;
        self.moderate(&programme, figures).await?;
        self.statements(&chosen, figures).await?;
        self.leave_waiting(&programme, &waiting, &modules, figures).await
    }

    pub(super) async fn evidence(
        &self,
        enrolments: &[&String],
        modules: &[String],
        figures: &mut Figures,
    ) -> anyhow::Result<()> {
        let mut facilitator = self.as_role("facilitator").await?;
        let bar = self.steps.bar("Uploading evidence", enrolments.len() * modules.len());
        for enrolment in enrolments {
            for module in modules {
                let path = format!("/api/v1/enrolments/{enrolment}/evidence?module={module}");
                let file = Bytes::from_static(EVIDENCE);
                facilitator
                    .upload(&path, "application/pdf", "portfolio.pdf", file)
                    .await?
                    .ok()
                    .context("evidence")?;
                bar.inc(1);
                figures.evidence += 1;
            }
        }
        bar.finish();
        Ok(())
    }

    async fn moderate(&self, programme: &str, figures: &mut Figures) -> anyhow::Result<()> {
        let mut moderator = self.as_role("moderator").await?;
        loop {
            let drawn = moderator
                .post_empty(&format!("/api/v1/programmes/{programme}/samples"))
                .await?;
            let drawn = drawn.ok().context("drawing a sample")?;
            let sample = moderator
                .get(&format!("/api/v1/samples/{}", text(&drawn, "id")?))
                .await?
                .ok()?;
            let members = sample
                .get("population")
                .and_then(Value::as_array)
                .cloned()
                .unwrap_or_default();
            let chosen: Vec<&Value> = members
                .iter()
                .filter(|member| member.get("chosen").and_then(Value::as_bool) == Some(true))
                .collect();
            let bar = self.steps.bar("Moderating the sample", chosen.len());
            for member in chosen {
                let path = format!("/api/v1/assessments/{}/decisions", text(member, "assessment")?);
                moderator
                    .post(&path, &json!({ "decision": "upheld" }))
                    .await?
                    .ok()
                    .context("moderating")?;
                bar.inc(1);
                figures.moderated += 1;
            }
            bar.finish();
            if drawn.get("more").and_then(Value::as_bool) != Some(true) {
                return Ok(());
            }
        }
    }

    async fn statements(&self, enrolments: &[&String], figures: &mut Figures) -> anyhow::Result<()> {
        let mut admin = self.as_role("admin").await?;
        let bar = self.steps.bar("Issuing statements of results", enrolments.len());
        for enrolment in enrolments {
            let path = format!("/api/v1/enrolments/{enrolment}/statements");
            admin.post_empty(&path).await?.ok().context("a statement")?;
            bar.inc(1);
            figures.statements += 1;
        }
        bar.finish();
        Ok(())
    }

    /// Makes an API key that may read learners, and ends.
    ///
    /// # Errors
    /// If the server refuses.
    pub async fn end(
        self,
        name: &'static str,
        figures: Figures,
        refused: Vec<(u64, String, String)>,
    ) -> anyhow::Result<Played> {
        self.step_up("admin").await?;
        let scopes = [
            "learner.register",
            "learner.read",
            "learner.list",
            "learner.lookup",
            "programme.list",
            "programme.read",
            "enrolment.list",
            "enrolment.read",
            "result.list",
            "me.read",
        ];
        let body = json!({ "name": "Demo integration", "scopes": scopes });
        let made = self
            .as_role("admin")
            .await?
            .post("/api/v1/api-keys", &body)
            .await?
            .ok()
            .context("the API key")?;
        let api_key = text(&made, "key").or_else(|_| text(&made, "token"))?;
        Ok(Played {
            slug: self.slug,
            name,
            logins: self.logins,
            api_key,
            figures,
            refused,
        })
    }
}

/// The smallest file that every reader takes for a PDF document: one empty page.
const EVIDENCE: &[u8] =
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n\
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n";
