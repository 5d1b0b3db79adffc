//! Who stands in the list of learners, in which order, and what is found in it.

use skillsyms_core::{LearnerId, PersonId, Role};
use skillsyms_door::{Actor, Principal};
use skillsyms_people::page::{Cursor, Limit, PageAsk};
use uuid::Uuid;

use super::house::{House, number, somebody};
use super::tests::ask;
use super::*;

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
