//! South African ID numbers: `YYMMDD SSSS C A Z`, 13 digits.
//!
//! * `YYMMDD` is the birth date without its century.
//! * `SSSS` is a sequence: 0001 to 4999 female, 5000 to 9999 male.
//! * `C` is 0 for a citizen, 1 for a permanent resident, 2 for a refugee.
//! * `A` was a race digit until 1994 and means nothing now (8 or 9). Nothing is ever derived from it.
//! * `Z` is the Luhn check digit.
//!
//! A Luhn digit does not see everything: month 13 and 30 February have passed it. So each part is checked by itself,
//! and each failure has a reason of its own that says what to do. No reason repeats the number.

use std::fmt;

use jiff::civil::Date;
use zeroize::Zeroize;

use crate::date::age_on;
use crate::words::{reasons, words};

/// Digits of an ID number.
pub const SA_ID_DIGITS: usize = 13;
/// Nobody older is expected to enrol; beyond it a century is ruled out. The usual advice is "about 120"; 110 is taken because with
/// 120 every learner of 15 to 20 years would be asked for a birth date, for the sake of people who are no longer alive.
pub const AGE_MAX_YEARS: i16 = 110;
/// Most zeros that a spreadsheet can have dropped: somebody born in 2000 has `00` and then a month.
const LOST_ZEROS_MAX: usize = 3;

reasons! {
    /// Why a text is not an ID number.
    SaIdError {
        /// Nothing was given.
        Empty = "sa_id.empty", "Give the 13 digits of the ID number.";
        /// Not 13 characters.
        Length = "sa_id.length", "An ID number has 13 digits. Compare it with the document: a digit is missing or too many.";
        /// Correct once its leading zeros are put back.
        LostLeadingZero = "sa_id.lost_leading_zero",
            "A spreadsheet dropped the leading zero of this number. Format the column as text and write all 13 digits.";
        /// Written as `8.00101E+12`.
        ScientificNotation = "sa_id.scientific_notation",
            "A spreadsheet rounded this number, and its last digits are lost. Format the column as text and type it again from the document.";
        /// Something that is not a digit.
        Character = "sa_id.character",
            "An ID number is digits only. Look for a letter O or l in place of 0 or 1, and for spaces, points or hyphens.";
        /// The same digit 13 times.
        AllSame = "sa_id.all_same", "This is a placeholder, not an ID number. Without an ID number give an alternate id.";
        /// The check digit does not fit.
        Checksum = "sa_id.checksum",
            "The check digit does not fit the other digits. Compare the number with the document: a digit is wrong or two are swapped.";
        /// No such month.
        Month = "sa_id.month", "Digits 3 and 4 are the month of birth, 01 to 12. Compare the number with the document.";
        /// No such day in that month, in either century.
        Day = "sa_id.day",
            "Digits 5 and 6 are the day of birth, and that month has no such day. Compare the number with the document.";
        /// Sequence 0000.
        Sequence = "sa_id.sequence",
            "Digits 7 to 10 cannot be 0000; the quality councils refuse such a number. Compare it with the document.";
        /// A citizenship digit that nothing defines.
        Citizenship = "sa_id.citizenship", "Digit 11 is 0, 1 or 2. Compare the number with the document.";
    }
}

reasons! {
    /// What is unusual about a number that is otherwise right.
    SaIdWarning {
        /// Digit 12 is 0 to 7, from before 1994.
        OldRaceDigit = "sa_id.old_race_digit",
            "Digit 12 is from before 1994, and such numbers were issued anew. Ask the learner for their present document.";
    }
}

reasons! {
    /// Why no birth date follows from an ID number.
    BirthDateError {
        /// Two centuries remain.
        Ambiguous = "birth_date.ambiguous",
            "The ID number fits two birth dates a hundred years apart. Give the birth date as well.";
        /// The stated date is not the one in the number.
        Mismatch = "birth_date.mismatch",
            "The birth date is not the one in the ID number. Compare both with the document; one of them is wrong.";
        /// Younger than the programme takes.
        TooYoung = "birth_date.too_young", "The learner is younger than this provider enrols. Compare the date with the document.";
        /// After today.
        Future = "birth_date.future", "The birth date lies in the future. Compare it with the document.";
        /// Older than anybody.
        TooOld = "birth_date.too_old", "The birth date lies more than 110 years back. Compare it with the document.";
    }
}

words! {
    /// The gender that a sequence number carries. It is binary and may lag behind a legal change, so a learner's gender is
    /// kept by itself and only compared with this.
    SequenceGender {
        /// Sequence 0001 to 4999.
        Female = "F",
        /// Sequence 5000 to 9999.
        Male = "M",
    }

    /// What the citizenship digit says.
    Citizenship {
        /// 0.
        Citizen = "citizen",
        /// 1.
        PermanentResident = "permanent_resident",
        /// 2.
        Refugee = "refugee",
    }
}

/// Where a birth date comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BirthDateSource {
    /// One century only is possible.
    Number,
    /// It was stated, and the number agrees.
    Stated,
}

