//! Learners through the door, where an attacker would look first.

use skillsyms_core::problem::{FORBIDDEN, NOT_FOUND, STALE, UNAUTHENTICATED};
use skillsyms_core::{LearnerId, PersonId, Role};
use skillsyms_door::{Actor, Principal};
use skillsyms_people::Span;
use skillsyms_people::page::PageAsk;
use uuid::Uuid;

use super::house::{House, holds_a_number, number, thandi};
use super::*;
use crate::learners::lookup::LookupAsk;

pub(super) fn ask(id_number: &str) -> LookupLearner {
    LookupLearner {
        ask: LookupAsk {
            id_number: Some(id_number.to_owned()),
            ..LookupAsk::default()
        },
    }
}

fn with_passport(value: &str) -> skillsyms_core::person::NewLearner {
    skillsyms_core::person::NewLearner {
        id_number: None,
        alternate_id: Some(skillsyms_core::NewAlternateId {
            kind: "passport".into(),
            value: value.into(),
        }),
        birth_date: Some("1990-01-01".into()),
        gender: Some("F".into()),
        citizen_status: Some("O".into()),
        ..thandi("")
    }
}

fn printed<T: std::fmt::Debug + serde::Serialize>(value: &T) -> String {
    format!("{value:?} {}", serde_json::to_string(value).unwrap())
}

#[tokio::test]
async fn a_learner_is_registered_seen_and_found() {
    let house = House::new().await;
    let admin = house.admin();
    let done = house
        .run(
            admin,
            RegisterLearner {
                new: thandi("9001014800089"),
            },
        )
        .await
        .unwrap();
    assert_eq!(
        (done.version, done.warnings.len()),
        (1, 1),
        "the gender was taken from the number"
    );
    let seen = house.view(admin, ReadLearner { id: done.id }).await.unwrap();
    assert_eq!(
        (seen.id_kind.as_str(), seen.id_masked.as_str()),
        ("sa_id", "*********0089")
    );
    assert_eq!(
        (seen.first_name.as_str(), seen.last_name.as_str()),
        ("Thandi", "Dlámini")
    );
    let found = house.view(admin, ask(" 9001014800089 ")).await.unwrap();
    assert_eq!(found.learner, Some(seen.clone()));
    let profile = house.view(admin, ReadProfile { id: done.id }).await.unwrap();
    assert_eq!(profile.details.cell.as_deref(), Some("0821234567"));
    assert_eq!(profile.details.birth_date.as_deref(), Some("1990-01-01"));
    for text in [printed(&done), printed(&seen), printed(&found), printed(&profile)] {
        assert!(!holds_a_number(&text), "{text}");
    }
    assert!(!format!("{seen:?} {profile:?} {found:?}").contains("Thandi"));
    assert!(
        house
            .entries()
            .await
            .iter()
            .all(|entry| !entry.contains("9001014800089") && !entry.contains("Thandi"))
    );
}

#[tokio::test]
async fn learners_without_an_id_number_are_found_by_their_passport() {
    let house = House::new().await;
    let id = house.register(with_passport("A1234567")).await.id;
    let other = LookupLearner {
        ask: LookupAsk {
            id_number: None,
            alternate_id: Some(skillsyms_core::NewAlternateId {
                kind: "527".into(),
                value: "a 1234567".into(),
            }),
        },
    };
    let found = house.view(house.admin(), other).await.unwrap().learner.unwrap();
    assert_eq!(
        (found.id, found.id_kind.as_str(), found.id_masked.as_str()),
        (id, "passport", "*********567")
    );
    let again = house
        .run(
            house.admin(),
            RegisterLearner {
                new: with_passport("A-1234567"),
            },
        )
        .await
        .unwrap_err();
    assert_eq!(again.code, &DUPLICATE);
}

#[tokio::test]
async fn a_number_is_taken_once() {
    let house = House::new().await;
    house.register(thandi("9001014800089")).await;
    let problem = house
        .run(
            house.admin(),
            RegisterLearner {
                new: thandi("9001014800089"),
            },
        )
        .await
        .unwrap_err();
    assert_eq!(problem.code, &DUPLICATE);
    assert!(!holds_a_number(&format!("{problem:?} {problem}")));
    // Nothing is shared between tenants: not even whether a number is there (POPIA section 57).
    let elsewhere = house.session_in(
        house.other,
        Principal::person(PersonId::new(Uuid::from_u128(5)), vec![Role::Admin]),
    );
    house
        .run(
            elsewhere,
            RegisterLearner {
                new: thandi("9001014800089"),
            },
        )
        .await
        .unwrap();
}

