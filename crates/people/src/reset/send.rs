//! Act: send somebody a link to a new password; without mail it is shown once, to be handed over.

use schemars::JsonSchema;
use serde::Serialize;
use skillsyms_cells::{Read, Tx};
use skillsyms_core::{Instant, PersonId, Problem, ResetId};
use skillsyms_door::{Act, Cx, Disclosure, Fault, Note, Target};

use super::{ASKED_MAX, ASKED_SECONDS, Drawn, OFTEN, put, rows};
use crate::accounts::list::target_of;
use crate::accounts::rows::state_of;
use crate::accounts::{PersonState, STATE};
use crate::mail::{self, Letter, MailKind, Sending};
use crate::token::{Minted, OneTimeText, TokenKind};

/// Sends a link. The password that somebody has works until they use it.
#[derive(Clone, Copy, Debug)]
pub struct SendReset {
    /// To whom.
    pub person: PersonId,
    /// Whether there is mail.
    pub sending: Sending,
}

/// A link that was made. Its secret is shown here and never again, and not at all if it was mailed.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ResetSent {
    /// The account.
    pub id: PersonId,
    /// The secret of the link, to be handed over; absent if it is mailed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<OneTimeText>,
    /// Until when it works.
    pub expires_at: Instant,
}

/// What was prepared.
pub struct Ready {
    drawn: Drawn,
    text: OneTimeText,
    letter: Letter,
}

impl Act for SendReset {
    const NAME: &'static str = "reset.send";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Ready = Ready;
    type Output = ResetSent;

    fn prepare(&self, cx: &Cx) -> Result<Ready, Fault> {
        let token = Minted::new(TokenKind::Reset, cx.cell(), cx.rng());
        Ok(Ready {
            drawn: Drawn {
                id: ResetId::new(cx.fresh()),
                token_hash: token.hash,
            },
            letter: Letter::new(cx, MailKind::Reset, Some(&token.text), crate::LANGUAGE)?,
            text: token.text,
        })
    }

    fn target(&self, tx: &mut Read<'_>) -> Result<Target, Fault> {
        target_of(tx, self.person)
    }

    fn run(&self, cx: &Cx, ready: &Ready, tx: &mut Tx<'_>) -> Result<ResetSent, Fault> {
        let found = rows::account(&mut tx.read(), self.person)?;
        let (state, account) = found.ok_or_else(Problem::not_found)?;
        if state_of(&state)? != PersonState::Active {
            return Err(Problem::new(&STATE).into());
        }
        let since = cx.now().plus_seconds(-ASKED_SECONDS);
        if rows::sent(&mut tx.read(), account, since)? >= ASKED_MAX {
            return Err(Problem::new(&OFTEN).into());
        }
        let expires_at = put(cx, tx, &ready.drawn, account, Some(self.person))?;
        mail::rows::withdraw(tx, self.person, MailKind::Reset)?;
        let token = match self.sending {
            Sending::Off => Some(ready.text.clone()),
            Sending::On => {
                mail::check_room(tx)?;
                ready.letter.post(cx, tx, self.person, Some(expires_at))?;
                None
            }
        };
        Ok(ResetSent {
            id: self.person,
            token,
            expires_at,
        })
    }

    fn entry(&self, output: &ResetSent) -> Note {
        Note::on("Person", output.id.uuid())
    }
}
