//! Act: set a new password by a one-time link, with a password that the hasher has hashed already.

use skillsyms_cells::{Read, Tx};
use skillsyms_core::{PersonId, Problem};
use skillsyms_door::{Act, Cx, Disclosure, Fault, Note, Target};

use super::{LINK, rows};
use crate::accounts;
use crate::mail::{Letter, MailKind, Sending};
use crate::password::PasswordHash;

/// Sets the password. Made by [`crate::SignIn::reset`], which has it hashed.
#[derive(Debug)]
pub struct ResetPassword {
    pub(crate) token_hash: [u8; 32],
    pub(crate) password: PasswordHash,
    pub(crate) sending: Sending,
    pub(crate) language: &'static str,
}

/// What was prepared: the notice, if there is mail.
pub struct Ready(Option<Letter>);

impl Act for ResetPassword {
    const NAME: &'static str = "reset.apply";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Ready = Ready;
    type Output = PersonId;

    fn prepare(&self, cx: &Cx) -> Result<Ready, Fault> {
        let notice = match self.sending {
            Sending::Off => None,
            Sending::On => Some(Letter::new(cx, MailKind::PasswordChanged, None, self.language)?),
        };
        Ok(Ready(notice))
    }

    /// The tenant: whether there is such a link is for `run` to say, in the same words for every reason.
    fn target(&self, _: &mut Read<'_>) -> Result<Target, Fault> {
        Ok(Target::tenant())
    }

    fn run(&self, cx: &Cx, ready: &Ready, tx: &mut Tx<'_>) -> Result<PersonId, Fault> {
        let found = rows::standing(&mut tx.read(), &self.token_hash, cx.now())?;
        let Some((link, person, account)) = found else {
            return Err(Problem::new(&LINK).into());
        };
        rows::mark_used(tx, link, cx.now())?;
        rows::end_open(tx, account, cx.now())?;
        rows::set_password(tx, person, self.password.phc(), cx.now())?;
        accounts::rows::end_sessions(tx, person, cx.now())?;
        if let Some(letter) = &ready.0 {
            letter.post(cx, tx, person, None)?;
        }
        Ok(person)
    }

    fn entry(&self, output: &PersonId) -> Note {
        Note::on("Person", output.uuid())
    }
}
