//! Learners as persons: what is taken in about one, what is checked, and what is kept.
//!
//! [`NewLearner`] is what arrives, all of it text. [`NewLearner::validate`] reports everything that is wrong with it at once
//! and makes a [`CheckedLearner`]: typed, in one form, ready to be sealed. Nothing is invented on the way: what is missing
//! stays missing or is refused. None of these types prints what it holds.

mod check;
mod checked;
mod contact;
mod name;

pub use check::{LearnerError, LearnerWarning, MIN_AGE_YEARS};
pub use checked::{CheckedLearner, Contact, Identity, Profile, Ratings};
pub use contact::{
    ADDRESS_LINE_CHARS_MAX, Address, ContactError, ContactWarning, EMAIL_CHARS_EXPORTED, EMAIL_CHARS_MAX, Email, Phone,
    parse_address_line, parse_postal_code,
};
pub use name::{
    FIRST_NAME_CHARS_EXPORTED, LAST_NAME_CHARS_EXPORTED, MIDDLE_NAME_CHARS_EXPORTED, NAME_CHARS_MAX, NameError,
    NameWarning, fold, parse_name,
};

use std::fmt;

use crate::problem::FieldError;

/// The columns of a learners' file, in the order of the template. They are the fields of [`NewLearner`]; the alternate id is
/// two columns.
pub const CSV_COLUMNS: &[&str] = &[
    "id_number",
    "alternate_id_type",
    "alternate_id",
    "title",
    "first_name",
    "middle_name",
    "last_name",
    "birth_date",
    "gender",
    "equity",
    "nationality",
    "home_language",
    "citizen_status",
    "socioeconomic_status",
    "disability_status",
    "seeing_rating",
    "hearing_rating",
    "communicating_rating",
    "walking_rating",
    "remembering_rating",
    "selfcare_rating",
    "email",
    "phone",
    "cell",
    "home_address_1",
    "home_address_2",
    "home_address_3",
    "home_address_code",
    "postal_address_1",
    "postal_address_2",
    "postal_address_3",
    "postal_address_code",
    "province",
    "popi_consent",
    "popi_date",
];

/// The columns without which no row of a file can be right. A file that lacks one is refused as a whole.
pub const CSV_COLUMNS_REQUIRED: &[&str] = &[
    "first_name",
    "last_name",
    "equity",
    "nationality",
    "home_language",
    "citizen_status",
    "socioeconomic_status",
    "disability_status",
    "province",
];

/// An id that is not a South African ID number, as it arrives.
#[derive(Clone, Default, PartialEq, Eq, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAlternateId {
    /// What kind of id it is: a word such as `passport`, or the NLRD code such as `527`.
    pub kind: String,
    /// The number, as it stands in the document.
    pub value: String,
}

/// A learner as a provider sends one: the person fields of the NLRD, everything as text. Codes may be given as codes or as their
/// labels; dates as `1999-11-22`.
#[derive(Clone, Default, PartialEq, Eq, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct NewLearner {
    /// South African ID number, 13 digits. This or an alternate id is needed.
    #[serde(alias = "sa_id")]
    pub id_number: Option<String>,
    /// Passport, refugee number and so on.
    pub alternate_id: Option<NewAlternateId>,
    /// Mr, Mrs, Ms, Miss, Dr or Prof.
    pub title: Option<String>,
    /// First name.
    pub first_name: String,
    /// Other names.
    pub middle_name: Option<String>,
    /// Last name.
    pub last_name: String,
    /// Birth date. Needed with an alternate id, and when the ID number fits two centuries.
    pub birth_date: Option<String>,
    /// M or F. Taken from the ID number if it is left out.
    pub gender: Option<String>,
    /// Equity group.
    pub equity: Option<String>,
    /// Nationality.
    pub nationality: Option<String>,
    /// Home language.
    pub home_language: Option<String>,
    /// Citizen or resident status.
    pub citizen_status: Option<String>,
    /// Socioeconomic status.
    pub socioeconomic_status: Option<String>,
    /// Disability status.
    pub disability_status: Option<String>,
    /// With a disability at least one of the six ratings is needed. Difficulty with seeing, even with glasses (Washington Group): code of the list `disability_rating`.
    pub seeing_rating: Option<String>,
    /// Difficulty with hearing, even with a hearing aid (Washington Group): code of the list `disability_rating`.
    pub hearing_rating: Option<String>,
    /// Difficulty with communicating (Washington Group): code of the list `disability_rating`.
    pub communicating_rating: Option<String>,
    /// Difficulty with walking or climbing steps (Washington Group): code of the list `disability_rating`.
    pub walking_rating: Option<String>,
    /// Difficulty with remembering or concentrating (Washington Group): code of the list `disability_rating`.
    pub remembering_rating: Option<String>,
    /// Difficulty with self-care (Washington Group): code of the list `disability_rating`.
    pub selfcare_rating: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// Telephone.
    pub phone: Option<String>,
    /// South African cell number.
    pub cell: Option<String>,
    /// Home address, first line.
    pub home_address_1: Option<String>,
    /// Home address, second line.
    pub home_address_2: Option<String>,
    /// Home address, third line.
    pub home_address_3: Option<String>,
    /// Postal code of the home address, 4 digits.
    pub home_address_code: Option<String>,
    /// Postal address, first line.
    pub postal_address_1: Option<String>,
    /// Postal address, second line.
    pub postal_address_2: Option<String>,
    /// Postal address, third line.
    pub postal_address_3: Option<String>,
    /// Postal code of the postal address, 4 digits.
    pub postal_address_code: Option<String>,
    /// Province.
    pub province: Option<String>,
    /// Whether the learner agreed that their data may be passed on (POPI Act).
    pub popi_consent: bool,
    /// When they agreed or refused.
    pub popi_date: Option<String>,
    /// What [`NewLearner::from_columns`] could not read; [`NewLearner::validate`] reports it with the rest.
    #[serde(skip)]
    #[schemars(skip)]
    pub unread: Vec<FieldError>,
}

