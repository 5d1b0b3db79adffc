//! Alternate ids: what identifies a learner who has no South African ID number.

use std::fmt;

use zeroize::Zeroize;

use crate::sa_id::SaId;
use crate::words::{reasons, words};

/// Longest alternate id: the width of `Person_Alternate_Id` in the NLRD load files.
pub const ALTERNATE_ID_CHARS_MAX: usize = 20;
/// Shortest alternate id: a shorter one identifies nobody.
pub const ALTERNATE_ID_CHARS_MIN: usize = 4;
/// From this length on, the last three characters are shown; of a shorter id nothing is.
const MASK_SHOWS_FROM_CHARS: usize = 8;
/// The code of "no alternate id" in the load files.
const NLRD_NONE: &str = "533";
/// The code of "unknown" in the load files.
const NLRD_UNKNOWN: &str = "535";

words! {
    /// What kind of document or register an alternate id is from. It is richer than the load files' list: what they have no code
    /// for is kept as what it is, and mapped only when it is exported.
    AlternateIdKind {
        /// A passport, or another state's identity document.
        Passport = "passport",
        /// A recognised refugee's number.
        Refugee = "refugee",
        /// An asylum seeker's temporary permit (Refugees Act, section 22). The load files have no code for it.
        AsylumSeeker = "asylum_seeker",
        /// A work permit.
        WorkPermit = "work_permit",
        /// A study visa. The load files have no code for it.
        StudyVisa = "study_visa",
        /// A permanent residence permit. The load files have no code for it.
        ResidencePermit = "residence_permit",
        /// A birth certificate.
        BirthCertificate = "birth_certificate",
        /// A temporary identity certificate.
        TemporaryId = "temporary_id",
        /// A driver's licence.
        DriversLicence = "drivers_licence",
        /// A student number; exported together with the provider's code.
        StudentNumber = "student_number",
        /// An employee number.
        EmployeeNumber = "employee_number",
    }
}

impl AlternateIdKind {
    /// `Alternative_Id_Type` of the NLRD load files. What has no code of its own is 535 (unknown) unless the quality assurance
    /// body wants another one.
    #[must_use]
    pub const fn nlrd_code(self) -> &'static str {
        match self {
            Self::Passport => "527",
            Self::DriversLicence => "529",
            Self::TemporaryId => "531",
            Self::AsylumSeeker | Self::StudyVisa | Self::ResidencePermit => NLRD_UNKNOWN,
            Self::StudentNumber => "537",
            Self::WorkPermit => "538",
            Self::EmployeeNumber => "539",
            Self::BirthCertificate => "540",
            Self::Refugee => "565",
        }
    }

    /// Whether QCTO's learner file takes this kind: it knows 527, 538, 540 and 565 only.
    #[must_use]
    pub const fn is_known_to_qcto(self) -> bool {
        matches!(
            self,
            Self::Passport | Self::WorkPermit | Self::BirthCertificate | Self::Refugee
        )
    }

    /// Reads one of our words in any case, or a code of the load files.
    ///
    /// # Errors
    /// If it is neither, or the code says that there is no alternate id.
    pub fn accept(text: &str) -> Result<Self, AlternateIdError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(AlternateIdError::KindMissing);
        }
        if text == NLRD_NONE {
            return Err(AlternateIdError::KindNone);
        }
        let by_code = |kind: &&Self| kind.nlrd_code() != NLRD_UNKNOWN && kind.nlrd_code() == text;
        let word = text.to_ascii_lowercase();
        Self::parse(&word)
            .or_else(|| Self::ALL.iter().find(by_code).copied())
            .ok_or(AlternateIdError::Kind)
    }
}

