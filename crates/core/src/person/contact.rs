//! Ways to reach a person: e-mail, telephone, address. All of them print masked.

use std::fmt;

use crate::words::reasons;

/// Longest e-mail address (RFC 5321, 4.5.3.1.3, without the angle brackets).
pub const EMAIL_CHARS_MAX: usize = 254;
/// Longest part before the `@` (RFC 5321, 4.5.3.1.1).
const EMAIL_LOCAL_CHARS_MAX: usize = 64;
/// Longest label of a domain (RFC 1035, 2.3.4).
const DOMAIN_LABEL_CHARS_MAX: usize = 63;
/// Width of an e-mail address in the load files.
pub const EMAIL_CHARS_EXPORTED: usize = 50;
/// Longest address line: its width in the load files.
pub const ADDRESS_LINE_CHARS_MAX: usize = 50;
/// Digits of a South African number with its leading 0.
const SA_NUMBER_DIGITS: usize = 10;
/// Fewest digits of a telephone number abroad, with the country.
const PHONE_DIGITS_MIN: usize = 7;
/// Most digits of a telephone number (ITU-T E.164).
const PHONE_DIGITS_MAX: usize = 15;

reasons! {
    /// Why a way to reach somebody was refused.
    ContactError {
        /// Not an e-mail address.
        Email = "email.form", "Write one e-mail address, for example thandi@example.org, without spaces or brackets.";
        /// Too long.
        EmailLength = "email.length", "An e-mail address has at most 254 characters.";
        /// Not a South African cell number.
        Cell = "cell.form", "A South African cell number has 10 digits and begins with 0, for example 0821234567, or with +27.";
        /// Nine digits: the zero in front is gone.
        CellLostZero = "cell.lost_leading_zero",
            "A spreadsheet dropped the leading zero of this number. Format the column as text and write all 10 digits.";
        /// Not a telephone number.
        Phone = "phone.form", "A telephone number has 7 to 15 digits; begin with + and the country for one abroad.";
        /// Too long.
        AddressLength = "address.length", "An address line has at most 50 characters. Spread the address over three lines.";
        /// Something that the load files do not take.
        AddressCharacter = "address.character", "An address line has letters, digits, spaces and - # & ( ) / \\ : . _ ' , only.";
        /// A sign at the start that a spreadsheet would run.
        AddressFormula = "address.formula", "This begins like a spreadsheet formula. Give the address only.";
        /// Not four digits.
        PostalCode = "postal_code.form", "A postal code has 4 digits, for example 0184.";
        /// Three digits: the zero in front is gone.
        PostalCodeLostZero = "postal_code.lost_leading_zero",
            "A spreadsheet dropped the leading zero of this postal code. Format the column as text and write all 4 digits.";
    }
}

reasons! {
    /// What is unusual about a way to reach somebody.
    ContactWarning {
        /// Longer than its field in the load files.
        EmailExported = "email.exported_length",
            "This e-mail address is longer than its field in the load files and will be left out there.";
    }
}

macro_rules! masked_text {
    ($($(#[$doc:meta])* $name:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash)]
        pub struct $name(String);

        impl $name {
            /// The text. Only for sealing, for sending to it, and for the acts that disclose it.
            #[must_use]
            pub fn expose(&self) -> &str { &self.0 }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(&self.masked()) }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.masked())
            }
        }
    )+};
}

masked_text! {
    /// An e-mail address, its domain in small letters. It prints as `t***@example.org`.
    Email;
    /// A telephone number: digits, South African ones with their leading 0, others with `+`. It prints as `*******567`.
    Phone;
}

impl Email {
    /// Reads an address; space around it is dropped.
    ///
    /// # Errors
    /// If it is not one address of the plain form `local@domain.tld`.
    pub fn parse(text: &str) -> Result<Self, ContactError> {
        let text = text.trim();
        if text.len() > EMAIL_CHARS_MAX {
            return Err(ContactError::EmailLength);
        }
        let (local, domain) = text.split_once('@').ok_or(ContactError::Email)?;
        let domain = domain.to_ascii_lowercase();
        if !is_local(local) || !is_domain(&domain) {
            return Err(ContactError::Email);
        }
        Ok(Self(format!("{local}@{domain}")))
    }

    /// The form in which addresses are compared: in small letters.
    #[must_use]
    pub fn folded(&self) -> String {
        self.0.to_ascii_lowercase()
    }

    /// `t***@example.org`.
    #[must_use]
    pub fn masked(&self) -> String {
        let (local, domain) = self.0.split_once('@').unwrap_or_default();
        format!("{}***@{domain}", local.get(..1).unwrap_or_default())
    }

    /// What is unusual about it.
    #[must_use]
    pub fn warning(&self) -> Option<ContactWarning> {
        (self.0.len() > EMAIL_CHARS_EXPORTED).then_some(ContactWarning::EmailExported)
    }
}

