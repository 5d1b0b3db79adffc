//! What somebody carries for us and brings back: bound to a secret that only they have, their session's token. Nothing is
//! kept here, so any server of the house can open it, and it ends with the secret.

use aws_lc_rs::hmac;

use crate::aead;
use crate::index;
use crate::{Zeroizing, sha256};
use skillsyms_core::Rng;

/// Length of the key and of a tag in bytes: SHA-256.
const LEN: usize = 32;
/// Length of the nonce before the ciphertext, in bytes (RFC 8452 section 4).
const NONCE: usize = 12;

/// The keys that follow from one secret.
pub struct Carried(Zeroizing<[u8; LEN]>);

impl std::fmt::Debug for Carried {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Carried([secret])")
    }
}

impl Carried {
    /// Of a secret that cannot be guessed: at least 128 random bits.
    #[must_use]
    pub fn by(secret: &str) -> Self {
        Self(Zeroizing::new(sha256(
            &[b"skillsyms carried 1\0", secret.as_bytes()].concat(),
        )))
    }

    /// HMAC-SHA-256 over a message, for one use. No tag of one use is one of another.
    #[must_use]
    pub fn tag(&self, what: &'static str, message: &[u8]) -> [u8; LEN] {
        index::compute(&self.0, what, message)
    }

    /// Whether this is the tag of the message, in constant time.
    #[must_use]
    pub fn is_tag(&self, what: &'static str, message: &[u8], tag: &[u8]) -> bool {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &*self.0);
        let whole = [what.as_bytes(), &[0], message].concat();
        hmac::verify(&key, &whole, tag).is_ok()
    }

    /// Seals a value for one use, with AES-256-GCM-SIV. `None` if the cipher refuses, which it does for no text of this size.
    #[must_use]
    pub fn seal(&self, what: &'static str, plain: &[u8], rng: &dyn Rng) -> Option<Vec<u8>> {
        let mut nonce = [0; NONCE];
        rng.fill(&mut nonce);
        let mut out = nonce.to_vec();
        aead::seal_onto(&self.cipher(what)?, nonce, what.as_bytes(), plain, &mut out).ok()?;
        Some(out)
    }

    /// Opens what [`Carried::seal`] made with the same secret for the same use.
    #[must_use]
    pub fn open(&self, what: &'static str, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE>()?;
        aead::open(&self.cipher(what)?, *nonce, what.as_bytes(), sealed).ok()
    }

    /// A key of its own for sealing: the one for tags seals nothing.
    fn cipher(&self, what: &'static str) -> Option<aws_lc_rs::aead::LessSafeKey> {
        let key = Zeroizing::new(self.tag("key", what.as_bytes()));
        aead::siv(&key).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SystemRng;

    #[test]
    fn only_the_same_secret_and_use_open() {
        let mine = Carried::by("a token of mine");
        let sealed = mine.seal("form", b"values", &SystemRng).unwrap();
        assert_eq!(mine.open("form", &sealed).unwrap().as_slice(), b"values");
        assert!(mine.open("other", &sealed).is_none());
        assert!(Carried::by("another token").open("form", &sealed).is_none());
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(mine.open("form", &changed).is_none(), "{at}");
        }
        assert!(mine.open("form", b"short").is_none());
    }

    #[test]
    fn tags_are_of_one_secret_use_and_message() {
        let mine = Carried::by("a token of mine");
        let tag = mine.tag("form", b"1");
        assert!(mine.is_tag("form", b"1", &tag));
        assert!(!mine.is_tag("form", b"2", &tag));
        assert!(!mine.is_tag("resume", b"1", &tag));
        assert!(!Carried::by("another").is_tag("form", b"1", &tag));
        assert!(!mine.is_tag("form", b"1", &tag[..31]));
    }

    #[test]
    fn two_seals_of_one_value_differ() {
        let mine = Carried::by("a token of mine");
        assert_ne!(mine.seal("form", b"v", &SystemRng), mine.seal("form", b"v", &SystemRng));
    }
}
