//! Views: a statement, and the list of those in reach.

use schemars::JsonSchema;
use serde::Serialize;
use skillsyms_cells::Read;
use skillsyms_core::{EnrolmentId, Instant, LearnerId, PersonId, Problem, StatementId};
use skillsyms_door::{Cx, Disclosure, Fault, Note, Target, View};
use skillsyms_people::{Cursor, Page, PageAsk};
use skillsyms_vault::Place;

use super::body::Statement;
use super::rows::{self, LineRow};
use crate::enrolments;
use crate::enrolments::reach::{Only, Reach};
use crate::results;

/// A statement as it is read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct IssuedStatement {
    /// Its id.
    pub id: StatementId,
    /// Of which enrolment.
    pub enrolment: EnrolmentId,
    /// Of whom, in this system.
    pub learner_id: LearnerId,
    /// What it says.
    #[serde(flatten)]
    pub statement: Statement,
    /// Whether a result of the enrolment was reversed since: then it says what was, and a new one should be issued.
    pub superseded: bool,
}

/// Reads a statement.
#[derive(Clone, Copy, Debug)]
pub struct ReadStatement {
    /// Which.
    pub id: StatementId,
}

impl View for ReadStatement {
    const NAME: &'static str = "statement.read";
    const DISCLOSES: Disclosure = Disclosure::Full;
    type Output = IssuedStatement;

    fn target(&self, tx: &mut Read<'_>) -> Result<Target, Fault> {
        let row = rows::one(tx, self.id)?.ok_or_else(Problem::not_found)?;
        let enrolment = enrolments::rows::one(tx, row.enrolment)?.ok_or_else(Problem::not_found)?;
        Ok(enrolment.target("Statement", row.id.uuid()))
    }

    fn run(&self, cx: &Cx, tx: &mut Read<'_>) -> Result<IssuedStatement, Fault> {
        let row = rows::one(tx, self.id)?.ok_or_else(Problem::not_found)?;
        let statement = row
            .body
            .open(cx.keys(), Place::new("statements", "body", *row.id.bytes()))?
            .0;
        let superseded = results::rows::reversed_since(tx, row.enrolment, row.issued_at)?;
        Ok(IssuedStatement {
            id: row.id,
            enrolment: row.enrolment,
            learner_id: row.learner,
            statement,
            superseded,
        })
    }

    fn entry(&self, output: &IssuedStatement) -> Note {
        let note = Note::on("Statement", output.id.uuid()).and("Enrolment", output.enrolment.uuid());
        note.about(output.learner_id).category("identity").category("results")
    }
}

/// A statement without what it says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct StatementLine {
    /// Its id.
    pub id: StatementId,
    /// Number to verify it by.
    pub number: String,
    /// Of which enrolment.
    pub enrolment: EnrolmentId,
    /// Of which learner.
    pub learner: LearnerId,
    /// Who issued it.
    pub issued_by: PersonId,
    /// When.
    pub issued_at: Instant,
}

impl From<LineRow> for StatementLine {
    fn from(row: LineRow) -> Self {
        Self {
            id: row.id,
            number: row.number,
            enrolment: row.enrolment,
            learner: row.learner,
            issued_by: row.issued_by,
            issued_at: row.issued_at,
        }
    }
}

/// Lists statements, the oldest first.
#[derive(Clone, Copy, Debug, Default)]
pub struct ListStatements {
    /// Narrowed to a learner or an enrolment.
    pub only: Only,
    /// Which page.
    pub page: PageAsk,
}

impl View for ListStatements {
    const NAME: &'static str = "statement.list";
    const DISCLOSES: Disclosure = Disclosure::Masked;
    type Output = Page<StatementLine>;

    fn target(&self, _: &mut Read<'_>) -> Result<Target, Fault> {
        Ok(Target::list("Statement"))
    }

    fn run(&self, cx: &Cx, tx: &mut Read<'_>) -> Result<Page<StatementLine>, Fault> {
        let reach = Reach::of(cx, self.only)?;
        let found = rows::page(
            tx,
            reach,
            StatementId::new(self.page.after_id()?),
            self.page.limit.rows(),
        )?;
        Ok(Page::cut(found, self.page.limit, |row| Cursor::after_id(row.id.uuid())).map(StatementLine::from))
    }

    fn entry(&self, output: &Page<StatementLine>) -> Note {
        let on = output.items.iter().map(|item| ("Statement", item.id.uuid())).collect();
        let note = Note { on, ..Note::none() };
        note.about_all(output.items.iter().map(|item| item.learner))
            .category("results")
    }
}
