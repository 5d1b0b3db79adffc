//! Names of people: what may stand in them, and the form in which they are searched and ordered.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::words::reasons;

/// Longest name that is kept. Longer than the load files' fields, so that nobody's name is cut here.
pub const NAME_CHARS_MAX: usize = 100;
/// Width of a first name in the load files (`Person_First_Name`).
pub const FIRST_NAME_CHARS_EXPORTED: usize = 26;
/// Width of a middle name in the NLRD load files (`Person_Middle_Name`).
pub const MIDDLE_NAME_CHARS_EXPORTED: usize = 50;
/// Width of a last name in the NLRD load files (`Person_Last_Name`); QCTO takes 26.
pub const LAST_NAME_CHARS_EXPORTED: usize = 45;

/// Words that SETMIS refuses in names, ids and addresses: they mean that nothing was known. (`U`, `0` and `-` of its list are
/// refused by other rules.)
const PLACEHOLDERS: &[&str] = &[
    "unknown", "as above", "soos bo", "delete", "n a", "na", "none", "geen", "test", "ontbreek", "nil", "nill", "zzz",
    "xxx", "addres",
];

reasons! {
    /// Why a name was refused.
    NameError {
        /// Nothing was given.
        Missing = "name.missing", "Give the name as it stands in the identity document.";
        /// Longer than any name we keep.
        Length = "name.length", "A name has at most 100 characters.";
        /// A digit.
        Digit = "name.digit", "A name has no digits. Look for a number that slipped into the wrong column.";
        /// A sign at the start that a spreadsheet would run.
        Formula = "name.formula", "This begins like a spreadsheet formula. Give the name only.";
        /// Something else than letters, space, hyphen, apostrophe and the accents that the load files take.
        Character = "name.character", "A name has letters, spaces, hyphens and apostrophes only.";
        /// A word that stands for nothing.
        Placeholder = "name.placeholder",
            "This word stands for a missing name, and the authorities refuse it. Give the name as it stands in the document.";
    }
}

reasons! {
    /// What is unusual about a name.
    NameWarning {
        /// Longer than its field in the load files.
        Exported = "name.exported_length",
            "This name is longer than its field in the load files and will be cut there.";
    }
}

/// Reads a name: composed letters, single spaces, straight apostrophes.
///
/// # Errors
/// If something in it cannot be part of a name.
pub fn parse_name(text: &str) -> Result<String, NameError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(NameError::Missing);
    }
    if text.starts_with(['=', '+', '@', '\t']) {
        return Err(NameError::Formula);
    }
    let composed: String = text.nfc().map(straight).collect();
    let name = composed.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.chars().count() > NAME_CHARS_MAX {
        return Err(NameError::Length);
    }
    if name.chars().any(char::is_numeric) {
        return Err(NameError::Digit);
    }
    if PLACEHOLDERS.contains(&fold(&name.replace(['/', '.'], " ")).as_str()) {
        return Err(NameError::Placeholder);
    }
    if !name.chars().all(may_stand_in_a_name) || !name.chars().any(is_letter) {
        return Err(NameError::Character);
    }
    Ok(name)
}

/// The form in which names are searched and ordered: without accents, in small letters, single spaces.
///
/// ```
/// assert_eq!(skillsyms_core::person::fold("Nkosi  Dlámini"), "nkosi dlamini");
/// ```
#[must_use]
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        let end = folded.len();
        for letter in word.to_lowercase().nfd().filter(|letter| !is_combining_mark(*letter)) {
            match undecomposed(letter) {
                Some(ascii) => folded.push_str(ascii),
                None => folded.push(letter),
            }
        }
        // A word of marks alone leaves nothing, and then no space either.
        if end > 0 && folded.len() > end {
            folded.insert(end, ' ');
        }
    }
    folded
}

fn straight(letter: char) -> char {
    if matches!(letter, '\u{2018}' | '\u{2019}' | '\u{02bc}') {
        '\''
    } else {
        letter
    }
}

/// A letter that stands by itself: some scripts have marks that count as letters.
fn is_letter(letter: char) -> bool {
    letter.is_alphabetic() && !is_combining_mark(letter)
}

fn may_stand_in_a_name(letter: char) -> bool {
    letter.is_alphabetic() || is_combining_mark(letter) || matches!(letter, ' ' | '-' | '\'' | '^' | '`' | '"')
}

/// Small letters that Unicode does not take apart into a letter and a mark.
const fn undecomposed(letter: char) -> Option<&'static str> {
    match letter {
        'ß' => Some("ss"),
        'æ' => Some("ae"),
        'œ' => Some("oe"),
        'ø' => Some("o"),
        'đ' | 'ð' => Some("d"),
        'ł' => Some("l"),
        'þ' => Some("th"),
        'ı' => Some("i"),
        'ŋ' => Some("n"),
        '\u{2018}' | '\u{2019}' | '\u{02bc}' => Some("'"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_of_this_country_are_taken() {
        for name in [
            "Nkosinathi",
            "Van der Merwe",
            "O'Brien",
            "Naidoo-Pillay",
            "René",
            "Ṱhivhilaeli",
            "Ḓowelani",
            "D^Avis",
            "É",
            "李",
        ] {
            assert_eq!(parse_name(name).as_deref(), Ok(name));
        }
        assert_eq!(parse_name("  Thandi   Nomsa ").as_deref(), Ok("Thandi Nomsa"));
        assert_eq!(parse_name("O’Brien").as_deref(), Ok("O'Brien"));
        assert_eq!(parse_name("Rene\u{301}").as_deref(), Ok("René"));
    }

    #[test]
    fn everything_else_says_why() {
        use NameError as E;
        let long = "a".repeat(101);
        let cases = [
            ("", E::Missing),
            (" ", E::Missing),
            ("Th4ndi", E::Digit),
            ("Thandi２", E::Digit),
            ("=HYPERLINK(\"x\")", E::Formula),
            ("+27 Thandi", E::Formula),
            ("@SUM", E::Formula),
            ("Thandi; Nomsa", E::Character),
            ("J.P.", E::Character),
            ("<b>", E::Character),
            ("Thandi\u{0}", E::Character),
            ("-", E::Character),
            ("'", E::Character),
            ("\u{f99}", E::Character),
            ("Unknown", E::Placeholder),
            ("N/A", E::Placeholder),
            ("SOOS  BO", E::Placeholder),
            ("test", E::Placeholder),
            (&long, E::Length),
        ];
        for (text, reason) in cases {
            assert_eq!(parse_name(text), Err(reason), "{text}");
        }
    }

    #[test]
    fn folding_forgets_accents_case_and_space() {
        let cases = [
            ("Nkosi  Dlámini", "nkosi dlamini"),
            ("ṰHIVHILAELI", "thivhilaeli"),
            ("Łukasz Størm Weiß", "lukasz storm weiss"),
            ("  ", ""),
            ("O’Brien", "o'brien"),
        ];
        for (text, folded) in cases {
            assert_eq!(fold(text), folded);
        }
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing(text in "\\PC{0,30}") {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once.clone());
            prop_assert!(!once.starts_with(' ') && !once.ends_with(' '));
        }

        #[test]
        fn a_name_that_was_taken_is_taken_again(text in "\\PC{0,30}") {
            if let Ok(name) = parse_name(&text) {
                prop_assert_eq!(parse_name(&name), Ok(name.clone()));
                prop_assert!(!fold(&name).is_empty());
            }
        }
    }
}
