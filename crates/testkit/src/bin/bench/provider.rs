//! A provider at work, for the pages: learners by import, and over the API what its people would have done by now.

mod unusual;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use skillsyms_core::date::plus_days;
use skillsyms_core::{Clock as _, SystemClock};

use crate::authenticator;
use crate::drive::send_all;
use crate::house::{House, PASSWORD, text};
use crate::import::fill;
use crate::wire::{Server, Wire, request, upload};
use crate::{Size, learners, say};

/// Its short name.
pub const SLUG: &str = "measured";
/// Its learners: the most that a page's time is promised for.
pub const LEARNERS: u64 = 100_000;
/// Who is measured, one for each role.
pub const ROLES: [&str; 7] = [
    "admin",
    "facilitator",
    "assessor",
    "moderator",
    "verifier",
    "learner",
    OPERATOR,
];
/// Who has a session with the platform.
pub const OPERATOR: &str = "operator";

/// Clients that make it.
const CLIENTS: usize = 16;
/// Learners enrolled in one request, at most 200.
const ENROL_AT_ONCE: usize = 200;
/// Modules of each programme.
const MODULES: usize = 8;
/// The smallest file that every reader takes for a PDF document.
const FILE: &[u8] =
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n\
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n";
/// How long the index of who looked may take: it is derived from the log every minute.
const INDEX_MAX: Duration = Duration::from_secs(120);

/// How much of everything there is. The shares are invented: no figures of providers were found.
struct Amounts {
    /// Learners with an enrolment.
    enrolled: usize,
    /// Of them with the people who are measured.
    ours: usize,
    /// Of ours, assessed to the end.
    done: usize,
    /// Of ours, with evidence that waits for the assessor.
    waiting: usize,
    /// Look-ups, for the log.
    lookups: u64,
    /// Accounts of learners.
    accounts: u64,
}

impl Amounts {
    const fn of(size: Size) -> Self {
        match size {
            Size::Quick => Self {
                enrolled: 4_000,
                ours: 1_000,
                done: 50,
                waiting: 100,
                lookups: 2_000,
                accounts: 100,
            },
            _ => Self {
                enrolled: 60_000,
                ours: 5_000,
                done: 1_000,
                waiting: 2_000,
                lookups: 40_000,
                accounts: 2_000,
            },
        }
    }
}

/// Somebody with a session.
#[derive(Clone)]
pub struct Person {
    /// Their account.
    pub id: String,
    /// Their e-mail address.
    pub email: String,
    session: String,
    /// The cookie of their session.
    pub cookie: String,
}

/// The provider, and ids of its that exist.
pub struct Provider {
    server: Server,
    people: BTreeMap<String, Person>,
    /// What a page may ask for, by its kind.
    pub ids: BTreeMap<&'static str, String>,
}

impl Provider {
    /// Makes it.
    pub fn new(house: &House, size: Size) -> Result<Self> {
        let amounts = Amounts::of(size);
        let started = Instant::now();
        house.tenant(SLUG, &["me.read"])?;
        let operators = (0..3).map(|n| house.operator(n)).collect::<Result<Vec<_>>>()?;
        fill(house, SLUG, LEARNERS)?;
        let server = house.server()?;
        let provider = house.block_on(async move {
            let mut provider = Self {
                server,
                people: BTreeMap::new(),
                ids: BTreeMap::new(),
            };
            provider.sign_in("admin", &format!("admin@{SLUG}.example")).await?;
            provider.work(&amounts).await?;
            provider.operators(&operators).await?;
            Ok(provider)
        })?;
        say(&format!(
            "pages: the provider is made, {:.0} s",
            started.elapsed().as_secs_f64()
        ));
        Ok(provider)
    }

    /// Who is measured in this role.
    pub fn person(&self, role: &str) -> Result<&Person> {
        self.people.get(role).with_context(|| format!("nobody is {role}"))
    }

    /// Confirms, for what is sensitive. It holds for five minutes.
    pub async fn step_up(&self, role: &str) -> Result<()> {
        let body = authenticator::confirmation(&self.person(role)?.email).await?;
        self.post(role, "/api/v1/sessions/current/step-up", &body).await?;
        Ok(())
    }

