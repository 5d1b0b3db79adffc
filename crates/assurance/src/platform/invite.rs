//! Act: invite a provider's first administrator. It says in the platform's log who invited, and for whom; the invitation
//! itself is made in the provider's own cell, in its own log, by [`super::service`]. There it is refused once somebody is an
//! administrator: from then on the provider decides who gets in.

use schemars::JsonSchema;
use serde::Serialize;
use skillsyms_cells::{Read, Tx};
use skillsyms_core::{CellId, Problem};
use skillsyms_door::{Act, Cx, Disclosure, Fault, Note, Target, TenantState};

use super::tenants::target_of;
use super::{NOTED, STATE, rows};

/// Invites a provider's first administrator.
#[derive(Clone, Copy, Debug)]
pub struct InviteAdministrator {
    /// Whose.
    pub id: CellId,
}

/// The provider for which somebody may be invited.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct TenantInvited {
    /// Which.
    pub id: CellId,
    /// Its short name, for the address of the invitation.
    pub slug: String,
}

impl Act for InviteAdministrator {
    const NAME: &'static str = "tenant.invite";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Ready = ();
    type Output = TenantInvited;

    fn prepare(&self, _: &Cx) -> Result<(), Fault> {
        Ok(())
    }

    fn target(&self, tx: &mut Read<'_>) -> Result<Target, Fault> {
        target_of(tx, self.id)
    }

    fn run(&self, _: &Cx, (): &(), tx: &mut Tx<'_>) -> Result<TenantInvited, Fault> {
        let row = rows::one(&mut tx.read(), self.id)?.ok_or_else(Problem::not_found)?;
        if row.state != TenantState::Active.as_str() {
            return Err(Problem::new(&STATE).into());
        }
        Ok(TenantInvited {
            id: row.id,
            slug: row.slug,
        })
    }

    fn entry(&self, output: &TenantInvited) -> Note {
        Note::on(NOTED, output.id.uuid())
    }
}
