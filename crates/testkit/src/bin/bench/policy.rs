//! What a decision of the policies costs, entities included, without a server: the kinds that come most.

use std::time::Instant;

use anyhow::Result;
use skillsyms_core::{ApiKeyId, Instant as At, PersonId, Role};
use skillsyms_door::policy::{Policies, Question};
use skillsyms_door::{Principal, Scope, Target};
use uuid::Uuid;

use crate::say;
use crate::table::{Row, median};

/// Decisions of each kind.
const DECISIONS: usize = 20_000;

/// Scopes of an integration as they are given.
const SCOPES: [&str; 5] = [
    "learner.register",
    "learner.lookup",
    "learner.read",
    "learner.list",
    "enrolment.list",
];

/// The median of all decisions, and of each kind.
pub fn policy() -> Result<Vec<Row>> {
    let registry = skillsyms_testkit::registry();
    let policies = Policies::load(&registry)?;
    let me = PersonId::new(Uuid::from_u128(7));
    let later = Some(At::from_micros(i64::MAX));
    let mut assessor = Principal::person(me, vec![Role::Assessor]);
    assessor.assessor_until = later;
    let admin = Principal::person(me, vec![Role::Admin, Role::Facilitator]);
    let key = Principal::api_key(ApiKeyId::new(Uuid::from_u128(9)), SCOPES.map(str::to_owned).to_vec());
    let team = Target::of("Learner", Uuid::from_u128(3)).assigned_to([me, PersonId::new(Uuid::from_u128(4))]);
    let kinds = [
        (
            "an administrator registers",
            &admin,
            "learner.register",
            Target::tenant(),
            None,
        ),
        (
            "a key looks up",
            &key,
            "learner.lookup",
            Target::list("Learner"),
            Some(Scope::All),
        ),
        ("an assessor reads one of theirs", &assessor, "learner.read", team, None),
    ];
    let (mut all, mut slowest) = (Vec::new(), 0.0_f64);
    for (what, principal, act, target, scope) in &kinds {
        let mut micros = Vec::with_capacity(DECISIONS);
        let mut allowed = false;
        for _ in 0..DECISIONS {
            let started = Instant::now();
            let question = Question {
                principal,
                act,
                target,
                scope: *scope,
                now: At::from_micros(0),
                has_purpose: true,
                suppose_step_up: false,
            };
            allowed = policies.ask(&question).allowed;
            micros.push(started.elapsed().as_secs_f64() * 1e6);
        }
        all.extend_from_slice(&micros);
        let middle = median(micros);
        say(&format!(
            "policy: {what}: {middle:.1} us, {}",
            if allowed { "allowed" } else { "refused" }
        ));
        slowest = slowest.max(middle);
    }
    let middle = median(all);
    Ok(vec![Row {
        case: "a policy decision, entities included".to_owned(),
        figure: format!("{middle:.1} us (median); {slowest:.1} us for the dearest kind"),
        bare: "-".to_owned(),
        ratio: "-".to_owned(),
        target: "< 10 us",
        met: middle < 10.0,
    }])
}
