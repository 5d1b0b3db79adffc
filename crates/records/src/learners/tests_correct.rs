//! An ID number that was wrong, and is corrected.

use skillsyms_core::{LearnerId, NewLearner, PersonId, Problem, Role};
use skillsyms_door::{Actor, Principal};
use uuid::Uuid;

use super::house::{House, NOW, number, somebody, thandi};
use super::*;
use crate::learners::lookup::LookupAsk;

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
