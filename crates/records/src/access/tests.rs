//! Questions about accesses, through the door.

use skillsyms_core::problem::NOT_FOUND;
use skillsyms_core::{LearnerId, Role};
use skillsyms_door::{Actor, Principal};
use skillsyms_people::{Limit, PageAsk};

use super::*;
use crate::enrolments::school::School;
use crate::learners::ReadLearner;

const QUESTION: &str = "Who is this?\nI was not at the office.";

async fn looked(school: &School) -> u64 {
    let id = school.pupils[0].learner;
    school.house.view(school.admin, ReadLearner { id }).await.unwrap();
    school.house.door.index_subjects().await.unwrap();
    lookers(school, 0).await[0]
}

async fn lookers(school: &School, pupil: usize) -> Vec<u64> {
    let page = school
        .house
        .view(school.pupils[pupil].actor, crate::learning::ReadLookers::default());
    page.await.unwrap().items.iter().map(|access| access.leaf).collect()
}

fn ask(learner: LearnerId, leaf: u64) -> QueryAccess {
    let question = QUESTION.to_owned();
    QueryAccess {
        learner,
        leaf,
        question,
    }
}

async fn list(school: &School, by: Actor, state: Option<QueryState>) -> Vec<AccessQuery> {
    let page = PageAsk::default();
    school
        .house
        .view(
            by,
            ListQueries {
                state,
                page,
                ..ListQueries::default()
            },
        )
        .await
        .unwrap()
        .items
}

#[tokio::test]
async fn a_learner_asks_and_is_answered() {
    let school = School::with(2).await;
    let (house, pupil) = (&school.house, &school.pupils[0]);
    let leaf = looked(&school).await;
    let asked = house.run(pupil.actor, ask(pupil.learner, leaf)).await.unwrap();
    let again = house.run(pupil.actor, ask(pupil.learner, leaf)).await.unwrap_err();
    assert_eq!(again.code, &ASKED);
    let open = list(&school, school.admin, Some(QueryState::Open)).await;
    assert_eq!(
        (open.len(), open[0].question.as_str(), open[0].leaf),
        (1, QUESTION, leaf)
    );
    assert_eq!(open[0].entry.as_ref().unwrap().act, "learner.read");
    assert!(open[0].learner_name.ends_with("Dlámini"), "{}", open[0].learner_name);
    let answer = |text: &str| AnswerQuery {
        id: asked.id,
        answer: text.to_owned(),
    };
    assert_eq!(house.run(school.admin, answer(" ")).await.unwrap_err().code.status, 422);
    house.run(school.admin, answer("Our new administrator.")).await.unwrap();
    let twice = house.run(school.admin, answer("Nobody.")).await.unwrap_err();
    assert_eq!(twice.code, &ANSWERED);
    assert_eq!(list(&school, school.admin, Some(QueryState::Open)).await, []);
    let own = list(&school, pupil.actor, None).await;
    assert_eq!((own.len(), own[0].state), (1, QueryState::Answered));
    assert_eq!(own[0].answer.as_deref(), Some("Our new administrator."));
    assert_eq!(list(&school, pupil.actor, Some(QueryState::Answered)).await, own);
    let entries = house.entries().await.join("\n");
    assert!(!entries.contains("Who is this") && !entries.contains("new administrator"));
}

#[tokio::test]
async fn nobody_asks_about_others_or_about_what_is_not_about_them() {
    let school = School::with(2).await;
    let (one, other) = (&school.pupils[0], &school.pupils[1]);
    let leaf = looked(&school).await;
    for actor in [
        other.actor,
        school.admin,
        school.assessor.actor,
        school.house.key(&["access.query"]),
    ] {
        assert!(
            school.house.run(actor, ask(one.learner, leaf)).await.is_err(),
            "{actor:?}"
        );
    }
    // An entry that is there and about somebody else is answered like one that is not there.
    let theirs = school
        .house
        .run(other.actor, ask(other.learner, leaf))
        .await
        .unwrap_err();
    let nobodys = school
        .house
        .run(other.actor, ask(other.learner, u64::MAX))
        .await
        .unwrap_err();
    assert_eq!((theirs.code, &theirs), (&NOT_FOUND, &nobodys));
    school.house.run(one.actor, ask(one.learner, leaf)).await.unwrap();
    assert_eq!(list(&school, other.actor, None).await, []);
    let assessor = ListQueries::default();
    assert!(school.house.view(school.assessor.actor, assessor).await.is_err());
}

#[tokio::test]
async fn nobody_answers_their_own_question() {
    let school = School::with(1).await;
    let pupil = &school.pupils[0];
    let leaf = looked(&school).await;
    let id = school
        .house
        .run(pupil.actor, ask(pupil.learner, leaf))
        .await
        .unwrap()
        .id;
    let (person, _) = school.house.person(&[Role::Admin]);
    let both = school.house.session(Principal {
        learner: Some(pupil.learner),
        ..Principal::person(person, vec![Role::Admin, Role::Learner])
    });
    let answer = || AnswerQuery {
        id,
        answer: "It was me.".to_owned(),
    };
    assert!(school.house.run(both, answer()).await.is_err());
    assert!(school.house.run(pupil.actor, answer()).await.is_err());
    assert!(school.house.run(school.admin, answer()).await.is_ok());
}

#[tokio::test]
async fn pages_of_questions_are_whole() {
    let school = School::with(1).await;
    let pupil = &school.pupils[0];
    looked(&school).await;
    let leaves = lookers(&school, 0).await;
    assert!(leaves.len() >= 2, "{leaves:?}");
    for leaf in &leaves {
        school.house.run(pupil.actor, ask(pupil.learner, *leaf)).await.unwrap();
    }
    let mut page = PageAsk {
        limit: Limit::new(1).unwrap(),
        cursor: None,
    };
    let mut seen = Vec::new();
    loop {
        let found = school
            .house
            .view(
                school.admin,
                ListQueries {
                    page,
                    ..ListQueries::default()
                },
            )
            .await
            .unwrap();
        seen.extend(found.items.iter().map(|query| query.leaf));
        let Some(next) = found.next else { break };
        page.cursor = Some(next);
    }
    // Those that were asked within one millisecond stand in no order among each other.
    seen.sort_unstable();
    let mut wanted = leaves.clone();
    wanted.sort_unstable();
    assert_eq!(seen, wanted);
}
