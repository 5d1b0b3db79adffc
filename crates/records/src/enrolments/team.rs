//! Who works with a learner in one programme, and who must not.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skillsyms_cells::Read;
use skillsyms_core::{FieldError, LearnerId, PersonId, Problem, Role};
use skillsyms_door::Fault;

use super::rows;

/// The people who work with a learner in one programme.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Team {
    /// Who teaches.
    #[serde(default)]
    pub facilitator: Option<PersonId>,
    /// Who assesses.
    #[serde(default)]
    pub assessor: Option<PersonId>,
    /// Who moderates.
    #[serde(default)]
    pub moderator: Option<PersonId>,
    /// Who verifies for a quality assurance body.
    #[serde(default)]
    pub verifier: Option<PersonId>,
}

/// A place on the team that is taken: by whom, the role it asks for, the field that names it.
type Place = (PersonId, Role, &'static str);

impl Team {
    fn places(&self) -> impl Iterator<Item = Place> {
        let all = [
            (self.facilitator, Role::Facilitator, "/team/facilitator"),
            (self.assessor, Role::Assessor, "/team/assessor"),
            (self.moderator, Role::Moderator, "/team/moderator"),
            (self.verifier, Role::Verifier, "/team/verifier"),
        ];
        all.into_iter()
            .filter_map(|(person, role, field)| Some((person?, role, field)))
    }

    /// Everybody on the team.
    pub fn people(&self) -> impl Iterator<Item = PersonId> {
        self.places().map(|(person, _, _)| person)
    }

    /// Refuses a team on which somebody would check their own work.
    fn check_places(&self) -> Vec<FieldError> {
        let checks_others = |role: Role| matches!(role, Role::Moderator | Role::Verifier);
        let is_twice = |(person, role, _): &Place| {
            self.places()
                .any(|(other, other_role, _)| other == *person && other_role != *role)
        };
        let twice = self.places().filter(|place| checks_others(place.1) && is_twice(place));
        twice
            .map(|(_, _, field)| FieldError {
                field: field.into(),
                code: "team.two_places",
                message: "Whoever moderates or verifies holds no other place on the team: nobody checks their own work.",
            })
            .collect()
    }

    /// Refuses people who do not hold the role they stand for, who are suspended, or who are one of these learners.
    pub fn check(&self, tx: &mut Read<'_>, learners: &[LearnerId]) -> Result<(), Fault> {
        let mut errors = self.check_places();
        let people = rows::people(tx, &self.people().collect::<Vec<_>>())?;
        for (id, role, field) in self.places() {
            let found = people.iter().find(|person| person.id == id);
            let refused = match found {
                Some(person) if person.learner.is_some_and(|learner| learners.contains(&learner)) => Some((
                    "team.self",
                    "Nobody facilitates, assesses, moderates or verifies their own learning.",
                )),
                Some(person) if person.is_suspended() => Some(("team.suspended", "This account is suspended.")),
                Some(person) if person.holds(role) => None,
                _ => Some((
                    "team.role",
                    "There is nobody with this id who holds the role. Give them the role first.",
                )),
            };
            if let Some((code, message)) = refused {
                errors.push(FieldError {
                    field: field.into(),
                    code,
                    message,
                });
            }
        }
        if errors.is_empty() {
            Ok(())
        } else {
            Err(Problem::invalid(errors).into())
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn person(n: u128) -> Option<PersonId> {
        Some(PersonId::new(Uuid::from_u128(n)))
    }

    #[test]
    fn a_facilitator_may_assess_and_nobody_checks_themselves() {
        let team = Team {
            facilitator: person(1),
            assessor: person(1),
            moderator: person(2),
            verifier: person(3),
        };
        assert!(team.check_places().is_empty());
        for wrong in [
            Team {
                moderator: person(1),
                ..team
            },
            Team {
                verifier: person(1),
                ..team
            },
            Team {
                verifier: person(2),
                ..team
            },
            Team {
                facilitator: None,
                moderator: person(1),
                ..team
            },
        ] {
            assert!(!wrong.check_places().is_empty(), "{wrong:?}");
        }
        assert!(Team::default().check_places().is_empty());
    }
}
