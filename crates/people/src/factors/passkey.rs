//! Passkeys and security keys (WebAuthn level 3): a key pair that an authenticator makes for this site and for one account, and uses after it
//! has seen that it is its owner, by PIN, finger or face.
//!
//! What holds here:
//! - the site is the one that the configuration names, never what a browser says: an answer for another site is none;
//! - a question is sealed under the cell's keys and handed along in the form, so that asking costs no row, and anybody may ask. It is bound
//!   to the session for which it was asked, it is good for some minutes, and for one answer: that it was answered is kept in the cell
//!   for as long as it could be answered again;
//! - the authenticator verifies its user each time. So a passkey is as much as a password and a second factor together, and opens a session
//!   by itself;
//! - a counter that does not rise is that of a copy, and is refused.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use skillsyms_cells::{CellError, Tx};
use skillsyms_core::{CeremonyId, FactorId, Instant, PersonId, Problem, SessionId};
use skillsyms_door::{Cx, Fault};
use skillsyms_vault::{BlindIndex, Keyring, Place, Sealed, Zeroizing};
use uuid::Uuid;
use webauthn_rs::prelude::{
    CredentialID, DiscoverableAuthentication, DiscoverableKey, Passkey, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential, Url, Webauthn, WebauthnBuilder, WebauthnError,
};

use super::rows::{self, PasskeyTuple};
use super::{FIRST_PASSKEY_WRONG, PASSKEY_WRONG};

/// Seconds for which a question can be answered: a page to sign in may stand open for a while before somebody comes back to it.
pub const CEREMONY_SECONDS: i64 = 15 * 60;
/// Seconds for which it is remembered that a question was answered.
pub(super) const REMEMBERED_SECONDS: i64 = CEREMONY_SECONDS + 60;
/// Longest answer that is read, in bytes of JSON: one with an attestation of several certificates has about ten thousand.
pub const ANSWER_MAX_BYTES: usize = 32 * 1_024;
/// Longest sealed question, in characters; ours have about four hundred.
const CEREMONY_MAX_CHARS: usize = 2_048;
/// Who the authenticator says that it signs in to.
const NAME: &str = "skillsyms";
/// The kind of the index of a passkey's name.
const INDEX: &str = "passkey";

/// The site is none that passkeys can be bound to.
#[derive(Debug, thiserror::Error)]
#[error("passkeys take a site with a name, such as https://records.example.co.za, and not with a bare address")]
pub struct SiteError;

/// The site to which passkeys are bound.
#[derive(Clone)]
pub struct Passkeys(Arc<Webauthn>);

impl fmt::Debug for Passkeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passkeys")
    }
}

impl Passkeys {
    /// Of a site: `https://records.example.co.za`, with a port if it has one.
    ///
    /// # Errors
    /// [`SiteError`] if the site has no name.
    pub fn of(site: &str) -> Result<Self, SiteError> {
        let url = Url::parse(site).map_err(|_| SiteError)?;
        let name = url.domain().ok_or(SiteError)?;
        let builder = WebauthnBuilder::new(name, &url).map_err(|_| SiteError)?;
        let built = builder.rp_name(NAME).build().map_err(|_| SiteError)?;
        Ok(Self(Arc::new(built)))
    }

    /// Asks an authenticator to make a key for somebody, who has these already.
    pub(super) fn begin(
        &self,
        person: PersonId,
        account: &str,
        name: &str,
        known: &[Passkey],
    ) -> Result<(Value, Zeroizing<Vec<u8>>), Problem> {
        let known = known.iter().map(|passkey| passkey.cred_id().clone()).collect();
        let (options, state) = self
            .0
            .start_passkey_registration(person.uuid(), account, name, Some(known))
            .map_err(|error| unexpected(&error))?;
        let mut options = public_key(&options)?;
        // A key that knows whose it is opens a session without an address being typed. Keys with little room need not be such ones.
        set(
            &mut options,
            "/authenticatorSelection",
            "residentKey",
            "preferred".into(),
        );
        Ok((options, Zeroizing::new(to_vec(&state)?)))
    }

