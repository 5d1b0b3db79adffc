//! What the policies are told of a principal and a target, as Cedar's entities.
//!
//! Making an entity costs more than deciding: each attribute is an expression that Cedar evaluates. So what has no ids of
//! its own is made once, and a principal's entity is kept for as long as nothing in it changes. An entity follows from
//! its attributes alone, and these are looked up in every request: what is kept cannot be out of date.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use cedar_policy::{Entity, EntityId, EntityTypeName, EntityUid, RestrictedExpression};
use skillsyms_core::{Instant, LearnerId, PersonId};

use crate::actor::{Kind, Owes};
use crate::cx::Scope;
use crate::policy::{PolicyError, Question, type_name};
use crate::target::Target;

/// Principals whose entity is kept. More are at work at once on no server; then all are made anew.
const KEPT_MAX: usize = 1_024;

/// What is asked of a target that has no ids of its own, beside who asks: everything else that an answer follows from.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Plain {
    act: &'static str,
    entity: &'static str,
    is_list: bool,
    scope: &'static str,
    confirmed: bool,
    has_purpose: bool,
}

impl Plain {
    /// If the target has no ids of its own.
    pub(crate) fn of(question: &Question<'_>) -> Option<Self> {
        is_plain(question.target).then(|| Self {
            act: question.act,
            entity: question.target.entity,
            is_list: question.target.is_list,
            scope: word(question.scope),
            confirmed: question.is_confirmed(),
            has_purpose: question.has_purpose,
        })
    }
}

/// What is kept of a principal: its entity, and what the policies answered. The answers are bounded by the registry: acts,
/// three scopes, two circumstances.
struct Kept {
    entity: Entity,
    answers: HashMap<Plain, bool>,
}

/// Everything that a principal's entity is made of.
#[derive(PartialEq, Eq, Hash)]
struct Traits {
    kind: &'static str,
    person: Option<PersonId>,
    learner: Option<LearnerId>,
    roles: Vec<&'static str>,
    scopes: Vec<String>,
    suspended: bool,
    owes: Option<Owes>,
    assessor: bool,
    moderator: bool,
}

impl Traits {
    fn of(question: &Question<'_>) -> Self {
        let who = question.principal;
        let valid = |until: Option<Instant>| until.is_some_and(|until| until > question.now);
        Self {
            kind: who.kind.as_str(),
            person: who.person,
            learner: who.learner,
            roles: who.roles.iter().map(|role| role.as_str()).collect(),
            scopes: who.scopes.clone(),
            suspended: who.suspended,
            owes: who.owes,
            assessor: valid(who.assessor_until),
            moderator: valid(who.moderator_until),
        }
    }

    fn entity(&self, uid: EntityUid) -> Option<Entity> {
        let attributes = HashMap::from([
            ("person".to_owned(), maybe(self.person)),
            ("learner".to_owned(), maybe(self.learner)),
            (
                "roles".to_owned(),
                RestrictedExpression::new_set(self.roles.iter().map(text)),
            ),
            (
                "scopes".to_owned(),
                RestrictedExpression::new_set(self.scopes.iter().map(text)),
            ),
            ("suspended".to_owned(), RestrictedExpression::new_bool(self.suspended)),
            ("owes".to_owned(), text(self.owes.map_or("", Owes::as_str))),
            ("assessor".to_owned(), RestrictedExpression::new_bool(self.assessor)),
            ("moderator".to_owned(), RestrictedExpression::new_bool(self.moderator)),
        ]);
        Entity::new(uid, attributes, HashSet::new()).ok()
    }
}

/// Makes entities, and keeps those that come again.
pub(crate) struct Maker {
    uids: HashMap<&'static str, EntityUid>,
    /// Tenants and lists: entity type, whether it is a list, and the scope that is asked for.
    plain: HashMap<(&'static str, bool, &'static str), Entity>,
    kept: Mutex<HashMap<Traits, Kept>>,
}

