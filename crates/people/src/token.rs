//! The text of credentials: session tokens, API keys, invitations, links to a new password.
//!
//! - session: `sks_` cell `_` secret
//! - API key: `skl_live_` cell `_` secret `_` checksum
//! - invitation: `ski_` cell `_` secret
//! - new password: `skr_` cell `_` secret
//!
//! `cell` is the tenant's opaque id, 32 hex digits, so that a credential says by itself where it belongs; `secret` is 32
//! random bytes in URL-safe base64; `checksum` is the first 8 hex digits of the SHA-256 of all that stands before
//! it, so that secret scanners can tell a real key from a look-alike without asking anybody. A cell keeps the SHA-256 of the
//! whole text and nothing else: with the cell changed, the text has another hash and is unknown there.

use std::borrow::Cow;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use skillsyms_core::{CellId, Rng};
use skillsyms_door::Actor;
use skillsyms_vault::{Zeroizing, constant_time_eq, sha256, token};
use uuid::Uuid;

/// Random bytes in a secret: 256 bits cannot be guessed, so a fast hash of it is enough at rest.
const SECRET_BYTES: usize = 32;
/// Characters of [`SECRET_BYTES`] in base64 without padding.
const SECRET_CHARS: usize = 43;
/// Hex digits of a cell's id.
const CELL_CHARS: usize = 32;
/// Hex digits of a key's checksum: one look-alike in four billion passes.
const CHECKSUM_CHARS: usize = 8;
/// Characters of the longest credential, `skl_live_`: nothing longer is looked at.
const TEXT_MAX: usize = 9 + CELL_CHARS + 1 + SECRET_CHARS + 1 + CHECKSUM_CHARS;

/// What a credential is for. The prefix says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// A signed-in session.
    Session,
    /// An API key.
    ApiKey,
    /// An invitation by one-time link.
    Invitation,
    /// A way to a new password by one-time link.
    Reset,
}

impl TokenKind {
    /// With what the text begins.
    #[must_use]
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Session => "sks_",
            Self::ApiKey => "skl_live_",
            Self::Invitation => "ski_",
            Self::Reset => "skr_",
        }
    }

    const fn has_checksum(self) -> bool {
        matches!(self, Self::ApiKey)
    }
}

/// The text of a credential. It is serialised once, in the answer to the act that made it, and printed never.
#[derive(Clone)]
pub struct OneTimeText(Zeroizing<String>);

impl OneTimeText {
    /// What was sealed until it is handed over.
    pub(crate) fn kept(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The text, to hand to whom it belongs.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl Serialize for OneTimeText {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl fmt::Debug for OneTimeText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

impl schemars::JsonSchema for OneTimeText {
    fn schema_name() -> Cow<'static, str> {
        "OneTimeText".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "description": "A secret. It is shown here and never again." })
    }
}

/// A credential that was just made: the text for its owner and the hash for the cell.
#[derive(Clone, Debug)]
pub struct Minted {
    /// For its owner.
    pub text: OneTimeText,
    /// For the cell.
    pub hash: [u8; 32],
}

impl Minted {
    /// Makes a credential. Draw it in `prepare`, so that a rerun has the same one.
    #[must_use]
    pub fn new(kind: TokenKind, cell: CellId, rng: &dyn Rng) -> Self {
        let secret = Zeroizing::new(token(rng, SECRET_BYTES));
        let mut text = Zeroizing::new(String::with_capacity(TEXT_MAX));
        text.push_str(kind.prefix());
        text.push_str(&cell.uuid().simple().to_string());
        text.push('_');
        text.push_str(&secret);
        if kind.has_checksum() {
            let sum = checksum(&text);
            text.push('_');
            text.push_str(&sum);
        }
        let hash = sha256(text.as_bytes());
        Self {
            text: OneTimeText(text),
            hash,
        }
    }
}

/// The cell that a credential names and its hash. Nothing is known of it yet but its form.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Named {
    /// The cell in which to look it up.
    pub cell: CellId,
    /// SHA-256 of the whole text.
    pub hash: [u8; 32],
}

impl Named {
    /// Reads the text of a credential of one kind: exactly as it was made, with no space around it.
    #[must_use]
    pub fn parse(kind: TokenKind, text: &str) -> Option<Self> {
        if text.len() > TEXT_MAX {
            return None;
        }
        let rest = text.strip_prefix(kind.prefix())?;
        let (cell, rest) = rest.split_at_checked(CELL_CHARS)?;
        let (secret, rest) = rest.strip_prefix('_')?.split_at_checked(SECRET_CHARS)?;
        let cell = parse_cell(cell)?;
        // The engine refuses set bits past the last byte, so each secret has one spelling.
        let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(secret).ok()?);
        if bytes.len() != SECRET_BYTES || !checksum_fits(kind, text, rest) {
            return None;
        }
        Some(Self {
            cell,
            hash: sha256(text.as_bytes()),
        })
    }
}

impl fmt::Debug for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[credential]@{}", self.cell)
    }
}

/// A credential as it comes with a request.
pub struct Credential;

impl Credential {
    /// Reads a session token or an API key. A key with a wrong checksum is refused here, before any look-up.
    #[must_use]
    pub fn parse(text: &str) -> Option<Actor> {
        if let Some(Named { cell, hash }) = Named::parse(TokenKind::Session, text) {
            return Some(Actor::Session { cell, hash });
        }
        let Named { cell, hash } = Named::parse(TokenKind::ApiKey, text)?;
        Some(Actor::Key { cell, hash })
    }
}

