//! Act: sign in with a passkey and nothing else.

use skillsyms_cells::{Read, Tx};
use skillsyms_core::{Problem, SessionId};
use skillsyms_door::{Act, Cx, Disclosure, Fault, Note, Target};

use super::SessionPolicy;
use super::open::{Opened, make_room};
use super::rows::{self, NewSession};
use crate::accounts;
use crate::factors::{PASSKEY_WRONG, PasskeyAnswer, Passkeys};
use crate::token::{Minted, TokenKind};

/// Signs in with a passkey: it has seen that it is its owner, so nothing more is asked for, and it counts as a step-up.
#[derive(Debug)]
pub struct OpenByPasskey {
    pub(crate) passkeys: Passkeys,
    pub(crate) answer: PasskeyAnswer,
    pub(crate) policy: SessionPolicy,
}

impl Act for OpenByPasskey {
    const NAME: &'static str = "session.passkey";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Ready = Minted;
    type Output = Opened;

    fn prepare(&self, cx: &Cx) -> Result<Minted, Fault> {
        Ok(Minted::new(TokenKind::Session, cx.cell(), cx.rng()))
    }

    fn target(&self, _: &mut Read<'_>) -> Result<Target, Fault> {
        Ok(Target::tenant())
    }

    fn run(&self, cx: &Cx, ready: &Minted, tx: &mut Tx<'_>) -> Result<Opened, Fault> {
        let proved = self.passkeys.prove(cx, tx, &self.answer)?;
        let person = proved.person;
        let account = accounts::rows::person(&mut tx.read(), person)?;
        if !account.is_some_and(|account| account.state == accounts::PersonState::Active) {
            return Err(Problem::new(&PASSKEY_WRONG).into());
        }
        make_room(cx, person, tx, None)?;
        let new = NewSession {
            id: SessionId::new(cx.fresh()),
            token_hash: ready.hash,
            person,
            now: cx.now(),
            expires_at: cx.now().plus_seconds(self.policy.absolute_seconds),
            step_up_at: Some(cx.now()),
            owes: None,
        };
        rows::insert(tx, &new)?;
        Ok(Opened {
            id: new.id,
            person,
            token: ready.text.clone(),
            expires_at: new.expires_at,
            owes: None,
            by: Some(("Factor", proved.factor.uuid())),
        })
    }

    fn entry(&self, output: &Opened) -> Note {
        output.note()
    }
}
