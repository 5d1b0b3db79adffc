//! Act: accept an invitation, with a password that the hasher has hashed already.

use schemars::JsonSchema;
use serde::Serialize;
use skillsyms_cells::{Read, Tx};
use skillsyms_core::{PersonId, Problem};
use skillsyms_door::{Act, Cx, Disclosure, Fault, Note, Target};

use super::{INVITATION, rows};
use crate::password::PasswordHash;

/// Accepts an invitation. Made by [`crate::SignIn::accept`], which hashes the password.
#[derive(Debug)]
pub struct Accept {
    pub(crate) token_hash: [u8; 32],
    pub(crate) password: PasswordHash,
}

/// An account that was invited is active now.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct Accepted {
    /// The account.
    pub id: PersonId,
}

impl Act for Accept {
    const NAME: &'static str = "person.accept";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Ready = ();
    type Output = Accepted;

    fn prepare(&self, _: &Cx) -> Result<(), Fault> {
        Ok(())
    }

    /// The tenant: whether there is such an invitation is for `run` to say, in the same words for every reason.
    fn target(&self, _: &mut Read<'_>) -> Result<Target, Fault> {
        Ok(Target::tenant())
    }

    fn run(&self, cx: &Cx, (): &(), tx: &mut Tx<'_>) -> Result<Accepted, Fault> {
        let found = rows::standing_invitation(&mut tx.read(), &self.token_hash, cx.now())?;
        let Some((invitation, id)) = found else {
            return Err(Problem::new(&INVITATION).into());
        };
        rows::use_invitation(tx, invitation, cx.now())?;
        rows::activate(tx, id, self.password.phc(), cx.now())?;
        Ok(Accepted { id })
    }

    fn entry(&self, output: &Accepted) -> Note {
        Note::on("Person", output.id.uuid())
    }
}
