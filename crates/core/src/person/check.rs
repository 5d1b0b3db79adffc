//! Checks a learner as it arrives. Every field is looked at, so that one answer names everything that is wrong.

use jiff::civil::Date;

use super::checked::{CheckedLearner, Contact, Identity, Profile, Ratings};
use super::contact::{Address, Email, Phone, parse_address_line, parse_postal_code};
use super::name::{
    FIRST_NAME_CHARS_EXPORTED, LAST_NAME_CHARS_EXPORTED, MIDDLE_NAME_CHARS_EXPORTED, NameWarning, parse_name,
};
use super::{NewAlternateId, NewLearner};
use crate::alternate_id::{AlternateId, AlternateIdKind};
use crate::codes::CodeList;
use crate::date::{DateError, age_on, parse_date};
use crate::problem::FieldError;
use crate::sa_id::{Citizenship, SaId, SequenceGender, check_age};
use crate::words::reasons;

/// The youngest learner that is enrolled, in years. Programmes ask for 14, 15 or 16; the lowest refuses nobody wrongly.
pub const MIN_AGE_YEARS: i16 = 14;
/// From this age on a birth date is questioned.
const UNUSUAL_AGE_YEARS: i16 = 90;
/// The list of codes that each rating is of.
const RATINGS: &str = "disability_rating";
/// The rating that goes with no disability.
const NO_DIFFICULTY: &str = "01";

reasons! {
    /// Why a learner was refused, beyond the form of a single value.
    LearnerError {
        /// Neither an ID number nor an alternate id.
        Identity = "identity.missing", "Give the ID number, or an alternate id with its type.";
        /// A code that has to be there is not.
        CodeMissing = "code.missing", "This has to be given. If it is not known, use the list's own code for unknown.";
        /// No birth date with an alternate id.
        BirthDate = "birth_date.missing", "Without an ID number the birth date has to be given, for example 1999-11-22.";
        /// No gender with an alternate id.
        Gender = "gender.missing", "Without an ID number the gender has to be given: M or F.";
        /// A disability without any rating.
        Rating = "disability_rating.missing",
            "With a disability at least one of the six ratings has to be given, 01 to 04, 06, 60, 70 or 80.";
        /// Consent without its date.
        ConsentDate = "popi_date.missing", "Give the date on which the learner agreed, for example 2026-01-15.";
        /// Neither yes nor no.
        Consent = "popi_consent.form", "Write yes or no.";
    }
}

reasons! {
    /// What is unusual about a learner.
    LearnerWarning {
        /// The gender given is not the one in the ID number.
        Gender = "gender.mismatch",
            "The gender is not the one in the ID number. It may be right; QCTO refuses the learner until both agree.";
        /// The gender was left out.
        GenderTaken = "gender.from_id_number", "The gender was taken from the ID number.";
        /// The status does not fit the ID number's citizenship digit.
        CitizenStatus = "citizen_status.mismatch",
            "The citizen status does not fit the citizenship digit of the ID number. Compare both with the document.";
        /// A rating without a disability.
        Rating = "disability_rating.unexpected", "A rating is given although the disability status is none.";
        /// No consent.
        Consent = "popi_consent.no", "Without consent some load files leave out the name and ids of this learner.";
        /// Older than learners usually are.
        Age = "birth_date.unusual", "The learner would be older than 90 years. Compare the birth date with the document.";
    }
}

impl NewLearner {
    /// Checks every field. Fields are named as in [`CSV_COLUMNS`](super::CSV_COLUMNS).
    ///
    /// # Errors
    /// Everything that is wrong, in the order of the fields; never empty.
    pub fn validate(&self, today: Date) -> Result<CheckedLearner, Vec<FieldError>> {
        self.validate_from_age(today, MIN_AGE_YEARS)
    }

