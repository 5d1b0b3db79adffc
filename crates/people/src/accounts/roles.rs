//! Act: say in which roles somebody acts. The policies keep people from doing this to themselves.

use schemars::JsonSchema;
use serde::Serialize;
use skillsyms_cells::{Read, Tx};
use skillsyms_core::{PersonId, Problem, Role};
use skillsyms_door::{Act, Cx, Disclosure, Fault, Note, Target};

use super::list::target_of;
use super::state::{count, keep_an_admin};
use super::{check_roles, rows};
use crate::field::fresh;

/// Sets somebody's roles, and ends their sessions so that nothing goes on in the old ones.
#[derive(Clone, Debug)]
pub struct SetRoles {
    /// Whose.
    pub person: PersonId,
    /// All roles they have from now on.
    pub roles: Vec<Role>,
    /// The version that was read, if the change must not overwrite another.
    pub expected: Option<i64>,
}

/// What came of it.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct RolesSet {
    /// The account.
    pub id: PersonId,
    /// Its version now.
    pub version: i64,
    /// Sessions that ended with it.
    pub sessions_ended: u64,
    /// API keys that stopped working, because who made them is no longer an administrator.
    pub keys_revoked: u64,
}

impl Act for SetRoles {
    const NAME: &'static str = "person.set_roles";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Ready = ();
    type Output = RolesSet;

    fn prepare(&self, _: &Cx) -> Result<(), Fault> {
        Ok(())
    }

    fn target(&self, tx: &mut Read<'_>) -> Result<Target, Fault> {
        target_of(tx, self.person)
    }

    fn run(&self, cx: &Cx, (): &(), tx: &mut Tx<'_>) -> Result<RolesSet, Fault> {
        let person = rows::person(&mut tx.read(), self.person)?.ok_or_else(Problem::not_found)?;
        fresh(self.expected, person.version)?;
        check_roles(&self.roles, person.learner.is_some(), cx.cell_kind())?;
        let is_admin = self.roles.contains(&Role::Admin);
        if !is_admin {
            keep_an_admin(tx, &person)?;
        }
        rows::set_roles(tx, person.id, &self.roles, cx.now())?;
        let sessions_ended = rows::end_sessions(tx, person.id, cx.now())?;
        let keys_revoked = if is_admin {
            0
        } else {
            rows::revoke_keys_of(tx, person.id, cx.now())?
        };
        Ok(RolesSet {
            id: person.id,
            version: person.version.saturating_add(1),
            sessions_ended: count(sessions_ended),
            keys_revoked: count(keys_revoked),
        })
    }

    fn entry(&self, output: &RolesSet) -> Note {
        Note::on("Person", output.id.uuid())
    }
}