impl Phone {
    /// Reads a South African cell number: `0821234567`, `082 123 4567`, `+27 82 123 4567`, `0027821234567`.
    ///
    /// # Errors
    /// If it is not ten digits with a leading 0 once it is written the national way.
    pub fn cell(text: &str) -> Result<Self, ContactError> {
        let number = national(text).ok_or(ContactError::Cell)?;
        let lost_zero = number.len() == SA_NUMBER_DIGITS - 1 && number.starts_with(['6', '7', '8']);
        if lost_zero {
            return Err(ContactError::CellLostZero);
        }
        let digits = number.bytes().all(|byte| byte.is_ascii_digit());
        let well = digits && number.len() == SA_NUMBER_DIGITS && number.starts_with('0') && !number.starts_with("00");
        if well {
            Ok(Self(number))
        } else {
            Err(ContactError::Cell)
        }
    }

    /// Reads any telephone number: South African the national way, others with `+` and the country.
    ///
    /// # Errors
    /// If it is not 7 to 15 digits.
    pub fn parse(text: &str) -> Result<Self, ContactError> {
        let number = national(text).ok_or(ContactError::Phone)?;
        let digits = number.strip_prefix('+').unwrap_or(&number);
        let well = (PHONE_DIGITS_MIN..=PHONE_DIGITS_MAX).contains(&digits.len())
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && !digits.bytes().all(|byte| byte == b'0');
        if well {
            Ok(Self(number))
        } else {
            Err(ContactError::Phone)
        }
    }

    /// `*******567`.
    #[must_use]
    pub fn masked(&self) -> String {
        format!(
            "*******{}",
            self.0.get(self.0.len().saturating_sub(3)..).unwrap_or_default()
        )
    }
}

/// The number the national way, or with `+` if it is from abroad; `None` if something else than a number is in it.
fn national(text: &str) -> Option<String> {
    let separator = |letter: &char| !matches!(letter, ' ' | '-' | '(' | ')' | '.' | '/');
    let compact: String = text.trim().chars().filter(separator).collect();
    let digits = compact.strip_prefix('+').unwrap_or(&compact);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let abroad = compact.strip_prefix('+').or_else(|| compact.strip_prefix("00"));
    if let Some(rest) = abroad {
        return Some(rest.strip_prefix("27").map_or_else(|| format!("+{rest}"), home));
    }
    match compact.strip_prefix("27") {
        Some(rest) if rest.len() == SA_NUMBER_DIGITS - 1 => Some(home(rest)),
        _ => Some(compact),
    }
}

/// A South African number after its country code; some write `+27 (0)82`.
fn home(rest: &str) -> String {
    if rest.starts_with('0') {
        rest.to_owned()
    } else {
        format!("0{rest}")
    }
}

/// A postal address: up to three lines and a code. It prints nothing of itself. Serialised only to be sealed or disclosed.
#[derive(Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Address {
    /// Up to three lines, in order; empty ones are left out.
    pub lines: Vec<String>,
    /// Four digits.
    pub postal_code: Option<String>,
}

impl Address {
    /// Whether nothing was given.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.lines.is_empty() && self.postal_code.is_none()
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Address")
            .field("lines", &self.lines.len())
            .finish_non_exhaustive()
    }
}

/// Reads one line of an address: single spaces, nothing that the load files refuse.
///
/// # Errors
/// If it is too long, or holds something else.
pub fn parse_address_line(text: &str) -> Result<String, ContactError> {
    let text = text.trim();
    if text.starts_with(['=', '+', '@', '-', '\t']) {
        return Err(ContactError::AddressFormula);
    }
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mark = |letter| "-#&()/\\:._', ".contains(letter);
    if !line.chars().all(|letter| letter.is_alphanumeric() || mark(letter)) {
        return Err(ContactError::AddressCharacter);
    }
    if line.chars().count() > ADDRESS_LINE_CHARS_MAX {
        Err(ContactError::AddressLength)
    } else {
        Ok(line)
    }
}

/// Reads a postal code: four digits.
///
/// # Errors
/// If it is not; three digits have a reason of their own.
pub fn parse_postal_code(text: &str) -> Result<String, ContactError> {
    let text = text.trim();
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    match (text.len(), digits) {
        (4, true) => Ok(text.to_owned()),
        (3, true) => Err(ContactError::PostalCodeLostZero),
        _ => Err(ContactError::PostalCode),
    }
}

fn is_local(local: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&byte);
    let dots = local.starts_with('.') || local.ends_with('.') || local.contains("..");
    // A leading = or + or - or ' would be run by a spreadsheet that the address is exported to.
    let formula = local.starts_with(['=', '+', '-', '\'']);
    (1..=EMAIL_LOCAL_CHARS_MAX).contains(&local.len()) && local.bytes().all(allowed) && !dots && !formula
}

