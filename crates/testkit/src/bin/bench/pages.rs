//! Every page of the registry, as each role that may see it: how long the server takes, and what goes over the line.
//!
//! The time is from the request's first byte sent to the answer's last byte read, of one client that asks one page after the
//! other over one kept-alive TLS connection on loopback: the server's time and a little of the load's own. A page that nobody
//! could see counts as missed: a new page needs an example in [`EXAMPLES`].

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use skillsyms_web::routes::{Face, Routes};

use crate::authenticator;
use crate::drive::Load;
use crate::house::{EngineName, House};
use crate::provider::{LEARNERS, OPERATOR, Person, Provider, ROLES, SLUG};
use crate::register::{CLIENTS, turn};
use crate::table::{Row, median, print_lines, thousands};
use crate::wire::{Answer, Server, Wire, visit};
use crate::{Size, say};

/// Milliseconds within which 95 of 100 answers come.
const TIME_MAX_MS: f64 = 15.0;
/// Bytes of a first visit: the page with all that it loads.
const FIRST_MAX_BYTES: usize = 100_000;
/// Bytes of each visit after it: the page alone, since what it loads is kept for a year.
const AFTER_MAX_BYTES: usize = 20_000;
/// How long a confirmed password is relied on: the server does for five minutes.
const CONFIRMED: Duration = Duration::from_secs(200);
/// Lists of learners a second: a hundred times what Moodle's list of users was measured at on such a machine.
const LISTS_MIN: f64 = 1_100.0;
/// What a browser takes.
const CODINGS: &str = "gzip, deflate, br, zstd";

/// What stands for the parameters of a path: the first that is the beginning of it, behind the provider's name. `mine` is the
/// account of whoever asks, or somebody else's if all may be seen.
const EXAMPLES: [(&str, &str, &str); 27] = [
    ("platform/tenants/{id}", "{id}", "tenant"),
    ("platform/operators/{id}/restore", "{id}", "suspended-operator"),
    ("platform/operators/{id}", "{id}", "operator"),
    ("platform/checkpoints/{id}", "{id}", "checkpoint"),
    ("enrolments/{id}/suspend", "{id}", "active"),
    ("enrolments/{id}/team", "{id}", "active"),
    ("enrolments/{id}/resume", "{id}", "paused"),
    ("people/{id}/restore", "{id}", "suspended"),
    ("learning/{id}/evidence", "{id}/evidence", "bringing"),
    ("uploads/{id}", "{id}", "upload"),
    ("imports/{id}/columns", "{id}", "held"),
    ("learners/statements/{id}", "{id}", "statement"),
    ("learners/{id}", "{id}", "learner"),
    ("my-results/{id}", "{id}", "statement"),
    ("programmes/{id}", "{id}", "programme"),
    ("enrolments/{id}", "{id}", "enrolment"),
    ("learning/{id}", "{id}", "enrolment"),
    ("assessments/{id}/{module}", "{id}/{module}", "assessing"),
    ("moderation/{id}/{module}", "{id}/{module}", "moderating"),
    ("evidence/{id}", "{id}", "evidence"),
    ("learning-files/{id}", "{id}", "evidence"),
    ("samples/{id}", "{id}", "sample"),
    ("proofs/{id}", "{id}", "decided"),
    ("ledger/{id}", "{id}", "leaf"),
    ("who-looked/{id}", "{id}", "leaf"),
    ("access-questions/{id}", "{id}", "query"),
    ("imports/{id}", "{id}", "import"),
];
/// Lists as they are asked for with something looked for, beside those of the registry.
const FILTERED: [&str; 8] = [
    "learners?sort=newest",
    "people?role=learner",
    "people?state=invited",
    "queue?kind=assess",
    "queue?age=overdue",
    "groups?status=withdrawn",
    "ledger?act=learner.lookup",
    "ledger?outcome=refused",
];

