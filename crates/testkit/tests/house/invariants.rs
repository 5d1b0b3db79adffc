//! `policies/invariants.txt`: what must never be allowed. Every line is asked of the policies here; what somebody can be
//! made to try is tried over HTTP in [`crate::registry`].

use skillsyms_core::{ApiKeyId, Instant, LearnerId, PersonId, Role};
use skillsyms_door::policy::Question;
use skillsyms_door::{ActInfo, Kind, Owes, Principal, Scope, Shape, Target, matrix};
use uuid::Uuid;

use crate::policy::{POLICIES, REGISTRY, policies_folder};

/// Where an invariant holds: how the target relates to who tries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Where {
    All,
    Assigned,
    Own,
    OwnAssessment,
    OwnAccount,
}

const EVERYWHERE: [(&str, Where); 5] = [
    ("all", Where::All),
    ("assigned", Where::Assigned),
    ("own", Where::Own),
    ("own-assessment", Where::OwnAssessment),
    ("own-account", Where::OwnAccount),
];

/// One line.
#[derive(Clone, Debug)]
pub struct Invariant {
    pub line: String,
    pub who: String,
    pub acts: Vec<&'static ActInfo>,
    pub places: Vec<Where>,
    pub without_step_up: bool,
    pub without_purpose: bool,
}

const ME: Uuid = Uuid::from_u128(7);
const OTHER: Uuid = Uuid::from_u128(8);

/// Every line of the file.
pub fn all() -> Vec<Invariant> {
    let text = std::fs::read_to_string(policies_folder().join("invariants.txt")).unwrap();
    let lines = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| parse(line).unwrap_or_else(|why| panic!("{line}: {why}")))
        .collect()
}

fn parse(line: &str) -> Result<Invariant, String> {
    let mut words = line.split_ascii_whitespace().peekable();
    if words.next() != Some("never") {
        return Err("a line begins with never".to_owned());
    }
    let who = words.next().ok_or("who?")?.to_owned();
    principals(&who, "").ok_or("there is nobody of that name")?;
    let mut acts = matching(words.next().ok_or("which act?")?)?;
    let mut places: Vec<Where> = EVERYWHERE.iter().map(|(_, place)| *place).collect();
    if let Some((_, place)) = words
        .peek()
        .and_then(|word| EVERYWHERE.iter().find(|(name, _)| name == word))
    {
        places = vec![*place];
        words.next();
    } else if words.peek() == Some(&"anywhere") {
        words.next();
    }
    let (mut without_step_up, mut without_purpose) = (false, false);
    while let Some(word) = words.next() {
        let list = words.next().ok_or("something is missing at the end")?;
        match word {
            "without" => {
                for what in list.split(',') {
                    match what {
                        "step-up" => without_step_up = true,
                        "purpose" => without_purpose = true,
                        _ => return Err(format!("without {what}?")),
                    }
                }
            }
            "except" => {
                let spared = matching(list)?;
                acts.retain(|act| spared.iter().all(|other| other.name != act.name));
            }
            _ => return Err(format!("{word}?")),
        }
    }
    Ok(Invariant {
        line: line.to_owned(),
        who,
        acts,
        places,
        without_step_up,
        without_purpose,
    })
}

fn matching(list: &str) -> Result<Vec<&'static ActInfo>, String> {
    let mut found = Vec::new();
    for pattern in list.split(',') {
        let before = found.len();
        found.extend(REGISTRY.all().filter(|act| is_match(pattern, act.name)));
        if found.len() == before {
            return Err(format!("no act is named {pattern}"));
        }
    }
    Ok(found)
}

fn is_match(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(prefix) => (prefix.is_empty() || prefix.ends_with('.')) && name.starts_with(prefix),
        None => pattern == name,
    }
}

/// Everybody whom the word means, with all that could help them to do this act.
fn principals(who: &str, act: &str) -> Option<Vec<Principal>> {
    let person = |roles: &[Role]| {
        let mut person = Principal::person(PersonId::new(ME), roles.to_vec());
        let later = Some(Instant::from_micros(i64::MAX));
        (person.assessor_until, person.moderator_until) = (later, later);
        person.learner = Some(LearnerId::new(ME));
        person
    };
    let key = || Principal::api_key(ApiKeyId::new(ME), vec![act.to_owned()]);
    let tenants_roles: Vec<Role> = Role::ALL
        .iter()
        .copied()
        .filter(|role| *role != Role::Operator)
        .collect();
    Some(match who {
        "key" => vec![key()],
        "console" => vec![Principal::bare(Kind::Console)],
        "system" => vec![Principal::bare(Kind::System)],
        "nobody" => vec![Principal::bare(Kind::Nobody)],
        "anyone" => {
            let bare = [Kind::Console, Kind::System, Kind::Nobody].map(Principal::bare);
            bare.into_iter()
                .chain([key(), person(Role::ALL)])
                .chain(Role::ALL.iter().map(|role| person(&[*role])))
                .collect()
        }
        "suspended" => vec![Principal {
            suspended: true,
            ..person(&tenants_roles)
        }],
        "owes-factor" => vec![Principal {
            owes: Some(Owes::Factor),
            ..person(Role::ALL)
        }],
        "owes-setup" => vec![Principal {
            owes: Some(Owes::Enrol),
            ..person(Role::ALL)
        }],
        "unregistered" => {
            let past = Some(Instant::from_micros(-1));
            [None, past]
                .map(|until| Principal {
                    assessor_until: until,
                    moderator_until: until,
                    ..person(&tenants_roles)
                })
                .into()
        }
        role => vec![person(&[Role::parse(role)?])],
    })
}

