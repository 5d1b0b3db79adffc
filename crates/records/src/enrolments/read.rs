//! Views: one enrolment, and the list of those in reach.

use schemars::JsonSchema;
use serde::Serialize;
use skillsyms_cells::Read;
use skillsyms_core::{EnrolmentId, EnrolmentStatus, Instant, LearnerId, Problem, ProgrammeId};
use skillsyms_door::{Cx, Disclosure, Fault, Note, Target, View};
use skillsyms_people::{Cursor, Page, PageAsk};

use super::reach::{Only, Reach};
use super::rows::{self, EnrolmentRow};
use super::team::Team;

/// A learner in a programme.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Enrolment {
    /// Its id.
    pub id: EnrolmentId,
    /// The learner.
    pub learner: LearnerId,
    /// The programme.
    pub programme: ProgrammeId,
    /// Its status.
    pub status: EnrolmentStatus,
    /// First day.
    pub enrolled_on: String,
    /// Last day that is expected.
    pub expected_on: Option<String>,
    /// Who works with the learner.
    pub team: Team,
    /// Version, for `If-Match`.
    pub version: i64,
    /// When it was made.
    pub created_at: Instant,
}

impl From<EnrolmentRow> for Enrolment {
    fn from(row: EnrolmentRow) -> Self {
        Self {
            id: row.id,
            learner: row.learner,
            programme: row.programme,
            status: row.status,
            team: row.team(),
            enrolled_on: row.enrolled_on,
            expected_on: row.expected_on,
            version: row.version,
            created_at: row.created_at,
        }
    }
}

/// Reads an enrolment.
#[derive(Clone, Copy, Debug)]
pub struct ReadEnrolment {
    /// Which.
    pub id: EnrolmentId,
}

impl View for ReadEnrolment {
    const NAME: &'static str = "enrolment.read";
    const DISCLOSES: Disclosure = Disclosure::Masked;
    type Output = Enrolment;

    fn target(&self, tx: &mut Read<'_>) -> Result<Target, Fault> {
        let row = rows::one(tx, self.id)?.ok_or_else(Problem::not_found)?;
        Ok(row.target("Enrolment", self.id.uuid()))
    }

    fn run(&self, _: &Cx, tx: &mut Read<'_>) -> Result<Enrolment, Fault> {
        Ok(rows::one(tx, self.id)?.ok_or_else(Problem::not_found)?.into())
    }

    fn entry(&self, output: &Enrolment) -> Note {
        Note::on("Enrolment", output.id.uuid())
            .about(output.learner)
            .category("enrolment")
    }
}

/// Lists enrolments, the oldest first.
#[derive(Clone, Copy, Debug, Default)]
pub struct ListEnrolments {
    /// Of this learner only.
    pub learner: Option<LearnerId>,
    /// Which page.
    pub page: PageAsk,
}

impl View for ListEnrolments {
    const NAME: &'static str = "enrolment.list";
    const DISCLOSES: Disclosure = Disclosure::Masked;
    type Output = Page<Enrolment>;

    fn target(&self, _: &mut Read<'_>) -> Result<Target, Fault> {
        Ok(Target::list("Enrolment"))
    }

    fn run(&self, cx: &Cx, tx: &mut Read<'_>) -> Result<Page<Enrolment>, Fault> {
        let reach = Reach::of(
            cx,
            Only {
                learner: self.learner,
                enrolment: None,
            },
        )?;
        let found = rows::page(
            tx,
            reach,
            EnrolmentId::new(self.page.after_id()?),
            self.page.limit.rows(),
        )?;
        Ok(Page::cut(found, self.page.limit, |row| Cursor::after_id(row.id.uuid())).map(Enrolment::from))
    }

    fn entry(&self, output: &Page<Enrolment>) -> Note {
        let on = output.items.iter().map(|item| ("Enrolment", item.id.uuid())).collect();
        let note = Note { on, ..Note::none() };
        note.about_all(output.items.iter().map(|item| item.learner))
            .category("enrolment")
    }
}
