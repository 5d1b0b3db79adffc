//! Views: a sample and how it was drawn, and the assessments that were chosen.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skillsyms_cells::Read;
use skillsyms_core::{
    AssessmentId, Decision, EnrolmentId, Instant, LearnerId, ModuleId, Outcome, PersonId, Problem, ProgrammeId,
    SampleId,
};
use skillsyms_door::{Cx, Disclosure, Fault, Note, Target, View};
use skillsyms_people::{Cursor, Page, PageAsk};
use skillsyms_vault::{Keyring, Place};

use super::rows::{self, ChosenRow};
use crate::enrolments::reach::{Only, Reach};

/// A sample, with all that is needed to repeat its draw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Sample {
    /// Its id.
    pub id: SampleId,
    /// Of which programme.
    pub programme: ProgrammeId,
    /// Share in percent.
    pub percent: i64,
    /// Fewest that are chosen.
    pub floor: i64,
    /// Seed of the draw: 8 bytes, big endian, in hexadecimal.
    pub seed: String,
    /// How many were chosen.
    pub drawn: i64,
    /// Who drew it.
    pub created_by: PersonId,
    /// When.
    pub created_at: Instant,
    /// The whole population in the order of the draw.
    pub population: Vec<SampleMember>,
}

/// One assessment of a sample's population.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SampleMember {
    /// Which assessment.
    pub assessment: AssessmentId,
    /// Whether it was chosen; if not, it was released.
    pub chosen: bool,
}

/// Reads a sample and how it was drawn. It names assessments by id, and says nothing of learners or outcomes.
#[derive(Clone, Copy, Debug)]
pub struct ReadSample {
    /// Which.
    pub id: SampleId,
}

impl View for ReadSample {
    const NAME: &'static str = "moderation.read";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Output = Sample;

    fn target(&self, tx: &mut Read<'_>) -> Result<Target, Fault> {
        rows::sample(tx, self.id)?.ok_or_else(Problem::not_found)?;
        Ok(Target::of("Sample", self.id.uuid()).assigned_to(rows::people(tx, self.id)?))
    }

    fn run(&self, _: &Cx, tx: &mut Read<'_>) -> Result<Sample, Fault> {
        let row = rows::sample(tx, self.id)?.ok_or_else(Problem::not_found)?;
        let items = rows::items(tx, self.id)?.into_iter();
        Ok(Sample {
            id: row.id,
            programme: row.programme,
            percent: row.percent,
            floor: row.floor,
            seed: row.seed.iter().map(|byte| format!("{byte:02x}")).collect(),
            drawn: row.drawn,
            created_by: row.created_by,
            created_at: row.created_at,
            population: items
                .map(|item| SampleMember {
                    assessment: item.assessment,
                    chosen: item.chosen == 1,
                })
                .collect(),
        })
    }

    fn entry(&self, output: &Sample) -> Note {
        Note::on("Sample", output.id.uuid()).count(output.population.len() as u64)
    }
}

/// An assessment that was chosen for moderation.
#[derive(Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Item {
    /// In which sample.
    pub sample: SampleId,
    /// Which assessment.
    pub assessment: AssessmentId,
    /// Of which enrolment.
    pub enrolment: EnrolmentId,
    /// Of which module.
    pub module: ModuleId,
    /// Of which learner.
    pub learner: LearnerId,
    /// What the assessor decided.
    pub outcome: Outcome,
    /// Who assessed.
    pub assessor: PersonId,
    /// The day of the assessment.
    pub assessed_on: String,
    /// What the moderator decided; null while it waits.
    pub decision: Option<Decision>,
    /// Why.
    pub reason: Option<String>,
    /// Who moderated.
    pub moderator: Option<PersonId>,
    /// When.
    pub decided_at: Option<Instant>,
}

impl std::fmt::Debug for Item {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Item")
            .field("assessment", &self.assessment)
            .field("decision", &self.decision)
            .finish_non_exhaustive()
    }
}

impl Item {
    fn open(keys: &Keyring, row: ChosenRow) -> Result<Self, Fault> {
        let mut item = Self {
            sample: row.sample,
            assessment: row.assessment,
            enrolment: row.enrolment,
            module: row.module,
            learner: row.learner,
            outcome: row.outcome,
            assessor: row.assessor,
            assessed_on: row.assessed_on,
            decision: None,
            reason: None,
            moderator: None,
            decided_at: None,
        };
        if let Some((id, decision, reason, moderator, at)) = row.decided {
            let place = Place::new("moderations", "reason", *id.bytes());
            item.reason = reason.map(|reason| reason.open(keys, place)).transpose()?;
            item.decision = Some(decision);
            item.moderator = Some(moderator);
            item.decided_at = Some(at);
        }
        Ok(item)
    }
}

/// Which of the chosen assessments are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Waiting {
    /// Decided ones too.
    #[default]
    All,
    /// Only those that wait for a decision.
    Open,
}

/// Lists assessments that were chosen for moderation, the oldest first.
#[derive(Clone, Copy, Debug, Default)]
pub struct ListModeration {
    /// All, or those that wait.
    pub waiting: Waiting,
    /// Narrowed to a learner or an enrolment.
    pub only: Only,
    /// Which page.
    pub page: PageAsk,
}

impl View for ListModeration {
    const NAME: &'static str = "moderation.list";
    const DISCLOSES: Disclosure = Disclosure::Masked;
    type Output = Page<Item>;

    fn target(&self, _: &mut Read<'_>) -> Result<Target, Fault> {
        Ok(Target::list("Moderation"))
    }

    fn run(&self, cx: &Cx, tx: &mut Read<'_>) -> Result<Page<Item>, Fault> {
        let reach = Reach::of(cx, self.only)?;
        let after = AssessmentId::new(self.page.after_id()?);
        let found = rows::page(tx, reach, (after, self.waiting), self.page.limit.rows())?;
        let page = Page::cut(found, self.page.limit, |row| Cursor::after_id(row.assessment.uuid()));
        page.try_map(|row| Item::open(cx.keys(), row))
    }

    fn entry(&self, output: &Page<Item>) -> Note {
        let on = output
            .items
            .iter()
            .map(|item| ("Assessment", item.assessment.uuid()))
            .collect();
        let note = Note { on, ..Note::none() };
        note.about_all(output.items.iter().map(|item| item.learner))
            .category("results")
    }
}
