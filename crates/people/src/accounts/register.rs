//! Act: note that somebody is registered as an assessor or moderator. Without a valid registration the policies let nobody
//! assess or moderate.
//!
//! An assessment may carry an earlier day than the one on which it is recorded, and asks for a registration on that day.
//! So a registration never makes a day valid that was over when it was entered: else whoever enters it afterwards would
//! make valid what somebody assessed without one.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skillsyms_cells::{Read, Tx};
use skillsyms_core::date::{DateError, parse_date};
use skillsyms_core::{Instant, PersonId, Problem, RegistrationId};
use skillsyms_door::{Act, Cx, Disclosure, Fault, Note, Target};
use skillsyms_vault::Secret;

use super::list::target_of;
use super::rows::{self, NewRegistration};
use crate::field::line;

/// Longest number of a registration.
const NUMBER_MAX_CHARS: usize = 60;
/// Longest name of a body.
const BODY_MAX_CHARS: usize = 120;
/// Longest validity in seconds, about ten years: bodies register for three to five, and more is a slip of the pen.
const VALIDITY_MAX_SECONDS: i64 = 10 * 366 * 24 * 60 * 60;
/// Seconds in a day.
const DAY_SECONDS: i64 = 24 * 60 * 60;

/// As what somebody is registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RegistrationKind {
    /// To judge evidence.
    Assessor,
    /// To check assessors' decisions.
    Moderator,
}

impl RegistrationKind {
    /// The word, as SQL and JSON keep it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Assessor => "assessor",
            Self::Moderator => "moderator",
        }
    }

    /// The kind of this word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Assessor, Self::Moderator]
            .into_iter()
            .find(|kind| kind.as_str() == text)
    }
}

/// A registration with a quality assurance body, as it is typed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RegistrationInput {
    /// As what.
    pub kind: RegistrationKind,
    /// Number that the body gave.
    #[schemars(with = "String")]
    pub number: Secret<String>,
    /// The body, for example a SETA.
    #[schemars(with = "String")]
    pub body: Secret<String>,
    /// First day on which it is valid, for example 2026-01-01.
    pub valid_from: String,
    /// Last day on which it is valid.
    pub valid_until: String,
}

/// Notes a registration. The same kind, body and number again changes its days: that is how one is cut short.
#[derive(Debug)]
pub struct Register {
    /// Whose.
    pub person: PersonId,
    /// The registration.
    pub registration: RegistrationInput,
}

/// What came of it.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct Registered {
    /// The registration.
    pub id: RegistrationId,
    /// Whose.
    pub person: PersonId,
    /// From when it is valid.
    pub valid_from: Instant,
    /// The instant at which it is no longer.
    pub valid_until: Instant,
}

/// What was prepared: fields checked, days turned into instants.
pub struct Ready {
    number: String,
    body: String,
    valid_from: Instant,
    valid_until: Instant,
}

impl Act for Register {
    const NAME: &'static str = "person.register";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Ready = Ready;
    type Output = Registered;

    fn prepare(&self, _: &Cx) -> Result<Ready, Fault> {
        let typed = &self.registration;
        let valid_from = midnight("valid_from", &typed.valid_from)?;
        // The last day counts to its end.
        let valid_until = midnight("valid_until", &typed.valid_until)?.plus_seconds(DAY_SECONDS);
        let seconds = valid_until.seconds_since(valid_from);
        if !(1..=VALIDITY_MAX_SECONDS).contains(&seconds) {
            let message = "The last day must come after the first, and at most ten years after it.";
            return Err(Problem::field("valid_until", "registration.days", message).into());
        }
        Ok(Ready {
            number: line("number", &typed.number, NUMBER_MAX_CHARS)?,
            body: line("body", &typed.body, BODY_MAX_CHARS)?,
            valid_from,
            valid_until,
        })
    }

    fn target(&self, tx: &mut Read<'_>) -> Result<Target, Fault> {
        target_of(tx, self.person)
    }

