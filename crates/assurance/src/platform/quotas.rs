//! Act: say how much a provider may use at most.

use schemars::JsonSchema;
use serde::Serialize;
use skillsyms_cells::{Read, Tx};
use skillsyms_core::problem::STALE;
use skillsyms_core::{CellId, Problem};
use skillsyms_door::{Act, Cx, Disclosure, Fault, Note, Quotas, Target};

use super::tenants::target_of;
use super::{NOTED, rows};

/// Replaces the quotas of a provider. What it has already stays, also when it is more.
#[derive(Clone, Copy, Debug)]
pub struct SetQuotas {
    /// Whose.
    pub id: CellId,
    /// What it may use from now on.
    pub quotas: Quotas,
    /// The version that was read.
    pub expected: i64,
}

/// Quotas that were set.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct QuotasSet {
    /// Whose.
    pub id: CellId,
    /// Its version now.
    pub version: i64,
}

impl Act for SetQuotas {
    const NAME: &'static str = "tenant.set_quotas";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Ready = ();
    type Output = QuotasSet;

    fn prepare(&self, _: &Cx) -> Result<(), Fault> {
        let all = [
            ("learners", self.quotas.learners),
            ("people", self.quotas.people),
            ("evidence_bytes", self.quotas.evidence_bytes),
        ];
        for (field, quota) in all {
            if quota.is_some_and(|most| most < 0) {
                let message = "Give a whole number, or nothing for no limit.";
                return Err(Problem::field(field, "quota.form", message).into());
            }
        }
        Ok(())
    }

    fn target(&self, tx: &mut Read<'_>) -> Result<Target, Fault> {
        target_of(tx, self.id)
    }

    fn run(&self, cx: &Cx, (): &(), tx: &mut Tx<'_>) -> Result<QuotasSet, Fault> {
        let row = rows::one(&mut tx.read(), self.id)?.ok_or_else(Problem::not_found)?;
        if row.version != self.expected {
            return Err(Problem::new(&STALE).into());
        }
        rows::set_quotas(tx, self.id, self.quotas, cx.now())?;
        Ok(QuotasSet {
            id: self.id,
            version: row.version.saturating_add(1),
        })
    }

    fn entry(&self, output: &QuotasSet) -> Note {
        Note::on(NOTED, output.id.uuid())
    }
}