    /// As [`NewLearner::validate`], with the age from which this provider's programmes take learners.
    ///
    /// # Errors
    /// Everything that is wrong, in the order of the fields; never empty.
    pub fn validate_from_age(&self, today: Date, min_age: i16) -> Result<CheckedLearner, Vec<FieldError>> {
        let mut check = Check {
            today,
            min_age,
            errors: self.unread.clone(),
            warnings: Vec::new(),
        };
        let identity = check.identity(self);
        let title = check.optional_code("title", self.title.as_deref());
        let first_name = check.name("first_name", &self.first_name, FIRST_NAME_CHARS_EXPORTED);
        let middle_name = given(self.middle_name.as_deref())
            .and_then(|name| check.name("middle_name", name, MIDDLE_NAME_CHARS_EXPORTED));
        let last_name = check.name("last_name", &self.last_name, LAST_NAME_CHARS_EXPORTED);
        let profile = check.profile(self, identity.as_ref().and_then(Identity::sa_id));
        let contact = check.contact(self);
        let Check { errors, warnings, .. } = check;
        match (identity, first_name, last_name, profile) {
            (Some(identity), Some(first_name), Some(last_name), Some(profile)) if errors.is_empty() => {
                Ok(CheckedLearner {
                    identity,
                    title,
                    first_name,
                    middle_name,
                    last_name,
                    contact,
                    profile,
                    warnings,
                })
            }
            _ => Err(errors),
        }
    }
}

/// The text of a field, unless it is empty.
fn given(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

/// The rating that goes first with a disability status; the status itself where no one of the six does.
fn rating_of(status: &str) -> &'static str {
    match status {
        "01" => "seeing_rating",
        "02" => "hearing_rating",
        "03" => "communicating_rating",
        "04" => "walking_rating",
        "05" => "remembering_rating",
        _ => "disability_status",
    }
}

/// What was found so far.
struct Check {
    today: Date,
    min_age: i16,
    errors: Vec<FieldError>,
    warnings: Vec<FieldError>,
}

impl Check {
    /// The value, or its error noted for this field.
    fn keep<T>(&mut self, read: Result<T, FieldError>) -> Option<T> {
        read.map_err(|error| self.errors.push(error)).ok()
    }

    fn identity(&mut self, new: &NewLearner) -> Option<Identity> {
        let number = given(new.id_number.as_deref());
        if number.is_none() && new.alternate_id.is_none() {
            self.errors.push(LearnerError::Identity.at("id_number"));
            return None;
        }
        let sa_id = number.and_then(|text| self.keep(SaId::parse(text).map_err(|error| error.at("id_number"))));
        let unusual = sa_id.iter().flat_map(SaId::warnings);
        self.warnings.extend(unusual.map(|warning| warning.at("id_number")));
        let alternate = new
            .alternate_id
            .as_ref()
            .and_then(|alternate| self.alternate(alternate));
        Identity::new(sa_id, alternate)
    }

    fn alternate(&mut self, new: &NewAlternateId) -> Option<AlternateId> {
        let kind = AlternateIdKind::accept(&new.kind).map_err(|error| error.at("alternate_id_type"));
        let kind = self.keep(kind)?;
        self.keep(AlternateId::parse(kind, &new.value).map_err(|error| error.at("alternate_id")))
    }

    fn name(&mut self, field: &'static str, text: &str, exported_chars: usize) -> Option<String> {
        let name = self.keep(parse_name(text).map_err(|error| error.at(field)))?;
        if name.chars().count() > exported_chars {
            self.warnings.push(NameWarning::Exported.at(field));
        }
        Some(name)
    }

