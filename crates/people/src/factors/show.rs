//! Act: show one's second factor, after the password. And the check of it, which stepping up shares.

use skillsyms_cells::{Read, Tx};
use skillsyms_core::{PersonId, Problem};
use skillsyms_door::{Act, Cx, Disclosure, Fault, Note, Owes, Target};
use skillsyms_vault::{Secret, Zeroizing};
use uuid::Uuid;

use super::passkey::{PasskeyAnswer, Passkeys};
use super::recovery;
use super::rows;
use super::totp::TotpSecret;
use super::{CODE_WRONG, NONE};
use crate::sessions::open::make_room;
use crate::sessions::{Opened, SessionPolicy};
use crate::token::{Minted, TokenKind};

/// Longest code that is looked at, with spaces and hyphens between: a recovery code has ten letters.
const CODE_MAX_BYTES: usize = 64;
/// Digits of an authenticator's code.
const DIGITS: usize = 6;

/// What a second factor is shown with.
#[derive(Debug)]
pub(crate) enum Proof {
    /// A code of an authenticator app, or a recovery code.
    Code(Secret<String>),
    /// The answer of a passkey.
    Passkey(Passkeys, PasskeyAnswer),
}

/// Which factor it was: what the ledger calls it, and its id.
pub(crate) type ShownBy = (&'static str, Uuid);

/// Shows a second factor in a session that waits for it. Made by [`crate::sign_in::SignIn`], which makes wrong codes wait.
#[derive(Debug)]
pub struct ShowFactor {
    pub(crate) proof: Proof,
    pub(crate) policy: SessionPolicy,
}

impl Act for ShowFactor {
    const NAME: &'static str = "session.factor";
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
        let person = cx.person()?;
        let session = cx.actor().session.ok_or_else(|| Problem::new(&NONE))?;
        if cx.actor().owes != Some(Owes::Factor) {
            return Err(Problem::new(&NONE).into());
        }
        let by = self.proof.check(cx, tx, person)?;
        let expires_at = cx.now().plus_seconds(self.policy.absolute_seconds);
        make_room(cx, person, tx, None)?;
        rows::renew_session(tx, session, &ready.hash)?;
        rows::complete_session(tx, session, expires_at, Some(cx.now()))?;
        Ok(Opened {
            id: session,
            person,
            token: ready.text.clone(),
            expires_at,
            owes: None,
            by: Some(by),
        })
    }

    fn entry(&self, output: &Opened) -> Note {
        output.note()
    }
}

impl Proof {
    /// Takes it, and remembers that it was used.
    pub(crate) fn check(&self, cx: &Cx, tx: &mut Tx<'_>, person: PersonId) -> Result<ShownBy, Fault> {
        match self {
            Self::Code(typed) => check_code(cx, tx, person, typed),
            Self::Passkey(passkeys, answer) => {
                let proved = passkeys.prove(cx, tx, answer)?;
                Ok(("Factor", proved.factor.uuid()))
            }
        }
    }
}

fn check_code(cx: &Cx, tx: &mut Tx<'_>, person: PersonId, typed: &Secret<String>) -> Result<ShownBy, Fault> {
    let wrong = || Fault::from(Problem::new(&CODE_WRONG));
    let code = plain(typed).ok_or_else(wrong)?;
    if code.len() != DIGITS || !code.bytes().all(|byte| byte.is_ascii_digit()) {
        let index = recovery::index(cx.keys(), person, &code).ok_or_else(wrong)?;
        let used = rows::use_code(tx, person, index, cx.now())?.ok_or_else(wrong)?;
        return Ok(("RecoveryCode", used.uuid()));
    }
    for (id, sealed, last) in rows::secrets(&mut tx.read(), person)? {
        let secret = sealed.open(cx.keys(), rows::secret_place(id))?;
        let secret = TotpSecret::kept(Zeroizing::new(secret));
        if let Some(step) = secret.step_of(&code, cx.now(), last) {
            rows::used(tx, id, step, cx.now())?;
            return Ok(("Factor", id.uuid()));
        }
    }
    Err(wrong())
}

/// A code without the spaces and hyphens that people type, if it is none too long.
pub(super) fn plain(typed: &Secret<String>) -> Option<Zeroizing<String>> {
    let text = typed.expose();
    if text.len() > CODE_MAX_BYTES {
        return None;
    }
    let kept = text.chars().filter(|c| !c.is_whitespace() && *c != '-');
    Some(Zeroizing::new(kept.collect()))
}