/// Targets of this act that relate so to the principal, each with its scope.
fn targets(act: &ActInfo, place: Where) -> Vec<(Target, Option<Scope>)> {
    let (me, mine) = (PersonId::new(ME), LearnerId::new(ME));
    let (other, others) = (PersonId::new(OTHER), LearnerId::new(OTHER));
    let scope = match place {
        Where::All => Some(Scope::All),
        Where::Assigned => Some(Scope::Assigned),
        Where::Own => Some(Scope::Own),
        Where::OwnAssessment | Where::OwnAccount => None,
    };
    match act.shape {
        Shape::Tenant => (place == Where::All)
            .then(|| (Target::tenant(), None))
            .into_iter()
            .collect(),
        Shape::List(entity) => scope
            .map(|scope| (Target::list(entity), Some(scope)))
            .into_iter()
            .collect(),
        Shape::One(entity) => {
            let plain = Target::of(entity, OTHER)
                .owned_by(others)
                .assessed_by(other)
                .of_person(other);
            let target = match place {
                Where::All => plain,
                Where::Assigned => plain.assigned_to([me]),
                Where::Own => plain.owned_by(mine).assigned_to([me]),
                Where::OwnAssessment => plain.assessed_by(me).assigned_to([me]),
                Where::OwnAccount => plain.of_person(me),
            };
            vec![(target, None)]
        }
    }
}

impl Invariant {
    /// What the policies allow against this line.
    fn broken(&self) -> Vec<String> {
        let mut broken = Vec::new();
        for act in &self.acts {
            for principal in principals(&self.who, act.name).unwrap() {
                for (target, scope) in self.places.iter().flat_map(|place| targets(act, *place)) {
                    let question = Question {
                        principal: &principal,
                        act: act.name,
                        target: &target,
                        scope,
                        now: Instant::from_micros(0),
                        has_purpose: !self.without_purpose,
                        suppose_step_up: !self.without_step_up,
                    };
                    let answer = POLICIES.ask(&question);
                    if answer.allowed {
                        broken.push(format!(
                            "{} is allowed by {:?} on {target:?} in {scope:?}",
                            act.name, answer.because
                        ));
                    }
                }
            }
        }
        broken
    }
}

#[test]
fn no_line_is_broken() {
    let broken: Vec<String> = all()
        .iter()
        .flat_map(|line| line.broken().into_iter().map(|what| format!("{}: {what}", line.line)))
        .collect();
    assert!(broken.is_empty(), "{broken:#?}");
}

/// The matrix is what [`crate::registry`] tries over HTTP, so what may happen nowhere must be `-` in it.
#[test]
fn what_may_happen_nowhere_is_tried_over_http() {
    for line in all().iter().filter(|line| line.places.len() == EVERYWHERE.len()) {
        if line.without_step_up || line.without_purpose {
            continue;
        }
        for act in &line.acts {
            let column = matrix::columns(act.name)
                .into_iter()
                .find(|(name, _)| *name == line.who);
            let Some((_, principal)) = column else { continue };
            assert_eq!(
                matrix::cell(&POLICIES, act, &principal),
                "-",
                "{}: {}",
                line.line,
                act.name
            );
        }
    }
}

#[test]
fn a_line_that_is_broken_is_found() {
    for line in [
        "never admin learner.list all",
        "never assessor learner.read assigned",
        "never learner learner.read own",
        "never key learner.read",
        "never anyone learner.reveal_id",
        "never nobody session.open",
    ] {
        assert!(!parse(line).unwrap().broken().is_empty(), "{line}");
    }
}

#[test]
fn a_line_that_says_nothing_is_refused() {
    for line in [
        "always admin learner.list",
        "never",
        "never boss learner.list",
        "never admin learner.lisst",
        "never admin learn*",
        "never admin learner.list somewhere",
        "never admin learner.list without",
        "never admin learner.list without doubt",
    ] {
        assert!(parse(line).is_err(), "{line}");
    }
}

#[test]
fn every_act_is_in_some_line_about_somebody_with_a_credential() {
    let lines = all();
    let named = |name: &str| {
        lines.iter().any(|line| {
            !["nobody", "suspended", "operator", "system"].contains(&line.who.as_str())
                && line.acts.iter().any(|act| act.name == name)
        })
    };
    let silent: Vec<&str> = REGISTRY.all().map(|act| act.name).filter(|name| !named(name)).collect();
    // What everybody may do with their own account, what shows nothing of anybody, and what keys may do as well.
    let open = [
        "enrolment.",
        "control.",
        "programme.",
        "me.",
        "session.",
        "ledger.",
        "import.",
    ];
    let unsaid: Vec<&&str> = silent
        .iter()
        .filter(|name| !open.iter().any(|prefix| name.starts_with(prefix)))
        .collect();
    assert!(unsaid.is_empty(), "no invariant names {unsaid:?}");
}
