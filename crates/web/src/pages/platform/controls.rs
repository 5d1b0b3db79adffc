//! Every promise with its state and why, also what the public page leaves out; and letting the probes look.

use askama::Template;
use serde::Deserialize;
use skillsyms_assurance::controls::{Catalogue, CheckControls, ReadEvidence, Report, Row, State};
use skillsyms_core::Problem;

use crate::extract::Empty;
use crate::pages::kit::{Address, Form, FormView, Layout, SignedIn, When, Words, csv, html, see};
use crate::platform;
use crate::problem::Answer;
use crate::routes::Route;

/// The states, in the order in which they are shown.
pub(super) const STATES: [&str; 6] = ["failing", "stale", "met", "attested", "not_evaluated", "not_applicable"];

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::page("/platform/controls", list)
            .view::<ReadEvidence>("Every promise with its state, and why it is that")
            .nav("nav-controls", 20),
        Route::form("/platform/controls/check", check).act::<CheckControls>("Let the probes look now"),
    ]
}

/// A state in words, as the trust page says it.
pub(super) fn state_text(words: Words, state: &str) -> String {
    words.get(&format!("state-{}", state.replace('_', "-")))
}

#[derive(Template)]
#[template(path = "platform/controls.html")]
struct ControlsPage {
    l: Layout,
    filter: FormView,
    counts: Vec<(&'static str, String, usize)>,
    states: Vec<(String, String)>,
    lines: Vec<Line>,
    total: usize,
    csv: String,
    is_filtered: bool,
}

struct Line {
    id: String,
    claim: String,
    state: &'static str,
    state_text: String,
    detail: String,
    probe: String,
    seen: Option<When>,
}

fn line(words: Words, row: &Row) -> Line {
    let is_seen = row.state != State::NotEvaluated;
    Line {
        id: row.id.clone(),
        claim: row.claim.clone(),
        state: row.state.as_str(),
        state_text: state_text(words, row.state.as_str()),
        detail: row.detail.clone().unwrap_or_default(),
        probe: row.probe.clone().unwrap_or_default(),
        seen: row.observed_at.filter(|_| is_seen).map(When::from),
    }
}

async fn list(page: SignedIn, _: Empty) -> Answer {
    let evidence = page.enter().view(ReadEvidence).await?;
    let catalogue = Catalogue::load().map_err(|error| {
        tracing::error!(%error, "the catalogue of promises");
        Problem::internal()
    })?;
    let report = Report::of(&catalogue, &evidence, page.caller().door().clock().now());
    let (words, address) = (page.words(), Address::of(page.asked()));
    let (state, q) = (address.get("state"), address.get("q").trim().to_lowercase());
    let is_found = |row: &&Row| {
        let is_said = row.claim.to_lowercase().contains(&q) || row.id.to_lowercase().contains(&q);
        (state.is_empty() || row.state.as_str() == state) && is_said
    };
    let lines: Vec<Line> = report
        .controls
        .iter()
        .filter(is_found)
        .map(|row| line(words, row))
        .collect();
    if address.wants_csv() {
        return Ok(file(words, &lines));
    }
    let counts = STATES.map(|state| {
        let count = report.controls.iter().filter(|row| row.state.as_str() == state).count();
        (state, state_text(words, state), count)
    });
    let mut l = page
        .layout(words.get("controls-title"))
        .await?
        .crumb("", words.get("nav-platform"));
    if address.get("done") == "checked" {
        l = l.notice(words.get("controls-checked"));
    }
    html(&ControlsPage {
        filter: FormView::default().fill("state", state).fill("q", address.get("q")),
        counts: counts.into_iter().filter(|(.., count)| *count > 0).collect(),
        states: STATES
            .map(|state| (state.to_owned(), state_text(words, state)))
            .to_vec(),
        total: report.controls.len(),
        csv: address.with("format", "csv"),
        is_filtered: address.is_filtered(),
        lines,
        l,
    })
}

fn file(words: Words, lines: &[Line]) -> axum::response::Response {
    let heads = [
        "controls-id",
        "controls-claim",
        "controls-state",
        "controls-detail",
        "controls-probe",
        "controls-seen",
    ];
    let mut rows = vec![heads.iter().map(|key| words.get(key)).collect::<Vec<_>>()];
    rows.extend(lines.iter().map(|line| {
        vec![
            line.id.clone(),
            line.claim.clone(),
            line.state_text.clone(),
            line.detail.clone(),
            line.probe.clone(),
            line.seen.map_or_else(String::new, |seen| seen.iso()),
        ]
    }));
    csv::file("promises", &rows)
}

/// A form without fields.
#[derive(Deserialize)]
struct Nothing {}

async fn check(page: SignedIn, _: Form<Nothing>) -> Answer {
    platform::check_controls(page.caller()).await?;
    Ok(see(&page.href("controls?done=checked")))
}
