//! Views: what is held about oneself, and who looked at it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skillsyms_cells::Read;
use skillsyms_core::PersonId;
use skillsyms_door::{Cx, Disclosure, Fault, Note, Target, View};
use skillsyms_people::{ByAge, PageAsk, Span};

use super::own;
use crate::learners::{AccessPage, Learner, LearnerProfile, ReadLearner, ReadProfile, accesses, category};

/// Whose looks are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Whose {
    /// Those of everybody but oneself.
    #[default]
    Others,
    /// One's own too.
    All,
}

/// Sees who looked at one's own record.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReadLookers {
    /// Whose looks.
    pub whose: Whose,
    /// In which time.
    pub span: Span,
    /// In which order; the newest first unless said.
    pub sort: Option<ByAge>,
    /// Which page.
    pub page: PageAsk,
}

impl View for ReadLookers {
    const NAME: &'static str = "learning.lookers";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Output = AccessPage;

    fn target(&self, _: &mut Read<'_>) -> Result<Target, Fault> {
        Ok(Target::list("Learner"))
    }

    fn run(&self, cx: &Cx, tx: &mut Read<'_>) -> Result<AccessPage, Fault> {
        let but: Option<PersonId> = cx.actor().person.filter(|_| self.whose == Whose::Others);
        accesses::page(tx, own(cx)?, (self.span, self.sort), &self.page, but)
    }

    fn entry(&self, output: &AccessPage) -> Note {
        let count = u64::try_from(output.items.len()).unwrap_or(0);
        Note::none().category(category::ACCESS).count(count)
    }
}

/// Sees what is held about oneself; the ID number stays masked.
#[derive(Clone, Copy, Debug)]
pub struct ReadDetails;

/// What is held about somebody: names, contact details, profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Details {
    /// Who they are.
    pub learner: Learner,
    /// How to reach them, and the codes of the load files.
    pub profile: LearnerProfile,
}

impl View for ReadDetails {
    const NAME: &'static str = "learning.details";
    const DISCLOSES: Disclosure = Disclosure::Masked;
    type Output = Details;

    fn target(&self, _: &mut Read<'_>) -> Result<Target, Fault> {
        Ok(Target::list("Learner"))
    }

    fn run(&self, cx: &Cx, tx: &mut Read<'_>) -> Result<Details, Fault> {
        let id = own(cx)?;
        Ok(Details {
            learner: ReadLearner { id }.run(cx, tx)?,
            profile: ReadProfile { id }.run(cx, tx)?,
        })
    }

    fn entry(&self, output: &Details) -> Note {
        let note = Note::on("Learner", output.learner.id.uuid()).about(output.learner.id);
        note.category(category::IDENTITY)
            .category(category::CONTACT)
            .category(category::PROFILE)
    }
}