reasons! {
    /// Why an alternate id was refused.
    AlternateIdError {
        /// A value without its kind.
        KindMissing = "alternate_id.kind_missing",
            "Say what kind of id this is, for example passport, refugee or work_permit.";
        /// Not a kind.
        Kind = "alternate_id.kind",
            "This kind is not known. Use passport, refugee, asylum_seeker, work_permit, study_visa, residence_permit, birth_certificate, temporary_id, drivers_licence, student_number or employee_number, or the NLRD code.";
        /// Kind 533 with a value.
        KindNone = "alternate_id.kind_none",
            "Type 533 means that there is no alternate id, but one is given. Use the type of the document, for example 527 for a passport.";
        /// A kind without its value.
        Missing = "alternate_id.missing", "Give the number of the document, or leave its type empty.";
        /// Too short or too long.
        Length = "alternate_id.length", "An alternate id has 4 to 20 letters and digits.";
        /// Something else than letters, digits, hyphen, slash or point.
        Character = "alternate_id.character", "An alternate id has letters, digits, hyphens, slashes and points only.";
        /// No digit, one digit throughout, or a word that means nothing was known.
        Placeholder = "alternate_id.placeholder",
            "This is a placeholder, not an id. Give the number that stands in the document.";
        /// A South African ID number.
        IsSaId = "alternate_id.is_sa_id", "This is a South African ID number. Give it as the ID number, not as an alternate id.";
    }
}

/// An alternate id with its kind. It prints masked, is not serialised, and its text is overwritten when it is dropped.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct AlternateId {
    kind: AlternateIdKind,
    value: String,
}

impl AlternateId {
    /// Reads a value as it stands in the document: spaces are dropped, letters are kept in capitals.
    ///
    /// # Errors
    /// If it cannot be such an id.
    pub fn parse(kind: AlternateIdKind, text: &str) -> Result<Self, AlternateIdError> {
        let value: String = text
            .chars()
            .filter(|letter| *letter != ' ')
            .map(|letter| letter.to_ascii_uppercase())
            .collect();
        let id = Self { kind, value };
        id.check()?;
        Ok(id)
    }

    /// Its kind.
    #[must_use]
    pub const fn kind(&self) -> AlternateIdKind {
        self.kind
    }

    /// The value. Only for sealing and for the acts that disclose in full.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.value
    }

    /// What the blind index is made of: the kind, then letters and digits only, so that `AB/12-3` and `ab 123` are the same.
    #[must_use]
    pub fn normalised(&self) -> String {
        let significant = self.value.chars().filter(char::is_ascii_alphanumeric);
        format!("{}:{}", self.kind, significant.collect::<String>())
    }

    /// `*********567`; of a short id nothing is shown. The mask does not tell the length.
    #[must_use]
    pub fn masked(&self) -> String {
        let shown = self.value.len().saturating_sub(3);
        let tail = if self.value.len() < MASK_SHOWS_FROM_CHARS {
            None
        } else {
            self.value.get(shown..)
        };
        format!("*********{}", tail.unwrap_or_default())
    }

    fn check(&self) -> Result<(), AlternateIdError> {
        let value = self.value.as_str();
        if value.is_empty() {
            return Err(AlternateIdError::Missing);
        }
        if !value
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'/' | b'.'))
        {
            return Err(AlternateIdError::Character);
        }
        let mut significant = value.bytes().filter(u8::is_ascii_alphanumeric);
        let first = significant.next();
        if !value.bytes().any(|byte| byte.is_ascii_digit()) || significant.all(|byte| Some(byte) == first) {
            return Err(AlternateIdError::Placeholder);
        }
        if !(ALTERNATE_ID_CHARS_MIN..=ALTERNATE_ID_CHARS_MAX).contains(&value.len()) {
            return Err(AlternateIdError::Length);
        }
        if SaId::parse(value).is_ok() {
            Err(AlternateIdError::IsSaId)
        } else {
            Ok(())
        }
    }
}

impl Drop for AlternateId {
    fn drop(&mut self) {
        self.value.zeroize();
    }
}

impl fmt::Display for AlternateId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

