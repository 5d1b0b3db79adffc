//! The form of an entry: canonical JSON with a fixed order of fields, versioned, ids only.
//!
//! Canonical means: the fields in the order of [`Entry`], none that is empty, no spaces. Reading checks that
//! writing again gives the same bytes, so an entry has one form only, and one hash.

use std::borrow::Cow;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use skillsyms_core::{EntryId, Instant, LearnerId, Reference, Rng};
use uuid::Uuid;

/// The version of the form that is written.
pub const VERSION: u8 = 1;
/// Bytes of an entry as it is stored. A page of 1,000 ids with their kinds fits.
pub const ENTRY_BYTES_MAX: usize = 64 * 1024;
/// Characters of a stated purpose: a sentence, not a file note.
pub const PURPOSE_CHARS_MAX: usize = 200;
/// Things that one entry is on, and learners that it concerns: the longest page of a list.
pub const IDS_MAX: usize = 1_000;
/// Characters of a word of ours: act, kind, role, category, code, origin, and of a network address.
pub const WORD_CHARS_MAX: usize = 64;
/// Roles, and categories of data, in one entry. There are about a dozen of each.
pub const WORDS_MAX: usize = 32;
/// Bytes of a nonce.
const NONCE_BYTES: usize = 16;

/// Why an entry was not written or not read. The position of what is wrong, never its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// A word is empty, too long, or holds other characters than words of ours do.
    #[error("{0} is not a word that an entry may hold")]
    Word(&'static str),
    /// The purpose is too long or holds control characters.
    #[error("the purpose is longer than {PURPOSE_CHARS_MAX} characters or holds control characters")]
    Purpose,
    /// Too many ids, roles or categories.
    #[error("too many {0} in one entry")]
    TooMany(&'static str),
    /// Larger than an entry may be.
    #[error("the entry is larger than {ENTRY_BYTES_MAX} bytes")]
    TooLarge,
    /// Of a version that this program does not know.
    #[error("the entry has version {0}, this program knows {VERSION}: use the newer program")]
    Newer(u8),
    /// Not an entry in canonical form.
    #[error("not an entry in its canonical form")]
    Malformed,
}

/// Random bytes that keep an entry from being guessed from its hash, so that hashes may be published.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Nonce([u8; NONCE_BYTES]);

impl Nonce {
    /// Wraps bytes that were drawn.
    #[must_use]
    pub const fn new(bytes: [u8; NONCE_BYTES]) -> Self {
        Self(bytes)
    }

    /// Draws a nonce.
    #[must_use]
    pub fn draw(rng: &dyn Rng) -> Self {
        let mut bytes = [0; NONCE_BYTES];
        rng.fill(&mut bytes);
        Self(bytes)
    }

    /// Its bytes.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; NONCE_BYTES] {
        &self.0
    }
}

impl Serialize for Nonce {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(self.0))
    }
}

impl<'de> Deserialize<'de> for Nonce {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <Cow<'de, str>>::deserialize(deserializer)?;
        let bytes = STANDARD
            .decode(text.as_bytes())
            .ok()
            .and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or_else(|| serde::de::Error::custom("not a nonce"))
    }
}

/// The version of the form, which is 1 and is written as a number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct V1;

impl Serialize for V1 {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(VERSION)
    }
}

impl<'de> Deserialize<'de> for V1 {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u8::deserialize(deserializer)? {
            VERSION => Ok(Self),
            _ => Err(serde::de::Error::custom("another version")),
        }
    }
}

/// A word of ours: never typed by a person.
pub type Word = Cow<'static, str>;

/// Who did it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Who {
    /// Person, key, console, system or nobody.
    pub kind: Word,
    /// The person or key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Uuid>,
    /// The roles in force at that moment.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<Word>,
}

impl Who {
    /// The system itself.
    #[must_use]
    pub const fn system() -> Self {
        Self {
            kind: Cow::Borrowed("system"),
            id: None,
            roles: Vec::new(),
        }
    }
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It was done.
    Done,
    /// The policy refused.
    Refused,
    /// It was allowed and could not be done.
    Failed,
}

impl Outcome {
    /// The word that is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }

    /// Reads the stored word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Done, Self::Refused, Self::Failed]
            .into_iter()
            .find(|outcome| outcome.as_str() == text)
    }
}

/// One entry: who did what, on whom, when, from where, why, with what outcome. Ids, never values.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The version of its form.
    pub v: V1,
    /// Its id.
    pub id: EntryId,
    /// Keeps it from being guessed from its hash.
    pub nonce: Nonce,
    /// When. The sequencer moves it up to its predecessor's if it was earlier.
    #[serde(with = "micros")]
    pub at: Instant,
    /// What: the name of the act.
    pub act: Word,
    /// Who.
    pub actor: Who,
    /// The session or API key that it came by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub via: Option<Uuid>,
    /// On what: kind and id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub on: Vec<(Word, Uuid)>,
    /// The learners whose records were touched or shown.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub learners: Vec<LearnerId>,
    /// The categories of data that were touched or shown.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<Word>,
    /// Why, in the actor's words. The learner is shown it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    /// The network address that it came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// How it ended.
    pub outcome: Outcome,
    /// The code of the problem, if it did not end well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Word>,
    /// How many, for acts on many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// What the caller was given to quote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Reference>,
    /// Where it came from, if not from this server's own faces: a job, an import, another system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Word>,
}

