//! Fields that people type, checked once and then believed: e-mail addresses, names, roles as a column.

use std::borrow::Cow;
use std::fmt;

use serde::Serialize;
use skillsyms_cells::CellError;
use skillsyms_core::{PersonId, Problem, Role};
use skillsyms_door::Fault;
use skillsyms_vault::{BlindIndex, Keyring, Place, Secret};

/// Kind of the blind index of e-mail addresses.
const EMAIL_INDEX: &str = "people.email";
/// Longest address that mail can reach (RFC 5321 section 4.5.3.1.3, less the angle brackets).
const EMAIL_MAX_CHARS: usize = 254;
/// Longest local part (RFC 5321 section 4.5.3.1.1).
const EMAIL_LOCAL_MAX_CHARS: usize = 64;
/// Longest name of a person.
pub const NAME_MAX_CHARS: usize = 120;

/// An e-mail address: trimmed and in lower case, so that one person cannot have two accounts by its spelling.
/// It prints masked.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Email(String);

impl Email {
    /// Reads what was typed.
    ///
    /// # Errors
    /// A problem if it is not an address.
    pub fn parse(typed: &Secret<String>) -> Result<Self, Problem> {
        Self::read(typed.expose()).ok_or_else(|| {
            Problem::field(
                "email",
                "email.form",
                "Write an e-mail address, for example thandi@example.co.za.",
            )
        })
    }

    /// What a cell kept. It was checked when it was stored.
    #[must_use]
    pub(crate) const fn kept(text: String) -> Self {
        Self(text)
    }

    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its blind index in one cell.
    #[must_use]
    pub fn index(&self, keys: &Keyring) -> BlindIndex {
        BlindIndex::new(keys.index(EMAIL_INDEX, self.0.as_bytes()))
    }

    /// The index of an address, or of what is none: an index that no account has.
    pub(crate) fn index_or_nobody(email: Option<&Self>, keys: &Keyring) -> BlindIndex {
        let text = email.map_or("", Self::as_str);
        BlindIndex::new(keys.index(EMAIL_INDEX, text.as_bytes()))
    }

    /// Where it is sealed.
    #[must_use]
    pub fn place(person: PersonId) -> Place<'static> {
        Place::new("people", "email", *person.bytes())
    }

    /// ASCII only: an address with look-alike letters is another account that looks the same.
    fn read(typed: &str) -> Option<Self> {
        let text = typed.trim();
        if text.len() > EMAIL_MAX_CHARS || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return None;
        }
        let (local, domain) = text.split_once('@')?;
        let is_local = (1..=EMAIL_LOCAL_MAX_CHARS).contains(&local.len()) && local.bytes().all(is_local_byte);
        let labels_are_fine = domain.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        });
        if !is_local || !labels_are_fine || !domain.contains('.') {
            return None;
        }
        Some(Self(text.to_ascii_lowercase()))
    }
}

/// The characters of an unquoted local part (RFC 5322 section 3.2.3).
const fn is_local_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'.' | b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'/' | b'=' | b'?' | b'^'..=b'`' | b'{'..=b'~')
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[email]")
    }
}

impl schemars::JsonSchema for Email {
    fn schema_name() -> Cow<'static, str> {
        "Email".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "format": "email", "maxLength": EMAIL_MAX_CHARS })
    }
}

/// Text about a person as a cell kept it: a name, a number. It prints masked.
#[derive(Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(transparent)]
pub struct MaskedText(String);

impl MaskedText {
    pub(crate) const fn kept(text: String) -> Self {
        Self(text)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for MaskedText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[masked]")
    }
}

