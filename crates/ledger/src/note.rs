//! Signed notes in the form of C2SP signed-note (c2sp.org/signed-note), with Ed25519 keys (signature type 0x01).

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use skillsyms_vault::{Signer as Ed25519, sha256};

/// Bytes of a note that is read: room for the 16 signatures of 5 kB that the specification asks for.
pub const NOTE_BYTES_MAX: usize = 128 * 1024;
/// Signatures on a note that is read. The specification asks for 16 at least; other readers take 100.
pub const SIGNATURES_MAX: usize = 100;
/// Bytes of a key's name; ours have about 60.
pub const NAME_BYTES_MAX: usize = 255;
/// Bytes of an Ed25519 seed, and of a public key (RFC 8032).
const KEY_BYTES: usize = 32;
/// Bytes of an Ed25519 signature (RFC 8032).
const SIGNATURE_BYTES: usize = 64;
/// Bytes of a key id.
const KEY_ID_BYTES: usize = 4;
/// The signature type of Ed25519.
const ED25519_TYPE: u8 = 1;
/// Begins a signature line: em dash, space.
const SIGNATURE_PREFIX: &str = "\u{2014} ";
/// Between the text and the signatures: the newline that ends the text, then a blank line.
const SEPARATOR: &str = "\n\n";

/// Why a note, or a key in text, was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// Not in the form of a signed note.
    #[error("not a signed note: the form is damaged")]
    Malformed,
    /// Larger, or with more signatures, than is read.
    #[error("the note is larger than a checkpoint may be")]
    TooLarge,
    /// The text of a note must end in a newline and hold no other control characters.
    #[error("the text cannot be signed as a note")]
    Text,
    /// A name is empty, too long, or holds spaces, control characters or plus signs.
    #[error("not a name for a key")]
    Name,
    /// The key in text is not one of ours: wrong form, wrong type, or its id does not fit.
    #[error("not a verifier key: name, hash and base64 of an Ed25519 key, joined by plus signs")]
    Key,
    /// No signature is by the key asked for.
    #[error("the note is not signed by the key that was asked for")]
    Unsigned,
    /// A signature by the key asked for does not verify.
    #[error("the signature on the note is wrong")]
    BadSignature,
}

/// The short name of a key. It finds a key and proves nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct KeyId([u8; KEY_ID_BYTES]);

impl KeyId {
    fn of(name: &str, public: &[u8; KEY_BYTES]) -> Self {
        let mut bytes = Vec::with_capacity(name.len() + 2 + KEY_BYTES);
        bytes.extend_from_slice(name.as_bytes());
        bytes.extend_from_slice(&[b'\n', ED25519_TYPE]);
        bytes.extend_from_slice(public);
        let [a, b, c, d, ..] = sha256(&bytes);
        Self([a, b, c, d])
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", u32::from_be_bytes(self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Checks signatures by one named key. Its text, `name+id+base64`, may be published.
#[derive(Clone, PartialEq, Eq)]
pub struct Verifier {
    name: String,
    id: KeyId,
    public: [u8; KEY_BYTES],
}

impl Verifier {
    /// The verifier for a public key under a name.
    ///
    /// # Errors
    /// If the name may not stand in a note.
    pub fn new(name: &str, public: [u8; KEY_BYTES]) -> Result<Self, NoteError> {
        check_name(name)?;
        Ok(Self {
            name: name.to_owned(),
            id: KeyId::of(name, &public),
            public,
        })
    }

    /// Reads `name+id+base64`.
    ///
    /// # Errors
    /// If it is in another form, of another signature type, or its id does not belong to name and key.
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        let (name, rest) = text.split_once('+').ok_or(NoteError::Key)?;
        let (id, key) = rest.split_once('+').ok_or(NoteError::Key)?;
        let key = STANDARD.decode(key).map_err(|_| NoteError::Key)?;
        let Some((&ED25519_TYPE, public)) = key.split_first() else {
            return Err(NoteError::Key);
        };
        let public = public.try_into().map_err(|_| NoteError::Key)?;
        let verifier = Self::new(name, public)?;
        if verifier.id.to_string() == id {
            Ok(verifier)
        } else {
            Err(NoteError::Key)
        }
    }

    /// The name of the key.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The id of the key.
    #[must_use]
    pub const fn id(&self) -> KeyId {
        self.id
    }

    fn verify(&self, text: &str, signature: &[u8]) -> Result<(), NoteError> {
        let good = skillsyms_vault::verify(&self.public, text.as_bytes(), signature);
        if good { Ok(()) } else { Err(NoteError::BadSignature) }
    }
}

impl fmt::Display for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut key = Vec::with_capacity(1 + KEY_BYTES);
        key.push(ED25519_TYPE);
        key.extend_from_slice(&self.public);
        write!(f, "{}+{}+{}", self.name, self.id, STANDARD.encode(key))
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Signs notes with one named key. It prints its verifier, never the key.
pub struct Signer {
    key: Ed25519,
    verifier: Verifier,
}

impl Signer {
    /// The signer for an Ed25519 seed (RFC 8032 section 5.1.5) under a name.
    ///
    /// # Errors
    /// If the name may not stand in a note, or the seed is refused.
    pub fn from_seed(name: &str, seed: &[u8; KEY_BYTES]) -> Result<Self, NoteError> {
        let key = Ed25519::from_seed(seed).map_err(|_| NoteError::Key)?;
        Ok(Self {
            verifier: Verifier::new(name, key.public_key())?,
            key,
        })
    }

