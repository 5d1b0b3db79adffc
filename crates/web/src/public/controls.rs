//! The trust page: every promise, what it is now, when it was last seen, by what kind of proof. Unknown is never green.

use askama::Template;
use skillsyms_assurance::controls::{ProofKind, ReadEvidence, State};

use crate::extract::{Empty, Visitor};
use crate::pages::kit::{Address, Asked, Layout, When, html};
use crate::problem::Answer;
use crate::promises::Promise;
use crate::routes::Route;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::page("/trust", trust)
            .public()
            .view::<ReadEvidence>("Every promise with its state and its proof"),
    ]
}

#[derive(Template)]
#[template(path = "controls/trust.html")]
struct TrustPage {
    l: Layout,
    at: When,
    counts: Vec<Count>,
    chapters: Vec<Choice>,
    states: Vec<Choice>,
    shown: Vec<Chapter>,
    total: usize,
    found: usize,
    is_filtered: bool,
}

struct Count {
    state: &'static str,
    text: String,
    number: usize,
}

struct Choice {
    value: String,
    text: String,
    is_chosen: bool,
}

struct Chapter {
    title: String,
    promises: Vec<Line>,
}

struct Line {
    id: String,
    claim: String,
    mechanism: String,
    state: &'static str,
    state_text: String,
    proof: String,
    seen: Option<When>,
}

/// The states, in the order in which they are shown.
const STATES: [&str; 6] = ["met", "failing", "stale", "attested", "not_evaluated", "not_applicable"];

async fn trust(asked: Asked, visitor: Visitor, _: Empty) -> Answer {
    let house = visitor.house();
    let (at, promises) = house.promises().now(house.door()).await?;
    let address = Address::of(&asked);
    let l = Layout::open(&asked, asked.words().get("trust-title"));
    let (chapter, state) = (address.get("chapter"), address.get("state"));
    let matches = |promise: &&Promise| {
        (chapter.is_empty() || promise.control.section == chapter)
            && (state.is_empty() || promise.row.state.as_str() == state)
    };
    let found: Vec<&Promise> = promises.iter().filter(matches).collect();
    let counts = STATES.iter().map(|state| Count {
        state,
        text: l.get(&state_key(state)),
        number: promises
            .iter()
            .filter(|promise| promise.row.state.as_str() == *state)
            .count(),
    });
    let choice = |value: &str, text: String, chosen: &str| Choice {
        value: value.to_owned(),
        text,
        is_chosen: value == chosen,
    };
    let chapters = sections(promises.iter())
        .into_iter()
        .map(|section| choice(section, title(section), chapter));
    let states = STATES
        .iter()
        .map(|known| choice(known, l.get(&state_key(known)), state));
    html(&TrustPage {
        at: at.into(),
        counts: counts.filter(|count| count.number > 0).collect(),
        chapters: chapters.collect(),
        states: states.collect(),
        total: promises.len(),
        found: found.len(),
        shown: grouped(&l, &found),
        is_filtered: address.is_filtered(),
        l,
    })
}

fn state_key(state: &str) -> String {
    format!("state-{}", state.replace('_', "-"))
}

/// The chapters, in the order of the promises.
fn sections<'p>(promises: impl Iterator<Item = &'p Promise>) -> Vec<&'p str> {
    let mut sections: Vec<&str> = Vec::new();
    for promise in promises {
        if !sections.contains(&promise.control.section.as_str()) {
            sections.push(&promise.control.section);
        }
    }
    sections
}

fn grouped(l: &Layout, found: &[&Promise]) -> Vec<Chapter> {
    let of = |section: &str| {
        let mine = found.iter().filter(|promise| promise.control.section == section);
        mine.map(|promise| line(l, promise)).collect()
    };
    let sections = sections(found.iter().copied());
    sections
        .into_iter()
        .map(|section| Chapter {
            title: title(section),
            promises: of(section),
        })
        .collect()
}

fn line(l: &Layout, promise: &Promise) -> Line {
    let kinds: Vec<String> = promise
        .control
        .kinds
        .iter()
        .map(|kind| l.get(kind_key(*kind)))
        .collect();
    let is_seen = promise.row.state != State::NotEvaluated;
    Line {
        id: promise.control.id.clone(),
        claim: promise.control.claim.clone(),
        mechanism: promise.control.mechanism.clone(),
        state: promise.row.state.as_str(),
        state_text: l.get(&state_key(promise.row.state.as_str())),
        proof: kinds.join(", "),
        seen: promise.row.observed_at.filter(|_| is_seen).map(When::from),
    }
}

const fn kind_key(kind: ProofKind) -> &'static str {
    match kind {
        ProofKind::Live => "proof-live",
        ProofKind::Cfg => "proof-cfg",
        ProofKind::Data => "proof-data",
        ProofKind::Drill => "proof-drill",
        ProofKind::Ci => "proof-ci",
        ProofKind::Attest => "proof-attest",
    }
}

/// A chapter's name with a capital.
fn title(section: &str) -> String {
    let mut chars = section.chars();
    let first = chars
        .next()
        .map(|first| first.to_uppercase().to_string())
        .unwrap_or_default();
    format!("{first}{}", chars.as_str())
}
