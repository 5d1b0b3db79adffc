//! Act: register a learner. Everything is checked and sealed before the transaction; the transaction is one insert.

use schemars::JsonSchema;
use serde::Serialize;
use skillsyms_cells::{Read, Tx};
use skillsyms_core::person::NewLearner;
use skillsyms_core::{LearnerId, Problem};
use skillsyms_door::{Act, Cx, Disclosure, Fault, Note, Quotas, Target};

use super::rows::{self, NewRow};
use super::shown::Warning;
use super::{DUPLICATE, ENTITY, category, sealing};
use crate::dashboard::{self, Counter};

/// Registers a learner with this provider.
#[derive(Clone, Debug)]
pub struct RegisterLearner {
    /// The learner as sent.
    pub new: NewLearner,
}

/// A learner who was registered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "RegisteredLearner")]
pub struct Registered {
    /// Its id in this system.
    pub id: LearnerId,
    /// The version of the new record.
    pub version: i64,
    /// What is unusual about it, though it was kept.
    pub warnings: Vec<Warning>,
}

/// A learner, checked and sealed.
pub struct SealedLearner {
    row: NewRow,
    warnings: Vec<Warning>,
}

impl Act for RegisterLearner {
    const NAME: &'static str = "learner.register";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Ready = SealedLearner;
    type Output = Registered;

    fn prepare(&self, cx: &Cx) -> Result<SealedLearner, Fault> {
        let mut checked = self.new.validate(cx.today()).map_err(Problem::invalid)?;
        let warnings = std::mem::take(&mut checked.warnings)
            .into_iter()
            .map(Warning::from)
            .collect();
        Ok(SealedLearner {
            row: sealing::seal_new(cx, checked, None)?,
            warnings,
        })
    }

    fn target(&self, _: &mut Read<'_>) -> Result<Target, Fault> {
        Ok(Target::tenant())
    }

    fn run(&self, cx: &Cx, ready: &SealedLearner, tx: &mut Tx<'_>) -> Result<Registered, Fault> {
        let used = || Ok(dashboard::total(&mut tx.read(), Counter::Learners)?);
        Quotas::check(cx.quotas().learners, "learners", 1, used)?;
        let duplicate = |error| Fault::from(error).on_unique("learners_id_index", Problem::new(&DUPLICATE));
        rows::insert(tx, &ready.row).map_err(duplicate)?;
        Ok(Registered {
            id: ready.row.id,
            version: ready.row.version,
            warnings: ready.warnings.clone(),
        })
    }

    fn entry(&self, output: &Registered) -> Note {
        let note = Note::on(ENTITY, output.id.uuid()).about(output.id);
        note.category(category::IDENTITY)
            .category(category::CONTACT)
            .category(category::PROFILE)
    }
}
