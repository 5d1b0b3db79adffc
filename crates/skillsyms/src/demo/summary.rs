//! What the demo says at its end: figures, addresses, logins. Secrets are shown once.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use comfy_table::{Table, presets};
use serde_json::json;

use super::operator::Operator;
use super::play::Played;
use crate::out;

/// Refused rows that are printed: enough to see what they look like.
const REFUSED_SHOWN: usize = 8;

/// What is shown.
pub struct Shown<'s> {
    /// What was played in each tenant.
    pub all: &'s [Played],
    /// The operators of the platform.
    pub operators: &'s [Operator],
    /// Where it is served.
    pub url: &'s str,
    /// The authority to trust.
    pub ca: Option<&'s Path>,
    /// The folder into which mails go.
    pub mail: Option<&'s Path>,
}

pub fn print(shown: &Shown<'_>) {
    for played in shown.all {
        out::line(format!("\n{} ({})", played.name, played.slug));
        let f = played.figures;
        if f.imported > 0 {
            out::line(format!(
                "  {} learners, {} rows refused, {} enrolled, {} files of evidence, {} assessments, {} moderated, {} statements",
                f.imported, f.refused, f.enrolled, f.evidence, f.assessed, f.moderated, f.statements
            ));
        }
        for (line, column, message) in played.refused.iter().take(REFUSED_SHOWN) {
            out::line(format!("  line {line}, {column}: {message}"));
        }
        if played.refused.len() > REFUSED_SHOWN {
            out::line(format!("  … and {} more", played.refused.len() - REFUSED_SHOWN));
        }
        let mut table = Table::new();
        table
            .load_style(presets::UTF8_HORIZONTAL_ONLY)
            .set_header(["role", "email", "password", "authenticator"]);
        for login in &played.logins {
            table.add_row([login.role, &login.email, &login.password, &login.authenticator.secret]);
        }
        out::line(table);
        out::line(format!("  API key: {}", played.api_key));
    }
    out::line(format!("\nPlatform ({}/platform/)", shown.url));
    for operator in shown.operators {
        let secret = &operator.authenticator.secret;
        out::line(format!("  operator {} {} {secret}", operator.email, operator.password));
    }
    out::line(
        "\nThese secrets are shown once. An authenticator is a key by time, in base 32, for an app that shows one-time codes.",
    );
    out::line(format!("API   {}/api/v1/openapi.json", shown.url));
    if let Some(ca) = shown.ca {
        out::line(format!("CA    {} (trust it with curl --cacert)", ca.display()));
    }
    if let Some(folder) = shown.mail {
        out::line(format!("Mail  {} (one file a mail)", folder.display()));
    }
}

/// Writes the ready file, for its owner only: it holds the logins.
pub fn write_ready(path: &Path, shown: &Shown<'_>) -> anyhow::Result<()> {
    let tenants: Vec<_> = shown
        .all
        .iter()
        .map(|played| {
            let logins: Vec<_> = played
                .logins
                .iter()
                .map(|login| {
                    json!({ "role": login.role, "email": login.email, "password": login.password,
                            "totp_secret": login.authenticator.secret })
                })
                .collect();
            json!({ "slug": played.slug, "api_key": played.api_key, "logins": logins })
        })
        .collect();
    let ca = shown.ca.map(std::path::absolute).transpose()?;
    let operator = |one: &Operator| {
        json!({ "role": "operator", "email": one.email, "password": one.password,
                "totp_secret": one.authenticator.secret })
    };
    let operators: Vec<_> = shown.operators.iter().map(operator).collect();
    let ready = json!({
        "url": shown.url, "ca_certificate": ca, "mail": shown.mail, "tenants": tenants, "platform": { "logins": operators },
    });
    // A script that waits for the file must never see half of it.
    let next = path.with_extension("next");
    // What an earlier try left may be open to others: it is not written into.
    match std::fs::remove_file(&next) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&next)?;
    file.write_all(&serde_json::to_vec_pretty(&ready)?)?;
    file.sync_all()?;
    std::fs::rename(&next, path)?;
    Ok(())
}
