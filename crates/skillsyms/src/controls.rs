//! Starts the probes: gives each what it looks at, keeps what they saw in the platform's cell, and makes the report.

use std::path::PathBuf;

use anyhow::ensure;
use serde_json::{Value, json};
use skillsyms_assurance::controls::{
    Accesses, Catalogue, CheckAccess, CheckMasks, Checked, Context, Evidence, Finding, Needle, Probe, ReadEvidence,
    RecordEvidence, Report, TlsTarget, Verdict, check as look, id_numbers_in, probes, standard,
};
use skillsyms_core::{ApiKeyId, CellId, PersonId, Problem, Role};
use skillsyms_door::{Actor, Door, Owes, Principal, TenantState, matrix};
use skillsyms_people::FactorRule;
use skillsyms_people::api_keys::create::DAYS_MAX;
use skillsyms_web::Probes;
use uuid::Uuid;

use crate::console::{Console, Served};

/// Number that every text on the subject prints; nobody's. The probe of masks must find it where it is planted.
const SAMPLE_ID: &str = "8001015009087";
/// Acts of somebody who owes a second factor: showing it, being looked up for that, signing out.
const OWING_MAY: usize = 4;

/// Runs every probe, keeps the evidence, and answers the report.
///
/// # Errors
/// If the platform's cell fails or the catalogue does not load.
pub async fn check(console: &Console) -> Result<Value, Problem> {
    let door = console.house.door();
    let evidence = see(door, console.served.as_ref()).await?;
    let actor = Actor::Console(door.platform());
    door.enter(actor).run(RecordEvidence { evidence }).await?;
    let newest = door.enter(actor).view(ReadEvidence).await?;
    let report = Report::of(&catalogue()?, &newest, door.clock().now());
    let summary: Vec<String> = report
        .counts
        .iter()
        .map(|(state, count)| format!("{count} {state}"))
        .collect();
    let mut told = serde_json::to_value(&report).map_err(|_| Problem::internal())?;
    if let Some(fields) = told.as_object_mut() {
        fields.insert("ok".to_owned(), json!(!report.is_bad()));
        fields.insert("summary".to_owned(), json!(summary.join(", ")));
    }
    Ok(told)
}

/// The probes for the operators' page. They hold the door and not the house, which holds them.
#[must_use]
pub fn probes(door: Door, served: Served) -> Probes {
    Box::new(move || {
        let (door, served) = (door.clone(), served.clone());
        Box::pin(async move { see(&door, Some(&served)).await })
    })
}

fn catalogue() -> Result<Catalogue, Problem> {
    Catalogue::load().map_err(|error| {
        tracing::error!(%error, "controls");
        Problem::internal()
    })
}

/// Lets every probe look; answers what they saw.
async fn see(door: &Door, served: Option<&Served>) -> Result<Vec<Evidence>, Problem> {
    let catalogue = catalogue()?;
    let (context, mut all) = (context(door, served).await?, standard());
    all.push(isolation(door).await?);
    all.push(ledger_intact(door).await?);
    all.push(masks(door).await?);
    let seen = accesses(
        door,
        &CheckAccess {
            rule: FactorRule::DEFAULT,
            key_days: DAYS_MAX,
        },
    )
    .await?;
    all.push(second_factor(door, &seen));
    all.push(key_bounds(door, &seen).await?);
    let clock = door.clock().clone();
    tokio::task::spawn_blocking(move || look(&catalogue, &all, &context, clock.as_ref()))
        .await
        .map_err(|_| Problem::internal())
}

async fn context(door: &Door, served: Option<&Served>) -> Result<Context, Problem> {
    let data = door.data().to_owned();
    let tenants = door.tenants().await?;
    // Names of tenants stand in the platform's cell for certain, and so does the act that made them. PostgreSQL's files
    // are not in our folder: there is nothing to search for in it, and the probe says so.
    let known = tenants
        .iter()
        .map(|tenant| tenant.name.as_str())
        .chain(["tenant.create"]);
    let is_here = !tenants.is_empty() && data.join("cells").exists();
    let needles = known.filter(|_| is_here).filter_map(Needle::new).collect();
    let key_files = ["root.key", "platform.json", "tls/server.key"].map(|name| data.join(name));
    Ok(Context {
        files_dir: Some(data.join("files")),
        key_files: key_files.into_iter().filter(|path| path.exists()).collect(),
        needles,
        tls: served.and_then(target),
        data_dir: Some(data),
        scratch: None,
    })
}