    async fn work(&mut self, amounts: &Amounts) -> Result<()> {
        self.staff().await?;
        let programmes = self.programmes().await?;
        let learners = self.learners(amounts.enrolled).await?;
        let enrolments = self.enrol(&programmes, &learners, amounts).await?;
        let measured = learners.first().context("no learner")?;
        self.learner(measured).await?;
        let body = json!({ "learners": [measured], "enrolment": {
            "programme": programmes.get(1), "enrolled_on": today(), "team": self.team("")?,
        }});
        let begun = self.post("admin", "/api/v1/enrolments/many", &body).await?;
        let own = begun
            .pointer("/enrolments/0")
            .and_then(Value::as_str)
            .context("no enrolment")?;
        let others = self.modules(programmes.get(1..).unwrap_or_default()).await?;
        self.ids
            .insert("bringing", format!("{own}/evidence?module={}", first(&others)?));
        let modules = self.modules(&programmes).await?;
        let done = enrolments.get(..amounts.done).unwrap_or_default();
        self.bring(done, modules.get(..1).unwrap_or_default()).await?;
        self.assess(done, &modules).await?;
        self.moderate(&programmes).await?;
        self.state_results(done).await?;
        let waiting = enrolments.get(amounts.done..).unwrap_or_default();
        let waiting = waiting.get(..amounts.waiting).unwrap_or_default();
        self.bring(waiting, modules.get(..2).unwrap_or_default()).await?;
        let half = waiting.get(..amounts.waiting / 2).unwrap_or_default();
        self.assess(half, modules.get(..1).unwrap_or_default()).await?;
        let last = waiting.last().context("nobody waits")?;
        self.ids.insert("assessing", format!("{last}/{}", first(&modules)?));
        self.draw(&programmes).await?;
        self.unusual(&enrolments, amounts, &modules).await?;
        self.accounts(amounts, &learners).await?;
        self.log(amounts, &learners).await?;
        self.imports().await
    }

    async fn sign_in(&mut self, role: &str, email: &str) -> Result<()> {
        let mut wire = self.server.connect().await?;
        let body = json!({ "tenant": SLUG, "email": email, "password": PASSWORD });
        let session = authenticator::sign_in(&mut wire, "/api/v1/sessions", &body).await?;
        let person = Self::known(&mut wire, (email, session)).await?;
        self.people.insert(role.to_owned(), person);
        Ok(())
    }

    /// Whose session it is.
    async fn known(wire: &mut Wire, (email, session): (&str, String)) -> Result<Person> {
        let me = request("GET", "/api/v1/me", Some(&session), "");
        let me = wire.call(&me).await?.ok()?;
        let cell = text(&me, "tenant")?.replace('-', "");
        Ok(Person {
            id: text(me.get("person").context("no person")?, "id")?,
            cookie: format!("__Host-s-{cell}={session}"),
            email: email.to_owned(),
            session,
        })
    }

    async fn post(&self, role: &str, path: &str, body: &Value) -> Result<Value> {
        let session = &self.person(role)?.session;
        self.server.connect().await?.post(path, Some(session), body).await
    }

    async fn get(&self, role: &str, path: &str) -> Result<Value> {
        let request = request("GET", path, Some(&self.person(role)?.session), "");
        let mut wire = self.server.connect().await?;
        wire.call(&request).await?.ok().with_context(|| path.to_owned())
    }

    async fn many(&self, requests: Vec<Vec<u8>>) -> Result<Vec<Value>> {
        send_all(&self.server, CLIENTS, requests).await
    }

    async fn invite(&mut self, key: &str, role: &str, learner: Option<&str>) -> Result<()> {
        let email = format!("{key}@{SLUG}.example");
        let mut body = json!({ "email": email, "name": format!("Nomsa {key}"), "roles": [role] });
        if let (Some(learner), Some(body)) = (learner, body.as_object_mut()) {
            body.insert("learner".to_owned(), json!(learner));
        }
        let invited = self.post("admin", "/api/v1/people", &body).await?;
        let accept = json!({ "token": text(&invited, "token")?, "password": PASSWORD });
        let mut wire = self.server.connect().await?;
        wire.post("/api/v1/invitations/accept", None, &accept).await?;
        self.sign_in(key, &email).await
    }