/// One page as one role.
struct Measured {
    page: String,
    role: &'static str,
    p50_ms: f64,
    p95_ms: f64,
    first: usize,
    after: usize,
}

impl Measured {
    fn is_met(&self) -> bool {
        self.p95_ms < TIME_MAX_MS && self.first < FIRST_MAX_BYTES && self.after < AFTER_MAX_BYTES
    }

    fn line(&self) -> [String; 7] {
        [
            self.page.clone(),
            self.role.to_owned(),
            format!("{:.1}", self.p50_ms),
            format!("{:.1}", self.p95_ms),
            thousands(self.first as f64),
            thousands(self.after as f64),
            if self.is_met() { "yes" } else { "no" }.to_owned(),
        ]
    }
}

/// Every page, and the list of learners under load.
pub fn pages(engine: &EngineName, size: Size) -> Result<Vec<Row>> {
    let house = House::new(engine)?;
    let provider = Provider::new(&house, size)?;
    let times = if size == Size::Quick { 20 } else { 200 };
    let server = house.server()?;
    let mut paths = paths();
    paths.extend(FILTERED.map(|rest| format!("/t/{{slug}}/{rest}")));
    let mut all = Vec::new();
    let asked = async {
        for role in ROLES.into_iter().chain(["nobody"]) {
            all.extend(as_role(&server, &provider, role, (paths.as_slice(), times)).await?);
        }
        Ok::<_, anyhow::Error>(())
    };
    house.block_on(asked)?;
    let headings = [
        "page",
        "role",
        "p50 ms",
        "p95 ms",
        "first visit, bytes",
        "after, bytes",
        "met",
    ];
    say("");
    print_lines(headings, all.iter().map(Measured::line).collect());
    let unseen: Vec<&String> = paths
        .iter()
        .filter(|path| !all.iter().any(|page| page.page == **path))
        .collect();
    for path in &unseen {
        say(&format!("pages: nobody could see {path}: it needs an example"));
    }
    let rows = [
        summary(engine, &all, unseen.len(), size),
        lists(&house, &provider, engine, size)?,
    ];
    Ok(rows.into())
}

/// Paths of the pages that are asked for with `GET`.
fn paths() -> Vec<String> {
    let routes = Routes::all();
    let pages = routes
        .iter()
        .filter(|route| route.face == Face::Page && route.method == http::Method::GET);
    pages.map(|route| route.path.to_owned()).collect()
}

fn summary(engine: &EngineName, all: &[Measured], unseen: usize, size: Size) -> Row {
    let slowest = all.iter().max_by(|one, other| one.p95_ms.total_cmp(&other.p95_ms));
    let said = slowest.map_or_else(String::new, |page| {
        format!("{:.1} ms ({}, {})", page.p95_ms, page.page, page.role)
    });
    let first = all.iter().map(|page| page.first).max().unwrap_or(0);
    let after = all.iter().map(|page| page.after).max().unwrap_or(0);
    let met = all.iter().filter(|page| page.is_met()).count();
    Row {
        case: format!(
            "{} pages as roles, {} learners, {}",
            all.len(),
            thousands(LEARNERS as f64),
            engine.name()
        ),
        figure: format!(
            "slowest p95 {said}; {} bytes at most, {} after; {met} of {} met, {unseen} unseen",
            thousands(first as f64),
            thousands(after as f64),
            all.len()
        ),
        bare: "-".to_owned(),
        ratio: "-".to_owned(),
        target: "p95 < 15 ms, < 100 kB first, < 20 kB after",
        met: met == all.len() && unseen == 0 && size != Size::Quick,
    }
}

/// Whether somebody who is not signed in may come here.
fn is_open(path: &str) -> bool {
    let inner = path
        .strip_prefix("/t/{slug}/")
        .or_else(|| path.strip_prefix("/platform/"));
    inner.is_none_or(|rest| ["sign-in", "reset", "reset/password", "invitation"].contains(&rest))
}

