//! How answers are shown: to a person at a terminal, or as one JSON object.

use std::process::ExitCode;

use comfy_table::{Table, presets};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use serde_json::{Value, json};

use super::FOUND_WRONG;
use crate::config::Config;
use crate::console::{Command, Line, Told};
use crate::doctor::{Finding, is_well};
use crate::out;

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

pub fn object(value: &impl Serialize, is_ok: bool) -> ExitCode {
    match serde_json::to_string(value) {
        Ok(text) => out::line(text),
        Err(error) => out::note(error),
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
    out::line(text.strip_suffix('\n').unwrap_or(text));
    ExitCode::SUCCESS
}

pub fn failed(error: &anyhow::Error, json: bool) -> ExitCode {
    let message = format!("{error:#}");
    if json {
        out::line(json!({ "error": { "code": "failed", "title": message } }));
    } else {
        out::note(format!("skillsyms: {message}"));
    }
    ExitCode::FAILURE
}

pub fn problem(told: &Told, json: bool) -> ExitCode {
    if json {
        out::line(json!({ "error": told }));
    } else {
        out::note(format!("skillsyms: {} ({})", told.title, told.code));
        for (name, value) in &told.params {
            out::note(format!("  {name}: {value}"));
        }
        for (field, message) in &told.fields {
            out::note(format!("  {field}: {message}"));
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
    out::line(table);
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
        return object(value, is_ok);
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
        Command::CountersCheck { .. } => {
            let names = ["tenant", "compared", "ok", "differences"];
            table(&names, rows(value.get("counters").unwrap_or(&Value::Null), &names));
        }
        Command::ControlsCheck => {
            let names = ["id", "state", "claim", "detail"];
            table(&names, rows(value.get("controls").unwrap_or(&Value::Null), &names));
            out::line(field(value, "summary"));
        }
        Command::PersonInvite { .. } => {
            out::line(format!(
                "One-time invitation, shown once and valid until {}:",
                field(value, "expires_at")
            ));
            out::line(field(value, "token"));
        }
        Command::Import { .. } => {
            for name in ["rows_read", "rows_kept", "rows_refused", "warnings"] {
                out::line(format!("{:<14} {}", name.replace('_', " "), field(value, name)));
            }
            let names = ["line", "column", "code", "message"];
            table(&names, rows(value.get("failures").unwrap_or(&Value::Null), &names));
        }
        _ => out::line("done"),
    }
    code(is_ok)
}

pub fn config(config: &Config, as_json: bool) -> ExitCode {
    if as_json {
        return object(config, true);
    }
    match toml::to_string(config) {
        Ok(shown) => text(&shown),
        Err(error) => failed(&error.into(), false),
    }
}

pub fn findings(all: &[Finding], as_json: bool) -> ExitCode {
    if as_json {
        return object(&json!({ "ok": is_well(all), "findings": all }), is_well(all));
    }
    let line = |finding: &Finding| {
        let mark = if finding.ok { "ok" } else { "WRONG" };
        vec![finding.what.to_owned(), mark.to_owned(), finding.detail.clone()]
    };
    table(&["what", "state", "detail"], all.iter().map(line));
    code(is_well(all))
}