impl fmt::Debug for AlternateId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AlternateId({} {self})", self.kind)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::codes::CodeList;

    #[test]
    fn values_are_kept_in_one_form() {
        for text in ["A1234567", " a1234567 ", "a 1234 567"] {
            let id = AlternateId::parse(AlternateIdKind::Passport, text).unwrap();
            assert_eq!(id.expose(), "A1234567");
            assert_eq!(id.normalised(), "passport:A1234567");
        }
        let asylum = AlternateId::parse(AlternateIdKind::AsylumSeeker, "JHBSOM000123/17").unwrap();
        assert_eq!(asylum.expose(), "JHBSOM000123/17");
        assert_eq!(asylum.normalised(), "asylum_seeker:JHBSOM00012317");
    }

    #[test]
    fn the_same_number_of_another_kind_is_another_id() {
        let passport = AlternateId::parse(AlternateIdKind::Passport, "12345678").unwrap();
        let student = AlternateId::parse(AlternateIdKind::StudentNumber, "12345678").unwrap();
        assert_ne!(passport.normalised(), student.normalised());
    }

    #[test]
    fn what_is_no_id_is_refused() {
        use AlternateIdError as E;
        let cases = [
            ("", E::Missing),
            ("   ", E::Missing),
            ("A12", E::Length),
            ("A12345678901234567890", E::Length),
            ("NONE", E::Placeholder),
            ("UNKNOWN", E::Placeholder),
            ("0000000", E::Placeholder),
            ("0-0-0", E::Placeholder),
            ("0", E::Placeholder),
            ("=A1234567", E::Character),
            ("A12345é7", E::Character),
            ("A1234;567", E::Character),
            ("8001015009087", E::IsSaId),
        ];
        for (text, reason) in cases {
            assert_eq!(
                AlternateId::parse(AlternateIdKind::Passport, text).err(),
                Some(reason),
                "{text}"
            );
        }
    }

    #[test]
    fn kinds_are_read_from_words_and_codes() {
        assert_eq!(AlternateIdKind::accept("Passport"), Ok(AlternateIdKind::Passport));
        assert_eq!(AlternateIdKind::accept(" 527 "), Ok(AlternateIdKind::Passport));
        assert_eq!(AlternateIdKind::accept("565"), Ok(AlternateIdKind::Refugee));
        assert_eq!(AlternateIdKind::accept("533"), Err(AlternateIdError::KindNone));
        assert_eq!(AlternateIdKind::accept("535"), Err(AlternateIdError::Kind));
        assert_eq!(AlternateIdKind::accept("visa"), Err(AlternateIdError::Kind));
        assert_eq!(AlternateIdKind::accept(" "), Err(AlternateIdError::KindMissing));
        let list = CodeList::get("alternate_id_type").unwrap();
        assert!(AlternateIdKind::ALL.iter().all(|kind| list.contains(kind.nlrd_code())));
        assert!(
            AlternateIdKind::ALL
                .iter()
                .all(|kind| AlternateIdError::Kind.message().contains(kind.as_str()))
        );
    }

    #[test]
    fn it_prints_masked() {
        let id = AlternateId::parse(AlternateIdKind::Passport, "A1234567").unwrap();
        assert_eq!(id.to_string(), "*********567");
        assert_eq!(format!("{id:?}"), "AlternateId(passport *********567)");
        let short = AlternateId::parse(AlternateIdKind::StudentNumber, "A1234").unwrap();
        assert_eq!(short.to_string(), "*********");
    }

    proptest! {
        #[test]
        fn any_text_is_kept_in_one_form_or_refused(text in "\\PC{0,24}") {
            if let Ok(id) = AlternateId::parse(AlternateIdKind::Refugee, &text) {
                prop_assert!(id.expose().len() <= ALTERNATE_ID_CHARS_MAX);
                let again = AlternateId::parse(AlternateIdKind::Refugee, id.expose()).unwrap();
                prop_assert_eq!(again, id);
            }
        }
    }
}