/// The pages that a role may see.
async fn as_role(
    server: &Server,
    provider: &Provider,
    role: &'static str,
    (paths, times): (&[String], usize),
) -> Result<Vec<Measured>> {
    let person = provider.person(role).ok();
    let mut found = Vec::new();
    let mut wire = server.connect().await?;
    let mut loads = BTreeMap::new();
    let mut confirmed = None;
    for path in paths {
        // Each has a session of its own; nobody sees what stands open to all.
        if (role == OPERATOR) != path.starts_with("/platform") && !(person.is_none() && is_open(path)) {
            continue;
        }
        if person.is_some() && confirmed.is_none_or(|at: Instant| at.elapsed() > CONFIRMED) {
            provider.step_up(role).await?;
            confirmed = Some(Instant::now());
            // It may have waited for the next code, longer than a server keeps a silent connection.
            wire = server.connect().await?;
        }
        let filled = filled(path, provider, (role, person));
        let cookie = person.map(|person| person.cookie.as_str());
        let Some(loaded) = is_seen(&mut wire, &filled, cookie).await? else {
            continue;
        };
        let assets = weigh(&mut wire, &loaded, &mut loads).await?;
        let (micros, bytes) = ask(&mut wire, &visit(&filled, cookie, CODINGS), times).await?;
        let at = |hundredths: usize| {
            let at = (micros.len() * hundredths / 100).min(micros.len().saturating_sub(1));
            micros.get(at).copied().unwrap_or(0.0) / 1e3
        };
        found.push(Measured {
            page: path.clone(),
            role,
            p50_ms: at(50),
            p95_ms: at(95),
            first: bytes + assets,
            after: bytes,
        });
    }
    say(&format!("pages: {} as {role}", found.len()));
    Ok(found)
}

/// A path with examples for its parameters.
fn filled(path: &str, provider: &Provider, (role, person): (&str, Option<&Person>)) -> String {
    if path.contains("/factors/{id}") {
        let own = person
            .and_then(|person| authenticator::factor(&person.email))
            .unwrap_or_else(|| "none".to_owned());
        return path.replacen("{slug}", SLUG, 1).replacen("{id}", &own, 1);
    }
    let Some(rest) = path.strip_prefix("/t/{slug}") else {
        if path == "/sign-in" {
            return format!("{path}?provider={SLUG}");
        }
        let rest = path.strip_prefix('/').unwrap_or(path);
        let found = EXAMPLES.iter().find(|(prefix, _, _)| rest.starts_with(prefix));
        return found.map_or_else(
            || path.to_owned(),
            |(_, parameters, kind)| path.replacen(parameters, provider.ids.get(kind).map_or("none", String::as_str), 1),
        );
    };
    let rest = rest.strip_prefix('/').unwrap_or(rest);
    let found = EXAMPLES.iter().find(|(prefix, _, _)| rest.starts_with(prefix));
    let shown = if role == "admin" {
        provider.person("assessor").ok()
    } else {
        person
    };
    let rest = match found {
        Some((_, parameters, kind)) => {
            let id = provider.ids.get(kind).map_or("none", String::as_str);
            rest.replacen(parameters, id, 1)
        }
        None if rest.starts_with("people/{id}") => rest.replacen("{id}", shown.map_or("none", |one| &one.id), 1),
        None => rest.to_owned(),
    };
    let rest = if rest.is_empty() && path == "/t/{slug}" {
        String::new()
    } else {
        format!("/{rest}")
    };
    format!("/t/{SLUG}{rest}")
}

/// Whether this role sees a page: then what the page loads. One that sends on to another page is seen; one that sends to
/// sign in is not.
async fn is_seen(wire: &mut Wire, path: &str, cookie: Option<&str>) -> Result<Option<Vec<String>>> {
    let answer = wire.call(&visit(path, cookie, "identity")).await?;
    match answer.status {
        200 => Ok(Some(loads(&String::from_utf8_lossy(answer.body)))),
        204 => Ok(Some(Vec::new())),
        303 => {
            let to = answer.header("location").unwrap_or_default();
            // The page that asks for a provider sends whoever named one to its form.
            let is_asked = path.starts_with("/sign-in");
            Ok((is_asked || !to.contains("/sign-in") && !to.contains("/step-up")).then(Vec::new))
        }
        403 | 404 | 409 | 410 | 422 => Ok(None),
        other => anyhow::bail!("{path}: {other} {}", String::from_utf8_lossy(answer.body)),
    }
}