    /// Those who are measured, and others of the same roles who have the rest of the learners.
    async fn staff(&mut self) -> Result<()> {
        self.step_up("admin").await?;
        for role in ["facilitator", "assessor", "moderator", "verifier"] {
            for key in [role.to_owned(), format!("other-{role}")] {
                self.invite(&key, role, None).await?;
                if role == "assessor" || role == "moderator" {
                    let path = format!("/api/v1/people/{}/registrations", self.person(&key)?.id);
                    let registration = json!({
                        "kind": role, "number": format!("{key}-0001"), "body": "W&RSETA",
                        "valid_from": today(), "valid_until": in_years(5)?,
                    });
                    self.post("admin", &path, &registration).await?;
                }
            }
        }
        Ok(())
    }

    async fn programmes(&mut self) -> Result<Vec<String>> {
        let mut made = Vec::new();
        for n in 0..12 {
            let modules: Vec<Value> = (0..MODULES)
                .map(|module| {
                    json!({ "code": format!("5222{n:02}000-KM-{module:02}"), "kind": "knowledge", "nqf_level": 4, "credits": 5,
                        "title": format!("Concepts and principles of supervising staff, part {module}"),
                        "criteria": ["The plan is complete.", "The roster covers each shift."] })
                })
                .collect();
            let body = json!({ "kind": "qualification", "title": format!("Occupational Certificate: Retail Supervisor {n}"),
                "saqa_id": format!("{}", 99_500 + n), "nqf_level": 4, "credits": MODULES * 5, "modules": modules });
            made.push(text(&self.post("admin", "/api/v1/programmes", &body).await?, "id")?);
        }
        self.ids.insert("programme", first(&made)?.to_owned());
        Ok(made)
    }

    async fn modules(&mut self, programmes: &[String]) -> Result<Vec<String>> {
        let path = format!("/api/v1/programmes/{}", first(programmes)?);
        let programme = self.get("admin", &path).await?;
        Ok(ids(programme.get("modules")))
    }

    async fn learners(&self, most: usize) -> Result<Vec<String>> {
        let session = &self.person("admin")?.session;
        let mut wire = self.server.connect().await?;
        let (mut found, mut cursor) = (Vec::new(), String::new());
        while found.len() < most {
            let path = format!("/api/v1/learners?limit=100{cursor}");
            let page = wire.call(&request("GET", &path, Some(session), "")).await?.ok()?;
            found.extend(ids(page.get("items")));
            cursor = format!("&cursor={}", text(&page, "next")?);
        }
        Ok(found)
    }

    /// The people of a team: those who are measured, or the others.
    fn team(&self, prefix: &str) -> Result<Value> {
        let id = |role: &str| Ok((role.to_owned(), json!(self.person(&format!("{prefix}{role}"))?.id)));
        let team: Result<serde_json::Map<String, Value>> = ["facilitator", "assessor", "moderator", "verifier"]
            .into_iter()
            .map(id)
            .collect();
        Ok(Value::Object(team?))
    }

    async fn enrol(&mut self, programmes: &[String], learners: &[String], amounts: &Amounts) -> Result<Vec<String>> {
        let session = self.person("admin")?.session.clone();
        let (ours, theirs) = (self.team("")?, self.team("other-")?);
        let mut requests = Vec::new();
        for (at, some) in learners.chunks(ENROL_AT_ONCE).enumerate() {
            let is_ours = at * ENROL_AT_ONCE < amounts.ours;
            let programme = if is_ours { 0 } else { at % programmes.len() };
            let body = json!({ "learners": some, "enrolment": {
                "programme": programmes.get(programme), "enrolled_on": today(),
                "team": if is_ours { &ours } else { &theirs },
            }});
            let path = "/api/v1/enrolments/many";
            requests.push(request("POST", path, Some(&session), &body.to_string()));
        }
        let answers = self.many(requests).await.context("enrolling")?;
        let lists = answers.iter().filter_map(|answer| answer.get("enrolments")?.as_array());
        let all: Vec<String> = lists.flatten().filter_map(|id| Some(id.as_str()?.to_owned())).collect();
        self.ids.insert("enrolment", first(&all)?.to_owned());
        Ok(all)
    }

