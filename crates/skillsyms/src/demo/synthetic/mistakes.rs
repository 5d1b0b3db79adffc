//! The mistakes that providers make, one function each. They are what the import has to find, to name and to survive.

use std::borrow::Cow;

use skillsyms_core::sa_id::{Citizenship, check_digit};
use skillsyms_core::{Date, SaId};

use super::{File, Row, Text};

/// Where a mistake is made.
pub struct Slot<'a> {
    row: &'a mut Row,
    file: &'a File,
    at: usize,
}

/// Every kind, in the order in which they are spread over a file.
pub const KINDS: &[fn(&mut Slot<'_>)] = &[
    wrong_check_digit,
    month_13,
    february_30,
    lost_leading_zero,
    scientific_notation,
    letter_o,
    swapped_digits,
    all_zero,
    duplicate_id,
    passport_with_type_none,
    no_first_name,
    no_last_name,
    digit_in_name,
    gender_mismatch,
    bad_email,
    unknown_province,
    blank_equity,
    birth_date_mismatch,
    formula,
    slashed_date,
    sequence_0000,
    citizenship_3,
    fourteen_digits,
    no_id_at_all,
    passport_without_birth_date,
    cell_lost_zero,
    postal_code_lost_zero,
    placeholder_name,
    spreadsheet_date,
    disability_without_rating,
    consent_without_date,
    consent_in_future,
    spaces_in_id,
    old_race_digit,
    duplicate_passport,
    id_number_as_passport,
    semicolon_in_address,
    too_young,
];

/// Makes the mistake of this kind in the row at this position. Kinds repeat when a file wants more than there are.
pub fn make(kind: usize, row: &mut Row, file: &File, at: usize) {
    if let Some(kind) = KINDS.get(kind % KINDS.len()) {
        kind(&mut Slot { row, file, at });
    }
}

impl Slot<'_> {
    /// Gives the row an ID number that is right, where it may have had a passport, and returns it.
    fn id_number(&mut self) -> String {
        if self.row.id_number.is_empty() {
            let birth = self.file.birth(self.at);
            let number = SaId::compose(birth.date, birth.sequence, Citizenship::Citizen);
            self.row.id_number = number
                .map(|number| number.expose().to_owned())
                .unwrap_or_default()
                .into();
            self.row.alternate_id = Text::default();
            self.row.alternate_id_type = Text::default();
            self.row.citizen_status = "SA".into();
        }
        self.row.id_number.to_string()
    }

    /// Gives the row a passport where it may have had an ID number.
    fn passport(&mut self) {
        let birth = self.file.birth(self.at);
        self.row.id_number = Text::default();
        self.row.alternate_id_type = "527".into();
        self.row.alternate_id = format!("ZZ{:07}", 7_654_321 + self.at).into();
        self.row.birth_date = birth.date.to_string().into();
        self.row.citizen_status = "O".into();
        self.row.nationality = "ZIM".into();
    }

    /// Puts this in place of the digits from `at`, and a check digit that fits, so that only the part itself is wrong.
    fn id_number_with(&mut self, at: usize, digits: &str) {
        let number = self.id_number();
        let head = number.get(..at).unwrap_or_default();
        let tail = number.get(at + digits.len()..12).unwrap_or_default();
        let twelve = format!("{head}{digits}{tail}");
        let check = check_digit(&twelve).unwrap_or_default();
        self.row.id_number = format!("{twelve}{check}").into();
    }

    /// An earlier row without a mistake that has what `of` takes from it.
    fn earlier(&self, of: impl Fn(&Row) -> Text) -> Option<Text> {
        (0..self.at)
            .rev()
            .filter(|at| self.file.mistake(*at).is_none())
            .map(|at| of(&self.file.person(at)))
            .find(|text| !text.is_empty())
    }
}

fn wrong_check_digit(slot: &mut Slot<'_>) {
    let number = slot.id_number();
    let wrong = number
        .bytes()
        .last()
        .map_or(0, |digit| (digit.wrapping_sub(b'0') + 1) % 10);
    slot.row.id_number = format!("{}{wrong}", number.get(..12).unwrap_or_default()).into();
}

fn month_13(slot: &mut Slot<'_>) {
    slot.id_number_with(2, "13");
}

fn february_30(slot: &mut Slot<'_>) {
    slot.id_number_with(2, "0230");
}

fn lost_leading_zero(slot: &mut Slot<'_>) {
    slot.id_number();
    let sequence = slot.file.birth(slot.at).sequence;
    let number = SaId::compose(Date::constant(2004, 10, 17), sequence, Citizenship::Citizen);
    let number = number.map(|number| number.expose().to_owned()).unwrap_or_default();
    slot.row.birth_date = "2004-10-17".into();
    slot.row.id_number = number.trim_start_matches('0').to_owned().into();
}

fn scientific_notation(slot: &mut Slot<'_>) {
    slot.id_number();
    slot.row.id_number = "8.00102E+12".into();
}

fn letter_o(slot: &mut Slot<'_>) {
    let number = slot.id_number();
    let (head, tail) = number.split_at_checked(10).unwrap_or_default();
    slot.row.id_number = format!("{head}O{}", tail.get(1..).unwrap_or_default()).into();
}

/// Swaps the first two neighbours that a check digit tells apart: not equal, and not 0 and 9.
fn swapped_digits(slot: &mut Slot<'_>) {
    let mut digits = slot.id_number().into_bytes();
    let seen = |pair: &[u8]| matches!(pair, [one, two] if one != two && one.abs_diff(*two) != 9);
    if let Some(at) = digits.windows(2).position(seen) {
        digits.swap(at, at + 1);
    }
    slot.row.id_number = String::from_utf8(digits).unwrap_or_default().into();
}

