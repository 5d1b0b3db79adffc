//! View: questions about accesses, those of everybody for administrators and one's own for learners.

use std::collections::HashMap;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skillsyms_cells::Read;
use skillsyms_core::person::fold;
use skillsyms_core::{Instant, LearnerId, PersonId, Problem, QueryId};
use skillsyms_door::{Cx, Disclosure, Fault, Note, Scope, Target, View};
use skillsyms_people::{ByAge, Cursor, Page, PageAsk};
use skillsyms_vault::{Place, Secret};

use super::rows::{self, AnswerRow, QueryRow};
use crate::learners::{self, Access, accesses, category};
use crate::ledger;

/// Whether a question was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum QueryState {
    /// It waits for an answer.
    Open,
    /// It has one.
    Answered,
}

/// A question about an entry.
#[derive(Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AccessQuery {
    /// Its id.
    pub id: QueryId,
    /// Whose record it is about.
    pub learner: LearnerId,
    /// The learner's name.
    pub learner_name: String,
    /// The entry's place in the log.
    pub leaf: u64,
    /// What the entry says.
    pub entry: Option<Access>,
    /// What the learner wants to know.
    pub question: String,
    /// When they asked.
    pub asked_at: Instant,
    /// Whether it was answered.
    pub state: QueryState,
    /// What they were told.
    pub answer: Option<String>,
    /// Name of who answered.
    pub answered_by: Option<String>,
    /// When.
    pub answered_at: Option<Instant>,
}

impl fmt::Debug for AccessQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessQuery")
            .field("id", &self.id)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

/// Lists questions.
#[derive(Clone, Debug, Default)]
pub struct ListQueries {
    /// In this state only.
    pub state: Option<QueryState>,
    /// A part of the question, of its answer or of the learner's name; accents and case do not matter.
    pub search: Option<Secret<String>>,
    /// In which order; the newest first unless said.
    pub sort: Option<ByAge>,
    /// Which page. One of a search may be shorter than was asked for although there is more.
    pub page: PageAsk,
}

/// A question with what was told and the learner's name.
struct Opened {
    row: QueryRow,
    question: String,
    answer: Option<(AnswerRow, String)>,
    learner_name: String,
}

impl Opened {
    /// Opens these questions and their answers.
    fn all(cx: &Cx, tx: &mut Read<'_>, rows: Vec<QueryRow>) -> Result<Vec<Self>, Fault> {
        let ids: Vec<QueryId> = rows.iter().map(|row| row.id).collect();
        let answers = rows::answers(tx, &ids)?.into_iter().map(|row| (row.query, row));
        let mut answers: HashMap<QueryId, AnswerRow> = answers.collect();
        let mut learners: Vec<LearnerId> = rows.iter().map(|row| row.learner).collect();
        learners.sort_unstable();
        learners.dedup();
        let names: HashMap<LearnerId, String> = learners::rows::full_names(tx, &learners)?.into_iter().collect();
        rows.into_iter()
            .map(|row| {
                let place = |table, column| Place::new(table, column, *row.id.bytes());
                let question = row.question.open(cx.keys(), place("access_queries", "question"))?;
                let answer = answers.remove(&row.id).map(|answer| {
                    let text = answer.answer.open(cx.keys(), place("access_answers", "answer"))?;
                    Ok::<_, Fault>((answer, text))
                });
                Ok(Self {
                    question,
                    answer: answer.transpose()?,
                    learner_name: names.get(&row.learner).cloned().unwrap_or_default(),
                    row,
                })
            })
            .collect()
    }

    fn has(&self, wanted: &str) -> bool {
        let answer = self.answer.as_ref().map(|(_, text)| text.as_str());
        let texts = [Some(self.question.as_str()), answer, Some(self.learner_name.as_str())];
        texts.into_iter().flatten().any(|text| fold(text).contains(wanted))
    }
}

impl View for ListQueries {
    const NAME: &'static str = "access.queries";
    const DISCLOSES: Disclosure = Disclosure::Masked;
    type Output = Page<AccessQuery>;

    fn target(&self, _: &mut Read<'_>) -> Result<Target, Fault> {
        Ok(Target::list("Query"))
    }

    fn run(&self, cx: &Cx, tx: &mut Read<'_>) -> Result<Page<AccessQuery>, Fault> {
        let own = match cx.scope() {
            Scope::All => None,
            Scope::Own | Scope::Assigned => Some(cx.actor().learner.ok_or_else(Problem::not_found)?),
        };
        let sort = self.sort.unwrap_or(ByAge::Newest);
        let first = self.page.beyond(sort)?;
        let mut after = |beyond, rows| {
            let bounds = match sort {
                ByAge::Oldest => (Some(beyond), None),
                ByAge::Newest => (None, Some(beyond)),
            };
            let found = rows::page(tx, (own, self.state), (sort, bounds), rows)?;
            Opened::all(cx, tx, found)
        };
        let wanted = fold(self.search.as_ref().map_or("", |text| text.expose()));
        let page = if wanted.is_empty() {
            let found = after(first, self.page.limit.rows())?;
            Page::cut(found, self.page.limit, |one| Cursor::after_id(one.row.id.uuid()))
        } else {
            Page::sift(
                self.page.limit,
                first,
                |one| one.row.id.uuid(),
                after,
                |one| one.has(&wanted),
            )?
        };
        shown(tx, page)
    }

    fn entry(&self, output: &Page<AccessQuery>) -> Note {
        let on = output.items.iter().map(|item| ("Query", item.id.uuid())).collect();
        let note = Note { on, ..Note::none() };
        note.about_all(output.items.iter().map(|item| item.learner))
            .category(category::ACCESS)
    }
}

/// With what the entries say, and who answered.
fn shown(tx: &mut Read<'_>, page: Page<Opened>) -> Result<Page<AccessQuery>, Fault> {
    let leaf = |one: &Opened| u64::try_from(one.row.leaf).unwrap_or(0);
    let leaves: Vec<u64> = page.items.iter().map(leaf).collect();
    let entries = skillsyms_ledger::read::at(tx, &leaves).map_err(ledger::fault)?;
    let answered_by = page
        .items
        .iter()
        .filter_map(|one| Some(one.answer.as_ref()?.0.answered_by));
    let looked = entries.iter().filter_map(|logged| accesses::person_of(&logged.entry));
    let mut people: Vec<PersonId> = answered_by.chain(looked).collect();
    people.sort_unstable();
    people.dedup();
    let names: HashMap<PersonId, String> = learners::rows::names(tx, &people)?.into_iter().collect();
    Ok(page.map(|one| {
        let entry = entries.iter().find(|logged| logged.leaf == leaf(&one));
        let (answer, text) = one.answer.unzip();
        AccessQuery {
            id: one.row.id,
            learner: one.row.learner,
            learner_name: one.learner_name,
            leaf: u64::try_from(one.row.leaf).unwrap_or(0),
            entry: entry.map(|logged| accesses::access(logged.clone(), &names)),
            question: one.question,
            asked_at: one.row.asked_at,
            state: answer.as_ref().map_or(QueryState::Open, |_| QueryState::Answered),
            answer: text,
            answered_by: answer.as_ref().and_then(|row| names.get(&row.answered_by).cloned()),
            answered_at: answer.map(|row| row.answered_at),
        }
    }))
}
