//! Recovery codes: ten, each good once, for the day when the phone is lost.
//!
//! A code has ten letters and digits of Crockford's base 32: 50 random bits. The cell keeps a keyed index of each, so that whoever has
//! its rows cannot try them out without its keys.

use schemars::JsonSchema;
use serde::Serialize;
use skillsyms_cells::{Read, Tx};
use skillsyms_core::{PersonId, Problem, RecoveryCodeId, Rng};
use skillsyms_door::{Act, Cx, Disclosure, Fault, Note, Target};
use skillsyms_vault::{BlindIndex, Keyring, Zeroizing};

use super::{NONE, rows};
use crate::mail::{Letter, MailKind, Sending};
use crate::token::OneTimeText;

/// Codes that somebody gets: as many as fit on a slip of paper.
pub const CODES: usize = 10;
/// Letters and digits of a code.
const CODE_CHARS: usize = 10;
/// Where the hyphen stands.
const HYPHEN_AT: usize = 5;
/// Crockford's base 32: without I, L, O and U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// The kind of the index.
const INDEX: &str = "recovery_code";

/// Codes that were drawn, before it is known whose they are.
pub(crate) struct Drawn(Vec<(RecoveryCodeId, Zeroizing<String>)>);

impl Drawn {
    /// Draws them. In `prepare`, so that a rerun has the same ones.
    pub(crate) fn new(cx: &Cx) -> Self {
        let code = |_| (RecoveryCodeId::new(cx.fresh()), draw(cx.rng()));
        Self((0..CODES).map(code).collect())
    }

    /// Puts them in the place of whatever codes somebody had; answers them as they are shown.
    pub(crate) fn put(&self, cx: &Cx, tx: &mut Tx<'_>, person: PersonId) -> Result<Vec<OneTimeText>, Fault> {
        rows::delete_codes(tx, person)?;
        let rows: Vec<rows::NewCode> = self
            .0
            .iter()
            .filter_map(|(id, code)| Some((*id, index(cx.keys(), person, code)?)))
            .collect();
        rows::insert_codes(tx, person, &rows, cx.now())?;
        Ok(self.0.iter().map(|(_, code)| OneTimeText::kept(shown(code))).collect())
    }
}

fn draw(rng: &dyn Rng) -> Zeroizing<String> {
    let mut bytes = Zeroizing::new([0_u8; CODE_CHARS]);
    rng.fill(&mut *bytes);
    // Of a random byte, five bits: each of the 32 is as likely as any other.
    let letters = bytes
        .iter()
        .map(|byte| ALPHABET.get(usize::from(byte & 31)).copied().unwrap_or(b'0'));
    Zeroizing::new(letters.map(char::from).collect())
}

fn shown(code: &str) -> String {
    let (first, last) = code.split_at_checked(HYPHEN_AT).unwrap_or((code, ""));
    format!("{first}-{last}")
}

/// The index of a code of somebody, however they type it; none for what can be no code.
pub(crate) fn index(keys: &Keyring, person: PersonId, code: &str) -> Option<BlindIndex> {
    let mut text = Zeroizing::new(person.bytes().to_vec());
    for letter in code.bytes().map(|byte| byte.to_ascii_uppercase()) {
        // What Crockford's alphabet leaves out is read as what it looks like.
        let read = match letter {
            b'O' => b'0',
            b'I' | b'L' => b'1',
            other => other,
        };
        text.push(read);
    }
    (text.len() == person.bytes().len() + CODE_CHARS).then(|| keys.blind_index(INDEX, &text))
}

/// Makes new recovery codes. The old ones stop working.
#[derive(Clone, Copy, Debug)]
pub struct RenewCodes {
    /// Whether there is mail.
    pub sending: Sending,
}

/// New codes. They are shown here and never again.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Renewed {
    /// Whose.
    pub person: PersonId,
    /// The codes, each good once.
    pub recovery_codes: Vec<OneTimeText>,
}

/// What was prepared.
pub struct Ready {
    drawn: Drawn,
    letter: Option<Letter>,
}

impl Act for RenewCodes {
    const NAME: &'static str = "factor.codes";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Ready = Ready;
    type Output = Renewed;

    fn prepare(&self, cx: &Cx) -> Result<Ready, Fault> {
        Ok(Ready {
            drawn: Drawn::new(cx),
            letter: Letter::if_on(cx, self.sending, MailKind::CodesRenewed)?,
        })
    }

    fn target(&self, _: &mut Read<'_>) -> Result<Target, Fault> {
        Ok(Target::tenant())
    }

    fn run(&self, cx: &Cx, ready: &Ready, tx: &mut Tx<'_>) -> Result<Renewed, Fault> {
        let person = cx.person()?;
        if !rows::has_any(&mut tx.read(), person)? {
            return Err(Problem::new(&NONE).into());
        }
        let recovery_codes = ready.drawn.put(cx, tx, person)?;
        if let Some(letter) = &ready.letter {
            letter.post(cx, tx, person, None)?;
        }
        Ok(Renewed { person, recovery_codes })
    }

    fn entry(&self, output: &Renewed) -> Note {
        Note::on("Person", output.person.uuid())
    }
}

#[cfg(test)]
mod tests {
    use skillsyms_core::CellId;
    use skillsyms_vault::SystemRng;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_code_is_known_however_it_is_typed_and_is_one_persons() {
        let keys = Keyring::generate(CellId::new(Uuid::from_u128(1)), &SystemRng);
        let person = PersonId::new(Uuid::from_u128(2));
        let is = |code: &str, whose: PersonId| index(&keys, whose, code);
        let right = is("0123456ABC", person);
        assert!(right.is_some());
        for typed in ["0123456abc", "O123456ABC", "oI23456abc", "0L23456abc"] {
            assert_eq!(is(typed, person), right, "{typed}");
        }
        assert_ne!(is("0123456ABD", person), right);
        assert_ne!(is("0123456ABC", PersonId::new(Uuid::from_u128(3))), right);
        for none in ["", "0123456AB", "0123456ABCD"] {
            assert_eq!(is(none, person), None, "{none}");
        }
    }

    #[test]
    fn codes_are_ten_of_fifty_bits() {
        let codes: std::collections::HashSet<String> = (0..1_000).map(|_| draw(&SystemRng).to_string()).collect();
        assert_eq!(codes.len(), 1_000);
        let all: std::collections::HashSet<u8> = codes.iter().flat_map(|code| code.bytes()).collect();
        assert_eq!(all.len(), ALPHABET.len());
        assert!(codes.iter().all(|code| shown(code).len() == CODE_CHARS + 1));
    }
}
