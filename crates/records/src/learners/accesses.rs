//! View: who looked at a learner's record, for the learner and for administrators.
//!
//! It is read from the index by learner, which follows the log at a distance of at most a minute. How far it has come
//! is part of the answer, so that nobody takes silence for proof.

use std::collections::HashMap;
use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;
use skillsyms_cells::Read;
use skillsyms_core::{Instant, LearnerId, PersonId};
use skillsyms_door::{Cx, Disclosure, Fault, Note, Target, View};
use skillsyms_ledger::{Entry, Logged, Part};
use skillsyms_people::{ByAge, Cursor, PageAsk, Span};

use super::{ENTITY, category, rows, shown};
use crate::ledger;

/// The kind of actor that has a name in `people`.
const PERSON: &str = "person";

/// Sees who looked at a learner's record.
#[derive(Clone, Copy, Debug)]
pub struct ReadAccesses {
    /// Whose record.
    pub id: LearnerId,
    /// In which time.
    pub span: Span,
    /// In which order; the newest first unless said.
    pub sort: Option<ByAge>,
    /// Which page.
    pub page: PageAsk,
}

/// One look at a record, or one change of it.
#[derive(Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Access {
    /// Its place in the log.
    pub leaf: u64,
    /// When.
    pub at: Instant,
    /// Person, key, console, system or nobody.
    pub actor_kind: String,
    /// In which roles.
    pub roles: Vec<String>,
    /// The person's name.
    pub person: Option<String>,
    /// What was done: the name of the act.
    pub act: String,
    /// What was done, in plain words.
    pub what: String,
    /// Why, in the actor's words.
    pub purpose: Option<String>,
    /// Which categories of data.
    pub categories: Vec<String>,
    /// How it ended.
    pub outcome: &'static str,
    /// How many records it was about, if it was a list or an import.
    pub count: Option<u64>,
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Access")
            .field("leaf", &self.leaf)
            .field("act", &self.act)
            .finish_non_exhaustive()
    }
}

/// A page of who looked, and how far the index has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AccessPage {
    /// Who looked.
    pub items: Vec<Access>,
    /// The cursor of the next page; null on the last.
    pub next: Option<Cursor>,
    /// Entries of the log that the index holds.
    pub indexed: u64,
    /// Entries of the log that it does not hold yet: what happened in the last minute may be among them.
    pub pending: u64,
}

impl View for ReadAccesses {
    const NAME: &'static str = "learner.accesses";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Output = AccessPage;

    fn target(&self, tx: &mut Read<'_>) -> Result<Target, Fault> {
        shown::target(tx, self.id)
    }

    fn run(&self, _: &Cx, tx: &mut Read<'_>) -> Result<AccessPage, Fault> {
        page(tx, self.id, (self.span, self.sort), &self.page, None)
    }

    fn entry(&self, output: &AccessPage) -> Note {
        let count = u64::try_from(output.items.len()).unwrap_or(0);
        Note::on(ENTITY, self.id.uuid())
            .about(self.id)
            .category(category::ACCESS)
            .count(count)
    }
}

/// Batches that one page reads while it leaves out what somebody did themselves. After them the page ends, and its cursor
/// goes on.
const BATCHES_MAX: usize = 10;

/// A page of who looked, without what one person did.
pub(crate) fn page(
    tx: &mut Read<'_>,
    id: LearnerId,
    (span, sort): (Span, Option<ByAge>),
    ask: &PageAsk,
    but: Option<PersonId>,
) -> Result<AccessPage, Fault> {
    let order = sort.unwrap_or(ByAge::Newest);
    let edge = ledger::read::edge(ask)?;
    let part = Part::of_time(tx, (span.from, span.until), order, edge);
    let mut part = Some(part.map_err(ledger::fault)?);
    let limit = usize::try_from(ask.limit.get()).unwrap_or(1);
    let (mut kept, mut indexed) = (Vec::new(), 0);
    for _ in 0..BATCHES_MAX {
        let Some(here) = part.clone() else { break };
        let found = skillsyms_ledger::accesses(tx, id, here.clone(), limit).map_err(ledger::fault)?;
        (part, indexed) = (found.rest, found.indexed);
        let others = found
            .items
            .into_iter()
            .filter(|logged| but.is_none() || person_of(&logged.entry) != but);
        kept.extend(others);
        if kept.len() > limit {
            kept.truncate(limit);
            part = kept.last().map(|last| here.behind(last.leaf));
        }
        if kept.len() == limit {
            break;
        }
    }
    let size = skillsyms_ledger::read::size(tx).map_err(ledger::fault)?;
    let names = names(tx, &kept)?;
    Ok(AccessPage {
        items: kept.into_iter().map(|logged| access(logged, &names)).collect(),
        next: part.and_then(|part| part.edge()).map(ledger::read::cursor),
        indexed,
        pending: size.saturating_sub(indexed),
    })
}

/// Who did it, if it was a person.
pub(crate) fn person_of(entry: &Entry) -> Option<PersonId> {
    entry.actor.id.filter(|_| entry.actor.kind == PERSON).map(PersonId::new)
}

fn names(tx: &mut Read<'_>, items: &[Logged]) -> Result<HashMap<PersonId, String>, Fault> {
    let mut ids: Vec<PersonId> = items.iter().filter_map(|logged| person_of(&logged.entry)).collect();
    ids.sort_unstable();
    ids.dedup();
    Ok(rows::names(tx, &ids)?.into_iter().collect())
}

/// An entry as people see it, with the names of those who did such things.
pub(crate) fn access(logged: Logged, names: &HashMap<PersonId, String>) -> Access {
    let person = person_of(&logged.entry).and_then(|id| names.get(&id).cloned());
    let entry = logged.entry;
    Access {
        leaf: logged.leaf,
        at: entry.at,
        actor_kind: entry.actor.kind.into_owned(),
        roles: entry
            .actor
            .roles
            .into_iter()
            .map(std::borrow::Cow::into_owned)
            .collect(),
        person,
        what: plain(&entry.act),
        act: entry.act.into_owned(),
        purpose: entry.purpose,
        categories: entry.categories.into_iter().map(std::borrow::Cow::into_owned).collect(),
        outcome: entry.outcome.as_str(),
        count: entry.count,
    }
}

/// The act in plain words, as the matrix and the permission page have it.
fn plain(act: &str) -> String {
    let title = crate::registry::acts()
        .into_iter()
        .flatten()
        .find(|info| info.name == act)
        .map(|info| info.title);
    title.unwrap_or(act).to_owned()
}
