//! How answers are shown: to a person at a terminal, or as one JSON object.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the command line answers on these"
)]

use std::process::ExitCode;

use comfy_table::{Table, presets};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use serde_json::Value;

use super::FOUND_WRONG;
use crate::config::Config;
use crate::console::{Command, Line, Told};
use crate::doctor::{Finding, is_well};

/// A progress bar on standard error; none with `--json`.
pub struct Bar(Option<ProgressBar>);

impl Bar {
    pub fn new(json: bool) -> Self {
        Self((!json).then(|| {
            let bar = ProgressBar::no_length();
            if let Ok(style) = ProgressStyle::with_template("{msg:<28} {bar:32} {pos}/{len} {per_sec}") {
                bar.set_style(style);
            }
            bar
        }))
    }

    pub fn hear(&mut self, line: &Line) {
        let (Some(bar), Line::Progress { what, done, total }) = (&self.0, line) else {
            return;
        };
        bar.set_message(what.clone());
        if let Some(total) = total {
            bar.set_length(*total);
        }
        bar.set_position(*done);
    }

    pub fn clear(&self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}

pub fn json(value: &impl Serialize, is_ok: bool) -> ExitCode {
    match serde_json::to_string(value) {
        Ok(text) => println!("{text}"),
        Err(error) => eprintln!("{error}"),
    }
    code(is_ok)
}

fn code(is_ok: bool) -> ExitCode {
    if is_ok {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(FOUND_WRONG)
    }
}

pub fn text(text: &str) -> ExitCode {
    print!("{text}");
    ExitCode::SUCCESS
}

pub fn failed(error: &anyhow::Error, json: bool) -> ExitCode {
    let message = format!("{error:#}");
    if json {
        println!(
            "{}",
            serde_json::json!({ "error": { "code": "failed", "title": message } })
        );
    } else {
        eprintln!("skillsyms: {message}");
    }
    ExitCode::FAILURE
}

pub fn problem(told: &Told, json: bool) -> ExitCode {
    if json {
        println!("{}", serde_json::json!({ "error": told }));
    } else {
        eprintln!("skillsyms: {} ({})", told.title, told.code);
        for (field, message) in &told.fields {
            eprintln!("  {field}: {message}");
        }
    }
    ExitCode::FAILURE
}

fn table(headings: &[&str], rows: impl Iterator<Item = Vec<String>>) {
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY).set_header(headings);
    for row in rows {
        table.add_row(row);
    }
    println!("{table}");
}

fn field(value: &Value, name: &str) -> String {
    match value.get(name) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Null) | None => String::new(),
        Some(other) => other.to_string(),
    }
}

fn rows<'a>(value: &'a Value, names: &'a [&'a str]) -> impl Iterator<Item = Vec<String>> + 'a {
    let list = value.as_array().map(Vec::as_slice).unwrap_or_default();
    list.iter()
        .map(move |item| names.iter().map(|name| field(item, name)).collect())
}

pub fn done(command: &Command, value: &Value, as_json: bool) -> ExitCode {
    let is_ok = value.get("ok").and_then(Value::as_bool).unwrap_or(true);
    if as_json {
        return json(value, is_ok);
    }
    match command {
        Command::TenantList => {
            let names = ["slug", "name", "state", "created_at"];
            table(&names, rows(value.get("items").unwrap_or(&Value::Null), &names));
        }
        Command::LedgerVerify { .. } => {
            let names = ["tenant", "size", "root", "outside", "ok", "findings"];
            table(&names, rows(value.get("ledgers").unwrap_or(&Value::Null), &names));
        }
        Command::ControlsCheck => {
            let names = ["id", "state", "claim", "detail"];
            table(&names, rows(value.get("controls").unwrap_or(&Value::Null), &names));
            println!("{}", field(value, "summary"));
        }
        Command::PersonInvite { .. } => {
            println!(
                "One-time invitation, shown once and valid until {}:",
                field(value, "expires_at")
            );
            println!("{}", field(value, "token"));
        }
        Command::Import { .. } => {
            for name in ["rows_read", "rows_kept", "rows_refused", "warnings"] {
                println!("{:<14} {}", name.replace('_', " "), field(value, name));
            }
            let names = ["line", "column", "code", "message"];
            table(&names, rows(value.get("failures").unwrap_or(&Value::Null), &names));
        }
        _ => println!("done"),
    }
    code(is_ok)
}

pub fn config(config: &Config, as_json: bool) -> ExitCode {
    if as_json {
        return json(config, true);
    }
    match toml::to_string(config) {
        Ok(shown) => text(&shown),
        Err(error) => failed(&error.into(), false),
    }
}

pub fn findings(all: &[Finding]) -> ExitCode {
    let line = |finding: &Finding| {
        let mark = if finding.ok { "ok" } else { "WRONG" };
        vec![finding.what.to_owned(), mark.to_owned(), finding.detail.clone()]
    };
    table(&["what", "state", "detail"], all.iter().map(line));
    code(is_well(all))
}
