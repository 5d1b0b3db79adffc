//! View: the results in reach.

use std::collections::HashSet;

use schemars::JsonSchema;
use serde::Serialize;
use skillsyms_cells::Read;
use skillsyms_core::{AssessmentId, EnrolmentId, Instant, LearnerId, ModuleId, Outcome, ResultId};
use skillsyms_door::{Cx, Disclosure, Fault, Note, Target, View};
use skillsyms_people::{Cursor, Page, PageAsk};
use skillsyms_vault::{Keyring, Place};

use super::rows::{self, ResultRow};
use crate::enrolments::reach::{Only, Reach};

/// A locked result, or the reversal of one.
#[derive(Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LockedResult {
    /// Its id.
    pub id: ResultId,
    /// Of which enrolment.
    pub enrolment: EnrolmentId,
    /// Of which module.
    pub module: ModuleId,
    /// Of which learner.
    pub learner: LearnerId,
    /// From which assessment.
    pub assessment: AssessmentId,
    /// The outcome; of a reversal, the outcome that it takes back.
    pub outcome: Outcome,
    /// The result that this one takes back.
    pub reverses: Option<ResultId>,
    /// Why it was taken back.
    pub reason: Option<String>,
    /// Whether it stands: neither a reversal nor reversed.
    pub in_force: bool,
    /// When.
    pub created_at: Instant,
}

impl std::fmt::Debug for LockedResult {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LockedResult")
            .field("id", &self.id)
            .field("in_force", &self.in_force)
            .finish_non_exhaustive()
    }
}

impl LockedResult {
    fn open(keys: &Keyring, row: &ResultRow, reversed: &HashSet<ResultId>) -> Result<Self, Fault> {
        let place = Place::new("results", "reason", *row.id.bytes());
        let reason = row.reason.as_ref().map(|reason| reason.open(keys, place)).transpose()?;
        Ok(Self {
            id: row.id,
            enrolment: row.enrolment,
            module: row.module,
            learner: row.learner,
            assessment: row.assessment,
            outcome: row.outcome,
            reverses: row.reverses,
            reason,
            in_force: row.reverses.is_none() && !reversed.contains(&row.id),
            created_at: row.created_at,
        })
    }
}

/// Lists locked results and reversals, the oldest first.
#[derive(Clone, Copy, Debug, Default)]
pub struct ListResults {
    /// Narrowed to a learner or an enrolment.
    pub only: Only,
    /// Which page.
    pub page: PageAsk,
}

impl View for ListResults {
    const NAME: &'static str = "result.list";
    const DISCLOSES: Disclosure = Disclosure::Masked;
    type Output = Page<LockedResult>;

    fn target(&self, _: &mut Read<'_>) -> Result<Target, Fault> {
        Ok(Target::list("Result"))
    }

    fn run(&self, cx: &Cx, tx: &mut Read<'_>) -> Result<Page<LockedResult>, Fault> {
        let reach = Reach::of(cx, self.only)?;
        let found = rows::page(tx, reach, ResultId::new(self.page.after_id()?), self.page.limit.rows())?;
        let ids: Vec<ResultId> = found.iter().map(|row| row.id).collect();
        let reversed = rows::reversed(tx, &ids)?.into_iter().collect();
        let page = Page::cut(found, self.page.limit, |row| Cursor::after_id(row.id.uuid()));
        page.try_map(|row| LockedResult::open(cx.keys(), &row, &reversed))
    }

    fn entry(&self, output: &Page<LockedResult>) -> Note {
        let on = output.items.iter().map(|item| ("Result", item.id.uuid())).collect();
        let note = Note { on, ..Note::none() };
        note.about_all(output.items.iter().map(|item| item.learner))
            .category("results")
    }
}
