//! View: the assessments in reach.

use schemars::JsonSchema;
use serde::Serialize;
use skillsyms_cells::Read;
use skillsyms_core::{AssessmentId, AssessmentKind, EnrolmentId, Instant, LearnerId, ModuleId, Outcome, PersonId};
use skillsyms_door::{Cx, Disclosure, Fault, Note, Target, View};
use skillsyms_people::{Cursor, Page, PageAsk};
use skillsyms_vault::{Keyring, Place};

use super::rows::{self, AssessmentRow};
use crate::enrolments::reach::{Only, Reach};

/// An assessment.
#[derive(Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Assessment {
    /// Its id.
    pub id: AssessmentId,
    /// Of which enrolment.
    pub enrolment: EnrolmentId,
    /// Of which module.
    pub module: ModuleId,
    /// Of which learner.
    pub learner: LearnerId,
    /// Which attempt of its kind, from 1.
    pub attempt: i64,
    /// Formative or summative.
    pub kind: AssessmentKind,
    /// The outcome.
    pub outcome: Outcome,
    /// What the assessor wrote to the learner.
    pub feedback: Option<String>,
    /// Who assessed.
    pub assessor: PersonId,
    /// The day of the assessment.
    pub assessed_on: String,
    /// When it was recorded.
    pub created_at: Instant,
    /// Which of the module's criteria were met, counted from 1.
    pub criteria_met: Vec<usize>,
}

impl std::fmt::Debug for Assessment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Assessment")
            .field("id", &self.id)
            .field("attempt", &self.attempt)
            .finish_non_exhaustive()
    }
}

impl Assessment {
    pub(crate) fn open(keys: &Keyring, row: &AssessmentRow) -> Result<Self, Fault> {
        let place = Place::new("assessments", "feedback", *row.id.bytes());
        let feedback = row
            .feedback
            .as_ref()
            .map(|feedback| feedback.open(keys, place))
            .transpose()?;
        Ok(Self {
            id: row.id,
            enrolment: row.enrolment,
            module: row.module,
            learner: row.learner,
            attempt: row.attempt,
            kind: row.kind,
            outcome: row.outcome,
            feedback,
            assessor: row.assessor,
            assessed_on: row.assessed_on.clone(),
            created_at: row.created_at,
            criteria_met: row
                .criteria_met
                .split(',')
                .filter_map(|number| number.parse().ok())
                .collect(),
        })
    }
}

/// Lists assessments, the oldest first.
#[derive(Clone, Copy, Debug, Default)]
pub struct ListAssessments {
    /// Narrowed to a learner or an enrolment.
    pub only: Only,
    /// Which page.
    pub page: PageAsk,
}

impl View for ListAssessments {
    const NAME: &'static str = "assessment.list";
    const DISCLOSES: Disclosure = Disclosure::Masked;
    type Output = Page<Assessment>;

    fn target(&self, _: &mut Read<'_>) -> Result<Target, Fault> {
        Ok(Target::list("Assessment"))
    }

    fn run(&self, cx: &Cx, tx: &mut Read<'_>) -> Result<Page<Assessment>, Fault> {
        let reach = Reach::of(cx, self.only)?;
        let found = rows::page(
            tx,
            reach,
            AssessmentId::new(self.page.after_id()?),
            self.page.limit.rows(),
        )?;
        let page = Page::cut(found, self.page.limit, |row| Cursor::after_id(row.id.uuid()));
        page.try_map(|row| Assessment::open(cx.keys(), &row))
    }

    fn entry(&self, output: &Page<Assessment>) -> Note {
        let on = output.items.iter().map(|item| ("Assessment", item.id.uuid())).collect();
        let note = Note { on, ..Note::none() };
        note.about_all(output.items.iter().map(|item| item.learner))
            .category("results")
    }
}