    /// The learner who is measured: the first, who is assessed to the end.
    async fn learner(&mut self, learner: &str) -> Result<()> {
        self.step_up("admin").await?;
        self.ids.insert("learner", learner.to_owned());
        self.invite("learner", "learner", Some(learner)).await
    }

    async fn bring(&mut self, enrolments: &[String], modules: &[String]) -> Result<()> {
        let session = &self.person("facilitator")?.session;
        let all = enrolments
            .iter()
            .flat_map(|enrolment| modules.iter().map(move |module| (enrolment, module)));
        let requests = all.map(|(enrolment, module)| {
            let path = format!("/api/v1/enrolments/{enrolment}/evidence?module={module}");
            upload(&path, session, "application/pdf", FILE)
        });
        let made = self.many(requests.collect()).await.context("evidence")?;
        let file = text(made.first().context("no evidence")?, "id")?;
        self.ids.entry("evidence").or_insert(file);
        Ok(())
    }

    async fn assess(&self, enrolments: &[String], modules: &[String]) -> Result<()> {
        let session = &self.person("assessor")?.session;
        let all = enrolments
            .iter()
            .flat_map(|enrolment| modules.iter().map(move |module| (enrolment, module)));
        let requests = all.map(|(enrolment, module)| {
            let body = json!({ "module": module, "kind": "summative", "outcome": "competent", "assessed_on": today(),
                "feedback": "The evidence is valid, authentic, current and sufficient.", "criteria_met": [1, 2] });
            let path = format!("/api/v1/enrolments/{enrolment}/assessments");
            request("POST", &path, Some(session), &body.to_string())
        });
        self.many(requests.collect()).await.context("assessing")?;
        Ok(())
    }

    async fn draw(&mut self, programmes: &[String]) -> Result<(String, bool)> {
        let path = format!("/api/v1/programmes/{}/samples", first(programmes)?);
        let draw = request("POST", &path, Some(&self.person("moderator")?.session), "");
        let drawn = self.server.connect().await?.call(&draw).await?.ok()?;
        let sample = text(&drawn, "id").or_else(|_| text(&drawn, "sample"))?;
        self.ids.insert("sample", sample.clone());
        let waiting = self.get("moderator", "/api/v1/moderation?limit=1").await?;
        let waiting = waiting.pointer("/items/0").context("nothing waits for moderation")?;
        let at = format!("{}/{}", text(waiting, "enrolment")?, text(waiting, "module")?);
        self.ids.insert("moderating", at);
        Ok((sample, drawn.get("more").and_then(Value::as_bool) == Some(true)))
    }

