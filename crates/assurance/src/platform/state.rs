//! Acts: suspend a provider, restore it. Each takes a reason, which stands in the log as its purpose.

use schemars::JsonSchema;
use serde::Serialize;
use skillsyms_cells::{Read, Tx};
use skillsyms_core::{CellId, Problem};
use skillsyms_door::{Act, Cx, Disclosure, Fault, Note, Target, TenantState};

use super::tenants::target_of;
use super::{NOTED, STATE, rows};

/// Suspends a provider: its people, keys and pages stop at once; nothing is deleted.
#[derive(Clone, Copy, Debug)]
pub struct SuspendTenant {
    /// Which.
    pub id: CellId,
}

/// Lets a suspended provider work again.
#[derive(Clone, Copy, Debug)]
pub struct RestoreTenant {
    /// Which.
    pub id: CellId,
}

/// A provider whose state was changed.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct TenantChanged {
    /// Which.
    pub id: CellId,
    /// Its version now.
    pub version: i64,
}

fn change(
    cx: &Cx,
    tx: &mut Tx<'_>,
    id: CellId,
    (from, to): (TenantState, TenantState),
) -> Result<TenantChanged, Fault> {
    let row = rows::one(&mut tx.read(), id)?.ok_or_else(Problem::not_found)?;
    if row.state != from.as_str() {
        return Err(Problem::new(&STATE).into());
    }
    rows::set_state(tx, id, to.as_str(), cx.now())?;
    Ok(TenantChanged {
        id,
        version: row.version.saturating_add(1),
    })
}

impl Act for SuspendTenant {
    const NAME: &'static str = "tenant.suspend";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Ready = ();
    type Output = TenantChanged;

    fn prepare(&self, _: &Cx) -> Result<(), Fault> {
        Ok(())
    }

    fn target(&self, tx: &mut Read<'_>) -> Result<Target, Fault> {
        target_of(tx, self.id)
    }

    fn run(&self, cx: &Cx, (): &(), tx: &mut Tx<'_>) -> Result<TenantChanged, Fault> {
        change(cx, tx, self.id, (TenantState::Active, TenantState::Suspended))
    }

    fn entry(&self, output: &TenantChanged) -> Note {
        Note::on(NOTED, output.id.uuid())
    }
}

impl Act for RestoreTenant {
    const NAME: &'static str = "tenant.restore";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Ready = ();
    type Output = TenantChanged;

    fn prepare(&self, _: &Cx) -> Result<(), Fault> {
        Ok(())
    }

    fn target(&self, tx: &mut Read<'_>) -> Result<Target, Fault> {
        target_of(tx, self.id)
    }

    fn run(&self, cx: &Cx, (): &(), tx: &mut Tx<'_>) -> Result<TenantChanged, Fault> {
        change(cx, tx, self.id, (TenantState::Suspended, TenantState::Active))
    }

    fn entry(&self, output: &TenantChanged) -> Note {
        Note::on(NOTED, output.id.uuid())
    }
}