    fn run(&self, cx: &Cx, ready: &Ready, tx: &mut Tx<'_>) -> Result<Registered, Fault> {
        let new = NewRegistration {
            id: RegistrationId::new(cx.fresh()),
            person: self.person,
            kind: self.registration.kind,
            number: &ready.number,
            body: &ready.body,
            valid_from: ready.valid_from,
            valid_until: ready.valid_until,
            now: cx.now(),
        };
        let before = rows::registration(&mut tx.read(), &new)?;
        let today = midnight("valid_from", &cx.today().to_string())?;
        let known = before.map(|(_, from, until)| (from, until));
        if adds_past_days((new.valid_from, new.valid_until), known, today) {
            let message = "Begin today or later: no day that is over becomes valid afterwards. \
                           A registration that is here already keeps the days that it had.";
            return Err(Problem::field("valid_from", "registration.past", message).into());
        }
        let before = before.map(|(id, ..)| id);
        match before {
            Some(id) => rows::set_validity(tx, id, &new)?,
            None => rows::insert_registration(tx, &new)?,
        }
        Ok(Registered {
            id: before.unwrap_or(new.id),
            person: self.person,
            valid_from: ready.valid_from,
            valid_until: ready.valid_until,
        })
    }

    fn entry(&self, output: &Registered) -> Note {
        Note::on("Person", output.person.uuid()).and("Registration", output.id.uuid())
    }
}

/// Whether a validity covers time before today that the one it replaces did not.
fn adds_past_days(new: (Instant, Instant), known: Option<(Instant, Instant)>, today: Instant) -> bool {
    let past = (new.0, new.1.min(today));
    if past.0 >= past.1 {
        return false;
    }
    known.is_none_or(|known| past.0 < known.0 || past.1 > known.1)
}

/// The start of a day in South Africa, which has one offset all year.
fn midnight(field: &'static str, typed: &str) -> Result<Instant, Problem> {
    let date = parse_date(typed).map_err(|error| Problem::invalid(vec![error.at(field)]))?;
    let no_such_day = || Problem::invalid(vec![DateError::Calendar.at(field)]);
    Instant::parse(&format!("{date}T00:00:00+02:00")).ok_or_else(no_such_day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_in_south_africa() {
        assert_eq!(
            midnight("valid_from", "2026-01-01").unwrap().to_string(),
            "2025-12-31T22:00:00Z"
        );
        let refused = midnight("valid_from", "2026-02-30").unwrap_err();
        assert_eq!(refused.fields[0].field, "valid_from");
    }

    #[test]
    fn no_day_that_is_over_becomes_valid() {
        let at = Instant::from_micros;
        let adds = |new: (i64, i64), known: Option<(i64, i64)>| {
            let known = known.map(|(from, until)| (at(from), at(until)));
            adds_past_days((at(new.0), at(new.1)), known, at(100))
        };
        // From today on, whatever was known.
        assert!(!adds((100, 200), None));
        assert!(!adds((150, 200), Some((0, 50))));
        // New, with a day that is over.
        assert!(adds((99, 200), None));
        assert!(adds((0, 50), None));
        // Known: cut short, prolonged, begun later.
        assert!(!adds((10, 120), Some((10, 200))));
        assert!(!adds((10, 60), Some((10, 200))));
        assert!(!adds((10, 300), Some((10, 200))));
        assert!(!adds((20, 200), Some((10, 200))));
        // Known: begun earlier, or the gap after it ran out filled.
        assert!(adds((9, 200), Some((10, 200))));
        assert!(adds((10, 200), Some((10, 50))));
    }

    #[test]
    fn kinds_read_what_they_write() {
        for kind in [RegistrationKind::Assessor, RegistrationKind::Moderator] {
            assert_eq!(RegistrationKind::parse(kind.as_str()), Some(kind));
        }
    }
}
