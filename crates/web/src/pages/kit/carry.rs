//! A form that could not be taken yet: the session had ended, or the password is asked for again first. What was filled in
//! goes along, sealed under the session that sent it, and comes back when that is done. Nothing is kept on the server.
//!
//! Only the person who filled it in may send it on: their id stands in the form's token and in what is sealed.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use skillsyms_core::{Instant, PersonId};
use skillsyms_vault::{Carried, SystemRng};

use super::asked::Asked;

/// What it is sealed for.
const WHAT: &str = "resume";
/// Seconds for which it can be sent on: finding one's password takes minutes, not hours.
pub const CARRIED_SECONDS: i64 = 15 * 60;
/// Parts of names whose values are never carried nor shown again.
const NEVER_KEPT: [&str; 3] = ["password", "token", "secret"];
/// Names of fields whose values are good once, and for a moment: they are asked for anew.
const NEVER_CARRIED: [&str; 2] = ["code", "passkey"];
/// Names whose values are carried sealed, and never shown again.
const NEVER_SHOWN: [&str; 2] = ["id_number", "alternate_id"];

/// The pairs of a form, in order.
pub type Pairs = Vec<(String, String)>;

/// A form that was sent, as its token was found right.
#[derive(Clone, Debug)]
pub struct Sent {
    /// Who filled it in.
    pub person: PersonId,
    /// What they filled in, without its token.
    pub pairs: Pairs,
}

/// A form on its way.
#[derive(Serialize, Deserialize)]
pub struct Parcel {
    /// Until when it can be sent on.
    until: i64,
    /// Who filled it in.
    person: PersonId,
    /// Where it was sent.
    pub path: String,
    /// What they filled in.
    pub pairs: Pairs,
}

/// Whether a value is too secret to be kept at all.
#[must_use]
pub fn is_never_kept(name: &str) -> bool {
    NEVER_KEPT.iter().any(|part| name.contains(part))
}

/// Whether a value is not put into a page again.
#[must_use]
pub fn is_never_shown(name: &str) -> bool {
    is_never_kept(name) || NEVER_SHOWN.iter().any(|part| name.contains(part))
}

impl Parcel {
    /// The form of this request, sealed under its own session; none if there is none.
    #[must_use]
    pub fn pack(asked: &Asked, now: Instant) -> Option<String> {
        let (sent, session) = (asked.sent()?, asked.session()?);
        let is_carried = |name: &str| !is_never_kept(name) && !NEVER_CARRIED.contains(&name);
        let pairs = sent.pairs.iter().filter(|(name, _)| is_carried(name));
        let parcel = Self {
            until: now.plus_seconds(CARRIED_SECONDS).micros(),
            person: sent.person,
            path: asked.path().to_owned(),
            pairs: pairs.cloned().collect(),
        };
        parcel.seal(&session.carried())
    }

    /// The same, sealed under another session.
    #[must_use]
    pub fn seal(&self, carried: &Carried) -> Option<String> {
        let text = serde_json::to_vec(self).ok()?;
        let sealed = carried.seal(WHAT, &text, &SystemRng)?;
        Some(URL_SAFE_NO_PAD.encode(sealed))
    }

    /// Opens what was sealed under this session, if it is still good and this person's.
    #[must_use]
    pub fn open(text: &str, carried: &Carried, person: PersonId, now: Instant) -> Option<Self> {
        let sealed = URL_SAFE_NO_PAD.decode(text).ok()?;
        let plain = carried.open(WHAT, &sealed)?;
        let parcel: Self = serde_json::from_slice(&plain).ok()?;
        (parcel.person == person && now.micros() < parcel.until).then_some(parcel)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const NOW: Instant = Instant::from_micros(1_800_000_000_000_000);

    fn person(n: u128) -> PersonId {
        PersonId::new(Uuid::from_u128(n))
    }

    #[test]
    fn only_the_person_who_filled_it_in_gets_it_back_and_not_for_long() {
        let (mine, other) = (Carried::by("mine"), Carried::by("other"));
        let parcel = Parcel {
            until: NOW.plus_seconds(CARRIED_SECONDS).micros(),
            person: person(1),
            path: "/t/demo/x".to_owned(),
            pairs: vec![("a".to_owned(), "b".to_owned())],
        };
        let text = parcel.seal(&mine).unwrap();
        assert_eq!(Parcel::open(&text, &mine, person(1), NOW).unwrap().pairs, parcel.pairs);
        assert!(Parcel::open(&text, &mine, person(2), NOW).is_none());
        assert!(Parcel::open(&text, &other, person(1), NOW).is_none());
        assert!(Parcel::open(&text, &mine, person(1), NOW.plus_seconds(CARRIED_SECONDS)).is_none());
        assert!(Parcel::open("x", &mine, person(1), NOW).is_none());
        assert!(!text.contains("demo"));
    }

    #[test]
    fn secrets_are_not_kept() {
        for name in ["password", "new_password", "token", "client_secret"] {
            assert!(is_never_kept(name) && is_never_shown(name), "{name}");
        }
        assert!(is_never_shown("id_number") && !is_never_kept("id_number"));
        assert!(!is_never_shown("name"));
    }
}
