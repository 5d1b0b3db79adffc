//! Learners through the door, where an attacker would look first.

use skillsyms_core::problem::{FORBIDDEN, NOT_FOUND, PURPOSE, STALE, STEP_UP, UNAUTHENTICATED};
use skillsyms_core::{LearnerId, NewLearner, PersonId, Problem, Role};
use skillsyms_door::{Actor, Principal};
use skillsyms_people::page::{Cursor, Limit, PageAsk};
use uuid::Uuid;

use super::house::{House, NOW, holds_a_number, number, somebody, thandi};
use super::*;
use crate::learners::lookup::LookupAsk;

fn ask(id_number: &str) -> LookupLearner {
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

/// All ids that a list shows, page by page.
async fn listed(house: &House, actor: Actor) -> Vec<LearnerId> {
    let mut ids = Vec::new();
    let mut page = PageAsk {
        limit: Limit::new(2).unwrap(),
        cursor: None,
    };
    loop {
        let found = house
            .view(
                actor,
                ListLearners {
                    page,
                    ..ListLearners::default()
                },
            )
            .await
            .unwrap();
        ids.extend(found.items.iter().map(|learner| learner.id));
        page.cursor = found.next;
        if page.cursor.is_none() {
            return ids;
        }
    }
}

#[tokio::test]
async fn a_row_is_in_the_list_if_and_only_if_the_single_read_is_allowed() {
    let house = House::new().await;
    let mut all = Vec::new();
    for (n, last_name) in (1..).zip(["Zulu", "Adams", "Nkosi", "Nkosi", "van Wyk", "Ḓuvha", "Nkosi", "Adams"]) {
        all.push((n, house.register(somebody(n, "Thandi", last_name)).await.id));
    }
    let roles = [Role::Facilitator, Role::Assessor, Role::Moderator, Role::Verifier];
    let mut random = skillsyms_core::SplitMix64::new(2_026);
    let mut actors = vec![
        (house.admin(), 8),
        (house.key(&["learner.list", "learner.read", "learner.lookup"]), 8),
    ];
    for role in roles {
        let (person, actor) = house.person(&[role]);
        let mut count = 0;
        for (_, learner) in &all {
            let draw = random.draw();
            for place in (0..4).filter(|place| draw >> place & 3 == 3) {
                house.assign(*learner, person, place).await;
            }
            count += usize::from((0..4).any(|place| draw >> place & 3 == 3));
        }
        actors.push((actor, count));
    }
    actors.push((house.learner_session(all[2].1), 1));
    actors.push((house.learner_session(LearnerId::new(Uuid::from_u128(9))), 0));
    for (at, (actor, count)) in actors.into_iter().enumerate() {
        let listed = listed(&house, actor).await;
        assert_eq!(listed.len(), count, "{at}");
        for (n, id) in &all {
            let read = house.view(actor, ReadLearner { id: *id }).await;
            assert_eq!(read.is_ok(), listed.contains(id), "{at} {id}");
            // Learners do not look numbers up; for everybody else a look-up finds what the list has.
            let found = house.view(actor, ask(&number(*n))).await;
            assert!(
                found.map_or(at > 5, |found| found.learner.is_some() == listed.contains(id)),
                "{at} {id}"
            );
        }
    }
}

#[tokio::test]
async fn staff_who_are_learners_as_well_see_their_own_record_in_the_list() {
    let house = House::new().await;
    let assigned = house.register(somebody(1, "Thandi", "Adams")).await.id;
    let own = house.register(somebody(2, "Thandi", "Nkosi")).await.id;
    house.register(somebody(3, "Thandi", "Zulu")).await;
    let person = PersonId::new(Uuid::from_u128(33));
    house.assign(assigned, person, 1).await;
    let with = |roles: &[Role]| {
        house.session(Principal {
            learner: Some(own),
            ..Principal::person(person, roles.to_vec())
        })
    };
    let both = with(&[Role::Assessor, Role::Learner]);
    assert_eq!(listed(&house, both).await, [assigned, own]);
    assert!(house.view(both, ReadLearner { id: own }).await.is_ok());
    let assessor = with(&[Role::Assessor]);
    assert_eq!(listed(&house, assessor).await, [assigned]);
    assert!(house.view(assessor, ReadLearner { id: own }).await.is_err());
}

#[tokio::test]
async fn names_are_searched_without_accents_and_in_order() {
    let house = House::new().await;
    for (n, name) in (1..).zip(["Dlamini", "Dlámini", "DLAMINI", "Dlomo", "Adams", "D'Urban"]) {
        house.register(somebody(n, "Zola", name)).await;
    }
    let find = |search: &str| ListLearners {
        search: Some(search.to_owned()),
        ..ListLearners::default()
    };
    let count = async |search: &str| house.view(house.admin(), find(search)).await.unwrap().items.len();
    assert_eq!(count("dlam").await, 3);
    assert_eq!(count("DLÁM").await, 3);
    assert_eq!(count("dlamini zo").await, 3);
    assert_eq!(count("").await, 6);
    assert_eq!(count("x").await, 0);
    assert_eq!(count("%").await, 0);
    let all = house.view(house.admin(), ListLearners::default()).await.unwrap();
    let names: Vec<_> = all.items.iter().map(|learner| learner.last_name.as_str()).collect();
    let folded: Vec<_> = names.iter().map(|name| skillsyms_core::person::fold(name)).collect();
    assert_eq!(folded, ["adams", "d'urban", "dlamini", "dlamini", "dlamini", "dlomo"]);
    let first = ListLearners {
        page: PageAsk {
            limit: Limit::new(2).unwrap(),
            cursor: None,
        },
        search: Some("dlam".into()),
        ..ListLearners::default()
    };
    let next = house.view(house.admin(), first.clone()).await.unwrap().next;
    let second = ListLearners {
        page: PageAsk {
            cursor: next,
            ..first.page
        },
        ..first
    };
    assert_eq!(house.view(house.admin(), second).await.unwrap().items.len(), 1);
}

/// Every page forwards, then every page backwards from the last: the same learners in the same order, each once.
#[tokio::test]
async fn pages_lead_both_ways_in_either_order() {
    let house = House::new().await;
    for (n, name) in (1..).zip(["Zulu", "Adams", "Nkosi", "Nkosi", "Adams", "Nkosi", "Botha"]) {
        house.register(somebody(n, "Zola", name)).await;
    }
    let limit = Limit::new(2).unwrap();
    for (sort, search) in [
        (Sort::Name, None),
        (Sort::Newest, None),
        (Sort::Name, Some("nko".to_owned())),
    ] {
        let ask = |cursor, side| ListLearners {
            page: PageAsk { limit, cursor },
            search: search.clone(),
            sort,
            side,
        };
        let (mut forwards, mut cursor) = (Vec::new(), None);
        loop {
            let page = house.view(house.admin(), ask(cursor, Side::After)).await.unwrap();
            forwards.extend(page.items.iter().map(|learner| learner.id));
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(forwards.len(), if search.is_some() { 3 } else { 7 });
        let last = *forwards.last().unwrap();
        let (mut backwards, mut cursor) = (vec![last], Some(Cursor::after_id(last.uuid())));
        while cursor.is_some() {
            let page = house.view(house.admin(), ask(cursor, Side::Before)).await.unwrap();
            let ids: Vec<LearnerId> = page.items.iter().map(|learner| learner.id).collect();
            backwards.splice(0..0, ids);
            cursor = page.next;
        }
        assert_eq!(backwards, forwards, "{sort:?} {search:?}");
    }
    let newest = ListLearners {
        sort: Sort::Newest,
        search: Some("nko".into()),
        ..ListLearners::default()
    };
    assert_eq!(
        house.view(house.admin(), newest).await.unwrap_err().fields[0].field,
        "sort"
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
async fn the_full_number_needs_a_confirmation_and_a_purpose() {
    let house = House::new().await;
    let id = house.register(thandi("9001014800089")).await.id;
    let (confirmed, admin) = (house.confirmed_admin(), house.admin());
    let why = || Some("Comparing with the document".to_owned());
    assert_eq!(house.view(confirmed, RevealId { id }).await.unwrap_err().code, &PURPOSE);
    let no_step_up = house
        .door
        .enter(admin)
        .purpose(why())
        .view(RevealId { id })
        .await
        .unwrap_err();
    assert_eq!(no_step_up.code, &STEP_UP);
    for scope in ["learner.reveal_id"] {
        let key = house.key(&[scope]);
        assert!(
            house
                .door
                .enter(key)
                .purpose(why())
                .view(RevealId { id })
                .await
                .is_err()
        );
    }
    let own = house.learner_session(id);
    assert!(
        house
            .door
            .enter(own)
            .purpose(why())
            .view(RevealId { id })
            .await
            .is_err()
    );
    assert!(
        house
            .door
            .enter(Actor::Console(house.one))
            .purpose(why())
            .view(RevealId { id })
            .await
            .is_err()
    );
    let shown = house
        .door
        .enter(confirmed)
        .purpose(why())
        .view(RevealId { id })
        .await
        .unwrap();
    assert_eq!(shown.id_number.as_deref(), Some("9001014800089"));
    assert!(!holds_a_number(&format!("{shown:?}")));
    let entry = house.last_entry().await;
    assert!(
        entry.contains("learner.reveal_id") && entry.contains("Comparing with the document"),
        "{entry}"
    );
    assert!(!entry.contains("9001014800089"));
    house.clock.advance_seconds(301);
    let late = house
        .door
        .enter(confirmed)
        .purpose(why())
        .view(RevealId { id })
        .await
        .unwrap_err();
    assert_eq!(late.code, &STEP_UP);
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
async fn learners_see_who_looked() {
    let house = House::new().await;
    let id = house.register(thandi("9001014800089")).await.id;
    let other = house.register(somebody(4, "Zola", "Adams")).await.id;
    let (person, admin) = house.person(&[Role::Admin]);
    house.name(person, "Ms Administrator").await;
    house.view(admin, ReadLearner { id }).await.unwrap();
    house
        .door
        .enter(admin)
        .purpose(Some("A call".into()))
        .view(ask("9001014800089"))
        .await
        .unwrap();
    house.view(admin, ReadLearner { id: other }).await.unwrap();
    house.view(admin, ListLearners::default()).await.unwrap();
    let look = ReadAccesses {
        id,
        page: PageAsk {
            limit: Limit::new(3).unwrap(),
            cursor: None,
        },
    };
    let before = house.view(house.learner_session(id), look).await.unwrap();
    assert_eq!((before.items.len(), before.indexed), (0, 0));
    assert!(before.pending > 5);
    house.door.index_subjects().await.unwrap();
    let page = house.view(house.learner_session(id), look).await.unwrap();
    let acts: Vec<_> = page.items.iter().map(|access| access.act.as_str()).collect();
    assert_eq!(acts, ["learner.accesses", "learner.list", "learner.lookup"]);
    let lookup = &page.items[2];
    assert_eq!(
        (lookup.person.as_deref(), lookup.purpose.as_deref()),
        (Some("Ms Administrator"), Some("A call"))
    );
    assert_eq!(
        (lookup.what.as_str(), lookup.roles.as_slice()),
        ("find a learner by ID number", &["admin".to_owned()][..])
    );
    assert_eq!((lookup.at, lookup.outcome, page.pending), (NOW, "done", 0));
    let rest = ReadAccesses {
        page: PageAsk {
            cursor: page.next,
            ..look.page
        },
        ..look
    };
    let rest = house.view(house.learner_session(id), rest).await.unwrap();
    let acts: Vec<_> = rest.items.iter().map(|access| access.act.as_str()).collect();
    assert_eq!(acts, ["learner.read", "learner.register"]);
    assert!(house.view(house.learner_session(other), look).await.is_err());
    let (_, assessor) = house.person(&[Role::Assessor]);
    assert!(house.view(assessor, look).await.is_err());
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

fn correction(id_number: &str) -> IdCorrection {
    IdCorrection {
        id_number: Some(id_number.to_owned()),
        ..IdCorrection::default()
    }
}

async fn correct(house: &House, by: Actor, id: LearnerId, to: &str) -> Result<Updated, Problem> {
    let act = CorrectId {
        id,
        expected: None,
        correction: correction(to),
    };
    let purpose = Some("A digit was typed wrong".to_owned());
    house.door.enter(by).purpose(purpose).run(act).await
}

async fn found(house: &House, id_number: &str) -> Option<LearnerId> {
    let ask = LookupAsk {
        id_number: Some(id_number.to_owned()),
        ..LookupAsk::default()
    };
    let answer = house.view(house.admin(), LookupLearner { ask }).await.unwrap();
    answer.learner.map(|learner| learner.id)
}

#[tokio::test]
async fn an_id_number_is_corrected_with_a_confirmation_and_a_purpose_and_by_nobody_for_themselves() {
    let house = House::new().await;
    let id = house.register(thandi(&number(1))).await.id;
    let confirmed = house.confirmed_admin();
    let act = || CorrectId {
        id,
        expected: None,
        correction: correction(&number(2)),
    };
    assert!(house.run(confirmed, act()).await.is_err(), "no purpose");
    assert!(
        correct(&house, house.admin(), id, &number(2)).await.is_err(),
        "no confirmation"
    );
    let own = Principal {
        step_up_at: Some(NOW),
        learner: Some(id),
        ..Principal::person(PersonId::new(Uuid::from_u128(5)), vec![Role::Admin, Role::Learner])
    };
    for actor in [
        house.learner_session(id),
        house.person(&[Role::Facilitator]).1,
        house.key(&["learner.correct_id"]),
        house.session(own),
    ] {
        assert!(correct(&house, actor, id, &number(2)).await.is_err(), "{actor:?}");
    }
    assert_eq!(found(&house, &number(1)).await, Some(id), "nothing was changed");
}

#[tokio::test]
async fn a_corrected_learner_is_found_under_the_new_number_only_and_the_old_one_is_kept_sealed() {
    let house = House::new().await;
    let id = house.register(thandi(&number(1))).await.id;
    let other = house.register(somebody(3, "Sipho", "Nkosi")).await.id;
    let confirmed = house.confirmed_admin();
    let taken = correct(&house, confirmed, id, &number(3)).await.unwrap_err();
    assert_eq!(taken.code, &DUPLICATE);
    let wrong = correct(&house, confirmed, id, "9001014800088").await.unwrap_err();
    assert_eq!((wrong.code.status, &*wrong.fields[0].field), (422, "id_number"));
    let same = correct(&house, confirmed, id, &number(1)).await.unwrap_err();
    assert_eq!(same.code.name, "learner.same_id");
    let stale = CorrectId {
        id,
        expected: Some(2),
        correction: correction(&number(2)),
    };
    let purpose = Some("A digit was typed wrong".to_owned());
    let stale = house
        .door
        .enter(confirmed)
        .purpose(purpose)
        .run(stale)
        .await
        .unwrap_err();
    assert_eq!(stale.code.name, "stale");
    assert_eq!(correct(&house, confirmed, id, &number(2)).await.unwrap().version, 2);
    let entry = house.last_entry().await;
    assert!(entry.contains("learner.correct_id") && entry.contains("A digit was typed wrong"));
    assert_eq!(found(&house, &number(2)).await, Some(id));
    assert_eq!(found(&house, &number(1)).await, None);
    // The number that was wrong may be somebody else's.
    let its_owner = house.register(somebody(1, "Zanele", "Khumalo")).await.id;
    assert_eq!(found(&house, &number(1)).await, Some(its_owner));
    let read = house.view(house.learner_session(id), ReadProfile { id }).await.unwrap();
    assert_eq!((read.version, read.former_ids.len()), (2, 1));
    assert_eq!(read.former_ids[0].id_kind, "sa_id");
    assert!(number(1).ends_with(read.former_ids[0].id_masked.trim_start_matches('*')));
    let beside = house.view(house.admin(), ReadProfile { id: other }).await.unwrap();
    assert_eq!(beside.former_ids.len(), 0);
    let entries = house.entries().await.join("\n");
    assert!(!entries.contains(&number(1)) && !entries.contains(&number(2)));
}

#[tokio::test]
async fn a_passport_is_corrected_to_an_id_number_and_the_birth_date_follows_it() {
    let house = House::new().await;
    let id = house
        .register(NewLearner {
            id_number: None,
            alternate_id: Some(skillsyms_core::NewAlternateId {
                kind: "passport".to_owned(),
                value: "A1234567".to_owned(),
            }),
            birth_date: Some("1990-01-02".to_owned()),
            gender: Some("F".to_owned()),
            ..thandi(&number(1))
        })
        .await
        .id;
    let confirmed = house.confirmed_admin();
    correct(&house, confirmed, id, &number(1)).await.unwrap();
    let read = house.view(house.admin(), ReadProfile { id }).await.unwrap();
    assert_eq!(read.details.birth_date.as_deref(), Some("1990-01-01"));
    assert_eq!(read.former_ids[0].id_kind, "passport");
    assert_eq!(
        read.details.email.as_deref(),
        Some("thandi@example.org"),
        "the rest stays"
    );
    let nothing = CorrectId {
        id,
        expected: None,
        correction: IdCorrection::default(),
    };
    let purpose = Some("Wrong".to_owned());
    let nothing = house
        .door
        .enter(confirmed)
        .purpose(purpose)
        .run(nothing)
        .await
        .unwrap_err();
    assert_eq!(nothing.fields[0].code, "identity.missing");
}
