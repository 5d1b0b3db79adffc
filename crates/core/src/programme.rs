//! Programmes and modules: what a provider teaches, in the words of the National Qualifications Framework.

use std::fmt;

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::{BigInt, Text};

use crate::words::{reasons, words};

/// Longest SAQA id: the width of `Qualification_Id` and `Unit_Standard_Id` in the NLRD load files.
pub const SAQA_ID_DIGITS_MAX: usize = 10;
/// Longest module code: the width of `Module Code` in QCTO02.
pub const MODULE_CODE_CHARS_MAX: usize = 20;
/// Most credits that one programme or module may carry. A guard against slips: the longest registered
/// qualifications carry under 1,000.
pub const CREDITS_MAX: i64 = 2_000;
/// Hours of learning that one credit stands for.
pub const NOTIONAL_HOURS_PER_CREDIT: i64 = 10;

words! {
    /// What kind of programme it is.
    ProgrammeKind {
        /// A registered qualification, occupational or legacy.
        Qualification = "qualification",
        /// An assessed unit of learning registered as part of a qualification.
        PartQualification = "part_qualification",
        /// A skills programme: a bundle of modules or unit standards, closed by a final integrated assessment.
        SkillsProgramme = "skills_programme",
        /// A learnership: a formal contract of learner, employer and provider.
        Learnership = "learnership",
    }

    /// What kind of module it is.
    ModuleKind {
        /// Knowledge module (KM).
        Knowledge = "knowledge",
        /// Practical skills module (PM).
        Practical = "practical",
        /// Work experience module (WM).
        Workplace = "workplace",
        /// Unit standard of a legacy programme (US).
        UnitStandard = "unit_standard",
    }
}

impl ModuleKind {
    /// The abbreviation that curricula use.
    #[must_use]
    pub const fn abbreviation(self) -> &'static str {
        match self {
            Self::Knowledge => "KM",
            Self::Practical => "PM",
            Self::Workplace => "WM",
            Self::UnitStandard => "US",
        }
    }
}

reasons! {
    /// Why a value of a programme was refused.
    ProgrammeError {
        /// The level is outside the framework.
        NqfLevel = "nqf_level.range", "An NQF level is a whole number from 1 to 10.";
        /// The credits are negative, zero or beyond any registered qualification.
        Credits = "credits.range", "Credits are a whole number from 1 to 2000; one credit stands for 10 hours of learning.";
        /// Not a SAQA id.
        SaqaId = "saqa_id.form", "A SAQA id has 1 to 10 digits and nothing else, for example 118792.";
        /// Not a module code.
        ModuleCode = "module_code.form",
            "A module code has 1 to 20 letters, digits, hyphens, points or underscores, for example 251201001-KM-01.";
    }
}

macro_rules! whole_number {
    ($($(#[$doc:meta])* $name:ident, $range:expr, $error:expr, $schema:tt;)+) => {$(
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize, AsExpression,
            FromSqlRow,
        )]
        #[serde(try_from = "i64", into = "i64")]
        #[diesel(sql_type = BigInt)]
        pub struct $name(i64);

        impl $name {
            /// Checks the number.
            ///
            /// # Errors
            /// If it is out of range.
            pub fn new(number: i64) -> Result<Self, ProgrammeError> {
                if ($range).contains(&number) { Ok(Self(number)) } else { Err($error) }
            }

            /// The number.
            #[must_use]
            pub const fn get(self) -> i64 { self.0 }
        }

        impl TryFrom<i64> for $name {
            type Error = ProgrammeError;
            fn try_from(number: i64) -> Result<Self, ProgrammeError> { Self::new(number) }
        }

        impl From<$name> for i64 {
            fn from(value: $name) -> Self { value.0 }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { self.0.fmt(f) }
        }

        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> { stringify!($name).into() }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema { schemars::json_schema!($schema) }
        }

        impl<DB: Backend> ToSql<BigInt, DB> for $name
        where
            i64: ToSql<BigInt, DB>,
        {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result { self.0.to_sql(out) }
        }

        impl<DB: Backend> FromSql<BigInt, DB> for $name
        where
            i64: FromSql<BigInt, DB>,
        {
            fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
                Ok(Self::new(i64::from_sql(bytes)?)?)
            }
        }
    )+};
}

whole_number! {
    /// A level of the National Qualifications Framework, 1 to 10.
    NqfLevel, 1..=10, ProgrammeError::NqfLevel, { "type": "integer", "minimum": 1, "maximum": 10 };
    /// Credits: one stands for 10 notional hours of learning.
    Credits, 1..=CREDITS_MAX, ProgrammeError::Credits, { "type": "integer", "minimum": 1, "maximum": 2000 };
}