/// Addresses of the assets that a page names.
fn loads(html: &str) -> Vec<String> {
    let parts = html.split('"').filter(|part| part.starts_with("/assets/"));
    let mut all: Vec<String> = parts.map(str::to_owned).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Bytes of what a page loads. Each is asked for once.
async fn weigh(wire: &mut Wire, loaded: &[String], known: &mut BTreeMap<String, usize>) -> Result<usize> {
    let mut all = 0;
    for path in loaded {
        if !known.contains_key(path) {
            let answer = wire.call(&visit(path, None, CODINGS)).await?;
            ensure!(answer.status == 200, "{path}: {}", answer.status);
            known.insert(path.clone(), answer.bytes());
        }
        all += known.get(path).copied().unwrap_or(0);
    }
    Ok(all)
}

/// Asks so many times. Answers how long each took in microseconds, sorted, and the bytes of the largest answer.
async fn ask(wire: &mut Wire, request: &[u8], times: usize) -> Result<(Vec<f64>, usize)> {
    // The first fills caches, as any first visitor of the day does for the others.
    wire.call(request).await?;
    let mut micros = Vec::with_capacity(times);
    let mut bytes = 0;
    for _ in 0..times {
        let started = Instant::now();
        let answer = wire.call(request).await?;
        micros.push(started.elapsed().as_secs_f64() * 1e6);
        ensure!(answer.status < 400, "{} on the way", answer.status);
        bytes = bytes.max(answer.bytes());
    }
    micros.sort_unstable_by(f64::total_cmp);
    Ok((micros, bytes))
}

/// The list of learners, as an administrator's browser asks for it.
struct Lists(Vec<u8>);

impl Load for Lists {
    fn next(&self) -> Result<Vec<u8>> {
        Ok(self.0.clone())
    }

    fn hear(&self, answer: &Answer<'_>) -> Result<()> {
        ensure!(answer.status == 200, "{}", answer.status);
        Ok(())
    }
}

fn lists(house: &House, provider: &Provider, engine: &EngineName, size: Size) -> Result<Row> {
    let cookie = &provider.person("admin").context("admin")?.cookie;
    let load = Rc::new(Lists(visit(&format!("/t/{SLUG}/learners"), Some(cookie), CODINGS)));
    turn(house, Duration::from_secs(1), &load)?;
    let (mut rates, mut p99) = (Vec::new(), Vec::new());
    for _ in 0..size.rounds() {
        let (driven, cpu, others) = turn(house, size.turn(), &load)?;
        say(&format!(
            "pages {}: {:.0} lists of learners/s, p50 {:.1} ms, p99 {:.1} ms, server {:.0} us CPU each; others {others:.0} % of the machine",
            engine.name(),
            driven.rate(),
            driven.within_ms(500),
            driven.within_ms(990),
            cpu * 1e6 / driven.done.max(1) as f64,
        ));
        rates.push(driven.rate());
        p99.push(driven.within_ms(990));
    }
    let best = rates.iter().copied().fold(0.0, f64::max);
    let rate = median(rates);
    Ok(Row {
        case: format!("list of learners, {CLIENTS} clients, {}", engine.name()),
        figure: format!(
            "{}/s (best {}), p99 {:.0} ms",
            thousands(rate),
            thousands(best),
            median(p99)
        ),
        bare: "-".to_owned(),
        ratio: "-".to_owned(),
        target: ">= 1,100/s",
        met: rate >= LISTS_MIN && size != Size::Quick,
    })
}
