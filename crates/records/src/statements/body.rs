//! What a statement says. It is serialised to be sealed, and to be disclosed; it prints its number only.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skillsyms_core::{Instant, ModuleKind, Outcome, ProgrammeKind};

/// Who issues it, as it was then: from the tenant's settings, never from a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    /// Registered name.
    pub name: String,
    /// Accreditation number.
    #[serde(default)]
    pub number: Option<String>,
    /// Short name, as it stands in the addresses of its pages: a statement's number ends with it, so that the number leads here.
    #[serde(default)]
    pub code: Option<String>,
    /// Address.
    #[serde(default)]
    pub address: Option<String>,
    /// Where a statement is verified: an e-mail address, a telephone number or a web address.
    #[serde(default)]
    pub contact: Option<String>,
}

/// About whom.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StatedLearner {
    /// First name.
    pub first_name: String,
    /// Other names; empty if there are none.
    pub middle_name: String,
    /// Last name.
    pub last_name: String,
    /// What kind of ID: `sa_id`, `passport`, `refugee` and so on.
    pub id_kind: String,
    /// The ID, in full.
    pub id_number: String,
    /// Birth date.
    pub birth_date: String,
}

/// In what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Qualification {
    /// What kind of programme.
    pub kind: ProgrammeKind,
    /// Registered title.
    pub title: String,
    /// Id at SAQA.
    pub saqa_id: String,
    /// Level of the National Qualifications Framework.
    pub nqf_level: i64,
    /// Credits of the whole.
    pub credits: i64,
}

/// How far a module is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Competent, and locked.
    Competent,
    /// Not yet competent after every attempt, and locked.
    NotYetCompetent,
    /// No locked result yet.
    Outstanding,
}

impl Status {
    /// The status of a locked outcome.
    #[must_use]
    pub const fn of(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Competent => Self::Competent,
            Outcome::NotYetCompetent => Self::NotYetCompetent,
            Outcome::Absent => Self::Outstanding,
        }
    }

    /// As it is read.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Competent => "Competent (C)",
            Self::NotYetCompetent => "Not yet competent (NYC)",
            Self::Outstanding => "Outstanding",
        }
    }
}

/// One module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ModuleLine {
    /// Its code in the curriculum.
    pub code: String,
    /// Knowledge, practical, workplace, or unit standard.
    pub kind: ModuleKind,
    /// Its title.
    pub title: String,
    /// Its level of the National Qualifications Framework.
    pub nqf_level: i64,
    /// Its credits.
    pub credits: i64,
    /// How far the learner is.
    pub status: Status,
    /// The day of the assessment that the result stands on.
    pub assessed_on: Option<String>,
}

/// What is sealed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Statement {
    /// Number to verify it by.
    pub number: String,
    /// Code that proves, with the number, that somebody holds this statement. Statements from before there was one have none.
    #[serde(default)]
    pub code: String,
    /// The day of issue.
    pub issued_on: String,
    /// When exactly.
    pub issued_at: Instant,
    /// Who issued it.
    pub provider: Provider,
    /// About whom.
    pub learner: StatedLearner,
    /// In what.
    pub qualification: Qualification,
    /// Module by module, in the order of the curriculum.
    pub modules: Vec<ModuleLine>,
    /// Credits of the competent modules.
    pub credits_achieved: i64,
}

impl fmt::Debug for StatedLearner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StatedLearner")
            .field("id_kind", &self.id_kind)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Statement")
            .field("number", &self.number)
            .finish_non_exhaustive()
    }
}