#[tokio::test]
async fn a_wrong_learner_is_refused_without_the_number() {
    let house = House::new().await;
    let problem = house
        .run(
            house.admin(),
            RegisterLearner {
                new: thandi("9001014800088"),
            },
        )
        .await
        .unwrap_err();
    assert_eq!(
        (problem.code.name, problem.fields[0].code),
        ("invalid", "sa_id.checksum")
    );
    assert!(!holds_a_number(&format!("{problem:?} {problem}")));
    let problem = house.view(house.admin(), ask("9001014800088")).await.unwrap_err();
    assert_eq!(problem.fields[0].code, "sa_id.checksum");
    assert!(!holds_a_number(&format!("{problem:?} {problem}")));
    let both = LookupAsk {
        id_number: Some(number(1)),
        alternate_id: Some(skillsyms_core::NewAlternateId::default()),
    };
    assert!(!format!("{both:?}").contains(&number(1)));
    assert_eq!(
        house
            .view(house.admin(), LookupLearner { ask: both })
            .await
            .unwrap_err()
            .fields[0]
            .code,
        "lookup.one"
    );
}

#[tokio::test]
async fn a_learner_of_another_tenant_is_not_there() {
    let house = House::new().await;
    let id = house.register(thandi("9001014800089")).await.id;
    let stranger = |roles: &[Role]| {
        house.session_in(
            house.other,
            Principal::person(PersonId::new(Uuid::from_u128(5)), roles.to_vec()),
        )
    };
    let absent = LearnerId::new(Uuid::from_u128(1));
    for actor in [stranger(&[Role::Admin]), stranger(&[Role::Admin, Role::Assessor])] {
        let theirs = house.view(actor, ReadLearner { id }).await.unwrap_err();
        let nobodys = house.view(actor, ReadLearner { id: absent }).await.unwrap_err();
        assert_eq!((theirs.code, &theirs), (&NOT_FOUND, &nobodys));
        assert_eq!(house.view(actor, ReadProfile { id }).await.unwrap_err(), nobodys);
        assert_eq!(
            house
                .view(
                    actor,
                    ReadAccesses {
                        id,
                        span: Span::default(),
                        sort: None,
                        page: PageAsk::default()
                    }
                )
                .await
                .unwrap_err(),
            nobodys
        );
        let update = UpdateLearner {
            id,
            expected: None,
            change: LearnerChange::default(),
        };
        assert_eq!(house.run(actor, update).await.unwrap_err(), nobodys);
        assert_eq!(house.view(actor, ask("9001014800089")).await.unwrap().learner, None);
        assert_eq!(house.view(actor, ListLearners::default()).await.unwrap().items, []);
    }
    // A session of one tenant whose token is sent as another's is nobody.
    let Actor::Session { hash, .. } = house.admin() else {
        panic!()
    };
    let unknown = Actor::Session {
        cell: house.other,
        hash: hash.map(|byte| byte ^ 1),
    };
    assert_eq!(
        house.view(unknown, ReadLearner { id }).await.unwrap_err().code,
        &UNAUTHENTICATED
    );
    assert_eq!(
        house
            .view(Actor::Nobody(house.one), ReadLearner { id })
            .await
            .unwrap_err()
            .code,
        &UNAUTHENTICATED
    );
}

#[tokio::test]
async fn absent_and_forbidden_look_alike() {
    let house = House::new().await;
    let id = house.register(thandi("9001014800089")).await.id;
    let absent = LearnerId::new(Uuid::from_u128(1));
    let (_, assessor) = house.person(&[Role::Assessor]);
    let other = house.learner_session(absent);
    for actor in [assessor, other] {
        let forbidden = house.view(actor, ReadLearner { id }).await.unwrap_err();
        let gone = house
            .view(
                actor,
                ReadLearner {
                    id: LearnerId::new(Uuid::from_u128(2)),
                },
            )
            .await
            .unwrap_err();
        assert_eq!((forbidden.code, &forbidden), (&NOT_FOUND, &gone));
    }
    let (_, operator) = house.person(&[Role::Operator]);
    assert_eq!(
        house.view(operator, ReadLearner { id }).await.unwrap_err().code,
        &FORBIDDEN
    );
    let (_, nobody) = house.person(&[]);
    assert_eq!(
        house
            .run(
                nobody,
                RegisterLearner {
                    new: thandi(&number(7))
                }
            )
            .await
            .unwrap_err()
            .code,
        &FORBIDDEN
    );
}