/// A line of text that people typed: trimmed, not empty, without control characters.
///
/// # Errors
/// A problem with this field if it is empty, longer than `most_chars`, or holds control characters.
pub fn line(field: &'static str, typed: &Secret<String>, most_chars: usize) -> Result<String, Problem> {
    let text = typed.expose().trim();
    // Four bytes are the longest character: what is longer than that is not even counted.
    if text.len() > most_chars.saturating_mul(4) || text.chars().count() > most_chars {
        return Err(Problem::field(field, "text.long", "This is too long. Shorten it."));
    }
    if text.is_empty() {
        return Err(Problem::field(field, "text.missing", "This must not be empty."));
    }
    if text.chars().any(|c| c.is_control() || is_invisible(c)) {
        return Err(Problem::field(
            field,
            "text.control",
            "Remove line breaks and invisible characters.",
        ));
    }
    Ok(text.to_owned())
}

/// Characters that turn or hide the text around them: with them one name can look like another.
const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// Roles as the column keeps them: words in the order of their declaration, with a space between.
#[must_use]
pub(crate) fn roles_text(roles: &[Role]) -> String {
    let held = Role::ALL.iter().filter(|role| roles.contains(role));
    held.map(|role| role.as_str()).collect::<Vec<_>>().join(" ")
}

/// Reads the column. A word that is no role is damage: to skip it would be to guess.
pub(crate) fn roles_of(text: &str) -> Result<Vec<Role>, CellError> {
    text.split_ascii_whitespace()
        .map(|word| Role::parse(word).ok_or(CellError::Damaged("a role that is not one of ours")))
        .collect()
}

/// Refuses a change of a record that was changed since it was read.
pub(crate) fn fresh(expected: Option<i64>, version: i64) -> Result<(), Fault> {
    if expected.is_none_or(|expected| expected == version) {
        return Ok(());
    }
    Err(Problem::new(&skillsyms_core::problem::STALE).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret<String> {
        Secret::new(text.to_owned())
    }

    #[test]
    fn one_address_has_one_spelling() {
        for typed in [
            "thandi@example.co.za",
            " Thandi@Example.CO.ZA\n",
            "THANDI@EXAMPLE.CO.ZA",
        ] {
            assert_eq!(Email::parse(&secret(typed)).unwrap().as_str(), "thandi@example.co.za");
        }
        assert!(Email::parse(&secret("o'brien+work@a-b.example")).is_ok());
    }

    #[test]
    fn what_is_no_address_is_refused_without_repeating_it() {
        let long = format!("{}@example.org", "a".repeat(65));
        let huge = format!("{}@example.org", "a".repeat(1_000_000));
        let cases = [
            "",
            "@",
            "thandi",
            "thandi@",
            "@example.org",
            "a b@example.org",
            "a@b",
            "a@b..c",
            "a@-b.c",
            "a@b.c@d.e",
            "a@b.c\0",
            "thаndi@example.org",
            "<a@b.c>",
            "a@b.c,d@e.f",
            "\"a\"@b.c",
            &long,
            &huge,
        ];
        for typed in cases {
            let problem = Email::parse(&secret(typed)).unwrap_err();
            assert_eq!(problem.fields[0].code, "email.form");
        }
        assert_eq!(
            format!("{:?}", Email::parse(&secret("a@b.example")).unwrap()),
            "[email]"
        );
    }

    #[test]
    fn a_line_is_one_line() {
        assert_eq!(line("name", &secret("  Thandi Nkosi "), 120).unwrap(), "Thandi Nkosi");
        for typed in [
            "",
            " ",
            "a\nb",
            "a\u{202e}b",
            "a\u{200b}b",
            &"é".repeat(121),
            &"x".repeat(1_000_000),
        ] {
            assert!(line("name", &secret(typed), 120).is_err());
        }
    }

    #[test]
    fn roles_read_what_they_write() {
        let text = roles_text(&[Role::Moderator, Role::Admin, Role::Admin]);
        assert_eq!(text, "admin moderator");
        assert_eq!(roles_of(&text).unwrap(), [Role::Admin, Role::Moderator]);
        assert_eq!(roles_of("").unwrap(), []);
        assert!(roles_of("admin root").is_err());
    }
}
