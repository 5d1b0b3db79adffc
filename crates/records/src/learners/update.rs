//! Act: change names, contact details or profile. The ID number stays; [`super::correct`] corrects it.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};
use skillsyms_cells::{CellError, Read, Tx};
use skillsyms_core::person::{CheckedLearner, Identity, NewAlternateId, NewLearner};
use skillsyms_core::problem::STALE;
use skillsyms_core::{LearnerId, Problem};
use skillsyms_door::{Act, Cx, Disclosure, Fault, Note, Target};
use skillsyms_vault::Keyring;

use super::profile::LearnerDetails;
use super::rows::{self, ChangedRow, WholeRow};
use super::shown::{self, Warning};
use super::{ENTITY, category, sealing};
use crate::enrolments::names;

/// What to change: a field that is absent or null stays, an empty text empties it.
pub type LearnerChange = LearnerDetails;

/// Changes a learner's names, contact details or profile.
#[derive(Clone, Debug)]
pub struct UpdateLearner {
    /// Whose.
    pub id: LearnerId,
    /// The version that the change was made on; any if absent.
    pub expected: Option<i64>,
    /// What to change.
    pub change: LearnerChange,
}

/// A learner whose record was changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Updated {
    /// Whose.
    pub id: LearnerId,
    /// The version of the record now.
    pub version: i64,
    /// What is unusual about it, though it was kept.
    pub warnings: Vec<Warning>,
}

impl Act for UpdateLearner {
    const NAME: &'static str = "learner.update";
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
        let checked = self.merged(cx, &row)?.validate(cx.today()).map_err(Problem::invalid)?;
        let version = row.version.saturating_add(1);
        let warnings = checked.warnings.iter().cloned().map(Warning::from).collect();
        rows::update(tx, self.id, &self.resealed(cx, checked, version)?)?;
        names::keep(tx, &[self.id], &[])?;
        Ok(Updated {
            id: self.id,
            version,
            warnings,
        })
    }

    fn entry(&self, output: &Updated) -> Note {
        let note = Note::on(ENTITY, output.id.uuid()).about(output.id);
        note.category(category::CONTACT).category(category::PROFILE)
    }
}

impl UpdateLearner {
    /// The learner as if sent anew: what is kept, with the change over it. So a change is checked like a registration.
    fn merged(&self, cx: &Cx, row: &WholeRow) -> Result<NewLearner, Fault> {
        merge(cx.keys(), self.id, row, &self.change)
    }

    fn resealed(&self, cx: &Cx, checked: CheckedLearner, version: i64) -> Result<ChangedRow, Fault> {
        Ok(ChangedRow {
            fold: checked.fold(),
            contact: sealing::seal_contact(cx, self.id, checked.contact)?,
            profile: sealing::seal_profile(cx, self.id, checked.profile)?,
            first_name: checked.first_name,
            middle_name: checked.middle_name.unwrap_or_default(),
            last_name: checked.last_name,
            title: checked.title.unwrap_or_default(),
            version,
            changed_at: cx.now(),
        })
    }
}

/// What is kept of a learner, as if sent anew.
pub(super) fn as_sent(keys: &Keyring, id: LearnerId, row: &WholeRow) -> Result<NewLearner, Fault> {
    merge(keys, id, row, &LearnerChange::default())
}

fn merge(keys: &Keyring, id: LearnerId, row: &WholeRow, change: &LearnerChange) -> Result<NewLearner, Fault> {
    let contact = sealing::open_contact(keys, id, &row.contact)?;
    let profile = sealing::open_profile(keys, id, &row.profile)?;
    let identity = sealing::open_identity(keys, id, &row.identity)?;
    let mut fields = fields_of(&LearnerDetails::of(row, contact, profile))?;
    fields.extend(fields_of(change)?);
    let mut new: NewLearner = serde_json::from_value(Value::Object(fields)).map_err(|_| not_a_learner())?;
    identify(&mut new, &identity);
    Ok(new)
}

fn identify(new: &mut NewLearner, identity: &Identity) {
    new.id_number = identity.sa_id().map(|id| id.expose().to_owned());
    new.alternate_id = identity.alternate().map(|id| NewAlternateId {
        kind: id.kind().as_str().to_owned(),
        value: id.expose().to_owned(),
    });
}

/// Fields by name, those that are absent left out.
fn fields_of(details: &LearnerDetails) -> Result<Map<String, Value>, Fault> {
    match serde_json::to_value(details) {
        Ok(Value::Object(fields)) => Ok(fields.into_iter().filter(|(_, value)| !value.is_null()).collect()),
        _ => Err(not_a_learner()),
    }
}

fn not_a_learner() -> Fault {
    CellError::Damaged("a learner's fields do not read back").into()
}
