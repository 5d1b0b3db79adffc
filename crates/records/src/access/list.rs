//! View: questions about accesses, those of everybody for administrators and one's own for learners.

use std::collections::HashMap;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skillsyms_cells::Read;
use skillsyms_core::{Instant, LearnerId, PersonId, Problem, QueryId};
use skillsyms_door::{Cx, Disclosure, Fault, Note, Scope, Target, View};
use skillsyms_people::{ByAge, Cursor, Page, PageAsk};
use skillsyms_vault::Place;

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
#[derive(Clone, Copy, Debug, Default)]
pub struct ListQueries {
    /// In this state only.
    pub state: Option<QueryState>,
    /// In which order; the newest first unless said.
    pub sort: Option<ByAge>,
    /// Which page.
    pub page: PageAsk,
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
        let beyond = QueryId::new(sort.beyond(&self.page)?);
        let found = rows::page(tx, (own, self.state), (sort, beyond), self.page.limit.rows())?;
        let page = Page::cut(found, self.page.limit, |row| Cursor::after_id(row.id.uuid()));
        let ids: Vec<QueryId> = page.items.iter().map(|row| row.id).collect();
        let answers = rows::answers(tx, &ids)?;
        let people: Vec<PersonId> = answers.iter().map(|row| row.answered_by).collect();
        let names: HashMap<PersonId, String> = learners::rows::names(tx, &people)?.into_iter().collect();
        page.try_map(|row| {
            let answer = answers.iter().find(|answer| answer.query == row.id);
            shown(cx, tx, &row, answer.map(|answer| (answer, &names)))
        })
    }

    fn entry(&self, output: &Page<AccessQuery>) -> Note {
        let on = output.items.iter().map(|item| ("Query", item.id.uuid())).collect();
        let note = Note { on, ..Note::none() };
        note.about_all(output.items.iter().map(|item| item.learner))
            .category(category::ACCESS)
    }
}

fn shown(
    cx: &Cx,
    tx: &mut Read<'_>,
    row: &QueryRow,
    answer: Option<(&AnswerRow, &HashMap<PersonId, String>)>,
) -> Result<AccessQuery, Fault> {
    let leaf = u64::try_from(row.leaf).unwrap_or(0);
    let learner = learners::rows::by_id(tx, row.learner)?;
    let text = answer.map(|(answer, _)| {
        let place = Place::new("access_answers", "answer", *row.id.bytes());
        answer.answer.open(cx.keys(), place)
    });
    let entry = skillsyms_ledger::read::entry(tx, leaf).map_err(ledger::fault)?;
    Ok(AccessQuery {
        id: row.id,
        learner: row.learner,
        learner_name: learner.map_or_else(String::new, |learner| {
            format!("{} {}", learner.first_name, learner.last_name)
        }),
        leaf,
        entry: entry.map(|logged| accesses::one(tx, logged)).transpose()?,
        question: row
            .question
            .open(cx.keys(), Place::new("access_queries", "question", *row.id.bytes()))?,
        asked_at: row.asked_at,
        state: answer.map_or(QueryState::Open, |_| QueryState::Answered),
        answer: text.transpose()?,
        answered_by: answer.and_then(|(answer, names)| names.get(&answer.answered_by).cloned()),
        answered_at: answer.map(|(answer, _)| answer.answered_at),
    })
}