    async fn moderate(&mut self, programmes: &[String]) -> Result<()> {
        loop {
            let (sample, more) = self.draw(programmes).await.context("a sample")?;
            let sample = self.get("moderator", &format!("/api/v1/samples/{sample}")).await?;
            let members = sample
                .get("population")
                .and_then(Value::as_array)
                .context("no population")?;
            let chosen = members
                .iter()
                .filter(|member| member.get("chosen").and_then(Value::as_bool) == Some(true));
            let chosen: Vec<String> = chosen.filter_map(|member| text(member, "assessment").ok()).collect();
            let session = &self.person("moderator")?.session;
            let requests = chosen.iter().map(|assessment| {
                let path = format!("/api/v1/assessments/{assessment}/decisions");
                request("POST", &path, Some(session), r#"{"decision":"upheld"}"#)
            });
            self.many(requests.collect()).await.context("moderating")?;
            self.ids.insert("decided", first(&chosen)?.to_owned());
            if !more {
                return Ok(());
            }
        }
    }

    async fn state_results(&mut self, enrolments: &[String]) -> Result<()> {
        self.step_up("admin").await?;
        let session = &self.person("admin")?.session;
        let requests = enrolments.iter().take(200).map(|enrolment| {
            let path = format!("/api/v1/enrolments/{enrolment}/statements");
            request("POST", &path, Some(session), "")
        });
        let made = self.many(requests.collect()).await.context("statements")?;
        let statement = text(made.first().context("no statement")?, "id")?;
        self.ids.insert("statement", statement);
        Ok(())
    }

    /// Accounts of learners, and keys.
    async fn accounts(&self, amounts: &Amounts, learners: &[String]) -> Result<()> {
        self.step_up("admin").await?;
        let session = &self.person("admin")?.session;
        let learners = learners.iter().skip(1).zip(0..amounts.accounts);
        let mut requests: Vec<Vec<u8>> = learners
            .map(|(learner, n)| {
                let body = json!({ "email": format!("learner-{n}@{SLUG}.example"), "name": format!("Lerato Learner {n}"),
                    "roles": ["learner"], "learner": learner });
                request("POST", "/api/v1/people", Some(session), &body.to_string())
            })
            .collect();
        requests.extend((0..20).map(|n| {
            let body = json!({ "name": format!("Integration {n}"), "scopes": ["learner.read", "me.read"] });
            request("POST", "/api/v1/api-keys", Some(session), &body.to_string())
        }));
        self.many(requests).await.context("accounts")?;
        Ok(())
    }

    /// A log with many entries: look-ups all over, looks at the learner who is measured, and their questions.
    async fn log(&mut self, amounts: &Amounts, learners: &[String]) -> Result<()> {
        let session = &self.person("admin")?.session;
        let mut requests = Vec::new();
        for n in 0..amounts.lookups {
            let number = learners::id_number(n * 7 % LEARNERS)?;
            let body = format!(r#"{{"id_number":"{number}"}}"#);
            requests.push(request("POST", "/api/v1/learners/lookup", Some(session), &body));
        }
        let path = format!("/api/v1/learners/{}", first(learners)?);
        requests.extend((0..500).map(|_| request("GET", &path, Some(session), "")));
        self.many(requests).await.context("look-ups")?;
        let leaves = self.leaves(&format!("{path}/accesses?limit=100")).await?;
        self.ids
            .insert("leaf", leaves.first().context("no access")?.to_string());
        let session = &self.person("learner")?.session;
        let requests = leaves.iter().take(50).map(|leaf| {
            let body = json!({ "leaf": leaf, "question": "I do not know who this is. What did they look for?" });
            request(
                "POST",
                &format!("{path}/access-queries"),
                Some(session),
                &body.to_string(),
            )
        });
        let asked = self.many(requests.collect()).await.context("questions")?;
        self.ids
            .insert("query", text(asked.first().context("no question")?, "id")?);
        Ok(())
    }

    /// Entries about a learner, once the index of them has caught up.
    async fn leaves(&self, path: &str) -> Result<Vec<u64>> {
        let started = Instant::now();
        loop {
            let page = self.get("admin", path).await?;
            let items = page.get("items").and_then(Value::as_array).context("no items")?;
            let leaves: Vec<u64> = items.iter().filter_map(|item| item.get("leaf")?.as_u64()).collect();
            if leaves.len() >= 100 {
                return Ok(leaves);
            }
            ensure!(
                started.elapsed() < INDEX_MAX,
                "the index of who looked does not catch up"
            );
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }
}

fn today() -> String {
    SystemClock.now().south_african_date().to_string()
}

/// A day at most ten years from now, as registrations end.
fn in_years(years: i64) -> Result<String> {
    Ok(plus_days(SystemClock.now().south_african_date(), 365 * years).to_string())
}

fn first(all: &[String]) -> Result<&str> {
    Ok(all.first().context("there is none")?)
}

fn ids(list: Option<&Value>) -> Vec<String> {
    let items = list.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    items.iter().filter_map(|item| text(item, "id").ok()).collect()
}