    /// The key that an authenticator made.
    pub(super) fn confirm(&self, state: &[u8], answer: &Value) -> Result<Kept, Problem> {
        let wrong = || Problem::new(&FIRST_PASSKEY_WRONG);
        let state: PasskeyRegistration = from_slice(state)?;
        let answer: RegisterPublicKeyCredential = serde_json::from_value(answer.clone()).map_err(|_| wrong())?;
        let passkey = self.0.finish_passkey_registration(&answer, &state);
        passkey.map(Kept).map_err(|error| {
            tracing::info!(%error, "a passkey was not taken");
            wrong()
        })
    }

    /// Asks for an answer of one of these keys, or of any that knows whose it is.
    pub(super) fn ask(&self, cx: &Cx, known: &[Passkey]) -> Result<Ceremony, Fault> {
        let (options, state) = self
            .0
            .start_discoverable_authentication()
            .map_err(|error| unexpected(&error))?;
        let mut options = public_key(&options)?;
        let allowed = known.iter().map(|passkey| describe(passkey.cred_id()));
        set(&mut options, "", "allowCredentials", allowed.collect());
        let asked = Asked {
            until: cx.now().plus_seconds(CEREMONY_SECONDS).micros(),
            session: cx.actor().session,
            state,
        };
        let id = CeremonyId::new(cx.fresh());
        let sealed = cx.keys().seal(place(id), &to_vec(&asked)?, cx.rng())?;
        Ok(Ceremony {
            ceremony: URL_SAFE_NO_PAD.encode([id.bytes().as_slice(), &sealed].concat()),
            public_key: options,
            expires_at: Instant::from_micros(asked.until),
        })
    }

    /// Whose key answered, if the answer is right, of now, and the first to its question.
    pub(crate) fn prove(&self, cx: &Cx, tx: &mut Tx<'_>, answer: &PasskeyAnswer) -> Result<Proved, Fault> {
        let wrong = || Fault::from(Problem::new(&PASSKEY_WRONG));
        let (id, asked) = asked(cx.keys(), &answer.ceremony).ok_or_else(wrong)?;
        if asked.session != cx.actor().session || cx.now().micros() >= asked.until {
            return Err(wrong());
        }
        let given: PublicKeyCredential = serde_json::from_value(answer.credential.clone()).map_err(|_| wrong())?;
        let index = index(cx.keys(), given.get_credential_id());
        let row = rows::by_credential(&mut tx.read(), index)?.ok_or_else(wrong)?;
        let (factor, person) = (row.0, row.1);
        let mut kept = Kept::open(cx.keys(), &row)?;
        // The authenticator may say whose it is, and must where nobody said it before.
        let says = given.get_user_unique_id().map(|bytes| Uuid::from_slice(bytes).ok());
        let is_whose = match says {
            Some(user) => user == Some(person.uuid()),
            None => cx.actor().person.is_some(),
        };
        if !is_whose || cx.actor().person.is_some_and(|me| me != person) {
            return Err(wrong());
        }
        let result = self
            .0
            .finish_discoverable_authentication_v2(&given, asked.state, DiscoverableKey::from(&kept.0))
            .map_err(|error| {
                tracing::warn!(%error, %factor, "the answer of a passkey was refused");
                wrong()
            })?;
        if !rows::answer_ceremony(tx, id, cx.now())? {
            return Err(wrong());
        }
        kept.0.update_credential(&result);
        rows::used_passkey(tx, factor, &kept.seal(cx, factor)?, cx.now())?;
        Ok(Proved { factor, person })
    }
}

/// A key that answered.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Proved {
    pub factor: FactorId,
    pub person: PersonId,
}

/// A question for a passkey.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Ceremony {
    /// The question, sealed: it comes back with the answer.
    pub ceremony: String,
    /// What the browser's `navigator.credentials.get` takes as `publicKey`, with bytes in URL-safe base64.
    pub public_key: Value,
    /// Until when it can be answered.
    pub expires_at: Instant,
}

