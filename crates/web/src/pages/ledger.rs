//! The log: looked for, read in words, proved.

use askama::Template;
use axum::extract::RawPathParams;
use skillsyms_core::{Instant, PersonId, Problem};
use skillsyms_door::{Notice, Realm};
use skillsyms_people::accounts::ReadPerson;
use skillsyms_people::{ByAge, Cursor, Limit, PageAsk};
use skillsyms_records::ledger::{LedgerAsk, LedgerEntry, ProofAsk, ProveLedger, ReadCheckpoint, ReadLedger};

use super::kit::list::by_age;
use super::kit::{Address, Choice, FormView, Layout, Pager, SignedIn, When, Words, csv, html};
use crate::extract::Empty;
use crate::problem::{Answer, Refused};
use crate::routes::Route;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::page("/t/{slug}/ledger", list)
            .view::<ReadLedger>("What was done, by whom, when and with what outcome")
            .nav("nav-ledger", 80),
        Route::page("/t/{slug}/ledger/checkpoint", checkpoint)
            .view::<ReadCheckpoint>("The signed head of the log, and how to check it"),
        Route::page("/t/{slug}/ledger/{id}", one)
            .view::<ReadLedger>("One entry of the log, and its proof")
            .then_view::<ProveLedger>()
            .then_view::<ReadPerson>(),
    ]
}

#[derive(Template)]
#[template(path = "ledger/list.html")]
struct ListPage {
    l: Layout,
    filter: FormView,
    acts: Vec<(String, String)>,
    outcomes: Vec<(String, String)>,
    lines: Vec<Line>,
    pager: Pager,
    is_filtered: bool,
    goes_on: bool,
    orders: Vec<Choice>,
}

struct Line {
    leaf: u64,
    at: When,
    title: String,
    who: String,
    outcome: String,
    tone: &'static str,
    learners: usize,
}

/// What is asked in the address. What is no id or day finds a problem, not everything.
fn ask(address: &Address) -> Result<LedgerAsk, Problem> {
    let text = |name: &str| Some(address.get(name).trim().to_owned()).filter(|text| !text.is_empty());
    let wrong =
        |field: &'static str| Problem::field(field, "ledger.id", "This is not an id. Follow a link to get one.");
    Ok(LedgerAsk {
        act: text("act"),
        actor: text("actor")
            .map(|id| id.parse().map_err(|_| wrong("actor")))
            .transpose()?,
        learner: text("learner")
            .map(|id| id.parse().map_err(|_| wrong("learner")))
            .transpose()?,
        outcome: text("outcome"),
        from: text("from"),
        until: text("until"),
        sort: address.age(),
        limit: Limit::default(),
        cursor: text("cursor").map(|text| Cursor::parse(&text)).transpose()?,
    })
}

async fn list(page: SignedIn, _: Empty) -> Answer {
    let (words, address) = (page.words(), Address::of(page.asked()));
    if address.wants_csv()
        && let Ok(view) = ask(&address).and_then(LedgerAsk::view)
    {
        return file(&page, view).await;
    }
    let (found, wrong) = match ask(&address).and_then(LedgerAsk::view) {
        Ok(view) => (page.enter().view(view).await?, None),
        // Entered all the same, so that only who may read the log is told what is wrong.
        Err(problem) => {
            let nothing = PageAsk {
                limit: Limit::new(1)?,
                cursor: Some(Cursor::after_number(0)),
            };
            let view = ReadLedger {
                page: nothing,
                ..ReadLedger::default()
            };
            (page.enter().view(view).await?, Some(problem))
        }
    };
    let lines: Vec<Line> = found.items.iter().map(|entry| line(&page, entry)).collect();
    let mut filter = FormView::default();
    for name in ["act", "actor", "learner", "outcome", "from", "until"] {
        filter = filter.fill(name, address.get(name));
    }
    let is_refused = wrong.is_some();
    if let Some(problem) = wrong {
        filter = filter.refused(problem, words)?;
    }
    let mut l = page
        .layout(words.get("ledger-title"))
        .await?
        .crumb("", words.get("nav-home"));
    l.is_refused = is_refused;
    html(&ListPage {
        acts: acts(&page),
        outcomes: ["done", "refused", "failed"]
            .map(|word| (word.to_owned(), outcome(words, word).0))
            .to_vec(),
        pager: Pager::new(&address, found.next.as_ref(), words),
        is_filtered: address.is_filtered(),
        goes_on: found.next.is_some(),
        orders: by_age(&address, ByAge::Newest, words),
        filter,
        lines,
        l,
    })
}

/// Every act with its title, to choose from.
fn acts(page: &SignedIn) -> Vec<(String, String)> {
    let registry = page.caller().door().registry();
    let mut all: Vec<(String, String)> = registry
        .all()
        .filter(|info| info.realm != Realm::Platform)
        .map(|info| (info.name.to_owned(), capital(info.title)))
        .chain(Notice::ALL.map(|notice| (notice.name().to_owned(), notice.title().to_owned())))
        .collect();
    all.sort_by(|a, b| a.1.cmp(&b.1));
    all
}

/// What an act is in words; what is no act any more is shown by its name.
fn title(page: &SignedIn, act: &str) -> String {
    let found = page.caller().door().registry().get(act).map(|info| info.title);
    let found = found.or_else(|| Notice::named(act).map(Notice::title));
    found.map_or_else(|| act.to_owned(), capital)
}

