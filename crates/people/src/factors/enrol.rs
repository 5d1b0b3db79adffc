//! Acts: begin an authenticator app or a passkey, and confirm it with its first code or with the key that was made.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use skillsyms_cells::{Read, Tx};
use skillsyms_core::{FactorId, Instant, PersonId, Problem};
use skillsyms_door::{Act, Cx, Disclosure, Fault, Note, Target};
use skillsyms_vault::{Sealed, Secret, Zeroizing};

use super::passkey::{Kept, Passkeys};
use super::recovery::Drawn;
use super::rows::{self, NewFactor};
use super::show::plain;
use super::totp::TotpSecret;
use super::{
    BEGUN_SECONDS, FACTORS_MAX, FIRST_CODE_WRONG, FIRST_PASSKEY_WRONG, FactorKind, NO_PASSKEYS, NOT_BEGUN, TOO_MANY,
    UNKNOWN_KIND,
};
use crate::accounts;
use crate::field::{Email, line};
use crate::mail::{Letter, MailKind, Sending};
use crate::sessions::SessionPolicy;
use crate::token::{Minted, OneTimeText, TokenKind};

/// Longest name of a factor.
const NAME_MAX_CHARS: usize = 60;

/// Begins an authenticator app or a passkey. It counts when it was confirmed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BeginFactor {
    /// What it is called in the list: "My phone".
    #[schemars(with = "String")]
    pub name: Secret<String>,
    /// What it is; an authenticator app unless said.
    #[serde(default)]
    pub kind: FactorKind,
    /// Who it says that it is for: the provider's name.
    #[serde(skip)]
    pub issuer: String,
    /// The site to which passkeys are bound, if there is one.
    #[serde(skip)]
    pub passkeys: Option<Passkeys>,
}

/// A factor that was begun.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Begun {
    /// The factor.
    pub id: FactorId,
    /// What its owner needs of it.
    #[serde(flatten)]
    pub shown: FactorShown,
    /// Until when it can be confirmed.
    pub expires_at: Instant,
}

/// What the owner needs of a factor that was begun. It is shown here and never again.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum FactorShown {
    /// Of an authenticator app.
    Totp {
        /// The secret, in base 32, to type into an app.
        secret: OneTimeText,
        /// The same as an address, `otpauth://`, to show as a QR code.
        uri: OneTimeText,
    },
    /// Of a passkey.
    Passkey {
        /// What the browser's `navigator.credentials.create` takes as `publicKey`, with bytes in URL-safe base64.
        public_key: Value,
    },
}

/// What was prepared of a beginning.
pub struct Ready {
    id: FactorId,
    name: String,
    secret: TotpSecret,
}

impl Act for BeginFactor {
    const NAME: &'static str = "factor.begin";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Ready = Ready;
    type Output = Begun;

    fn prepare(&self, cx: &Cx) -> Result<Ready, Fault> {
        Ok(Ready {
            id: FactorId::new(cx.fresh()),
            name: line("name", &self.name, NAME_MAX_CHARS)?,
            secret: TotpSecret::draw(cx.rng()),
        })
    }

    fn target(&self, _: &mut Read<'_>) -> Result<Target, Fault> {
        Ok(Target::tenant())
    }

    fn run(&self, cx: &Cx, ready: &Ready, tx: &mut Tx<'_>) -> Result<Begun, Fault> {
        let person = cx.person()?;
        if rows::list(&mut tx.read(), person)?.len() >= FACTORS_MAX {
            return Err(Problem::new(&TOO_MANY).into());
        }
        let (shown, kept) = match self.kind {
            FactorKind::Totp => self.totp(cx, ready, tx, person)?,
            FactorKind::Passkey => self.passkey(cx, tx, person)?,
        };
        rows::forget_begun(tx, person)?;
        rows::insert(
            tx,
            &NewFactor {
                id: ready.id,
                person,
                kind: self.kind,
                name: &ready.name,
                secret: &Sealed::seal(cx.keys(), rows::secret_place(ready.id), &*kept, cx.rng())?,
                now: cx.now(),
            },
        )?;
        Ok(Begun {
            id: ready.id,
            shown,
            expires_at: cx.now().plus_seconds(BEGUN_SECONDS),
        })
    }

    fn entry(&self, output: &Begun) -> Note {
        Note::on("Factor", output.id.uuid())
    }
}

/// What is shown of a factor, and what is kept of it.
type Made = (FactorShown, Zeroizing<Vec<u8>>);

