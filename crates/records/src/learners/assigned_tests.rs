//! The part of the list that is assigned to somebody, read in both ways: few learners by their ids, many through the index.

use skillsyms_core::LearnerId;
use skillsyms_door::Actor;
use skillsyms_people::{Cursor, Limit, PageAsk};

use super::house::somebody;
use super::{ListLearners, Side, Sort};
use crate::enrolments::school::School;

/// All pages of a list, one learner a page, forwards or from its end backwards.
async fn pages(school: &School, by: Actor, sort: Sort, side: Side, from: Option<LearnerId>) -> Vec<LearnerId> {
    let (mut found, mut cursor) = (Vec::new(), from.map(|id| Cursor::after_id(id.uuid())));
    loop {
        let page = PageAsk {
            limit: Limit::new(1).unwrap(),
            cursor,
        };
        let view = ListLearners {
            page,
            sort,
            side,
            search: None,
        };
        let part = school.house.view(by, view).await.unwrap();
        found.extend(part.items.iter().map(|learner| learner.id));
        cursor = part.next;
        if cursor.is_none() {
            return found;
        }
    }
}

#[tokio::test]
async fn few_and_many_of_ones_learners_are_listed_alike() {
    for pupils in [1, 2, 3, 5] {
        let school = School::with(pupils).await;
        // Somebody whom nobody teaches.
        school.house.register(somebody(900, "Aa", "Aa")).await;
        let mine: Vec<LearnerId> = school.pupils.iter().map(|pupil| pupil.learner).collect();
        for sort in [Sort::Name, Sort::Newest] {
            let all = pages(&school, school.admin, sort, Side::After, None).await;
            let expected: Vec<LearnerId> = all.into_iter().filter(|id| mine.contains(id)).collect();
            assert_eq!(expected.len(), usize::from(pupils));
            let by = school.facilitator.actor;
            assert_eq!(
                pages(&school, by, sort, Side::After, None).await,
                expected,
                "{pupils} {sort:?}"
            );
            let last = expected.last().copied();
            let mut back = pages(&school, by, sort, Side::Before, last).await;
            back.reverse();
            assert_eq!(back, expected[..expected.len() - 1], "{pupils} {sort:?} backwards");
        }
    }
}