pub(super) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(letters).collect()
}

fn line(page: &SignedIn, entry: &LedgerEntry) -> Line {
    let words = page.words();
    let (outcome, tone) = outcome(words, entry.outcome);
    Line {
        leaf: entry.leaf,
        at: entry.at.into(),
        title: title(page, &entry.act),
        who: who(words, entry),
        outcome,
        tone,
        learners: entry.learners.len(),
    }
}

/// Who it was, by kind and roles. A name is looked up for one entry, not for all of a list.
fn who(words: Words, entry: &LedgerEntry) -> String {
    let key = match entry.actor_kind.as_str() {
        "key" => "ledger-who-key",
        "console" => "ledger-who-console",
        "system" => "ledger-who-system",
        "nobody" => "ledger-who-nobody",
        _ => {
            let roles: Vec<String> = entry
                .roles
                .iter()
                .map(|role| words.get(&format!("role-{role}")))
                .collect();
            return roles.join(", ");
        }
    };
    words.get(key)
}

fn outcome(words: Words, outcome: &str) -> (String, &'static str) {
    match outcome {
        "done" => (words.get("ledger-done"), "good"),
        "refused" => (words.get("ledger-refused"), "bad"),
        _ => (words.get("ledger-failed"), "warn"),
    }
}

async fn file(page: &SignedIn, view: ReadLedger) -> Answer {
    let heads = [
        "ledger-number",
        "ledger-at",
        "ledger-what",
        "ledger-who",
        "ledger-outcome",
        "ledger-learners",
    ];
    let of = |page: PageAsk| ReadLedger { page, ..view.clone() };
    let rows = |entry: LedgerEntry| {
        let line = line(page, &entry);
        let (leaf, learners) = (line.leaf.to_string(), line.learners.to_string());
        vec![vec![
            leaf,
            line.at.exact(),
            line.title,
            line.who,
            line.outcome,
            learners,
        ]]
    };
    csv::whole(page, ("log", &heads), of, rows).await
}

#[derive(Template)]
#[template(path = "ledger/one.html")]
struct OnePage {
    l: Layout,
    line: Line,
    entry: LedgerEntry,
    name: Option<String>,
    person: Option<String>,
    exact: String,
    said: Option<String>,
    size: u64,
    proof: Vec<String>,
    checkpoint: String,
}

/// The place of an entry in the log.
fn leaf(params: &RawPathParams) -> Option<u64> {
    let found = params.iter().find(|(name, _)| *name == "id");
    found.and_then(|(_, text)| text.parse().ok())
}

async fn one(page: SignedIn, params: RawPathParams, _: Empty) -> Answer {
    // What is no number is asked for like one that is not there.
    let leaf = leaf(&params).filter(|leaf| i64::try_from(*leaf).is_ok_and(|leaf| leaf < i64::MAX));
    let after = leaf
        .and_then(|leaf| i64::try_from(leaf).ok())
        .map_or(0, |leaf| leaf.saturating_add(1));
    let view = ReadLedger {
        page: PageAsk {
            limit: Limit::new(1)?,
            cursor: Some(Cursor::after_number(after)),
        },
        ..ReadLedger::default()
    };
    let found = page.enter().view(view).await?.items.into_iter().next();
    let entry = found
        .filter(|entry| Some(entry.leaf) == leaf)
        .ok_or_else(Problem::not_found)?;
    let ask = ProofAsk::Inclusion {
        leaf: entry.leaf,
        size: None,
    };
    let proof = page.enter().view(ProveLedger { ask }).await?;
    let person = entry.actor.filter(|_| entry.actor_kind == "person").map(PersonId::new);
    let name = match person {
        None => None,
        Some(person) => match page.enter().view(ReadPerson { person }).await {
            Ok(found) => Some(found.name.as_str().to_owned()),
            Err(problem) if problem == Problem::not_found() => None,
            Err(problem) => return Err(Refused(problem)),
        },
    };
    let words = page.words();
    let l = page
        .layout(words.with("ledger-entry", "number", entry.leaf.to_string()))
        .await?
        .crumb("ledger", words.get("ledger-title"));
    html(&OnePage {
        line: line(&page, &entry),
        said: entry.code.as_deref().map(str::to_owned),
        exact: exact(entry.at),
        person: person.map(|person| person.to_string()),
        size: proof.size,
        proof: proof.proof,
        checkpoint: proof.checkpoint,
        entry,
        name,
        l,
    })
}

fn exact(at: Instant) -> String {
    at.to_string()
}

#[derive(Template)]
#[template(path = "ledger/checkpoint.html")]
struct CheckpointPage {
    l: Layout,
    size: u64,
    checkpoint: String,
}

async fn checkpoint(page: SignedIn, _: Empty) -> Answer {
    let head = page.enter().view(ReadCheckpoint).await?;
    let words = page.words();
    let l = page.layout(words.get("checkpoint-title")).await?;
    // Verifiers see the head, and of the log only what concerns them.
    let l = if l.may("ledger.read") {
        l.crumb("ledger", words.get("ledger-title"))
    } else {
        l.crumb("", words.get("nav-home"))
    };
    html(&CheckpointPage {
        size: head.size,
        checkpoint: head.checkpoint,
        l,
    })
}
