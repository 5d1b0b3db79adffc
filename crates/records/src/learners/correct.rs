//! Act: correct the ID number of a learner whose record is about the right person under a wrong number. It needs a fresh
//! confirmation and a purpose, and nobody corrects their own.
//!
//! The learner is found under the new number from then on, and no longer under the old one: its blind index is overwritten,
//! for it may be somebody else's. The old number itself is kept sealed in a record that nothing changes, because load files
//! that were sent name the learner by it.

use std::fmt;

use schemars::JsonSchema;
use serde::Deserialize;
use skillsyms_cells::{Read, Tx};
use skillsyms_core::person::{NewAlternateId, NewLearner};
use skillsyms_core::problem::{FORBIDDEN, STALE};
use skillsyms_core::{Code, LearnerId, Problem};
use skillsyms_door::{Act, Cx, Disclosure, Fault, Note, Target};

use super::rows::{self, CorrectedRow, CorrectionRow};
use super::shown::{self, Warning};
use super::update::{self, Updated};
use super::{DUPLICATE, ENTITY, category, sealing};

/// There is nothing to correct.
pub static SAME: Code = Code::new(
    "learner.same_id",
    409,
    "This is the ID that the record has already. Nothing was changed.",
);

/// What identifies the learner in truth. What is left out is no longer there.
#[derive(Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IdCorrection {
    /// South African ID number, 13 digits. This or an alternate id is needed.
    #[serde(default)]
    pub id_number: Option<String>,
    /// Passport, refugee number and so on.
    #[serde(default)]
    pub alternate_id: Option<NewAlternateId>,
    /// Birth date. Taken from the ID number if it is left out; without an ID number it stays.
    #[serde(default)]
    pub birth_date: Option<String>,
    /// M or F. It stays if it is left out.
    #[serde(default)]
    pub gender: Option<String>,
}

impl fmt::Debug for IdCorrection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdCorrection").finish_non_exhaustive()
    }
}

/// Corrects what identifies a learner.
#[derive(Clone, Debug)]
pub struct CorrectId {
    /// Whose.
    pub id: LearnerId,
    /// The version that the correction was made on; any if absent.
    pub expected: Option<i64>,
    /// What is right.
    pub correction: IdCorrection,
}

impl Act for CorrectId {
    const NAME: &'static str = "learner.correct_id";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Ready = ();
    type Output = Updated;

    fn prepare(&self, _: &Cx) -> Result<(), Fault> {
        Ok(())
    }

    fn target(&self, tx: &mut Read<'_>) -> Result<Target, Fault> {
        shown::target(tx, self.id)
    }

    fn run(&self, cx: &Cx, (): &(), tx: &mut Tx<'_>) -> Result<Updated, Fault> {
        let row = rows::whole(&mut tx.read(), self.id)?.ok_or_else(Problem::not_found)?;
        if self.expected.is_some_and(|expected| expected != row.version) {
            return Err(Problem::new(&STALE).into());
        }
        let before = sealing::open_identity(cx.keys(), self.id, &row.identity)?;
        let mut new = update::as_sent(cx.keys(), self.id, &row)?;
        self.put(&mut new);
        let checked = new.validate(cx.today()).map_err(Problem::invalid)?;
        if checked.identity == before {
            return Err(Problem::new(&SAME).into());
        }
        let warnings = checked.warnings.iter().cloned().map(Warning::from).collect();
        let version = row.version.saturating_add(1);
        let corrected = CorrectedRow {
            id_kind: checked.identity.kind(),
            id_index: sealing::index_of(cx.keys(), &checked.identity),
            identity: sealing::seal_identity(cx, self.id, &checked.identity)?,
            profile: sealing::seal_profile(cx, self.id, checked.profile)?,
            version,
            changed_at: cx.now(),
        };
        rows::correct(tx, self.id, &corrected)
            .map_err(|error| Fault::from(error).on_unique("learners_id_index", Problem::new(&DUPLICATE)))?;
        let id = cx.fresh();
        let by = cx.actor().id().ok_or_else(|| Problem::new(&FORBIDDEN))?;
        rows::insert_correction(
            tx,
            CorrectionRow {
                id: id.as_bytes().to_vec(),
                learner: self.id,
                identity: sealing::seal_former(cx, id, &before)?,
                corrected_by: by.as_bytes().to_vec(),
                corrected_at: cx.now(),
            },
        )?;
        Ok(Updated {
            id: self.id,
            version,
            warnings,
        })
    }

    fn entry(&self, output: &Updated) -> Note {
        let note = Note::on(ENTITY, output.id.uuid()).about(output.id);
        note.category(category::IDENTITY).category(category::PROFILE)
    }
}

impl CorrectId {
    /// The learner as if sent anew under the right number, so that it is checked like a registration.
    fn put(&self, new: &mut NewLearner) {
        let right = &self.correction;
        let has_number = right.id_number.as_deref().is_some_and(|text| !text.trim().is_empty());
        new.id_number.clone_from(&right.id_number);
        new.alternate_id.clone_from(&right.alternate_id);
        if right.birth_date.is_some() || has_number {
            new.birth_date.clone_from(&right.birth_date);
        }
        if right.gender.is_some() {
            new.gender.clone_from(&right.gender);
        }
    }
}