impl NewLearner {
    /// Reads a row of a file. `lookup` gives the text of a column by its name, or `None` if the file has no such column; an
    /// empty cell is the same.
    #[must_use]
    pub fn from_columns<'row>(lookup: impl Fn(&str) -> Option<&'row str>) -> Self {
        let text = |column: &str| {
            lookup(column)
                .map(str::trim)
                .filter(|text| !text.is_empty())
                .map(str::to_owned)
        };
        let (kind, value) = (text("alternate_id_type"), text("alternate_id"));
        let mut unread = Vec::new();
        let consent = yes_or_no(lookup("popi_consent").unwrap_or_default());
        if consent.is_none() {
            unread.push(LearnerError::Consent.at("popi_consent"));
        }
        Self {
            id_number: text("id_number"),
            alternate_id: alternate(kind, value),
            title: text("title"),
            first_name: text("first_name").unwrap_or_default(),
            middle_name: text("middle_name"),
            last_name: text("last_name").unwrap_or_default(),
            birth_date: text("birth_date"),
            gender: text("gender"),
            equity: text("equity"),
            nationality: text("nationality"),
            home_language: text("home_language"),
            citizen_status: text("citizen_status"),
            socioeconomic_status: text("socioeconomic_status"),
            disability_status: text("disability_status"),
            seeing_rating: text("seeing_rating"),
            hearing_rating: text("hearing_rating"),
            communicating_rating: text("communicating_rating"),
            walking_rating: text("walking_rating"),
            remembering_rating: text("remembering_rating"),
            selfcare_rating: text("selfcare_rating"),
            email: text("email"),
            phone: text("phone"),
            cell: text("cell"),
            home_address_1: text("home_address_1"),
            home_address_2: text("home_address_2"),
            home_address_3: text("home_address_3"),
            home_address_code: text("home_address_code"),
            postal_address_1: text("postal_address_1"),
            postal_address_2: text("postal_address_2"),
            postal_address_3: text("postal_address_3"),
            postal_address_code: text("postal_address_code"),
            province: text("province"),
            popi_consent: consent.unwrap_or_default(),
            popi_date: text("popi_date"),
            unread,
        }
    }
}

/// Type 533 alone is how the load files say that there is no alternate id.
fn alternate(kind: Option<String>, value: Option<String>) -> Option<NewAlternateId> {
    match (kind, value) {
        (None, None) => None,
        (Some(kind), None) if kind == "533" => None,
        (kind, value) => Some(NewAlternateId {
            kind: kind.unwrap_or_default(),
            value: value.unwrap_or_default(),
        }),
    }
}

fn yes_or_no(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "yes" | "y" | "true" | "1" | "agree" => Some(true),
        "no" | "n" | "false" | "2" | "disagree" | "" => Some(false),
        _ => None,
    }
}

impl fmt::Debug for NewAlternateId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewAlternateId").finish_non_exhaustive()
    }
}

impl fmt::Debug for NewLearner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewLearner").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