    fn profile(&mut self, new: &NewLearner, sa_id: Option<&SaId>) -> Option<Profile> {
        let birth_date = self.birth_date(new, sa_id);
        let gender = self.gender(new, sa_id);
        let equity = self.code("equity", new.equity.as_deref());
        let nationality = self.code("nationality", new.nationality.as_deref());
        let home_language = self.code("home_language", new.home_language.as_deref());
        let citizen_status = self.code("citizen_status", new.citizen_status.as_deref());
        self.compare_citizenship(citizen_status, sa_id);
        let socioeconomic_status = self.code("socioeconomic_status", new.socioeconomic_status.as_deref());
        let disability_status = self.code("disability_status", new.disability_status.as_deref());
        let ratings = self.ratings(disability_status, new);
        let province = self.code("province", new.province.as_deref());
        let popi_date = self.consent(new);
        Some(Profile {
            birth_date: birth_date?,
            gender: gender?.to_owned(),
            equity: equity?.to_owned(),
            nationality: nationality?.to_owned(),
            home_language: home_language?.to_owned(),
            citizen_status: citizen_status?.to_owned(),
            socioeconomic_status: socioeconomic_status?.to_owned(),
            disability_status: disability_status?.to_owned(),
            ratings,
            province: province?.to_owned(),
            popi_consent: new.popi_consent,
            popi_date,
        })
    }

    fn birth_date(&mut self, new: &NewLearner, sa_id: Option<&SaId>) -> Option<Date> {
        let field = "birth_date";
        let stated = match given(new.birth_date.as_deref()) {
            Some(text) => Some(self.keep(parse_date(text).map_err(|error| error.at(field)))?),
            None => None,
        };
        let date = match (sa_id, stated) {
            (Some(sa_id), _) => sa_id.birth_date(self.today, self.min_age, stated).map(|born| born.date),
            (None, Some(date)) => check_age(date, self.today, self.min_age).map(|()| date),
            // A wrong ID number is reported already; what would follow from it is not asked for as well.
            (None, None) if given(new.id_number.as_deref()).is_some() => return None,
            (None, None) => {
                self.errors.push(LearnerError::BirthDate.at(field));
                return None;
            }
        };
        let date = self.keep(date.map_err(|error| error.at(field)))?;
        if age_on(date, self.today) > UNUSUAL_AGE_YEARS {
            self.warnings.push(LearnerWarning::Age.at(field));
        }
        Some(date)
    }

