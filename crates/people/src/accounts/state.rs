//! Acts: suspend an account, restore it.

use schemars::JsonSchema;
use serde::Serialize;
use skillsyms_cells::{Read, Tx};
use skillsyms_core::{PersonId, Problem, Role};
use skillsyms_door::{Act, Cx, Disclosure, Fault, Note, Target};

use super::list::target_of;
use super::rows::{self, PersonRow};
use super::{LAST_ADMIN, PersonState, STATE};
use crate::field::fresh;
use crate::reset;

/// Suspends an account: its sessions end, its open invitations, its links to a new password and the API keys it made stop working.
#[derive(Clone, Copy, Debug)]
pub struct Suspend {
    /// Whose.
    pub person: PersonId,
    /// The version that was read, if the change must not overwrite another.
    pub expected: Option<i64>,
}

/// What came of a suspension.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct Suspended {
    /// The account.
    pub id: PersonId,
    /// Its version now.
    pub version: i64,
    /// Sessions that ended with it.
    pub sessions_ended: u64,
    /// API keys that stopped working with it.
    pub keys_revoked: u64,
}

impl Act for Suspend {
    const NAME: &'static str = "person.suspend";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Ready = ();
    type Output = Suspended;

    fn prepare(&self, _: &Cx) -> Result<(), Fault> {
        Ok(())
    }

    fn target(&self, tx: &mut Read<'_>) -> Result<Target, Fault> {
        target_of(tx, self.person)
    }

    fn run(&self, cx: &Cx, (): &(), tx: &mut Tx<'_>) -> Result<Suspended, Fault> {
        let person = rows::person(&mut tx.read(), self.person)?.ok_or_else(Problem::not_found)?;
        fresh(self.expected, person.version)?;
        if person.state == PersonState::Suspended {
            return Err(Problem::new(&STATE).into());
        }
        keep_an_admin(tx, &person)?;
        rows::set_state(tx, person.id, PersonState::Suspended, cx.now())?;
        rows::withdraw_invitations(tx, person.id, cx.now())?;
        reset::rows::end_open_of(tx, person.id, cx.now())?;
        let sessions_ended = rows::end_sessions(tx, person.id, cx.now())?;
        let keys_revoked = rows::revoke_keys_of(tx, person.id, cx.now())?;
        Ok(Suspended {
            id: person.id,
            version: person.version.saturating_add(1),
            sessions_ended: count(sessions_ended),
            keys_revoked: count(keys_revoked),
        })
    }

    fn entry(&self, output: &Suspended) -> Note {
        Note::on("Person", output.id.uuid())
    }
}

/// Restores a suspended account. Sessions, invitations and keys that ended do not come back.
#[derive(Clone, Copy, Debug)]
pub struct Restore {
    /// Whose.
    pub person: PersonId,
    /// The version that was read, if the change must not overwrite another.
    pub expected: Option<i64>,
}

/// What came of it.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct Restored {
    /// The account.
    pub id: PersonId,
    /// Its version now.
    pub version: i64,
    /// Active; or invited, if they never came: then they need a new invitation.
    pub state: PersonState,
}

impl Act for Restore {
    const NAME: &'static str = "person.restore";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Ready = ();
    type Output = Restored;

    fn prepare(&self, _: &Cx) -> Result<(), Fault> {
        Ok(())
    }

    fn target(&self, tx: &mut Read<'_>) -> Result<Target, Fault> {
        target_of(tx, self.person)
    }

    fn run(&self, cx: &Cx, (): &(), tx: &mut Tx<'_>) -> Result<Restored, Fault> {
        let person = rows::person(&mut tx.read(), self.person)?.ok_or_else(Problem::not_found)?;
        fresh(self.expected, person.version)?;
        if person.state != PersonState::Suspended {
            return Err(Problem::new(&STATE).into());
        }
        let came = rows::has_password(&mut tx.read(), person.id)?;
        let state = if came {
            PersonState::Active
        } else {
            PersonState::Invited
        };
        rows::set_state(tx, person.id, state, cx.now())?;
        Ok(Restored {
            id: person.id,
            version: person.version.saturating_add(1),
            state,
        })
    }

    fn entry(&self, output: &Restored) -> Note {
        Note::on("Person", output.id.uuid())
    }
}

/// Refuses what would leave the cell without an administrator who can sign in.
pub(super) fn keep_an_admin(tx: &mut Tx<'_>, person: &PersonRow) -> Result<(), Fault> {
    let is_one = person.state == PersonState::Active && person.roles.contains(&Role::Admin);
    if is_one && !rows::other_admin(&mut tx.read(), person.id)? {
        return Err(Problem::new(&LAST_ADMIN).into());
    }
    Ok(())
}

/// Rows as an answer counts them.
pub(crate) fn count(rows: usize) -> u64 {
    u64::try_from(rows).unwrap_or(u64::MAX)
}
