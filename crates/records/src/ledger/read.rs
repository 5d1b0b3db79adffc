//! View: a page of the log.

use schemars::JsonSchema;
use serde::Serialize;
use skillsyms_cells::Read;
use skillsyms_core::{EntryId, Instant, LearnerId, Problem, Reference};
use skillsyms_door::{Cx, Disclosure, Fault, Note, Target, View};
use skillsyms_ledger::{Logged, Wanted};
use skillsyms_people::{ByAge, Cursor, Page, PageAsk};
use uuid::Uuid;

use super::{ENTITY, fault};

/// Reads a page of the log, or of what is looked for in it.
#[derive(Clone, Debug, Default)]
pub struct ReadLedger {
    /// Which page. One of a search may be shorter than was asked for although there is more.
    pub page: PageAsk,
    /// What is looked for.
    pub wanted: Wanted,
    /// In which order; the newest first unless said.
    pub sort: Option<ByAge>,
}

/// One entry of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LedgerEntry {
    /// Its place in the log, counted from 0.
    pub leaf: u64,
    /// Its id.
    pub id: EntryId,
    /// The SHA-256 of the leaf, in base64.
    pub hash: String,
    /// When.
    pub at: Instant,
    /// What: the name of the act.
    pub act: String,
    /// How it ended: done, refused or failed.
    pub outcome: &'static str,
    /// The code of the problem, if it did not end well.
    pub code: Option<String>,
    /// Who: person, key, console, system or nobody.
    pub actor_kind: String,
    /// The person or key.
    #[schemars(with = "Option<String>")]
    pub actor: Option<Uuid>,
    /// The roles in force at that moment.
    pub roles: Vec<String>,
    /// The things that it was done to.
    pub on: Vec<LedgerThing>,
    /// The learners whose records were touched or shown.
    pub learners: Vec<LearnerId>,
    /// The categories of data that were touched or shown.
    pub categories: Vec<String>,
    /// Why, in the actor's words.
    pub purpose: Option<String>,
    /// The network address that it came from.
    pub from: Option<String>,
    /// How many, for acts on many.
    pub count: Option<u64>,
    /// What the caller was given to quote.
    pub reference: Option<Reference>,
    /// The entry as it was hashed, so that anybody can check the hash.
    pub canonical: String,
}

/// A thing that something was done to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LedgerThing {
    /// What kind of thing.
    pub kind: String,
    /// Which.
    #[schemars(with = "String")]
    pub id: Uuid,
}

impl View for ReadLedger {
    const NAME: &'static str = "ledger.read";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Output = Page<LedgerEntry>;

    fn target(&self, _: &mut Read<'_>) -> Result<Target, Fault> {
        Ok(Target::list(ENTITY))
    }

    fn run(&self, _: &Cx, tx: &mut Read<'_>) -> Result<Self::Output, Fault> {
        let order = (self.sort.unwrap_or(ByAge::Newest), edge(&self.page)?);
        let limit = usize::try_from(self.page.limit.get()).unwrap_or(1);
        let found = skillsyms_ledger::search(tx, &self.wanted, order, limit).map_err(fault)?;
        let items = found.items.into_iter().map(shown).collect::<Result<Vec<_>, _>>()?;
        Ok(Page {
            items,
            next: found.next.map(cursor),
        })
    }

    fn entry(&self, output: &Self::Output) -> Note {
        Note::none().count(u64::try_from(output.items.len()).unwrap_or(0))
    }
}

/// Where the page before ended.
pub(crate) fn edge(page: &PageAsk) -> Result<Option<u64>, Problem> {
    let number = page.cursor.map(Cursor::number).transpose()?;
    Ok(number.map(|number| u64::try_from(number).unwrap_or(0)))
}

/// The cursor of a page that begins at this edge.
pub(crate) fn cursor(edge: u64) -> Cursor {
    Cursor::after_number(i64::try_from(edge).unwrap_or(i64::MAX))
}

fn shown(logged: Logged) -> Result<LedgerEntry, Fault> {
    let canonical = logged.entry.to_bytes().map_err(|error| fault(error.into()))?;
    let entry = logged.entry;
    Ok(LedgerEntry {
        leaf: logged.leaf,
        id: entry.id,
        hash: logged.hash.to_string(),
        at: entry.at,
        act: entry.act.into_owned(),
        outcome: entry.outcome.as_str(),
        code: entry.code.map(std::borrow::Cow::into_owned),
        actor_kind: entry.actor.kind.into_owned(),
        actor: entry.actor.id,
        roles: words(entry.actor.roles),
        on: entry
            .on
            .into_iter()
            .map(|(kind, id)| LedgerThing {
                kind: kind.into_owned(),
                id,
            })
            .collect(),
        learners: entry.learners,
        categories: words(entry.categories),
        purpose: entry.purpose,
        from: entry.from,
        count: entry.count,
        reference: entry.reference,
        canonical: String::from_utf8_lossy(&canonical).into_owned(),
    })
}

fn words(words: Vec<std::borrow::Cow<'static, str>>) -> Vec<String> {
    words.into_iter().map(std::borrow::Cow::into_owned).collect()
}