/// A birth date that agrees with the ID number.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct BirthDate {
    /// The date.
    pub date: Date,
    /// Where it comes from.
    pub source: BirthDateSource,
}

impl fmt::Debug for BirthDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BirthDate")
            .field("source", &self.source)
            .finish_non_exhaustive()
    }
}

/// A South African ID number that passed every check.
///
/// It prints as `*********9087`: the first six digits are the birth date and the seventh tells the gender, so nothing of
/// them is shown; the last four are enough to find the line in a paper file. It is not serialised. Its bytes are
/// overwritten when it is dropped.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct SaId([u8; SA_ID_DIGITS]);

impl SaId {
    /// Reads 13 digits; space around them is dropped, nothing else is repaired.
    ///
    /// # Errors
    /// The first reason that applies, from the form inwards: length and characters, placeholder, check digit, date,
    /// sequence, citizenship.
    pub fn parse(text: &str) -> Result<Self, SaIdError> {
        let text = text.trim();
        match Self::exactly(text) {
            Err(SaIdError::Length) if lost_leading_zeros(text) => Err(SaIdError::LostLeadingZero),
            verdict => verdict,
        }
    }

    /// Makes the number of these parts, with its check digit: for synthetic data and tests. `None` if there is no such
    /// number (a sequence of 0 or beyond 9999).
    #[must_use]
    pub fn compose(birth: Date, sequence: u16, citizenship: Citizenship) -> Option<Self> {
        let citizenship = match citizenship {
            Citizenship::Citizen => 0,
            Citizenship::PermanentResident => 1,
            Citizenship::Refugee => 2,
        };
        let year = birth.year().rem_euclid(100);
        let twelve = format!(
            "{year:02}{:02}{:02}{sequence:04}{citizenship}8",
            birth.month(),
            birth.day()
        );
        let check = check_digit(&twelve)?;
        Self::parse(&format!("{twelve}{check}")).ok()
    }

    /// The 13 digits. Only for sealing, for the blind index, and for the acts that disclose in full; never for a log, a
    /// message, an address or a ledger entry.
    #[must_use]
    pub fn expose(&self) -> &str {
        // Every byte was checked to be an ASCII digit.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// `*********9087`.
    #[must_use]
    pub fn masked(&self) -> String {
        self.to_string()
    }

    /// What is unusual about it; nothing here is a reason to refuse.
    #[must_use]
    pub fn warnings(&self) -> Vec<SaIdWarning> {
        if self.digit(11) < 8 {
            vec![SaIdWarning::OldRaceDigit]
        } else {
            Vec::new()
        }
    }

    /// The gender that the sequence carries.
    #[must_use]
    pub fn gender(&self) -> SequenceGender {
        if self.digit(6) < 5 {
            SequenceGender::Female
        } else {
            SequenceGender::Male
        }
    }

    /// What the citizenship digit says.
    #[must_use]
    pub fn citizenship(&self) -> Citizenship {
        match self.digit(10) {
            0 => Citizenship::Citizen,
            1 => Citizenship::PermanentResident,
            _ => Citizenship::Refugee,
        }
    }

    /// The birth dates that the number fits, in 19YY and in 20YY, as far as the calendar has them.
    #[must_use]
    pub fn birth_date_candidates(&self) -> Vec<Date> {
        candidates(&self.0)
    }

    /// The birth date, by the rule of centuries: dates in the future, beyond [`AGE_MAX_YEARS`] and under `min_age` years are
    /// dropped; if two remain, it has to be stated. A stated date must be one of the two.
    ///
    /// # Errors
    /// If two dates remain, none does, or the stated one is not among them.
    pub fn birth_date(&self, today: Date, min_age: i16, stated: Option<Date>) -> Result<BirthDate, BirthDateError> {
        let candidates = self.birth_date_candidates();
        if let Some(date) = stated {
            if !candidates.contains(&date) {
                return Err(BirthDateError::Mismatch);
            }
            check_age(date, today, min_age)?;
            return Ok(BirthDate {
                date,
                source: BirthDateSource::Stated,
            });
        }
        let mut possible = candidates
            .iter()
            .filter(|date| check_age(**date, today, min_age).is_ok());
        match (possible.next(), possible.next()) {
            (Some(date), None) => Ok(BirthDate {
                date: *date,
                source: BirthDateSource::Number,
            }),
            (Some(_), Some(_)) => Err(BirthDateError::Ambiguous),
            // The reason that concerns the later century is the one that helps: nobody mistypes into 1899.
            (None, _) => Err(candidates
                .iter()
                .rev()
                .filter_map(|date| check_age(*date, today, min_age).err())
                .find(|reason| *reason != BirthDateError::Future)
                .unwrap_or(BirthDateError::Future)),
        }
    }

    fn exactly(text: &str) -> Result<Self, SaIdError> {
        let digits = digits_of(text)?;
        let id = Self(digits);
        if id.0.iter().all(|byte| *byte == id.byte(0)) {
            return Err(SaIdError::AllSame);
        }
        if !luhn_holds(&id.0) {
            return Err(SaIdError::Checksum);
        }
        if !(1..=12).contains(&id.two_digits(2)) {
            return Err(SaIdError::Month);
        }
        if candidates(&id.0).is_empty() {
            return Err(SaIdError::Day);
        }
        if id.two_digits(6) == 0 && id.two_digits(8) == 0 {
            return Err(SaIdError::Sequence);
        }
        if id.digit(10) > 2 {
            return Err(SaIdError::Citizenship);
        }
        Ok(id)
    }

    fn byte(&self, at: usize) -> u8 {
        self.0.get(at).copied().unwrap_or(b'0')
    }

    fn digit(&self, at: usize) -> u8 {
        self.byte(at).wrapping_sub(b'0')
    }

    fn two_digits(&self, at: usize) -> u8 {
        two_digits(&self.0, at)
    }
}

/// Whether a birth date is possible for a learner of at least `min_age` years.
///
/// # Errors
/// If it lies in the future, more than [`AGE_MAX_YEARS`] back, or too near.
pub fn check_age(birth: Date, today: Date, min_age: i16) -> Result<(), BirthDateError> {
    if birth > today {
        return Err(BirthDateError::Future);
    }
    let age = age_on(birth, today);
    if age > AGE_MAX_YEARS {
        return Err(BirthDateError::TooOld);
    }
    if age < min_age {
        Err(BirthDateError::TooYoung)
    } else {
        Ok(())
    }
}

/// The Luhn check digit that follows these 12 digits. `None` if they are not 12 digits.
#[must_use]
pub fn check_digit(twelve: &str) -> Option<u8> {
    if twelve.len() != SA_ID_DIGITS - 1 || !twelve.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // The check digit itself is not doubled, so the one before it is.
    let sum = luhn_sum(twelve.bytes().rev(), Doubled::First);
    u8::try_from((10 - sum % 10) % 10).ok()
}

impl Drop for SaId {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Display for SaId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let last_four = self.expose().get(SA_ID_DIGITS - 4..).unwrap_or_default();
        write!(f, "*********{last_four}")
    }
}

