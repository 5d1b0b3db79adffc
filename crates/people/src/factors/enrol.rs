//! Acts: begin an authenticator, and confirm it with its first code.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skillsyms_cells::{Read, Tx};
use skillsyms_core::{FactorId, Instant, PersonId, Problem};
use skillsyms_door::{Act, Cx, Disclosure, Fault, Note, Target};
use skillsyms_vault::{Sealed, Secret, Zeroizing};

use super::recovery::Drawn;
use super::rows::{self, NewFactor};
use super::show::plain;
use super::totp::TotpSecret;
use super::{BEGUN_SECONDS, FACTORS_MAX, FIRST_CODE_WRONG, FactorKind, NOT_BEGUN, TOO_MANY};
use crate::accounts;
use crate::field::{Email, line};
use crate::mail::{Letter, MailKind, Sending};
use crate::sessions::SessionPolicy;
use crate::token::{Minted, OneTimeText, TokenKind};

/// Longest name of a factor.
const NAME_MAX_CHARS: usize = 60;

/// Begins an authenticator app. It counts when it was confirmed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BeginFactor {
    /// What it is called in the list: "My phone".
    #[schemars(with = "String")]
    pub name: Secret<String>,
    /// Who it says that the code is for: the provider's name.
    #[serde(skip)]
    pub issuer: String,
}

/// An authenticator that was begun. Its secret is shown here and never again.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Begun {
    /// The factor.
    pub id: FactorId,
    /// The secret, in base 32, to type into an app.
    pub secret: OneTimeText,
    /// The same as an address, `otpauth://`, to show as a QR code.
    pub uri: OneTimeText,
    /// Until when it can be confirmed.
    pub expires_at: Instant,
}

/// What was prepared of a beginning.
pub struct Ready {
    id: FactorId,
    name: String,
    secret: TotpSecret,
    sealed: Sealed<Vec<u8>>,
}

impl Act for BeginFactor {
    const NAME: &'static str = "factor.begin";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Ready = Ready;
    type Output = Begun;

    fn prepare(&self, cx: &Cx) -> Result<Ready, Fault> {
        let id = FactorId::new(cx.fresh());
        let secret = TotpSecret::draw(cx.rng());
        Ok(Ready {
            id,
            name: line("name", &self.name, NAME_MAX_CHARS)?,
            sealed: Sealed::seal(cx.keys(), TotpSecret::place(id), secret.bytes(), cx.rng())?,
            secret,
        })
    }

    fn target(&self, _: &mut Read<'_>) -> Result<Target, Fault> {
        Ok(Target::tenant())
    }

    fn run(&self, cx: &Cx, ready: &Ready, tx: &mut Tx<'_>) -> Result<Begun, Fault> {
        let person = cx.person()?;
        if rows::secrets(&mut tx.read(), person)?.len() >= FACTORS_MAX {
            return Err(Problem::new(&TOO_MANY).into());
        }
        let account = accounts::rows::person(&mut tx.read(), person)?.ok_or_else(Problem::not_found)?;
        let email = Zeroizing::new(account.email.open(cx.keys(), Email::place(person))?);
        let shown = ready.secret.shown(&self.issuer, &email);
        let (secret, uri) = shown.ok_or_else(Problem::internal)?;
        rows::forget_begun(tx, person)?;
        rows::insert(
            tx,
            &NewFactor {
                id: ready.id,
                person,
                kind: FactorKind::Totp,
                name: &ready.name,
                secret: &ready.sealed,
                now: cx.now(),
            },
        )?;
        Ok(Begun {
            id: ready.id,
            secret: OneTimeText::kept(secret),
            uri: OneTimeText::kept(uri),
            expires_at: cx.now().plus_seconds(BEGUN_SECONDS),
        })
    }

    fn entry(&self, output: &Begun) -> Note {
        Note::on("Factor", output.id.uuid())
    }
}

/// Confirms an authenticator with its first code. Made by [`crate::sign_in::SignIn`], which makes wrong codes wait.
#[derive(Debug)]
pub struct ConfirmFactor {
    pub(crate) id: FactorId,
    pub(crate) code: Secret<String>,
    pub(crate) policy: SessionPolicy,
    pub(crate) sending: Sending,
}

/// A factor that counts from now on.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Confirmed {
    /// The factor.
    pub id: FactorId,
    /// Whose.
    pub person: PersonId,
    /// The session's new token: the one with which it was confirmed is over.
    pub token: OneTimeText,
    /// Recovery codes, each good once, if it is the first factor. They are shown here and never again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recovery_codes: Option<Vec<OneTimeText>>,
    /// Other sessions that ended.
    pub sessions_ended: u64,
}

/// What was prepared of a confirmation.
pub struct ReadyToConfirm {
    token: Minted,
    codes: Drawn,
    letter: Option<Letter>,
}

impl Act for ConfirmFactor {
    const NAME: &'static str = "factor.confirm";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Ready = ReadyToConfirm;
    type Output = Confirmed;

    fn prepare(&self, cx: &Cx) -> Result<ReadyToConfirm, Fault> {
        Ok(ReadyToConfirm {
            token: Minted::new(TokenKind::Session, cx.cell(), cx.rng()),
            codes: Drawn::new(cx),
            letter: Letter::if_on(cx, self.sending, MailKind::FactorAdded)?,
        })
    }

    fn target(&self, tx: &mut Read<'_>) -> Result<Target, Fault> {
        let owner = rows::owner(tx, self.id)?.ok_or_else(Problem::not_found)?;
        Ok(Target::of("Factor", self.id.uuid()).of_person(owner))
    }

    fn run(&self, cx: &Cx, ready: &ReadyToConfirm, tx: &mut Tx<'_>) -> Result<Confirmed, Fault> {
        let me = cx.person()?;
        let session = cx.actor().session.ok_or_else(Problem::not_found)?;
        let after = cx.now().plus_seconds(-BEGUN_SECONDS);
        let (person, sealed) = rows::begun(&mut tx.read(), self.id, after)?
            .filter(|(person, _)| *person == me)
            .ok_or_else(|| Problem::new(&NOT_BEGUN))?;
        let is_first = !rows::has_any(&mut tx.read(), person)?;
        let secret = TotpSecret::kept(Zeroizing::new(sealed.open(cx.keys(), TotpSecret::place(self.id))?));
        let step = plain(&self.code).and_then(|code| secret.step_of(&code, cx.now(), 0));
        let step = step.ok_or_else(|| Problem::new(&FIRST_CODE_WRONG))?;
        rows::confirm(tx, self.id, step, cx.now())?;
        let recovery_codes = is_first.then(|| ready.codes.put(cx, tx, person)).transpose()?;
        let sessions_ended = rows::end_others(tx, person, session, cx.now())?;
        rows::renew_session(tx, session, &ready.token.hash)?;
        if cx.actor().owes.is_some() {
            // Setting one up counts as no confirmation: the password was all that was shown.
            let expires_at = cx.now().plus_seconds(self.policy.absolute_seconds);
            rows::complete_session(tx, session, expires_at, None)?;
        }
        if let Some(letter) = &ready.letter {
            letter.post(cx, tx, person, None)?;
        }
        Ok(Confirmed {
            id: self.id,
            person,
            token: ready.token.text.clone(),
            recovery_codes,
            sessions_ended: accounts::state::count(sessions_ended),
        })
    }

    fn entry(&self, output: &Confirmed) -> Note {
        Note::on("Factor", output.id.uuid()).and("Person", output.person.uuid())
    }

    fn failed(&self) -> Note {
        Note::on("Factor", self.id.uuid())
    }
}