fn target(served: &Served) -> Option<TlsTarget> {
    let ca_pem = std::fs::read_to_string(served.ca_certificate.as_ref()?).ok()?;
    Some(TlsTarget {
        addr: served.address,
        name: "localhost".to_owned(),
        ca_pem,
    })
}

/// Every tenant against every other would be quadratic: each against its neighbour in the list finds a shared key or
/// login as surely.
async fn isolation(door: &Door) -> Result<Box<dyn Probe>, Problem> {
    let cells: Vec<CellId> = door.tenants().await?.into_iter().map(|tenant| tenant.id).collect();
    let neighbours = cells
        .iter()
        .zip(cells.iter().cycle().skip(1))
        .filter(|(from, to)| from != to);
    let mut reached = 0_usize;
    let mut pairs = 0_usize;
    for (from, to) in neighbours {
        pairs += 1;
        reached += usize::from(door.reaches(*from, *to).await?);
    }
    let own = match cells.first() {
        Some(cell) => door.reaches(*cell, *cell).await?,
        None => false,
    };
    let found = match (pairs, reached) {
        (0, _) => Finding::unknown("there are no two tenants to try"),
        (_, 0) => Finding::holds(format!("{pairs} tenants' keys and logins open no other tenant's cell")),
        _ => Finding::fails(format!("{reached} of {pairs} tenants reach another tenant's cell")),
    };
    let wrong = if own {
        Finding::fails("a tenant reaches its own cell")
    } else {
        Finding::unknown("there is no tenant")
    };
    Ok(known(
        "isolation",
        "each tenant's key or login against its neighbour's cell",
        found,
        wrong,
    ))
}

async fn ledger_intact(door: &Door) -> Result<Box<dyn Probe>, Problem> {
    door.publish_heads().await?;
    let mut cells: Vec<CellId> = door.tenants().await?.into_iter().map(|tenant| tenant.id).collect();
    cells.push(door.platform());
    let (mut entries, mut damaged) = (0_u64, 0_usize);
    for cell in &cells {
        let report = door.verify_ledger(*cell, |_, _| {}).await?;
        entries += report.size;
        damaged += usize::from(!report.ok);
    }
    let found = if damaged == 0 {
        Finding::holds(format!(
            "{entries} entries of {} ledgers verify against their checkpoints outside",
            cells.len()
        ))
    } else {
        Finding::fails(format!("{damaged} of {} ledgers do not verify", cells.len()))
    };
    let forged = door.verify_ledger_wrongly(door.platform()).await?;
    let wrong = if forged.ok {
        Finding::holds("a forged checkpoint passed")
    } else {
        Finding::fails("a forged checkpoint was found")
    };
    Ok(known("ledger-intact", "every entry of every ledger", found, wrong))
}

/// What staff see of learners, in every tenant: a page of each list, searched for ID numbers.
async fn masks(door: &Door) -> Result<Box<dyn Probe>, Problem> {
    let (mut learners, mut in_full) = (0_usize, 0_usize);
    for tenant in door
        .tenants()
        .await?
        .iter()
        .filter(|tenant| tenant.state == TenantState::Active.as_str())
    {
        let seen = door.enter(Actor::System(tenant.id)).view(CheckMasks).await?;
        learners += seen.learners;
        in_full += seen.in_full;
    }
    let found = match (learners, in_full) {
        (0, _) => Finding::unknown("there are no learners to look at"),
        (_, 0) => Finding::holds(format!("{learners} learners are listed, every ID number masked")),
        _ => Finding::fails(format!("{in_full} ID numbers stand in full in lists of learners")),
    };
    let planted = id_numbers_in(&format!("{{\"id_masked\":\"{SAMPLE_ID}\"}}"));
    let wrong = if planted == 1 {
        Finding::fails("a planted ID number was found")
    } else {
        Finding::holds("not found")
    };
    Ok(known(
        "masks",
        "a page of every tenant's list of learners",
        found,
        wrong,
    ))
}