    /// The verifier that belongs to this signer.
    #[must_use]
    pub const fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    /// The name of the key.
    #[must_use]
    pub fn name(&self) -> &str {
        self.verifier.name()
    }

    /// The note with this text and one signature.
    ///
    /// # Errors
    /// If the text does not end in a newline, is too large, or holds control characters.
    pub fn sign(&self, text: &str) -> Result<String, NoteError> {
        if !text.ends_with('\n') || text.len() > NOTE_BYTES_MAX || has_control_characters(text) {
            return Err(NoteError::Text);
        }
        let signature = self.key.sign(text.as_bytes());
        let mut bytes = Vec::with_capacity(KEY_ID_BYTES + SIGNATURE_BYTES);
        bytes.extend_from_slice(&self.verifier.id.0);
        bytes.extend_from_slice(&signature);
        Ok(format!(
            "{text}\n{SIGNATURE_PREFIX}{} {}\n",
            self.verifier.name,
            STANDARD.encode(bytes)
        ))
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.verifier, f)
    }
}

/// One signature on a note, by whatever key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The name of the key.
    pub name: String,
    /// The id of the key.
    pub key: KeyId,
    /// The signature itself. Its length depends on the type of the key.
    pub bytes: Vec<u8>,
}

/// A note that was read and of which nothing has been verified yet. Use its text through [`Note::open`] only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<Signature>,
}

impl Note {
    /// Reads a note.
    ///
    /// # Errors
    /// If it is not in the form of the specification, or above our limits.
    pub fn parse(note: &str) -> Result<Self, NoteError> {
        if note.len() > NOTE_BYTES_MAX {
            return Err(NoteError::TooLarge);
        }
        if has_control_characters(note) || !note.ends_with('\n') {
            return Err(NoteError::Malformed);
        }
        // The text may hold blank lines itself, so the last one separates.
        let (text, lines) = note.rsplit_once(SEPARATOR).ok_or(NoteError::Malformed)?;
        let lines = lines.strip_suffix('\n').ok_or(NoteError::Malformed)?;
        if lines.split('\n').count() > SIGNATURES_MAX {
            return Err(NoteError::TooLarge);
        }
        let signatures = lines.split('\n').map(parse_signature).collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            text: format!("{text}\n"),
            signatures,
        })
    }

    /// The signatures, by known keys and unknown ones alike.
    #[must_use]
    pub fn signatures(&self) -> &[Signature] {
        &self.signatures
    }

    /// The text, if it is signed by this key. Signatures by other keys are passed over, as the specification asks.
    ///
    /// # Errors
    /// If no signature is by this key, or one of them is wrong.
    pub fn open(&self, verifier: &Verifier) -> Result<&str, NoteError> {
        let ours = |signature: &&Signature| signature.name == verifier.name && signature.key == verifier.id;
        let mut found = false;
        for signature in self.signatures.iter().filter(ours) {
            verifier.verify(&self.text, &signature.bytes)?;
            found = true;
        }
        if found {
            Ok(&self.text)
        } else {
            Err(NoteError::Unsigned)
        }
    }

    /// The text although nobody vouches for it, to show what a damaged note says of itself.
    #[must_use]
    pub fn unverified_text(&self) -> &str {
        &self.text
    }
}