impl Maker {
    /// For targets of these types.
    pub(crate) fn new(resources: impl Iterator<Item = &'static str>) -> Result<Self, PolicyError> {
        let mut uids = HashMap::new();
        for kind in Kind::ALL.map(Kind::as_str) {
            uids.insert(kind, one(type_name(kind)?, "p"));
        }
        let mut plain = HashMap::new();
        for name in resources {
            let uid = one(type_name(name)?, "r");
            let list = Target::list(name);
            for scope in [None, Some(Scope::All), Some(Scope::Assigned), Some(Scope::Own)] {
                for target in [
                    &Target {
                        is_list: false,
                        ..list.clone()
                    },
                    &list,
                ] {
                    let key = (name, target.is_list, word(scope));
                    if let Some(entity) = resource(target, word(scope), uid.clone()) {
                        plain.insert(key, entity);
                    }
                }
            }
            uids.insert(name, uid);
        }
        Ok(Self {
            uids,
            plain,
            kept: Mutex::default(),
        })
    }

    /// The name of a principal or a target of this type.
    pub(crate) fn uid(&self, name: &str) -> Option<EntityUid> {
        self.uids.get(name).cloned()
    }

    pub(crate) fn principal(&self, question: &Question<'_>) -> Option<Entity> {
        let traits = Traits::of(question);
        let mut kept = self.kept();
        if let Some(kept) = kept.get(&traits) {
            return Some(kept.entity.clone());
        }
        let entity = traits.entity(self.uid(traits.kind)?)?;
        if kept.len() >= KEPT_MAX {
            kept.clear();
        }
        let answers = HashMap::new();
        kept.insert(
            traits,
            Kept {
                entity: entity.clone(),
                answers,
            },
        );
        Some(entity)
    }

    /// What the policies answered to the same question of a principal with the same traits. Policies do not change while
    /// they are loaded, so the answer is still theirs.
    pub(crate) fn answered(&self, question: &Question<'_>, plain: Plain) -> Option<bool> {
        self.kept().get(&Traits::of(question))?.answers.get(&plain).copied()
    }

    /// Keeps an answer, for as long as the principal is kept.
    pub(crate) fn keep(&self, question: &Question<'_>, plain: Plain, answer: bool) {
        if let Some(kept) = self.kept().get_mut(&Traits::of(question)) {
            kept.answers.insert(plain, answer);
        }
    }

    fn kept(&self) -> MutexGuard<'_, HashMap<Traits, Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn resource(&self, question: &Question<'_>, name: &'static str) -> Option<Entity> {
        let (what, scope) = (question.target, word(question.scope));
        if is_plain(what) {
            return self.plain.get(&(name, what.is_list, scope)).cloned();
        }
        resource(what, scope, self.uid(name)?)
    }
}

/// True if the target has no ids of its own: a tenant, or a list.
const fn is_plain(what: &Target) -> bool {
    what.assigned.is_empty() && what.owner.is_none() && what.person.is_none() && what.assessor.is_none()
}

fn word(scope: Option<Scope>) -> &'static str {
    scope.map_or("", Scope::as_str)
}

fn one(name: EntityTypeName, id: &str) -> EntityUid {
    EntityUid::from_type_name_and_id(name, EntityId::new(id))
}

fn resource(what: &Target, scope: &str, uid: EntityUid) -> Option<Entity> {
    let attributes = HashMap::from([
        ("list".to_owned(), RestrictedExpression::new_bool(what.is_list)),
        ("scope".to_owned(), text(scope)),
        (
            "assigned".to_owned(),
            RestrictedExpression::new_set(what.assigned.iter().map(text)),
        ),
        ("owner".to_owned(), maybe(what.owner)),
        ("person".to_owned(), maybe(what.person)),
        ("assessor".to_owned(), maybe(what.assessor)),
    ]);
    Entity::new(uid, attributes, HashSet::new()).ok()
}

pub(crate) fn text(value: impl ToString) -> RestrictedExpression {
    RestrictedExpression::new_string(value.to_string())
}

fn maybe(value: Option<impl ToString>) -> RestrictedExpression {
    RestrictedExpression::new_string(value.map(|value| value.to_string()).unwrap_or_default())
}
