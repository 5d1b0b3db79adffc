//! The matrix of roles and acts, generated from registry and policies. Committed as `policies/matrix.txt`.

use std::fmt::Write as _;

use skillsyms_core::{ApiKeyId, Instant, LearnerId, PersonId, Role};
use uuid::Uuid;

use crate::actor::{Kind, Principal};
use crate::authorise::{Relation, examples};
use crate::cx::Scope;
use crate::policy::{Policies, Question};
use crate::registry::{ActInfo, Registry, Shape};
use crate::target::Target;

/// Who stands in the columns of the matrix.
#[must_use]
pub fn columns(act: &'static str) -> Vec<(&'static str, Principal)> {
    let person = PersonId::new(Uuid::max());
    let later = Some(Instant::from_micros(i64::MAX));
    let mut all: Vec<(&'static str, Principal)> = Role::ALL
        .iter()
        .map(|role| {
            let mut principal = Principal::person(person, vec![*role]);
            // The matrix shows what a role may do when its registrations are in force.
            principal.assessor_until = later;
            principal.moderator_until = later;
            principal.learner = (*role == Role::Learner).then(|| LearnerId::new(Uuid::max()));
            (role.as_str(), principal)
        })
        .collect();
    all.push((
        "key",
        Principal::api_key(ApiKeyId::new(Uuid::max()), vec![act.to_owned()]),
    ));
    all.push(("console", Principal::bare(Kind::Console)));
    all.push(("system", Principal::bare(Kind::System)));
    all.push(("nobody", Principal::bare(Kind::Nobody)));
    all
}

/// What one principal may do: in which scope, and what it takes.
#[must_use]
pub fn cell(policies: &Policies, info: &ActInfo, principal: &Principal) -> String {
    let with = |has_purpose, suppose_step_up| reach(policies, info, principal, has_purpose, suppose_step_up);
    let Some(best) = with(true, true) else {
        return "-".to_owned();
    };
    let mark = match (with(false, false), with(true, false), with(false, true)) {
        (Some(_), ..) => "",
        (None, Some(_), Some(_)) => "|",
        (None, Some(_), None) => "!",
        (None, None, Some(_)) => "+",
        (None, None, None) => "+!",
    };
    format!("{best}{mark}")
}

fn reach(
    policies: &Policies,
    info: &ActInfo,
    principal: &Principal,
    has_purpose: bool,
    suppose_step_up: bool,
) -> Option<&'static str> {
    let allowed = |target: &Target, scope: Option<Scope>| {
        let now = Instant::from_micros(0);
        policies
            .ask(&Question {
                principal,
                act: info.name,
                target,
                scope,
                now,
                has_purpose,
                suppose_step_up,
            })
            .allowed
    };
    if let Shape::List(entity) = info.shape {
        let target = Target::list(entity);
        return Target::SCOPES
            .into_iter()
            .find(|scope| allowed(&target, Some(*scope)))
            .map(Scope::as_str);
    }
    let found = examples(info.shape, principal)
        .into_iter()
        .find(|(_, target)| allowed(target, None));
    found.map(|(relation, _)| match relation {
        Relation::Any => "all",
        Relation::Assigned => "assigned",
        Relation::Own => "own",
    })
}

/// The whole matrix as text.
#[must_use]
pub fn render(registry: &Registry, policies: &Policies) -> String {
    let mut out = String::from(
        "# Who may do what. Generated from the registry and policies/*.cedar by `skillsyms codegen matrix`. Do not edit.\n\
         # all / assigned / own: in which scope;  -: not at all;  +: needs a fresh confirmation;  !: needs a purpose;\n\
         # |: needs one of the two;  +!: needs both.  A key has the act in its scopes here.\n\n",
    );
    let names: Vec<&str> = columns("").iter().map(|(name, _)| *name).collect();
    let _ = write!(out, "{:<28} {:<7}", "act", "shows");
    for name in &names {
        let _ = write!(out, " {name:<12}");
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    for info in registry.all() {
        let shows = format!("{:?}", info.discloses).to_lowercase();
        let _ = write!(out, "{:<28} {shows:<7}", info.name);
        for (_, principal) in columns(info.name) {
            let _ = write!(out, " {:<12}", cell(policies, info, &principal));
        }
        out.truncate(out.trim_end().len());
        out.push('\n');
    }
    out
}