fn is_domain(domain: &str) -> bool {
    let label = |label: &str| {
        (1..=DOMAIN_LABEL_CHARS_MAX).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let last = domain.rsplit('.').next().unwrap_or_default();
    let top_level = last.len() >= 2 && !last.bytes().all(|byte| byte.is_ascii_digit());
    domain.contains('.') && top_level && domain.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn addresses_of_mail_are_read() {
        let email = Email::parse(" Thandi.Nkosi@Example.ORG ").unwrap();
        assert_eq!(email.expose(), "Thandi.Nkosi@example.org");
        assert_eq!(email.folded(), "thandi.nkosi@example.org");
        assert_eq!(email.to_string(), "T***@example.org");
        assert_eq!(format!("{email:?}"), "Email(T***@example.org)");
        assert_eq!(email.warning(), None);
        let long = Email::parse(&format!("{}@example.org", "a".repeat(50))).unwrap();
        assert_eq!(long.warning(), Some(ContactWarning::EmailExported));
    }

    #[test]
    fn what_is_no_address_of_mail_is_refused() {
        let long_local = format!("{}@example.org", "a".repeat(65));
        for text in [
            "",
            "thandi",
            "thandi@",
            "@example.org",
            "thandi@example",
            "thandi nkosi@example.org",
            "a@b@example.org",
            "thandi@example..org",
            ".thandi@example.org",
            "thandi@-example.org",
            "<thandi@example.org>",
            "=a@example.org",
            "thandi@example.o",
            "thandi@127.0.0.1",
            "thandi@exämple.org",
            "thandi@example.org,",
            &long_local,
        ] {
            assert_eq!(Email::parse(text).err(), Some(ContactError::Email), "{text}");
        }
        let longer = format!("a@{}.org", "b.".repeat(150));
        assert_eq!(Email::parse(&longer).err(), Some(ContactError::EmailLength));
    }

    #[test]
    fn cell_numbers_are_written_the_national_way() {
        for text in [
            "0821234567",
            "082 123 4567",
            "+27821234567",
            "+27 82 123-4567",
            "0027821234567",
            "27821234567",
            "(082) 123 4567",
            "+27 (0)82 123 4567",
        ] {
            assert_eq!(Phone::cell(text).unwrap().expose(), "0821234567", "{text}");
        }
        for text in [
            "",
            "08212345678",
            "0082123456",
            "082123456O",
            "+263771234567",
            "12345",
            "1234567890",
            "+",
        ] {
            assert_eq!(Phone::cell(text).err(), Some(ContactError::Cell), "{text}");
        }
        assert_eq!(Phone::cell("821234567").err(), Some(ContactError::CellLostZero));
        assert_eq!(format!("{:?}", Phone::cell("0821234567").unwrap()), "Phone(*******567)");
    }

    #[test]
    fn telephones_abroad_keep_their_country() {
        assert_eq!(Phone::parse("+263 77 123 4567").unwrap().expose(), "+263771234567");
        assert_eq!(Phone::parse("00263771234567").unwrap().expose(), "+263771234567");
        assert_eq!(Phone::parse("011 555 0123").unwrap().expose(), "0115550123");
        for text in ["", "555", "0000000000", "+1234567890123456", "call me"] {
            assert_eq!(Phone::parse(text).err(), Some(ContactError::Phone), "{text}");
        }
    }

    #[test]
    fn address_lines_and_codes() {
        assert_eq!(
            parse_address_line(" 12  Main Rd, Unit #4 ").as_deref(),
            Ok("12 Main Rd, Unit #4")
        );
        assert_eq!(parse_address_line("Ḓuthuni").as_deref(), Ok("Ḓuthuni"));
        assert_eq!(parse_address_line("=1+1"), Err(ContactError::AddressFormula));
        assert_eq!(parse_address_line("12 Main; Rd"), Err(ContactError::AddressCharacter));
        assert_eq!(parse_address_line(&"a".repeat(51)), Err(ContactError::AddressLength));
        assert_eq!(parse_postal_code(" 0184 ").as_deref(), Ok("0184"));
        assert_eq!(parse_postal_code("184"), Err(ContactError::PostalCodeLostZero));
        for text in ["", "01840", "A184", "18"] {
            assert_eq!(parse_postal_code(text), Err(ContactError::PostalCode), "{text}");
        }
        let address = Address {
            lines: vec!["12 Main Rd".into()],
            postal_code: Some("0184".into()),
        };
        assert!(!format!("{address:?}").contains("Main"));
        assert!(!format!("{address:?}").contains("0184"));
    }

    proptest! {
        #[test]
        fn what_was_taken_is_taken_again(text in "[+0-9 ()a@.-]{0,20}") {
            if let Ok(cell) = Phone::cell(&text) {
                prop_assert_eq!(Phone::cell(cell.expose()).unwrap(), cell);
            }
            if let Ok(phone) = Phone::parse(&text) {
                prop_assert_eq!(Phone::parse(phone.expose()).unwrap(), phone);
            }
            if let Ok(email) = Email::parse(&text) {
                prop_assert_eq!(Email::parse(email.expose()).unwrap(), email);
            }
        }
    }
}