#[tokio::test]
async fn a_miss_leaves_an_entry_without_the_number() {
    let house = House::new().await;
    let (_, assessor) = house.person(&[Role::Assessor]);
    let id = house.register(thandi("9001014800089")).await.id;
    let before = house.entries().await.len();
    assert_eq!(house.view(house.admin(), ask(&number(3))).await.unwrap().learner, None);
    let miss = house.last_entry().await;
    assert!(
        miss.contains("learner.lookup") && miss.contains("\"count\":0"),
        "{miss}"
    );
    assert!(!miss.contains(&number(3)) && !miss.contains("\"on\""), "{miss}");
    // Somebody else's learner answers and is entered like a number that nobody has.
    assert_eq!(house.view(assessor, ask("9001014800089")).await.unwrap().learner, None);
    let hidden = house.last_entry().await;
    assert!(
        hidden.contains("\"count\":0") && !hidden.contains(&id.to_string()),
        "{hidden}"
    );
    assert!(house.entries().await.len() > before + 2);
}

#[tokio::test]
async fn a_change_is_checked_versioned_and_keeps_what_it_does_not_name() {
    let house = House::new().await;
    let id = house.register(thandi("9001014800089")).await.id;
    let change = |text: &str| LearnerChange {
        last_name: Some(text.to_owned()),
        ..LearnerChange::default()
    };
    let update = |expected, change| UpdateLearner { id, expected, change };
    let done = house
        .run(house.admin(), update(Some(1), change("Mokoena")))
        .await
        .unwrap();
    assert_eq!(done.version, 2);
    let stale = house
        .run(house.admin(), update(Some(1), change("Zulu")))
        .await
        .unwrap_err();
    assert_eq!(stale.code, &STALE);
    let wrong = house
        .run(house.admin(), update(None, change("=1+1")))
        .await
        .unwrap_err();
    assert_eq!(wrong.fields[0].code, "name.formula");
    let other_birth = LearnerChange {
        birth_date: Some("1991-01-01".into()),
        ..LearnerChange::default()
    };
    let wrong = house.run(house.admin(), update(None, other_birth)).await.unwrap_err();
    assert_eq!(wrong.fields[0].code, "birth_date.mismatch");
    let no_email = LearnerChange {
        email: Some(String::new()),
        popi_consent: Some(false),
        ..LearnerChange::default()
    };
    house.run(house.admin(), update(Some(2), no_email)).await.unwrap();
    let profile = house.view(house.admin(), ReadProfile { id }).await.unwrap();
    assert_eq!((profile.version, profile.details.email), (3, None));
    assert_eq!(profile.details.last_name.as_deref(), Some("Mokoena"));
    assert_eq!(profile.details.home_address_1.as_deref(), Some("12 Main Road"));
    assert_eq!(profile.details.popi_consent, Some(false));
    let found = house
        .view(
            house.admin(),
            ListLearners {
                search: Some("mok".into()),
                ..ListLearners::default()
            },
        )
        .await;
    assert_eq!(found.unwrap().items.len(), 1);
    assert_eq!(
        house
            .view(house.admin(), ask("9001014800089"))
            .await
            .unwrap()
            .learner
            .unwrap()
            .id,
        id
    );
    let (_, facilitator) = house.person(&[Role::Facilitator]);
    assert!(house.run(facilitator, update(None, change("Zulu"))).await.is_err());
    assert!(
        house
            .run(house.learner_session(id), update(None, change("Zulu")))
            .await
            .is_err()
    );
}

#[tokio::test]
async fn nothing_sealed_stands_in_the_folder() {
    let house = House::new().await;
    house.register(thandi("9001014800089")).await;
    house.door.close().await;
    for file in walk(house.folder.path()) {
        let bytes = std::fs::read(&file).unwrap();
        for word in ["9001014800089", "thandi@example.org", "0821234567", "Main Road", "mini"] {
            assert!(
                !bytes.windows(word.len()).any(|part| part == word.as_bytes()),
                "{word} in {}",
                file.display()
            );
        }
    }
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] })
        .collect()
}