/// The answer of a passkey.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PasskeyAnswer {
    /// The question, as it was given.
    pub ceremony: String,
    /// What `navigator.credentials.get` gave, with bytes in URL-safe base64.
    pub credential: Value,
}

impl fmt::Debug for PasskeyAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasskeyAnswer")
    }
}

/// What is sealed of a question.
#[derive(Serialize, Deserialize)]
struct Asked {
    until: i64,
    session: Option<SessionId>,
    state: DiscoverableAuthentication,
}

fn asked(keys: &Keyring, text: &str) -> Option<(CeremonyId, Asked)> {
    if text.len() > CEREMONY_MAX_CHARS {
        return None;
    }
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    let (id, sealed) = bytes.split_first_chunk::<16>()?;
    let id = CeremonyId::new(Uuid::from_bytes(*id));
    let plain = keys.open(place(id), sealed).ok()?;
    Some((id, serde_json::from_slice(&plain).ok()?))
}

const fn place(id: CeremonyId) -> Place<'static> {
    Place::new("ceremonies", "question", *id.bytes())
}

/// A passkey as the cell keeps it.
pub(super) struct Kept(Passkey);

impl Kept {
    pub(super) fn open(keys: &Keyring, (id, _, sealed): &PasskeyTuple) -> Result<Self, Fault> {
        let plain = Zeroizing::new(sealed.open(keys, rows::secret_place(*id))?);
        let passkey =
            serde_json::from_slice(&plain).map_err(|_| CellError::Damaged("a passkey that cannot be read"))?;
        Ok(Self(passkey))
    }

    pub(super) fn seal(&self, cx: &Cx, id: FactorId) -> Result<Sealed<Vec<u8>>, Fault> {
        let plain = to_vec(&self.0)?;
        Ok(Sealed::seal(cx.keys(), rows::secret_place(id), &plain, cx.rng())?)
    }

    /// Under which its row is found by the name that its authenticator gave it.
    pub(super) fn index(&self, keys: &Keyring) -> BlindIndex {
        index(keys, self.0.cred_id())
    }

    pub(super) fn passkey(self) -> Passkey {
        self.0
    }
}

fn index(keys: &Keyring, credential: &[u8]) -> BlindIndex {
    keys.blind_index(INDEX, credential)
}

fn describe(id: &CredentialID) -> Value {
    serde_json::json!({ "type": "public-key", "id": URL_SAFE_NO_PAD.encode(id) })
}

/// What the library says of our own questions.
fn unexpected(error: &WebauthnError) -> Problem {
    tracing::error!(%error, "a question for a passkey");
    Problem::internal()
}

/// The part of a question that the browser takes.
fn public_key(of: &impl Serialize) -> Result<Value, Problem> {
    let mut whole = serde_json::to_value(of).map_err(|_| Problem::internal())?;
    let part = whole.pointer_mut("/publicKey").map(Value::take);
    part.ok_or_else(Problem::internal)
}

fn set(options: &mut Value, at: &str, key: &str, to: Value) {
    if let Some(Value::Object(map)) = options.pointer_mut(at) {
        map.insert(key.to_owned(), to);
    }
}

fn to_vec(of: &impl Serialize) -> Result<Vec<u8>, Problem> {
    serde_json::to_vec(of).map_err(|_| Problem::internal())
}

fn from_slice<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(bytes).map_err(|_| Problem::internal())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_has_a_name() {
        for good in [
            "https://records.example.co.za",
            "https://localhost:7443",
            "https://a.example/",
        ] {
            assert!(Passkeys::of(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "records.example.co.za",
            "https://192.0.2.1",
            "https://[2001:db8::1]:8443",
            "mailto:a@b.example",
        ] {
            assert!(Passkeys::of(bad).is_err(), "{bad}");
        }
    }
}
