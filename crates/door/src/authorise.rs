//! From the policies' answer to what the caller is told.
//!
//! Absent and forbidden look alike: what a caller hears depends on who they are and what they tried, and on the
//! target only when they may have it.

use skillsyms_core::problem::{FORBIDDEN, NOT_FOUND, PURPOSE, STEP_UP, UNAUTHENTICATED};
use skillsyms_core::{Instant, LearnerId, PersonId, Problem};
use uuid::Uuid;

use crate::actor::{Kind, Principal};
use crate::cx::Scope;
use crate::policy::{Policies, Question};
use crate::registry::Shape;
use crate::target::Target;

/// One attempt to do something.
#[derive(Clone, Copy)]
pub(crate) struct Attempt<'a> {
    pub principal: &'a Principal,
    pub act: &'static str,
    pub shape: Shape,
    pub now: Instant,
    pub has_purpose: bool,
}

impl Policies {
    /// The scope in which the attempt is allowed on this target.
    ///
    /// # Errors
    /// What the caller is told instead.
    pub(crate) fn authorise(&self, attempt: &Attempt<'_>, target: &Target) -> Result<Scope, Problem> {
        if let Some(scope) = self.widest(attempt, target, attempt.has_purpose, false) {
            return Ok(scope);
        }
        if attempt.principal.kind == Kind::Person {
            // Saying what is missing tells nothing new: with it, the caller could have the target.
            if self.widest(attempt, target, true, false).is_some() {
                return Err(Problem::new(&PURPOSE));
            }
            if self.widest(attempt, target, true, true).is_some() {
                let missing = if self.widest(attempt, target, attempt.has_purpose, true).is_some() {
                    &STEP_UP
                } else {
                    &PURPOSE
                };
                return Err(Problem::new(missing));
            }
        }
        Err(self.refusal(attempt))
    }

    /// What a caller is told of a target that is absent, and of one that is forbidden: the same.
    pub(crate) fn refusal(&self, attempt: &Attempt<'_>) -> Problem {
        if attempt.principal.kind == Kind::Nobody {
            return Problem::new(&UNAUTHENTICATED);
        }
        // The same whatever they try: it says nothing of the target.
        if let Some(owes) = attempt.principal.owes {
            return Problem::new(owes.code());
        }
        let ever = matches!(attempt.shape, Shape::One(_)) && self.could_ever(attempt);
        Problem::new(if ever { &NOT_FOUND } else { &FORBIDDEN })
    }

    /// True if there is any target on which the caller might do this.
    fn could_ever(&self, attempt: &Attempt<'_>) -> bool {
        examples(attempt.shape, attempt.principal)
            .iter()
            .any(|(_, target)| self.widest(attempt, target, true, true).is_some())
    }

    fn widest(
        &self,
        attempt: &Attempt<'_>,
        target: &Target,
        has_purpose: bool,
        suppose_step_up: bool,
    ) -> Option<Scope> {
        let allowed = |scope: Option<Scope>| {
            let question = Question {
                principal: attempt.principal,
                act: attempt.act,
                target,
                scope,
                now: attempt.now,
                has_purpose,
                suppose_step_up,
            };
            self.allow(&question)
        };
        if !target.is_list {
            return allowed(None).then_some(Scope::All);
        }
        Target::SCOPES.into_iter().find(|scope| allowed(Some(*scope)))
    }
}

/// How an example target relates to the principal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// Not at all.
    Any,
    /// It is assigned to them.
    Assigned,
    /// It is their own.
    Own,
}

/// Example targets of a shape, for the matrix, the refusals and the tests.
#[must_use]
pub fn examples(shape: Shape, principal: &Principal) -> Vec<(Relation, Target)> {
    let Shape::One(entity) = shape else {
        let target = match shape {
            Shape::List(entity) => Target::list(entity),
            _ => Target::tenant(),
        };
        return vec![(Relation::Any, target)];
    };
    // Nobody has these ids: they stand for somebody else.
    let (other_learner, other_person) = (LearnerId::new(Uuid::nil()), PersonId::new(Uuid::nil()));
    let plain = Target::of(entity, Uuid::nil())
        .owned_by(other_learner)
        .assessed_by(other_person);
    let mut all = vec![(Relation::Any, plain.clone().of_person(other_person))];
    if let Some(person) = principal.person {
        all.push((
            Relation::Assigned,
            plain.clone().of_person(other_person).assigned_to([person]),
        ));
        let own = Target::of(entity, Uuid::nil())
            .assessed_by(other_person)
            .of_person(person);
        all.push((Relation::Own, own.owned_by(principal.learner.unwrap_or(other_learner))));
    }
    all
}
