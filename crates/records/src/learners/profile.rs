//! View: contact details and profile of a learner, for administrators and for the learner. The ID number stays masked.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skillsyms_cells::{CellError, Read};
use skillsyms_core::person::{Address, Contact, Profile};
use skillsyms_core::{Instant, LearnerId, Problem};
use skillsyms_door::{Cx, Disclosure, Fault, Note, Target, View};
use uuid::Uuid;

use super::rows::{self, CorrectionRow, WholeRow};
use super::shown::{self, Warning};
use super::{ENTITY, category, sealing, update};

/// Names, contact details and profile, as text, under the names of the template's columns. Codes are those of the load
/// files; dates are written `1999-11-22`.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LearnerDetails {
    /// Mr, Mrs, Ms, Miss, Dr or Prof.
    pub title: Option<String>,
    /// First name.
    pub first_name: Option<String>,
    /// Other names.
    pub middle_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// Birth date.
    pub birth_date: Option<String>,
    /// M or F.
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
    /// Difficulty with seeing, even with glasses (Washington Group): code of the list `disability_rating`.
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
    /// Postal code of the home address.
    pub home_address_code: Option<String>,
    /// Postal address, first line.
    pub postal_address_1: Option<String>,
    /// Postal address, second line.
    pub postal_address_2: Option<String>,
    /// Postal address, third line.
    pub postal_address_3: Option<String>,
    /// Postal code of the postal address.
    pub postal_address_code: Option<String>,
    /// Province.
    pub province: Option<String>,
    /// Whether the learner agreed that their data may be passed on.
    pub popi_consent: Option<bool>,
    /// When they agreed or refused.
    pub popi_date: Option<String>,
}

impl fmt::Debug for LearnerDetails {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LearnerDetails").finish_non_exhaustive()
    }
}

impl LearnerDetails {
    /// What is kept, in the form in which it is shown and changed.
    pub(crate) fn of(row: &WholeRow, contact: Contact, profile: Profile) -> Self {
        let [home_1, home_2, home_3] = lines(&contact.home);
        let [postal_1, postal_2, postal_3] = lines(&contact.postal);
        Self {
            title: given(&row.title),
            first_name: given(&row.first_name),
            middle_name: given(&row.middle_name),
            last_name: given(&row.last_name),
            birth_date: Some(profile.birth_date.to_string()),
            gender: Some(profile.gender),
            equity: Some(profile.equity),
            nationality: Some(profile.nationality),
            home_language: Some(profile.home_language),
            citizen_status: Some(profile.citizen_status),
            socioeconomic_status: Some(profile.socioeconomic_status),
            disability_status: Some(profile.disability_status),
            seeing_rating: profile.ratings.seeing,
            hearing_rating: profile.ratings.hearing,
            communicating_rating: profile.ratings.communicating,
            walking_rating: profile.ratings.walking,
            remembering_rating: profile.ratings.remembering,
            selfcare_rating: profile.ratings.selfcare,
            email: contact.email,
            phone: contact.phone,
            cell: contact.cell,
            home_address_1: home_1,
            home_address_2: home_2,
            home_address_3: home_3,
            home_address_code: contact.home.postal_code,
            postal_address_1: postal_1,
            postal_address_2: postal_2,
            postal_address_3: postal_3,
            postal_address_code: contact.postal.postal_code,
            province: Some(profile.province),
            popi_consent: Some(profile.popi_consent),
            popi_date: profile.popi_date.map(|date| date.to_string()),
        }
    }
}

fn given(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn lines(address: &Address) -> [Option<String>; 3] {
    let mut lines = address.lines.iter().cloned();
    [lines.next(), lines.next(), lines.next()]
}

/// Sees a learner's contact details and profile.
#[derive(Clone, Copy, Debug)]
pub struct ReadProfile {
    /// Whose.
    pub id: LearnerId,
}

/// Contact details and profile of a learner. It prints nothing of itself.
#[derive(Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LearnerProfile {
    /// Whose.
    pub id: LearnerId,
    /// Send it back in `If-Match` to change the record.
    pub version: i64,
    /// The ID, masked.
    pub id_masked: String,
    /// The IDs under which the learner was recorded before, the latest first.
    pub former_ids: Vec<FormerId>,
    /// Names, contact details and profile.
    pub details: LearnerDetails,
    /// What is unusual about it, though it was kept.
    pub warnings: Vec<Warning>,
}

/// An ID under which a learner was recorded before it was corrected.
#[derive(Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FormerId {
    /// What kind of ID it was.
    pub id_kind: &'static str,
    /// The ID, masked.
    pub id_masked: String,
    /// When it was corrected.
    pub corrected_at: Instant,
}

impl FormerId {
    fn of(cx: &Cx, row: &CorrectionRow) -> Result<Self, Fault> {
        let id = Uuid::from_slice(&row.id).map_err(|_| CellError::Damaged("the id of a correction"))?;
        let identity = sealing::open_former(cx.keys(), id, &row.identity)?;
        Ok(Self {
            id_kind: identity.kind(),
            id_masked: identity.masked(),
            corrected_at: row.corrected_at,
        })
    }
}

impl fmt::Debug for LearnerProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LearnerProfile")
            .field("id", &self.id)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

impl View for ReadProfile {
    const NAME: &'static str = "learner.profile";
    const DISCLOSES: Disclosure = Disclosure::Masked;
    type Output = LearnerProfile;

    fn target(&self, tx: &mut Read<'_>) -> Result<Target, Fault> {
        shown::target(tx, self.id)
    }

    fn run(&self, cx: &Cx, tx: &mut Read<'_>) -> Result<LearnerProfile, Fault> {
        let row = rows::whole(tx, self.id)?.ok_or_else(Problem::not_found)?;
        let contact = sealing::open_contact(cx.keys(), self.id, &row.contact)?;
        let profile = sealing::open_profile(cx.keys(), self.id, &row.profile)?;
        let identity = sealing::open_identity(cx.keys(), self.id, &row.identity)?;
        let former = rows::corrections(tx, self.id)?;
        // Checked as if sent today: what was unusual when it was kept is told as long as it is so.
        let checked = update::as_sent(cx.keys(), self.id, &row)?.validate(cx.today());
        let warnings = checked.map_or_else(|_| Vec::new(), |checked| checked.warnings);
        Ok(LearnerProfile {
            id: self.id,
            version: row.version,
            id_masked: identity.masked(),
            former_ids: former
                .iter()
                .map(|row| FormerId::of(cx, row))
                .collect::<Result<_, _>>()?,
            details: LearnerDetails::of(&row, contact, profile),
            warnings: warnings.into_iter().map(Warning::from).collect(),
        })
    }

    fn entry(&self, output: &LearnerProfile) -> Note {
        let note = Note::on(ENTITY, output.id.uuid()).about(output.id);
        note.category(category::IDENTITY)
            .category(category::CONTACT)
            .category(category::PROFILE)
    }
}