impl fmt::Debug for SaId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SaId({self})")
    }
}

fn digits_of(text: &str) -> Result<[u8; SA_ID_DIGITS], SaIdError> {
    if text.is_empty() {
        return Err(SaIdError::Empty);
    }
    if is_scientific(text) {
        return Err(SaIdError::ScientificNotation);
    }
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(SaIdError::Character);
    }
    <[u8; SA_ID_DIGITS]>::try_from(text.as_bytes()).map_err(|_| SaIdError::Length)
}

/// `8.00101E+12`, with a decimal point or comma.
fn is_scientific(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once(['E', 'e']) else {
        return false;
    };
    let exponent = exponent.strip_prefix('+').unwrap_or(exponent);
    let is_number = |text: &str| {
        text.bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.' || byte == b',')
    };
    let digit_first = mantissa.bytes().next().is_some_and(|byte| byte.is_ascii_digit());
    digit_first && is_number(mantissa) && !exponent.is_empty() && exponent.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether the text becomes a right number when its leading zeros are put back. The number is not repaired: whoever sends it
/// has to, since a digit may be missing elsewhere.
fn lost_leading_zeros(text: &str) -> bool {
    let missing = SA_ID_DIGITS.saturating_sub(text.len());
    (1..=LOST_ZEROS_MAX).contains(&missing) && SaId::exactly(&format!("{text:0>SA_ID_DIGITS$}")).is_ok()
}

fn candidates(digits: &[u8; SA_ID_DIGITS]) -> Vec<Date> {
    let part = |at| i8::try_from(two_digits(digits, at)).unwrap_or_default();
    let (year, month, day) = (i16::from(two_digits(digits, 0)), part(2), part(4));
    [1900, 2000]
        .into_iter()
        .filter_map(|century| Date::new(century + year, month, day).ok())
        .collect()
}

fn two_digits(digits: &[u8; SA_ID_DIGITS], at: usize) -> u8 {
    let pair = digits.get(at..).unwrap_or_default().iter().take(2);
    pair.fold(0, |number, byte| number * 10 + byte.wrapping_sub(b'0'))
}

fn luhn_holds(digits: &[u8; SA_ID_DIGITS]) -> bool {
    luhn_sum(digits.iter().rev().copied(), Doubled::Second) % 10 == 0
}

/// Which digit from the right is the first to be doubled.
#[derive(Clone, Copy)]
enum Doubled {
    First,
    Second,
}

fn luhn_sum(from_the_right: impl Iterator<Item = u8>, doubled: Doubled) -> u32 {
    let odd = match doubled {
        Doubled::First => 0,
        Doubled::Second => 1,
    };
    let values = from_the_right.enumerate().map(|(at, byte)| {
        let digit = u32::from(byte.wrapping_sub(b'0'));
        match (at % 2 == odd, digit * 2) {
            (false, _) => digit,
            (true, twice) if twice > 9 => twice - 9,
            (true, twice) => twice,
        }
    });
    values.sum()
}

#[cfg(test)]
mod tests;
