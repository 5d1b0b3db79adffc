//! Who may do what and why, for people who read it: the policies themselves are asked, and say in words what decided.

use std::collections::HashMap;
use std::sync::Arc;

use cedar_policy::{Effect, PolicyId};
use skillsyms_core::Instant;

use crate::actor::Principal;
use crate::authorise::{Relation, examples};
use crate::door::{Door, Rules};
use crate::matrix;
use crate::policy::{Answer, Policies, Question};
use crate::registry::{ActInfo, Registry, Shape};
use crate::target::Target;

/// What the matrix says, by act and column.
pub(crate) type Matrix = HashMap<&'static str, Vec<(&'static str, String)>>;

/// The policies and the acts that they are about, for views that explain them. It opens no cell.
#[derive(Clone)]
pub struct Rulebook {
    rules: Arc<Rules>,
    registry: Registry,
}

/// A policy that decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// Its id: the file and what it is about.
    pub id: String,
    /// Whether it forbids; else it permits.
    pub forbids: bool,
    /// What it says, in words.
    pub says: String,
}

/// What the policies say of one act on things that relate to somebody in one way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ruling {
    /// `all`, `assigned` or `own`.
    pub reach: &'static str,
    /// Whether it is allowed, with what it takes.
    pub allowed: bool,
    /// What it takes, as the matrix marks it: nothing, `+` the password again, `!` a purpose, `|` one of both, `+!` both.
    pub takes: &'static str,
    /// The policies that decided.
    pub because: Vec<Reason>,
}

impl Door {
    /// The policies and the acts, for views that explain them.
    #[must_use]
    pub fn rulebook(&self) -> Rulebook {
        Rulebook {
            rules: Arc::clone(&self.0.rules),
            registry: self.0.registry.clone(),
        }
    }
}

impl Rulebook {
    /// All acts.
    #[must_use]
    pub const fn registry(&self) -> &Registry {
        &self.registry
    }

    /// What the matrix says of an act, column by column.
    #[must_use]
    pub fn row(&self, info: &ActInfo) -> Vec<(&'static str, String)> {
        let whole = self.rules.matrix.get_or_init(|| self.matrix());
        whole.get(info.name).cloned().unwrap_or_default()
    }

    fn matrix(&self) -> Matrix {
        let row = |info: &ActInfo| {
            let columns = matrix::columns(info.name).into_iter();
            let cells = columns.map(|(name, principal)| (name, matrix::cell(&self.rules.policies, info, &principal)));
            (info.name, cells.collect::<Vec<_>>())
        };
        self.registry.all().map(row).collect()
    }

    /// Why this principal may do an act at this moment, or may not.
    #[must_use]
    pub fn explain(&self, info: &ActInfo, principal: &Principal, now: Instant) -> Vec<Ruling> {
        let ask = |target: &Target, scope, has_purpose, suppose_step_up| {
            self.rules.policies.ask_whole(&Question {
                principal,
                act: info.name,
                target,
                scope,
                now,
                has_purpose,
                suppose_step_up,
            })
        };
        if let Shape::List(entity) = info.shape {
            let target = Target::list(entity);
            let rulings = Target::SCOPES.into_iter().map(|scope| {
                self.ruling(scope.as_str(), |purpose, step_up| {
                    ask(&target, Some(scope), purpose, step_up)
                })
            });
            return rulings.collect();
        }
        let targets = examples(info.shape, principal).into_iter();
        targets
            .map(|(relation, target)| {
                self.ruling(word(relation), |purpose, step_up| ask(&target, None, purpose, step_up))
            })
            .collect()
    }

    fn ruling(&self, reach: &'static str, ask: impl Fn(bool, bool) -> Answer) -> Ruling {
        let best = ask(true, true);
        let bare = ask(false, false);
        let takes = match (bare.allowed, ask(true, false).allowed, ask(false, true).allowed) {
            (true, ..) => "",
            (false, true, true) => "|",
            (false, true, false) => "!",
            (false, false, true) => "+",
            (false, false, false) => "+!",
        };
        let mut ids = best.because;
        if best.allowed && !bare.allowed {
            // What it takes is said by what forbids it without.
            ids.extend(bare.because);
        }
        let mut because: Vec<Reason> = ids.iter().map(|id| reason(&self.rules.policies, id)).collect();
        because.sort_by(|a, b| (a.forbids, &a.id).cmp(&(b.forbids, &b.id)));
        because.dedup();
        Ruling {
            reach,
            allowed: best.allowed,
            takes: if best.allowed { takes } else { "" },
            because,
        }
    }
}

const fn word(relation: Relation) -> &'static str {
    match relation {
        Relation::Any => "all",
        Relation::Assigned => "assigned",
        Relation::Own => "own",
    }
}

/// A policy without words is shown by its id.
fn reason(policies: &Policies, id: &str) -> Reason {
    let policy = policies.policy(&PolicyId::new(id));
    Reason {
        id: id.to_owned(),
        forbids: policy.is_some_and(|policy| policy.effect() == Effect::Forbid),
        says: policy
            .and_then(|policy| policy.annotation("why"))
            .unwrap_or(id)
            .to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use crate::policy::SOURCES;

    #[test]
    fn every_policy_says_in_words_what_it_is_for() {
        for (file, text) in SOURCES {
            for policy in text.split("@id(\"").skip(1) {
                let id = policy.split('"').next().unwrap_or_default();
                assert!(
                    policy
                        .split("\")\n")
                        .nth(1)
                        .is_some_and(|next| next.starts_with("@why(\"")),
                    "{file}: {id} has no @why behind its @id"
                );
            }
        }
    }
}