fn parse_signature(line: &str) -> Result<Signature, NoteError> {
    let line = line.strip_prefix(SIGNATURE_PREFIX).ok_or(NoteError::Malformed)?;
    let (name, encoded) = line.split_once(' ').ok_or(NoteError::Malformed)?;
    check_name(name).map_err(|_| NoteError::Malformed)?;
    let bytes = STANDARD.decode(encoded).map_err(|_| NoteError::Malformed)?;
    match bytes.split_first_chunk::<KEY_ID_BYTES>() {
        Some((key, bytes)) if !bytes.is_empty() => Ok(Signature {
            name: name.to_owned(),
            key: KeyId(*key),
            bytes: bytes.to_vec(),
        }),
        _ => Err(NoteError::Malformed),
    }
}

fn check_name(name: &str) -> Result<(), NoteError> {
    let wrong = |c: char| c.is_whitespace() || c.is_control() || c == '+';
    if name.is_empty() || name.len() > NAME_BYTES_MAX || name.contains(wrong) {
        return Err(NoteError::Name);
    }
    Ok(())
}

fn has_control_characters(text: &str) -> bool {
    text.bytes().any(|byte| byte < b' ' && byte != b'\n')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    // The example of golang.org/x/mod/sumdb/note (doc comment and note_test.go: TestNewVerifier, TestSign, TestOpen).
    const PETER: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const PETER_PRIVATE: &str = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
    const ENOCH: &str = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop";
    const TEXT: &str =
        "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
    const PETER_LINE: &str = "\u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
    const ENOCH_LINE: &str = "\u{2014} EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n";

    fn peter() -> Signer {
        let key = STANDARD.decode(PETER_PRIVATE).unwrap();
        Signer::from_seed("PeterNeumann", key[1..].try_into().unwrap()).unwrap()
    }

    fn open(note: &str, verifier: &str) -> Result<String, NoteError> {
        Note::parse(note)?.open(&Verifier::parse(verifier)?).map(str::to_owned)
    }

    #[test]
    fn the_published_key_has_its_published_id() {
        assert_eq!(peter().verifier().to_string(), PETER);
        assert_eq!(Verifier::parse(PETER).unwrap(), *peter().verifier());
        assert_eq!(Verifier::parse(ENOCH).unwrap().id().to_string(), "af0cfe78");
    }

    #[test]
    fn the_published_text_gets_its_published_signature() {
        assert_eq!(peter().sign(TEXT).unwrap(), format!("{TEXT}\n{PETER_LINE}"));
    }

    #[test]
    fn published_notes_open() {
        for note in [
            format!("{TEXT}\n{PETER_LINE}"),
            format!("{TEXT}\n{PETER_LINE}{ENOCH_LINE}"),
            format!("{TEXT}\n{PETER_LINE}{PETER_LINE}{ENOCH_LINE}{ENOCH_LINE}"),
        ] {
            assert_eq!(open(&note, PETER).as_deref(), Ok(TEXT));
        }
        let both = format!("{TEXT}\n{PETER_LINE}{ENOCH_LINE}");
        assert_eq!(open(&both, ENOCH).as_deref(), Ok(TEXT));
        assert_eq!(open(&format!("{TEXT}\n{ENOCH_LINE}"), PETER), Err(NoteError::Unsigned));
    }

    /// The example of c2sp.org/signed-note: its key is not published, its form is.
    #[test]
    fn a_text_may_hold_blank_lines() {
        let text = "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned \u{e8} subito sera.\n";
        let note = Note::parse(&format!("{text}\n\u{2014} quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n")).unwrap();
        assert_eq!(note.unverified_text(), text);
        assert_eq!(note.signatures()[0].name, "quasimodo.example/salvatore");
        assert_eq!(note.signatures()[0].key.to_string(), "367ba04b");
        assert_eq!(note.signatures()[0].bytes.len(), SIGNATURE_BYTES);
    }

    #[test]
    fn damaged_notes_are_refused() {
        let mangled = format!("{TEXT}\n{}ABCD{}", &PETER_LINE[..60], &PETER_LINE[60..]);
        assert_eq!(open(&mangled, PETER), Err(NoteError::BadSignature));
        assert_eq!(
            open(&format!("{TEXT}\n{}", PETER_LINE.repeat(101)), PETER),
            Err(NoteError::TooLarge)
        );
        assert_eq!(
            open(&format!("{TEXT}{}\n{PETER_LINE}", "x\n".repeat(NOTE_BYTES_MAX)), PETER),
            Err(NoteError::TooLarge)
        );
        // `badMsgs` of note_test.go, and what else the specification forbids.
        for note in [
            TEXT.to_owned(),
            format!("{TEXT}\n"),
            format!("{TEXT}\n{}", PETER_LINE.trim_end()),
            format!("\u{1}{TEXT}\n{PETER_LINE}"),
            format!("{TEXT}\n{}", PETER_LINE.replacen("PeterNeumann", "Bad Name", 1)),
            format!("{TEXT}\n{}", PETER_LINE.replacen("PeterNeumann", "Bad+Name", 1)),
            format!("{TEXT}\n{}", PETER_LINE.replacen("PeterNeumann", "Bad\u{a0}Name", 1)),
            format!("{TEXT}\n{}", PETER_LINE.replacen("PeterNeumann", "", 1)),
            format!("{TEXT}\n{}", PETER_LINE.replacen('\u{2014}', "-", 1)),
            format!("{TEXT}\n{PETER_LINE}Unexpected line.\n"),
            format!("{TEXT}\n{PETER_LINE}\n"),
            format!("{TEXT}\n\u{2014} PeterNeumann x08gow==\n"),
            format!("{TEXT}\n\u{2014} PeterNeumann x08g\n"),
            format!("{TEXT}\r\n\n{PETER_LINE}"),
            String::new(),
            "\n\n".to_owned(),
        ] {
            assert_eq!(open(&note, PETER), Err(NoteError::Malformed), "{note}");
        }
    }

    #[test]
    fn mangled_verifier_keys_are_refused() {
        for from in 0..PETER.len() {
            for to in from..=PETER.len() {
                assert_eq!(
                    Verifier::parse(&PETER[from..to]).is_ok(),
                    to - from == PETER.len(),
                    "{from} to {to}"
                );
            }
        }
        for at in 0..PETER.len() {
            let mut bytes = PETER.as_bytes().to_vec();
            bytes[at] += 1;
            assert!(Verifier::parse(std::str::from_utf8(&bytes).unwrap()).is_err(), "{at}");
        }
        // Wrong length and unknown type, each with the id that would fit (note_test.go).
        assert!(Verifier::parse("PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==").is_err());
        assert!(Verifier::parse("PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW").is_err());
    }

    #[test]
    fn texts_and_names_that_cannot_stand_in_a_note_are_not_signed() {
        for text in ["", "no newline", "tab\there\n", "nul\0\n"] {
            assert_eq!(peter().sign(text), Err(NoteError::Text));
        }
        for name in ["", "a b", "a+b", "a\nb", "a\u{2003}b"] {
            assert!(Signer::from_seed(name, &[7; 32]).is_err());
        }
    }

    #[test]
    fn a_signer_prints_its_public_half_only() {
        assert_eq!(format!("{:?}", peter()), PETER);
    }

    proptest! {
        #[test]
        fn what_is_signed_opens(text in "([ -~\u{e8}\u{2014}]{0,40}\n){1,5}", seed in any::<[u8; 32]>()) {
            let signer = Signer::from_seed("example.com/log", &seed).unwrap();
            let note = Note::parse(&signer.sign(&text).unwrap()).unwrap();
            prop_assert_eq!(note.open(signer.verifier()), Ok(&*text));
        }

        #[test]
        fn one_changed_byte_does_not_open(at in any::<prop::sample::Index>(), bit in 0_u8..8) {
            let mut bytes = format!("{TEXT}\n{PETER_LINE}").into_bytes();
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            let opened = String::from_utf8(bytes).ok().and_then(|note| open(&note, PETER).ok());
            prop_assert_eq!(opened, None);
        }

        #[test]
        fn noise_never_opens(noise in "\\PC{0,200}") {
            prop_assert!(open(&noise, PETER).is_err());
            prop_assert!(Verifier::parse(&noise).is_err());
        }
    }
}
