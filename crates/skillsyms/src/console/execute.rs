//! Executes a command in the process that has the data folder.

use serde_json::{Value, json};
use skillsyms_core::{CellId, Problem, Role};
use skillsyms_door::{Actor, TenantState};
use skillsyms_people::Sending;
use skillsyms_people::accounts::{Invite, LinkBy};
use skillsyms_people::token::OneTimeText;
use skillsyms_records::dashboard::CheckCounters;
use skillsyms_records::imports::Importer;
use skillsyms_vault::Secret;

use super::{Command, Console, Input, Line, Progress};

/// Refused rows that a console is shown.
const FAILURES_SHOWN: usize = 100;

/// Executes a command. Progress is told as it goes; a listener that went away stops nothing.
///
/// # Errors
/// A problem: then nothing was changed.
pub async fn execute(console: &Console, command: Command, input: Input, progress: Progress) -> Result<Value, Problem> {
    let house = &console.house;
    let door = house.door();
    match command {
        Command::TenantCreate { slug, name } => {
            let tenant = door.create_tenant(&slug, &name).await?;
            Ok(json!({ "tenant": tenant }))
        }
        Command::TenantList => Ok(json!({ "items": door.tenants().await? })),
        Command::TenantSuspend { slug } => door.suspend_tenant(&slug).await.map(|()| json!({ "slug": slug })),
        Command::TenantRestore { slug } => door.restore_tenant(&slug).await.map(|()| json!({ "slug": slug })),
        Command::PersonInvite {
            tenant,
            email,
            name,
            roles,
        } => invite(house, tenant, (email, name), roles).await,
        Command::Import { tenant, file_name } => import(house, &tenant, file_name, input, progress).await,
        Command::LedgerVerify { tenant } => verify(house, tenant, progress).await,
        Command::CountersCheck { tenant } => counters(house, tenant).await,
        Command::HeadsCheck => heads(house).await,
        Command::ControlsCheck => crate::controls::check(console).await,
    }
}

async fn cell_of(house: &skillsyms_web::House, tenant: Option<&str>) -> Result<CellId, Problem> {
    match tenant {
        Some(slug) => house.door().tenant(slug).await,
        None => Ok(house.door().platform()),
    }
}

async fn invite(
    house: &skillsyms_web::House,
    tenant: Option<String>,
    (email, name): (String, String),
    roles: Vec<Role>,
) -> Result<Value, Problem> {
    let cell = cell_of(house, tenant.as_deref()).await?;
    let act = Invite {
        email: Secret::new(email),
        name: Secret::new(name),
        roles,
        learner: None,
        link: LinkBy::Hand,
        sending: Sending::Off,
    };
    let invited = house.door().enter(Actor::Console(cell)).run(act).await?;
    Ok(
        json!({ "person": invited.id, "token": invited.token.as_ref().map(OneTimeText::expose), "expires_at": invited.expires_at }),
    )
}

async fn import(
    house: &skillsyms_web::House,
    tenant: &str,
    file_name: String,
    input: Input,
    progress: Progress,
) -> Result<Value, Problem> {
    let cell = house.door().tenant(tenant).await?;
    let importer = Importer {
        door: house.door().clone(),
        actor: Actor::Console(cell),
        from: None,
        reference: None,
    };
    let mut failures = Vec::new();
    let summary = importer.run(&file_name, input, |so_far| {
        // A terminal is shown the first refused rows; all of them stay with the import.
        let room = FAILURES_SHOWN.saturating_sub(failures.len());
        // As they stand in the file: a chunk names its duplicates after everything else.
        let mut errors: Vec<_> = so_far.errors.iter().collect();
        errors.sort_by_key(|error| error.line);
        failures.extend(errors.into_iter().take(room).map(|error| json!(error)));
        let line = Line::Progress {
            what: "rows read".to_owned(),
            done: so_far.rows_read,
            total: None,
        };
        let _ = progress.try_send(line);
    });
    let summary = summary.await?;
    let mut told = json!(summary);
    if let Some(fields) = told.as_object_mut() {
        fields.insert("failures".to_owned(), json!(failures));
    }
    Ok(told)
}

async fn counters(house: &skillsyms_web::House, tenant: Option<String>) -> Result<Value, Problem> {
    let mut tenants = house.door().tenants().await?;
    if let Some(slug) = &tenant {
        tenants.retain(|known| &known.slug == slug);
        if tenants.is_empty() {
            return Err(Problem::not_found());
        }
    }
    // One whose creation broke off has no tables yet.
    tenants.retain(|known| known.state != TenantState::Creating.as_str());
    let (mut all_ok, mut checked) = (true, Vec::new());
    for known in tenants {
        let found = house.door().enter(Actor::Console(known.id)).view(CheckCounters).await?;
        all_ok &= found.differences.is_empty();
        checked.push(json!({
            "tenant": known.slug, "compared": found.compared, "ok": found.differences.is_empty(),
            "differences": found.differences,
        }));
    }
    Ok(json!({ "ok": all_ok, "counters": checked }))
}

async fn heads(house: &skillsyms_web::House) -> Result<Value, Problem> {
    let found = house.door().check_heads().await?;
    let found: Vec<String> = found
        .into_iter()
        .map(|(cell, finding)| format!("cell {cell}: {finding}"))
        .collect();
    Ok(json!({ "findings": found }))
}

async fn verify(house: &skillsyms_web::House, tenant: Option<String>, progress: Progress) -> Result<Value, Problem> {
    let door = house.door();
    let all = door.tenants().await?;
    let mut cells: Vec<(String, CellId)> = all.into_iter().map(|tenant| (tenant.slug, tenant.id)).collect();
    cells.push(("(platform)".to_owned(), door.platform()));
    if let Some(slug) = &tenant {
        cells.retain(|(name, _)| name == slug);
        if cells.is_empty() {
            return Err(Problem::not_found());
        }
    }
    let mut ledgers = Vec::new();
    let mut all_ok = true;
    for (name, id) in cells {
        let (what, lines) = (format!("ledger of {name}"), progress.clone());
        let report = door.verify_ledger(id, move |done, total| {
            let line = Line::Progress {
                what: what.clone(),
                done,
                total: Some(total),
            };
            // Progress that does not fit is dropped: the work does not wait for a terminal.
            let _ = lines.try_send(line);
        });
        let report = match report.await {
            Ok(report) => report,
            Err(problem) => {
                // One cell that does not open must not hide what the others say.
                let why = format!(
                    "it does not open ({}); stop the server and verify again to see why",
                    problem.code.name
                );
                all_ok = false;
                ledgers.push(json!({
                    "tenant": name, "cell": id, "ok": false, "size": null, "root": null, "outside": null, "findings": [why],
                }));
                continue;
            }
        };
        all_ok &= report.ok;
        let findings: Vec<String> = report.findings.iter().map(ToString::to_string).collect();
        ledgers.push(json!({
            "tenant": name, "cell": id, "ok": report.ok, "size": report.size,
            "root": report.root.map(|root| root.to_string()),
            "outside": report.outside.map(|head| head.size), "findings": findings,
        }));
    }
    Ok(json!({ "ok": all_ok, "ledgers": ledgers }))
}
