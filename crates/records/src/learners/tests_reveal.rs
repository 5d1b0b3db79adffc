//! The full number, and what a learner sees of those who looked.

use skillsyms_core::Role;
use skillsyms_core::problem::{PURPOSE, STEP_UP};
use skillsyms_door::Actor;
use skillsyms_people::page::{Limit, PageAsk};
use skillsyms_people::{ByAge, Span};

use super::house::{House, NOW, holds_a_number, somebody, thandi};
use super::tests::ask;
use super::*;

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
        span: Span::default(),
        sort: None,
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
    let oldest = ReadAccesses {
        sort: Some(ByAge::Oldest),
        ..look
    };
    let first = house.view(house.learner_session(id), oldest).await.unwrap();
    let acts: Vec<_> = first.items.iter().map(|access| access.act.as_str()).collect();
    assert_eq!(acts, ["learner.register", "learner.read", "learner.lookup"]);
    let later = ReadAccesses {
        span: Span {
            from: Some(NOW.plus_seconds(1)),
            until: None,
        },
        ..look
    };
    let later = house.view(house.learner_session(id), later).await.unwrap();
    assert_eq!((later.items.len(), later.next), (0, None));
    assert!(house.view(house.learner_session(other), look).await.is_err());
    let (_, assessor) = house.person(&[Role::Assessor]);
    assert!(house.view(assessor, look).await.is_err());
}
