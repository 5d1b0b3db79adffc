//! What an act is done to, as far as the policies must know it.

use skillsyms_core::{LearnerId, PersonId};
use uuid::Uuid;

use crate::cx::Scope;

/// A thing, or a list of things, with the attributes that policies may ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Name of the entity type.
    pub entity: &'static str,
    /// Which, unless it is a list or the tenant as a whole.
    pub id: Option<Uuid>,
    /// True for lists: the door asks for the widest scope.
    pub is_list: bool,
    /// People to whom it is assigned: facilitator, assessor, moderator, verifier of an enrolment.
    pub assigned: Vec<PersonId>,
    /// The learner whose it is.
    pub owner: Option<LearnerId>,
    /// The person whose it is, for accounts and sessions.
    pub person: Option<PersonId>,
    /// Who assessed it, for decisions on an assessment.
    pub assessor: Option<PersonId>,
}

impl Target {
    /// The tenant as a whole: creating things, settings.
    #[must_use]
    pub const fn tenant() -> Self {
        Self::bare("Tenant", None, false)
    }

    /// A list of things of this type.
    #[must_use]
    pub const fn list(entity: &'static str) -> Self {
        Self::bare(entity, None, true)
    }

    /// One thing.
    #[must_use]
    pub const fn of(entity: &'static str, id: Uuid) -> Self {
        Self::bare(entity, Some(id), false)
    }

    const fn bare(entity: &'static str, id: Option<Uuid>, is_list: bool) -> Self {
        Self {
            entity,
            id,
            is_list,
            assigned: Vec::new(),
            owner: None,
            person: None,
            assessor: None,
        }
    }

    /// The learner whose it is.
    #[must_use]
    pub const fn owned_by(mut self, learner: LearnerId) -> Self {
        self.owner = Some(learner);
        self
    }

    /// The person whose it is.
    #[must_use]
    pub const fn of_person(mut self, person: PersonId) -> Self {
        self.person = Some(person);
        self
    }

    /// People to whom it is assigned.
    #[must_use]
    pub fn assigned_to(mut self, people: impl IntoIterator<Item = PersonId>) -> Self {
        self.assigned.extend(people);
        self
    }

    /// Who assessed it.
    #[must_use]
    pub const fn assessed_by(mut self, person: PersonId) -> Self {
        self.assessor = Some(person);
        self
    }

    /// Scopes in which a list may be asked for, the widest first.
    pub(crate) const SCOPES: [Scope; 3] = [Scope::All, Scope::Assigned, Scope::Own];
}