    fn gender(&mut self, new: &NewLearner, sa_id: Option<&SaId>) -> Option<&'static str> {
        let field = "gender";
        let stated = self.optional_code(field, new.gender.as_deref());
        let in_number = sa_id.map(|id| SequenceGender::as_str(id.gender()));
        match (stated, in_number) {
            (Some(stated), Some(in_number)) if stated != in_number => {
                self.warnings.push(LearnerWarning::Gender.at(field));
                Some(stated)
            }
            (Some(stated), _) => Some(stated),
            (None, _) if given(new.gender.as_deref()).is_some() => None,
            (None, Some(in_number)) => {
                self.warnings.push(LearnerWarning::GenderTaken.at(field));
                Some(in_number)
            }
            (None, None) if given(new.id_number.as_deref()).is_some() => None,
            (None, None) => {
                self.errors.push(LearnerError::Gender.at(field));
                None
            }
        }
    }

    fn compare_citizenship(&mut self, status: Option<&'static str>, sa_id: Option<&SaId>) {
        let (Some(status), Some(sa_id)) = (status, sa_id) else {
            return;
        };
        let fits = match sa_id.citizenship() {
            Citizenship::Citizen => matches!(status, "SA" | "D" | "U"),
            Citizenship::PermanentResident => matches!(status, "PR" | "O" | "U"),
            Citizenship::Refugee => matches!(status, "O" | "U"),
        };
        if !fits {
            self.warnings.push(LearnerWarning::CitizenStatus.at("citizen_status"));
        }
    }

    /// The six ratings. Which of them are given is the provider's choice; with a disability it is one at least.
    fn ratings(&mut self, status: Option<&'static str>, new: &NewLearner) -> Ratings {
        let mut any = false;
        let mut rating = |field: &'static str, text: &Option<String>| {
            any |= given(text.as_deref()).is_some();
            let code = self.code_of(RATINGS, field, text.as_deref())?;
            if status == Some("N") && code != NO_DIFFICULTY {
                self.warnings.push(LearnerWarning::Rating.at(field));
            }
            Some(code.to_owned())
        };
        let ratings = Ratings {
            seeing: rating("seeing_rating", &new.seeing_rating),
            hearing: rating("hearing_rating", &new.hearing_rating),
            communicating: rating("communicating_rating", &new.communicating_rating),
            walking: rating("walking_rating", &new.walking_rating),
            remembering: rating("remembering_rating", &new.remembering_rating),
            selfcare: rating("selfcare_rating", &new.selfcare_rating),
        };
        if let Some(status) = status.filter(|status| !status.starts_with('N') && !any) {
            self.errors.push(LearnerError::Rating.at(rating_of(status)));
        }
        ratings
    }

    fn consent(&mut self, new: &NewLearner) -> Option<Date> {
        let field = "popi_date";
        if !new.popi_consent && new.unread.is_empty() {
            self.warnings.push(LearnerWarning::Consent.at("popi_consent"));
        }
        let Some(text) = given(new.popi_date.as_deref()) else {
            if new.popi_consent {
                self.errors.push(LearnerError::ConsentDate.at(field));
            }
            return None;
        };
        let date = self.keep(parse_date(text).map_err(|error| error.at(field)))?;
        if date > self.today {
            self.errors.push(DateError::Future.at(field));
            return None;
        }
        Some(date)
    }

    fn contact(&mut self, new: &NewLearner) -> Contact {
        let email = given(new.email.as_deref())
            .and_then(|text| self.keep(Email::parse(text).map_err(|error| error.at("email"))));
        let unusual = email.as_ref().and_then(Email::warning);
        self.warnings.extend(unusual.map(|warning| warning.at("email")));
        let phone = given(new.phone.as_deref())
            .and_then(|text| self.keep(Phone::parse(text).map_err(|error| error.at("phone"))));
        let cell =
            given(new.cell.as_deref()).and_then(|text| self.keep(Phone::cell(text).map_err(|error| error.at("cell"))));
        let home = [
            ("home_address_1", &new.home_address_1),
            ("home_address_2", &new.home_address_2),
            ("home_address_3", &new.home_address_3),
        ];
        let postal = [
            ("postal_address_1", &new.postal_address_1),
            ("postal_address_2", &new.postal_address_2),
            ("postal_address_3", &new.postal_address_3),
        ];
        Contact {
            email: email.map(|email| email.expose().to_owned()),
            phone: phone.map(|phone| phone.expose().to_owned()),
            cell: cell.map(|cell| cell.expose().to_owned()),
            home: self.address(home, ("home_address_code", &new.home_address_code)),
            postal: self.address(postal, ("postal_address_code", &new.postal_address_code)),
        }
    }

    fn address(&mut self, lines: [Named<'_>; 3], code: Named<'_>) -> Address {
        let lines = lines.into_iter().filter_map(|(field, line)| {
            let line = given(line.as_deref())?;
            self.keep(parse_address_line(line).map_err(|error| error.at(field)))
        });
        let lines = lines.collect();
        let postal_code = given(code.1.as_deref())
            .and_then(|text| self.keep(parse_postal_code(text).map_err(|error| error.at(code.0))));
        Address { lines, postal_code }
    }

    /// A code that has to be there, of the list that is named like the field.
    fn code(&mut self, field: &'static str, text: Option<&str>) -> Option<&'static str> {
        if given(text).is_none() {
            self.errors.push(LearnerError::CodeMissing.at(field));
            return None;
        }
        self.optional_code(field, text)
    }

    fn optional_code(&mut self, field: &'static str, text: Option<&str>) -> Option<&'static str> {
        self.code_of(field, field, text)
    }

    /// A code that may be there, of a list that is named otherwise than the field.
    fn code_of(&mut self, list: &str, field: &'static str, text: Option<&str>) -> Option<&'static str> {
        let text = given(text)?;
        let list = CodeList::get(list);
        let code = list.and_then(|list| list.accept(text));
        if code.is_none() {
            let message = list.map_or("This code is not known.", CodeList::refusal);
            self.errors.push(FieldError {
                field: field.into(),
                code: "code.unknown",
                message,
            });
        }
        code
    }
}

/// A field with its name.
type Named<'a> = (&'static str, &'a Option<String>);