impl Credits {
    /// Hours of learning that the credits stand for.
    #[must_use]
    pub const fn notional_hours(self) -> i64 {
        self.0.saturating_mul(NOTIONAL_HOURS_PER_CREDIT)
    }
}

macro_rules! checked_text {
    ($($(#[$doc:meta])* $name:ident, $check:ident, $error:expr, $schema:tt;)+) => {$(
        $(#[$doc])*
        #[derive(
            Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize, AsExpression, FromSqlRow,
        )]
        #[serde(try_from = "String", into = "String")]
        #[diesel(sql_type = Text)]
        pub struct $name(String);

        impl $name {
            /// Checks the text; space around it is dropped.
            ///
            /// # Errors
            /// If it does not have the form.
            pub fn parse(text: &str) -> Result<Self, ProgrammeError> {
                $check(text.trim()).map(Self).ok_or($error)
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str { &self.0 }
        }

        impl TryFrom<String> for $name {
            type Error = ProgrammeError;
            fn try_from(text: String) -> Result<Self, ProgrammeError> { Self::parse(&text) }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self { value.0 }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(&self.0) }
        }

        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> { stringify!($name).into() }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema { schemars::json_schema!($schema) }
        }

        impl<DB: Backend> ToSql<Text, DB> for $name
        where
            str: ToSql<Text, DB>,
        {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
                <str as ToSql<Text, DB>>::to_sql(&self.0, out)
            }
        }

        impl<DB: Backend> FromSql<Text, DB> for $name
        where
            String: FromSql<Text, DB>,
        {
            fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
                Ok(Self::parse(&<String as FromSql<Text, DB>>::from_sql(bytes)?)?)
            }
        }
    )+};
}

checked_text! {
    /// The id of a qualification, part qualification or unit standard at SAQA: digits only.
    SaqaId, saqa_id, ProgrammeError::SaqaId, { "type": "string", "pattern": "^[0-9]{1,10}$" };
    /// The code of a module in its curriculum, in capitals.
    ModuleCode, module_code, ProgrammeError::ModuleCode, { "type": "string", "pattern": "^[A-Za-z0-9._-]{1,20}$" };
}

fn saqa_id(text: &str) -> Option<String> {
    let digits = (1..=SAQA_ID_DIGITS_MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    let all_zero = text.bytes().all(|byte| byte == b'0');
    (digits && !all_zero).then(|| text.to_owned())
}

fn module_code(text: &str) -> Option<String> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    // A leading sign would be read as a formula by a spreadsheet.
    let starts_well = text.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric());
    let fits = text.len() <= MODULE_CODE_CHARS_MAX && text.bytes().all(allowed);
    (starts_well && fits).then(|| text.to_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_run_from_one_to_ten() {
        for level in 1..=10 {
            assert_eq!(NqfLevel::new(level).unwrap().get(), level);
        }
        for level in [-1, 0, 11, i64::MAX] {
            assert_eq!(NqfLevel::new(level), Err(ProgrammeError::NqfLevel));
        }
        assert!(serde_json::from_str::<NqfLevel>("11").is_err());
        assert_eq!(serde_json::to_string(&NqfLevel::new(4).unwrap()).unwrap(), "4");
    }

    #[test]
    fn credits_are_positive_and_stand_for_hours() {
        assert_eq!(Credits::new(120).unwrap().notional_hours(), 1_200);
        for credits in [-1, 0, CREDITS_MAX + 1] {
            assert_eq!(Credits::new(credits), Err(ProgrammeError::Credits));
        }
    }

    #[test]
    fn saqa_ids_are_digits() {
        assert_eq!(SaqaId::parse(" 118792 ").unwrap().as_str(), "118792");
        for text in ["", "0", "000", "SP210403", "12345678901", "118 792", "１２"] {
            assert_eq!(SaqaId::parse(text), Err(ProgrammeError::SaqaId), "{text}");
        }
    }

    #[test]
    fn module_codes_are_kept_in_capitals() {
        assert_eq!(
            ModuleCode::parse("251201001-km-01").unwrap().as_str(),
            "251201001-KM-01"
        );
        for text in ["", "=1+1", "-KM", "KM 01", "KM-é", "123456789012345678901"] {
            assert_eq!(ModuleCode::parse(text), Err(ProgrammeError::ModuleCode), "{text}");
        }
    }

    #[test]
    fn kinds_read_what_they_write() {
        for kind in ModuleKind::ALL {
            assert_eq!(ModuleKind::parse(kind.as_str()), Some(*kind));
        }
        for kind in ProgrammeKind::ALL {
            assert_eq!(ProgrammeKind::parse(kind.as_str()), Some(*kind));
        }
        assert_eq!(ModuleKind::Workplace.abbreviation(), "WM");
    }
}