/// Sessions and keys of every provider that is at work, and of the platform.
async fn accesses(door: &Door, look: &CheckAccess) -> Result<Accesses, Problem> {
    let tenants = door.tenants().await?.into_iter();
    let at_work = tenants.filter(|tenant| tenant.state == TenantState::Active.as_str());
    let mut all = Accesses::default();
    for cell in at_work.map(|tenant| tenant.id).chain([door.platform()]) {
        let seen = door.enter(Actor::System(cell)).view(CheckAccess { ..*look }).await?;
        all.sessions += seen.sessions;
        all.without_factor += seen.without_factor;
        all.keys += seen.keys;
        all.unbounded_keys += seen.unbounded_keys;
    }
    Ok(all)
}

/// How many acts the policies let this principal do somewhere.
fn allowed(door: &Door, principal: &Principal) -> usize {
    let acts = door.registry().all();
    acts.filter(|act| matrix::cell(door.policies(), act, principal) != "-")
        .count()
}

/// Nobody whose role takes a second factor is in without one; and the policies let a password alone do nothing but go on.
fn second_factor(door: &Door, seen: &Accesses) -> Box<dyn Probe> {
    let mut admin = Principal::person(PersonId::new(Uuid::nil()), vec![Role::Admin]);
    let whole = allowed(door, &admin);
    admin.owes = Some(Owes::Factor);
    let waiting = allowed(door, &admin);
    let judge = |without: i64, may: usize| {
        if without == 0 && may <= OWING_MAY {
            Finding::holds(format!(
                "{} sessions are open, none without the second factor that its role takes; a password alone may do {may} acts of {whole}",
                seen.sessions
            ))
        } else {
            Finding::fails(format!(
                "{without} sessions lack a second factor; a password alone may do {may} acts"
            ))
        }
    };
    known(
        "second-factor",
        "open sessions of every provider, and the policies",
        judge(seen.without_factor, waiting),
        // Somebody who owes nothing may do more: the same look must find that.
        judge(0, whole),
    )
}

/// Every key has scopes and an end; and the policies let a key do what its scope says and nothing else.
async fn key_bounds(door: &Door, seen: &Accesses) -> Result<Box<dyn Probe>, Problem> {
    let key = |scopes: &[&str]| {
        let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        allowed(door, &Principal::api_key(ApiKeyId::new(Uuid::nil()), scopes))
    };
    let judge = |unbounded: i64, may: usize| match (seen.keys, unbounded, may) {
        (_, 0, 1) => Finding::holds(format!(
            "{} keys work, each with scopes and an end; a key with one scope may do one act",
            seen.keys
        )),
        _ => Finding::fails(format!(
            "{unbounded} keys have no scope or no end; a key with one scope may do {may} acts"
        )),
    };
    // No key may work for less than no day: where there are keys, the same look must find them; where there is none, a scope too many.
    let impossible = CheckAccess {
        rule: FactorRule::DEFAULT,
        key_days: -1,
    };
    let planted = accesses(door, &impossible).await?.unbounded_keys;
    Ok(known(
        "key-bounds",
        "API keys of every provider, and the policies",
        judge(seen.unbounded_keys, key(&["learner.read"])),
        if seen.keys > 0 {
            judge(planted, key(&["learner.read"]))
        } else {
            judge(0, key(&["learner.read", "learner.list"]))
        },
    ))
}

/// A probe whose look was made already, because it needed the door.
fn known(name: &'static str, source: &'static str, found: Finding, wrong: Finding) -> Box<dyn Probe> {
    Box::new(Checked::new(
        name,
        source,
        Box::new(move |_| found.clone()),
        Box::new(move |_| wrong.clone()),
    ))
}

/// Searches the data folder for ID numbers; answers how much was searched, in words.
///
/// # Errors
/// If there is one, or the search could not be made.
pub async fn no_id_numbers(data: PathBuf) -> anyhow::Result<String> {
    let found = tokio::task::spawn_blocking(move || probes::no_id_numbers(&data)).await?;
    ensure!(found.verdict == Verdict::Holds, "{}", found.detail);
    Ok(found.detail)
}