fn all_zero(slot: &mut Slot<'_>) {
    slot.id_number();
    slot.row.id_number = "0000000000000".into();
}

/// The same person again, as happens when two lists are put together. Without an earlier row there is nothing to repeat.
fn duplicate_id(slot: &mut Slot<'_>) {
    slot.id_number();
    match slot.earlier(|row| row.id_number.clone()) {
        Some(number) => {
            slot.row.id_number = number;
            slot.row.birth_date = Text::default();
            slot.row.gender = Text::default();
            slot.row.citizen_status = "U".into();
        }
        None => wrong_check_digit(slot),
    }
}

fn passport_with_type_none(slot: &mut Slot<'_>) {
    slot.passport();
    slot.row.alternate_id_type = "533".into();
}

fn no_first_name(slot: &mut Slot<'_>) {
    slot.row.first_name = Text::default();
}

fn no_last_name(slot: &mut Slot<'_>) {
    slot.row.last_name = "  ".into();
}

fn digit_in_name(slot: &mut Slot<'_>) {
    slot.row.first_name = format!("{}2", slot.row.first_name).into();
}

/// Only unusual: the learner is kept, with a warning.
fn gender_mismatch(slot: &mut Slot<'_>) {
    slot.id_number();
    let woman = slot.file.birth(slot.at).is_woman();
    slot.row.gender = if woman { "M".into() } else { "F".into() };
}

fn bad_email(slot: &mut Slot<'_>) {
    slot.row.email = "learner at example.org".into();
}

fn unknown_province(slot: &mut Slot<'_>) {
    slot.row.province = "GP".into();
}

fn blank_equity(slot: &mut Slot<'_>) {
    slot.row.equity = Text::default();
}

fn birth_date_mismatch(slot: &mut Slot<'_>) {
    slot.id_number();
    let birth = slot.file.birth(slot.at).date;
    slot.row.birth_date = skillsyms_core::date::plus_days(birth, 31).to_string().into();
}

fn formula(slot: &mut Slot<'_>) {
    slot.row.last_name = "=HYPERLINK(\"http://example.com/collect\",\"Click here\")".into();
}

fn slashed_date(slot: &mut Slot<'_>) {
    let birth = slot.file.birth(slot.at).date;
    slot.row.birth_date = format!("{:02}/{:02}/{}", birth.day(), birth.month(), birth.year()).into();
}

fn sequence_0000(slot: &mut Slot<'_>) {
    slot.id_number_with(6, "0000");
}

fn citizenship_3(slot: &mut Slot<'_>) {
    slot.id_number_with(10, "3");
}

fn fourteen_digits(slot: &mut Slot<'_>) {
    slot.row.id_number = format!("{}0", slot.id_number()).into();
}

fn no_id_at_all(slot: &mut Slot<'_>) {
    slot.passport();
    slot.row.alternate_id = Text::default();
    slot.row.alternate_id_type = "533".into();
}

fn passport_without_birth_date(slot: &mut Slot<'_>) {
    slot.passport();
    slot.row.birth_date = Text::default();
}

fn cell_lost_zero(slot: &mut Slot<'_>) {
    slot.row.cell = "825550123".into();
}

fn postal_code_lost_zero(slot: &mut Slot<'_>) {
    slot.row.home_code = "152".into();
}

fn placeholder_name(slot: &mut Slot<'_>) {
    slot.row.last_name = "UNKNOWN".into();
}

fn spreadsheet_date(slot: &mut Slot<'_>) {
    slot.row.birth_date = "36486".into();
}

fn disability_without_rating(slot: &mut Slot<'_>) {
    slot.row.disability_status = "04".into();
    slot.row.ratings = Default::default();
}

fn consent_without_date(slot: &mut Slot<'_>) {
    slot.row.popi_consent = "yes".into();
    slot.row.popi_date = Text::default();
}

fn consent_in_future(slot: &mut Slot<'_>) {
    slot.row.popi_date = "2062-03-01".into();
}

fn spaces_in_id(slot: &mut Slot<'_>) {
    let number = slot.id_number();
    let part = |from: usize, to: usize| number.get(from..to).unwrap_or_default();
    slot.row.id_number = format!("{} {} {}", part(0, 6), part(6, 10), part(10, 13)).into();
}

/// Only unusual: the learner is kept, with a warning.
fn old_race_digit(slot: &mut Slot<'_>) {
    slot.id_number_with(11, "1");
}

fn duplicate_passport(slot: &mut Slot<'_>) {
    slot.passport();
    let passport = |row: &Row| {
        let is_passport = matches!(&*row.alternate_id_type, "527" | "passport");
        if is_passport {
            row.alternate_id.clone()
        } else {
            Text::default()
        }
    };
    if let Some(number) = slot.earlier(passport) {
        // Typed in small letters this time; it is the same passport.
        slot.row.alternate_id = Cow::Owned(number.to_lowercase());
    }
}

fn id_number_as_passport(slot: &mut Slot<'_>) {
    let number = slot.id_number();
    slot.passport();
    slot.row.alternate_id = number.into();
}

fn semicolon_in_address(slot: &mut Slot<'_>) {
    let [first, ..] = &mut slot.row.home;
    *first = "12 Main Road; Extension 4".into();
}

fn too_young(slot: &mut Slot<'_>) {
    slot.id_number();
    let sequence = slot.file.birth(slot.at).sequence;
    let number = SaId::compose(Date::constant(2019, 6, 3), sequence, Citizenship::Citizen);
    slot.row.id_number = number
        .map(|number| number.expose().to_owned())
        .unwrap_or_default()
        .into();
    slot.row.birth_date = "2019-06-03".into();
}
