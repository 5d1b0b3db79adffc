//! Act: ask for a link to a new password, by address. Whether there is an account is not told.

use skillsyms_cells::{Read, Tx};
use skillsyms_core::ResetId;
use skillsyms_door::{Act, Cx, Disclosure, Fault, Note, Target};
use skillsyms_vault::BlindIndex;

use super::{ASKED_MAX, ASKED_SECONDS, Drawn, put, rows};
use crate::field::Email;
use crate::mail::{self, Letter, MailKind};
use crate::token::{Minted, TokenKind};

/// Asks. Made by [`crate::SignIn::request_reset`], which knows whether there is mail.
#[derive(Debug)]
pub struct RequestReset {
    /// None if what was typed is no address: that is nobody's.
    pub(crate) email: Option<Email>,
    pub(crate) language: &'static str,
}

/// What was prepared: the same for an address that nobody has.
pub struct Ready {
    drawn: Drawn,
    account: BlindIndex,
    letter: Letter,
}

impl Act for RequestReset {
    const NAME: &'static str = "reset.request";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Ready = Ready;
    type Output = ();

    fn prepare(&self, cx: &Cx) -> Result<Ready, Fault> {
        let token = Minted::new(TokenKind::Reset, cx.cell(), cx.rng());
        Ok(Ready {
            drawn: Drawn {
                id: ResetId::new(cx.fresh()),
                token_hash: token.hash,
            },
            account: Email::index_or_nobody(self.email.as_ref(), cx.keys()),
            letter: Letter::new(cx, MailKind::Reset, Some(&token.text), self.language)?,
        })
    }

    fn target(&self, _: &mut Read<'_>) -> Result<Target, Fault> {
        Ok(Target::tenant())
    }

    fn run(&self, cx: &Cx, ready: &Ready, tx: &mut Tx<'_>) -> Result<(), Fault> {
        mail::check_room(tx)?;
        let since = cx.now().plus_seconds(-ASKED_SECONDS);
        if rows::asked(&mut tx.read(), ready.account, since)? >= ASKED_MAX {
            return Ok(());
        }
        let person = rows::active(&mut tx.read(), ready.account)?;
        let until = put(cx, tx, &ready.drawn, ready.account, person)?;
        if let Some(person) = person {
            mail::rows::withdraw(tx, person, MailKind::Reset)?;
            ready.letter.post(cx, tx, person, Some(until))?;
        }
        Ok(())
    }

    /// The same for everybody: a person's id here would tell that there is an account.
    fn entry(&self, (): &()) -> Note {
        Note::none()
    }
}