impl BeginFactor {
    fn totp(&self, cx: &Cx, ready: &Ready, tx: &mut Tx<'_>, person: PersonId) -> Result<Made, Fault> {
        let (email, _) = self.owner(cx, tx, person)?;
        let shown = ready.secret.shown(&self.issuer, &email);
        let (secret, uri) = shown.ok_or_else(Problem::internal)?;
        let shown = FactorShown::Totp {
            secret: OneTimeText::kept(secret),
            uri: OneTimeText::kept(uri),
        };
        Ok((shown, Zeroizing::new(ready.secret.bytes().clone())))
    }

    fn passkey(&self, cx: &Cx, tx: &mut Tx<'_>, person: PersonId) -> Result<Made, Fault> {
        let passkeys = self.passkeys.as_ref().ok_or_else(|| Problem::new(&NO_PASSKEYS))?;
        let (email, name) = self.owner(cx, tx, person)?;
        let mut known = Vec::new();
        for row in rows::passkeys(&mut tx.read(), person)? {
            known.push(Kept::open(cx.keys(), &row)?.passkey());
        }
        // Somebody may learn here and teach there: the list of passkeys says which account each is of.
        let account = Zeroizing::new(format!("{}, {}", email.as_str(), self.issuer));
        let (public_key, state) = passkeys.begin(person, &account, &name, &known)?;
        Ok((FactorShown::Passkey { public_key }, state))
    }

    /// Address and name of whose it will be.
    fn owner(&self, cx: &Cx, tx: &mut Tx<'_>, person: PersonId) -> Result<(Zeroizing<String>, String), Fault> {
        let account = accounts::rows::person(&mut tx.read(), person)?.ok_or_else(Problem::not_found)?;
        let email = Zeroizing::new(account.email.open(cx.keys(), Email::place(person))?);
        Ok((email, account.name))
    }
}

/// Confirms a factor. Made by [`crate::sign_in::SignIn`], which makes wrong codes wait.
#[derive(Debug)]
pub struct ConfirmFactor {
    pub(crate) id: FactorId,
    pub(crate) proof: FirstProof,
    pub(crate) policy: SessionPolicy,
    pub(crate) sending: Sending,
}

/// What a factor is confirmed with.
pub(crate) enum FirstProof {
    /// The first code of an authenticator app.
    Code(Secret<String>),
    /// The key that an authenticator made for this site.
    Passkey(Passkeys, Value),
}

impl std::fmt::Debug for FirstProof {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FirstProof")
    }
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
        let person = cx.person()?;
        let session = cx.actor().session.ok_or_else(Problem::not_found)?;
        let is_first = !rows::has_any(&mut tx.read(), person)?;
        self.check(cx, tx, person)?;
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

impl ConfirmFactor {
    /// Takes the proof, of the kind that the factor is, and keeps the factor.
    fn check(&self, cx: &Cx, tx: &mut Tx<'_>, me: PersonId) -> Result<(), Fault> {
        let after = cx.now().plus_seconds(-BEGUN_SECONDS);
        let begun = rows::begun(&mut tx.read(), self.id, after)?.filter(|(person, ..)| *person == me);
        let (_, kind, sealed) = begun.ok_or_else(|| Problem::new(&NOT_BEGUN))?;
        let kept = Zeroizing::new(sealed.open(cx.keys(), rows::secret_place(self.id))?);
        match (FactorKind::parse(&kind).ok_or(UNKNOWN_KIND)?, &self.proof) {
            (FactorKind::Totp, FirstProof::Code(code)) => {
                let secret = TotpSecret::kept(kept);
                let step = plain(code).and_then(|code| secret.step_of(&code, cx.now(), 0));
                let step = step.ok_or_else(|| Problem::new(&FIRST_CODE_WRONG))?;
                rows::confirm(tx, self.id, step, cx.now())?;
            }
            (FactorKind::Passkey, FirstProof::Passkey(passkeys, answer)) => {
                let passkey = passkeys.confirm(&kept, answer)?;
                let index = passkey.index(cx.keys());
                // The name is the authenticator's to give. One that is taken is a copy, or made up.
                if rows::by_credential(&mut tx.read(), index)?.is_some() {
                    return Err(Problem::new(&FIRST_PASSKEY_WRONG).into());
                }
                rows::confirm_passkey(tx, self.id, (index, &passkey.seal(cx, self.id)?), cx.now())?;
            }
            (FactorKind::Totp, FirstProof::Passkey(..)) => return Err(Problem::new(&FIRST_CODE_WRONG).into()),
            (FactorKind::Passkey, FirstProof::Code(_)) => return Err(Problem::new(&FIRST_PASSKEY_WRONG).into()),
        }
        Ok(())
    }
}
