//! A learner whose every field was checked, in the parts in which it is kept.

use std::fmt;

use jiff::civil::Date;
use zeroize::Zeroizing;

use super::contact::Address;
use super::name::fold;
use crate::alternate_id::{AlternateId, AlternateIdKind};
use crate::problem::FieldError;
use crate::sa_id::SaId;

/// How the kind of a South African ID number is written where an alternate id has its kind.
const SA_ID_KIND: &str = "sa_id";

/// What identifies a learner: an ID number, an alternate id, or both. At least one is always there.
#[derive(Clone, PartialEq, Eq)]
pub struct Identity {
    sa_id: Option<SaId>,
    alternate: Option<AlternateId>,
}

impl Identity {
    /// The identity of these ids; `None` if there is neither.
    #[must_use]
    pub fn new(sa_id: Option<SaId>, alternate: Option<AlternateId>) -> Option<Self> {
        if sa_id.is_none() && alternate.is_none() {
            None
        } else {
            Some(Self { sa_id, alternate })
        }
    }

    /// The ID number.
    #[must_use]
    pub const fn sa_id(&self) -> Option<&SaId> {
        self.sa_id.as_ref()
    }

    /// The alternate id.
    #[must_use]
    pub const fn alternate(&self) -> Option<&AlternateId> {
        self.alternate.as_ref()
    }

    /// The kind of the id that comes first, `sa_id` or the word of the alternate id's kind.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match (&self.sa_id, &self.alternate) {
            (None, Some(alternate)) => alternate.kind().as_str(),
            _ => SA_ID_KIND,
        }
    }

    /// The id that comes first, masked.
    #[must_use]
    pub fn masked(&self) -> String {
        match (&self.sa_id, &self.alternate) {
            (Some(sa_id), _) => sa_id.masked(),
            (None, Some(alternate)) => alternate.masked(),
            (None, None) => String::new(),
        }
    }

    /// What the blind index is made of: the ID number if there is one, else kind and alternate id in their normal form.
    #[must_use]
    pub fn index_value(&self) -> Zeroizing<String> {
        let value = match (&self.sa_id, &self.alternate) {
            (Some(sa_id), _) => sa_id.expose().to_owned(),
            (None, Some(alternate)) => alternate.normalised(),
            (None, None) => String::new(),
        };
        Zeroizing::new(value)
    }

    /// Both ids as one text, to be sealed: `sa_id:8001015009087`, then `;passport:A1234567` if there is one.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        let sa_id = self.sa_id.iter().map(|id| format!("{SA_ID_KIND}:{}", id.expose()));
        let alternate = self.alternate.iter().map(|id| format!("{}:{}", id.kind(), id.expose()));
        Zeroizing::new(sa_id.chain(alternate).collect::<Vec<_>>().join(";"))
    }

    /// Reads what [`Identity::to_text`] wrote. `None` if it is something else.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        let (mut sa_id, mut alternate) = (None, None);
        for part in text.split(';') {
            match part.split_once(':')? {
                (SA_ID_KIND, value) => sa_id = Some(SaId::parse(value).ok()?),
                (kind, value) => alternate = Some(AlternateId::parse(AlternateIdKind::parse(kind)?, value).ok()?),
            }
        }
        Self::new(sa_id, alternate)
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity({} {})", self.kind(), self.masked())
    }
}

/// Ways to reach a learner, in their checked form. Serialised only to be sealed or disclosed.
#[derive(Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Contact {
    /// E-mail address.
    pub email: Option<String>,
    /// Telephone.
    pub phone: Option<String>,
    /// South African cell number, 10 digits.
    pub cell: Option<String>,
    /// Where they live.
    pub home: Address,
    /// Where their post goes.
    pub postal: Address,
}

impl fmt::Debug for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Contact").finish_non_exhaustive()
    }
}

/// What the load files want to know of a learner, as codes of their lists. Serialised only to be sealed or disclosed.
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Profile {
    /// Birth date; it agrees with the ID number.
    pub birth_date: Date,
    /// `gender`.
    pub gender: String,
    /// `equity`.
    pub equity: String,
    /// `nationality`.
    pub nationality: String,
    /// `home_language`.
    pub home_language: String,
    /// `citizen_status`.
    pub citizen_status: String,
    /// `socioeconomic_status`.
    pub socioeconomic_status: String,
    /// `disability_status`.
    pub disability_status: String,
    /// The six ratings of the Washington Group.
    pub ratings: Ratings,
    /// `province`.
    pub province: String,
    /// Whether the learner agreed that their data may be passed on.
    pub popi_consent: bool,
    /// When they agreed or refused.
    pub popi_date: Option<Date>,
}

/// How hard six things are for somebody (Washington Group short set), each a code of the list `disability_rating`. The order
/// is that of the NLRD's person file; SETMIS has another one.
#[derive(Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Ratings {
    /// Seeing, even with glasses.
    pub seeing: Option<String>,
    /// Hearing, even with a hearing aid.
    pub hearing: Option<String>,
    /// Communicating.
    pub communicating: Option<String>,
    /// Walking or climbing steps.
    pub walking: Option<String>,
    /// Remembering or concentrating.
    pub remembering: Option<String>,
    /// Self-care, such as washing or dressing.
    pub selfcare: Option<String>,
}

impl fmt::Debug for Ratings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ratings").finish_non_exhaustive()
    }
}

impl fmt::Debug for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Profile").finish_non_exhaustive()
    }
}

/// A learner whose every field was checked.
#[derive(Clone, PartialEq, Eq)]
pub struct CheckedLearner {
    /// Who it is.
    pub identity: Identity,
    /// Code of the list `title`.
    pub title: Option<&'static str>,
    /// First name.
    pub first_name: String,
    /// Other names.
    pub middle_name: Option<String>,
    /// Last name.
    pub last_name: String,
    /// How to reach them.
    pub contact: Contact,
    /// What the load files want to know.
    pub profile: Profile,
    /// What is unusual, though no reason to refuse.
    pub warnings: Vec<FieldError>,
}

impl CheckedLearner {
    /// The form in which learners are searched and ordered: last name first, folded.
    #[must_use]
    pub fn fold(&self) -> String {
        let middle = self.middle_name.as_deref().unwrap_or_default();
        fold(&format!("{} {} {middle}", self.last_name, self.first_name))
    }
}

impl fmt::Debug for CheckedLearner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CheckedLearner")
            .field("id_kind", &self.identity.kind())
            .field("warnings", &self.warnings.len())
            .finish_non_exhaustive()
    }
}