impl Entry {
    /// An entry that something was done; the door fills in the rest.
    #[must_use]
    pub const fn new(id: EntryId, nonce: Nonce, at: Instant, act: Word, actor: Who) -> Self {
        Self {
            v: V1,
            id,
            nonce,
            at,
            act,
            actor,
            via: None,
            on: Vec::new(),
            learners: Vec::new(),
            categories: Vec::new(),
            purpose: None,
            from: None,
            outcome: Outcome::Done,
            code: None,
            count: None,
            reference: None,
            origin: None,
        }
    }

    /// The canonical form.
    ///
    /// # Errors
    /// If a field is above its limit, or the whole is.
    pub fn to_bytes(&self) -> Result<Vec<u8>, EntryError> {
        self.check()?;
        let bytes = serde_json::to_vec(self).map_err(|_| EntryError::Malformed)?;
        if bytes.len() > ENTRY_BYTES_MAX {
            Err(EntryError::TooLarge)
        } else {
            Ok(bytes)
        }
    }

    /// Reads the canonical form.
    ///
    /// # Errors
    /// If it is in any other form, above a limit, or of a newer version.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, EntryError> {
        if bytes.len() > ENTRY_BYTES_MAX {
            return Err(EntryError::TooLarge);
        }
        let Version { v } = serde_json::from_slice(bytes).map_err(|_| EntryError::Malformed)?;
        if v != VERSION {
            return Err(EntryError::Newer(v));
        }
        let entry: Self = serde_json::from_slice(bytes).map_err(|_| EntryError::Malformed)?;
        if entry.to_bytes()? == bytes {
            Ok(entry)
        } else {
            Err(EntryError::Malformed)
        }
    }

    /// What the table keeps in a column of its own, to find who did what.
    #[must_use]
    pub fn actor_bytes(&self) -> Option<Vec<u8>> {
        self.actor.id.map(|id| id.as_bytes().to_vec())
    }

    fn check(&self) -> Result<(), EntryError> {
        check_count("ids", self.on.len(), IDS_MAX)?;
        check_count("learners", self.learners.len(), IDS_MAX)?;
        check_count("roles", self.actor.roles.len(), WORDS_MAX)?;
        check_count("categories", self.categories.len(), WORDS_MAX)?;
        check_word("act", &self.act)?;
        check_word("actor", &self.actor.kind)?;
        self.actor.roles.iter().try_for_each(|role| check_word("role", role))?;
        self.on.iter().try_for_each(|(kind, _)| check_word("on", kind))?;
        self.categories
            .iter()
            .try_for_each(|category| check_word("category", category))?;
        self.code.iter().try_for_each(|code| check_word("code", code))?;
        self.origin.iter().try_for_each(|origin| check_word("origin", origin))?;
        self.from.iter().try_for_each(|from| check_word("from", from))?;
        self.purpose.as_deref().map_or(Ok(()), check_purpose)
    }
}

/// What is done and by whom stays out: logs are read by people who may not see it.
impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry")
            .field("id", &self.id)
            .field("at", &self.at)
            .field("act", &self.act)
            .field("outcome", &self.outcome)
            .finish_non_exhaustive()
    }
}

/// Only the version, so that a newer form is told from a damaged one.
#[derive(Deserialize)]
struct Version {
    v: u8,
}

const fn check_count(what: &'static str, count: usize, limit: usize) -> Result<(), EntryError> {
    if count > limit {
        Err(EntryError::TooMany(what))
    } else {
        Ok(())
    }
}

fn check_word(what: &'static str, word: &str) -> Result<(), EntryError> {
    let ours = |byte: u8| byte.is_ascii_alphanumeric() || b"._:-/%".contains(&byte);
    if word.is_empty() || word.len() > WORD_CHARS_MAX || !word.bytes().all(ours) {
        return Err(EntryError::Word(what));
    }
    Ok(())
}

fn check_purpose(purpose: &str) -> Result<(), EntryError> {
    if purpose.chars().count() > PURPOSE_CHARS_MAX || purpose.contains(char::is_control) {
        return Err(EntryError::Purpose);
    }
    Ok(())
}

/// An instant as microseconds: shorter than RFC 3339, and what the table holds.
mod micros {
    use serde::{Deserialize, Deserializer, Serializer};
    use skillsyms_core::Instant;

    pub(super) fn serialize<S: Serializer>(at: &Instant, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(at.micros())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Instant, D::Error> {
        i64::deserialize(deserializer).map(Instant::from_micros)
    }
}

#[cfg(test)]
pub(crate) mod tests;