/// 32 hex digits in lower case, as they are written: another spelling would be another text.
fn parse_cell(text: &str) -> Option<CellId> {
    if !text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
        return None;
    }
    Uuid::try_parse(text).ok().map(CellId::new)
}

fn checksum(before: &str) -> String {
    let digest = sha256(before.as_bytes());
    let first = u32::from_be_bytes(*digest.first_chunk::<4>().unwrap_or(&[0; 4]));
    format!("{first:08x}")
}

/// `rest` is what follows the secret: `_` and the checksum for a key, nothing for the others.
fn checksum_fits(kind: TokenKind, text: &str, rest: &str) -> bool {
    if !kind.has_checksum() {
        return rest.is_empty();
    }
    let Some(before) = text.strip_suffix(rest) else {
        return false;
    };
    rest.strip_prefix('_')
        .is_some_and(|sum| constant_time_eq(sum.as_bytes(), checksum(before).as_bytes()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use skillsyms_vault::SystemRng;

    use super::*;

    const KINDS: [TokenKind; 4] = [
        TokenKind::Session,
        TokenKind::ApiKey,
        TokenKind::Invitation,
        TokenKind::Reset,
    ];

    fn cell(n: u128) -> CellId {
        CellId::new(Uuid::from_u128(n))
    }

    fn minted(kind: TokenKind) -> Minted {
        Minted::new(kind, cell(7), &SystemRng)
    }

    #[test]
    fn a_credential_reads_back_as_what_it_is_and_as_nothing_else() {
        for kind in KINDS {
            let made = minted(kind);
            for read_as in KINDS {
                let read = Named::parse(read_as, made.text.expose());
                assert_eq!(read.is_some(), kind == read_as, "{kind:?} as {read_as:?}");
                assert!(read.is_none_or(|named| named.cell == cell(7) && named.hash == made.hash));
            }
        }
        let made = minted(TokenKind::Session);
        assert!(
            Credential::parse(made.text.expose())
                == Some(Actor::Session {
                    cell: cell(7),
                    hash: made.hash
                })
        );
        let made = minted(TokenKind::ApiKey);
        assert!(
            Credential::parse(made.text.expose())
                == Some(Actor::Key {
                    cell: cell(7),
                    hash: made.hash
                })
        );
        assert!(Credential::parse(minted(TokenKind::Invitation).text.expose()).is_none());
        assert!(Credential::parse(minted(TokenKind::Reset).text.expose()).is_none());
    }

    #[test]
    fn the_forms_are_the_published_ones() {
        let key = minted(TokenKind::ApiKey);
        let text = key.text.expose();
        assert!(text.starts_with("skl_live_00000000000000000000000000000007_"));
        assert_eq!(text.len(), TEXT_MAX);
        assert_eq!(minted(TokenKind::Session).text.expose().len(), 4 + 32 + 1 + 43);
    }

    #[test]
    fn a_truncated_or_continued_credential_is_refused() {
        for kind in KINDS {
            let made = minted(kind);
            let text = made.text.expose();
            for end in 0..text.len() {
                assert!(Named::parse(kind, &text[..end]).is_none(), "{kind:?} cut at {end}");
            }
            for tail in ["_", "a", "=", " ", "\n", "\0", "_00000000"] {
                assert!(
                    Named::parse(kind, &format!("{text}{tail}")).is_none(),
                    "{kind:?} with {tail:?}"
                );
            }
            assert!(Named::parse(kind, &format!(" {text}")).is_none());
        }
    }

    #[test]
    fn moved_to_another_cell_it_has_another_hash() {
        let made = minted(TokenKind::Session);
        let moved = made
            .text
            .expose()
            .replace(&format!("{:032x}", 7), &format!("{:032x}", 8));
        let read = Named::parse(TokenKind::Session, &moved).unwrap();
        assert_eq!(read.cell, cell(8));
        assert_ne!(read.hash, made.hash);
        let key = minted(TokenKind::ApiKey);
        let moved = key
            .text
            .expose()
            .replace(&format!("{:032x}", 7), &format!("{:032x}", 8));
        assert!(
            Named::parse(TokenKind::ApiKey, &moved).is_none(),
            "the checksum covers the cell"
        );
    }

    #[test]
    fn a_cell_has_one_spelling() {
        let made = Minted::new(TokenKind::Session, cell(0xabc), &SystemRng);
        let upper = made.text.expose().replace("abc_", "ABC_");
        assert!(Named::parse(TokenKind::Session, &upper).is_none());
    }

    #[test]
    fn it_does_not_print() {
        let made = minted(TokenKind::ApiKey);
        let printed = format!("{made:?} {:?}", Named::parse(TokenKind::ApiKey, made.text.expose()));
        assert!(!printed.contains("skl_live"));
    }

    proptest! {
        #[test]
        fn any_text_is_refused_without_a_panic(text in "\\PC{0,120}") {
            prop_assert!(Credential::parse(&text).is_none());
        }

        #[test]
        fn a_key_with_one_changed_character_is_refused(at in any::<prop::sample::Index>(), to in "[!-~]") {
            let made = minted(TokenKind::ApiKey);
            let text = made.text.expose();
            let at = at.index(text.len());
            let mut changed = text.to_owned();
            changed.replace_range(at..=at, &to);
            prop_assume!(changed != text);
            prop_assert!(Credential::parse(&changed).is_none());
        }
    }
}
