//! The policies: slice and whole set agree; they fit the schema; what is generated from them is fresh.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use skillsyms_core::{ApiKeyId, Instant, LearnerId, PersonId, Role};
use skillsyms_door::policy::{Policies, Question, schema_text};
use skillsyms_door::{Kind, Principal, Registry, Scope, Target, matrix};
use skillsyms_people::api_keys::scopes;
use skillsyms_testkit::registry;
use uuid::Uuid;

pub static REGISTRY: LazyLock<Registry> = LazyLock::new(registry);
pub static POLICIES: LazyLock<Policies> = LazyLock::new(|| Policies::load(&REGISTRY).unwrap());

/// The folder of the policies.
pub fn policies_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies")
}

fn is_fresh(file: &str, text: &str) {
    let path = policies_folder().join(file);
    if std::env::var("SKILLSYMS_BLESS").is_ok() {
        std::fs::write(&path, text).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    let differs = committed.lines().zip(text.lines()).find(|(before, now)| before != now);
    assert!(
        committed == text,
        "policies/{file} is stale, first at {differs:?}: run with SKILLSYMS_BLESS=1 and look at it"
    );
}

#[test]
fn the_matrix_is_fresh() {
    is_fresh("matrix.txt", &matrix::render(&REGISTRY, &POLICIES));
}

#[test]
fn the_schema_is_fresh() {
    is_fresh("skillsyms.cedarschema", &schema_text(&REGISTRY));
}

#[test]
fn the_policies_fit_the_schema_strictly() {
    POLICIES.validate(&REGISTRY).unwrap();
}

/// A few people and learners, so that relations between principal and target come about often.
const IDS: [Uuid; 3] = [Uuid::from_u128(1), Uuid::from_u128(2), Uuid::from_u128(3)];

fn until() -> impl Strategy<Value = Option<Instant>> {
    select(vec![
        None,
        Some(Instant::from_micros(-1)),
        Some(Instant::from_micros(1)),
    ])
}

fn maybe_id() -> impl Strategy<Value = Option<Uuid>> {
    prop_oneof![Just(None), select(IDS.to_vec()).prop_map(Some)]
}

fn some_scopes() -> impl Strategy<Value = Vec<String>> {
    let names: Vec<String> = REGISTRY.all().map(|info| info.name.to_owned()).collect();
    let most = names.len();
    subsequence(names, 0..=most)
}

prop_compose! {
    fn principals()(
        kind in select(Kind::ALL.to_vec()),
        roles in subsequence(Role::ALL.to_vec(), 0..=Role::ALL.len()),
        ids in (select(IDS.to_vec()), maybe_id()),
        registered in (until(), until()),
        scopes in some_scopes(),
        confirmed in until(),
        suspended in any::<bool>(),
    ) -> Principal {
        match kind {
            Kind::Person => {
                let mut person = Principal::person(PersonId::new(ids.0), roles);
                person.learner = ids.1.map(LearnerId::new);
                (person.assessor_until, person.moderator_until) = registered;
                person.step_up_at = confirmed;
                person.suspended = suspended;
                person
            }
            Kind::Key => Principal::api_key(ApiKeyId::new(ids.0), scopes),
            other => Principal::bare(other),
        }
    }
}

prop_compose! {
    fn asked()(
        act in select(REGISTRY.all().map(|info| (info.name, info.shape.entity())).collect::<Vec<_>>()),
        scope in select(vec![None, Some(Scope::All), Some(Scope::Assigned), Some(Scope::Own)]),
        assigned in subsequence(IDS.to_vec(), 0..=IDS.len()),
        owner in maybe_id(),
        person in maybe_id(),
        assessor in maybe_id(),
    ) -> (&'static str, Target, Option<Scope>) {
        let mut target = if scope.is_some() { Target::list(act.1) } else { Target::of(act.1, IDS[0]) };
        target.assigned = assigned.into_iter().map(PersonId::new).collect();
        target.owner = owner.map(LearnerId::new);
        target.person = person.map(PersonId::new);
        target.assessor = assessor.map(PersonId::new);
        (act.0, target, scope)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn slice_and_whole_set_agree(
        principal in principals(),
        (act, target, scope) in asked(),
        has_purpose in any::<bool>(),
        suppose_step_up in any::<bool>(),
    ) {
        let now = Instant::from_micros(0);
        let question = Question { principal: &principal, act, target: &target, scope, now, has_purpose, suppose_step_up };
        let (mut slice, mut whole) = (POLICIES.ask(&question), POLICIES.ask_whole(&question));
        slice.because.sort();
        whole.because.sort();
        prop_assert_eq!(POLICIES.allow(&question), whole.allowed);
        prop_assert_eq!(slice, whole);
    }
}

/// What is kept of an answer must not answer another question: each is asked twice, in all circumstances, of principals who
/// differ in one thing.
#[test]
fn an_answer_that_is_kept_is_the_one_that_the_policies_give() {
    let policies = Policies::load(&REGISTRY).unwrap();
    let me = PersonId::new(IDS[0]);
    let (early, late) = (Instant::from_micros(0), Instant::from_micros(3_600_000_000));
    let admin = Principal::person(me, vec![Role::Admin]);
    let mut confirmed = admin.clone();
    confirmed.step_up_at = Some(early);
    let mut suspended = admin.clone();
    suspended.suspended = true;
    let mut assessor = Principal::person(me, vec![Role::Assessor]);
    assessor.assessor_until = Some(Instant::from_micros(60_000_000));
    let key = Principal::api_key(ApiKeyId::new(IDS[0]), vec!["learner.register".to_owned()]);
    let other = Principal::api_key(ApiKeyId::new(IDS[0]), vec!["learner.list".to_owned()]);
    let (mut allowed, mut asked) = (0, 0);
    for info in REGISTRY.all() {
        for principal in [&admin, &confirmed, &suspended, &assessor, &key, &other, &admin] {
            for scope in [None, Some(Scope::All), Some(Scope::Own)] {
                let list = Target::list(info.shape.entity());
                let target = if scope.is_some() { list } else { Target::tenant() };
                for (now, has_purpose) in [(early, false), (early, true), (late, true)] {
                    let question = Question {
                        principal,
                        act: info.name,
                        target: &target,
                        scope,
                        now,
                        has_purpose,
                        suppose_step_up: false,
                    };
                    let anew = policies.ask(&question).allowed;
                    assert_eq!(
                        (policies.allow(&question), policies.allow(&question)),
                        (anew, anew),
                        "{}",
                        info.name
                    );
                    allowed += u32::from(anew);
                    asked += 1;
                }
            }
        }
    }
    assert!(allowed > 100 && asked > 10 * allowed / 9, "{allowed} of {asked}");
}

#[test]
fn an_act_that_is_not_registered_is_refused() {
    let admin = Principal::person(PersonId::new(IDS[0]), Role::ALL.to_vec());
    for act in ["learner.delete", "", "*", "learner.read\"", "learner"] {
        let target = Target::tenant();
        let now = Instant::from_micros(0);
        let question = Question {
            principal: &admin,
            act,
            target: &target,
            scope: None,
            now,
            has_purpose: true,
            suppose_step_up: true,
        };
        assert!(
            !POLICIES.ask(&question).allowed && !POLICIES.ask_whole(&question).allowed,
            "{act}"
        );
    }
}

/// The list of scopes keeps from keys what they must not do, and the policies do it a second time.
#[test]
fn what_is_no_scope_is_forbidden_to_keys() {
    for info in REGISTRY.all() {
        let key = Principal::api_key(ApiKeyId::new(IDS[0]), vec![info.name.to_owned()]);
        let is_allowed = matrix::cell(&POLICIES, info, &key) != "-";
        assert_eq!(is_allowed, scopes::scope(info.name).is_some(), "{}", info.name);
    }
}
