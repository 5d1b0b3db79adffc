//! The rules of enrolments, through the door.

use skillsyms_core::{EnrolmentStatus, LearnerId, Outcome, PersonId, Role};
use skillsyms_door::{Actor, Principal};
use skillsyms_people::{Limit, PageAsk};

use super::school::School;
use super::*;

fn codes(problem: &Problem) -> Vec<&'static str> {
    problem.fields.iter().map(|field| field.code).collect()
}

#[tokio::test]
async fn a_learner_is_enrolled_once_at_a_time() {
    let school = School::with(1).await;
    let pupil = &school.pupils[0];
    let again = || CreateEnrolment {
        learner: pupil.learner,
        new: school.new_enrolment(school.team()),
    };
    assert_eq!(
        school.house.run(school.admin, again()).await.unwrap_err().code,
        &DUPLICATE
    );
    let withdraw = Withdraw {
        id: pupil.enrolment,
        expected: Some(1),
    };
    school.house.run(school.admin, withdraw).await.unwrap();
    assert_eq!(
        school.house.run(school.admin, withdraw).await.unwrap_err().code.name,
        "stale"
    );
    let once_more = Withdraw {
        expected: None,
        ..withdraw
    };
    assert_eq!(
        school.house.run(school.admin, once_more).await.unwrap_err().code,
        &STATE
    );
    school.house.run(school.admin, again()).await.unwrap();
}

#[tokio::test]
async fn many_learners_are_enrolled_together_or_not_at_all() {
    let school = School::with(1).await;
    let mut learners = vec![school.register(100).await, school.register(101).await];
    let many = |learners: &[LearnerId]| CreateEnrolments {
        learners: learners.to_vec(),
        new: school.new_enrolment(school.team()),
    };
    assert_eq!(school.house.run(school.admin, many(&learners)).await.unwrap().len(), 2);
    learners.push(school.register(102).await);
    let problem = school.house.run(school.admin, many(&learners)).await.unwrap_err();
    assert_eq!(problem.code, &DUPLICATE);
    assert!(
        school.house.run(school.admin, many(&learners[2..])).await.is_ok(),
        "the third was not enrolled"
    );
    let unknown = many(&[LearnerId::new(uuid::Uuid::from_u128(9))]);
    assert_eq!(
        school.house.run(school.admin, unknown).await.unwrap_err().code,
        &UNKNOWN
    );
    for wrong in [
        many(&[]),
        many(&[learners[0]; 2]),
        many(&vec![learners[0]; MANY_MAX + 1]),
    ] {
        assert_eq!(
            school.house.run(school.admin, wrong).await.unwrap_err().code.status,
            422
        );
    }
    let unknown_one = CreateEnrolment {
        learner: LearnerId::new(uuid::Uuid::from_u128(9)),
        new: school.new_enrolment(Team::default()),
    };
    assert_eq!(
        school
            .house
            .run(school.admin, unknown_one)
            .await
            .unwrap_err()
            .code
            .status,
        404
    );
}

#[tokio::test]
async fn nobody_is_on_a_team_without_the_role_or_twice_or_for_themselves() {
    let school = School::with(1).await;
    let id = school.pupils[0].enrolment;
    let assign = |team: Team| AssignTeam {
        id,
        team,
        expected: None,
    };
    let team = school.team();
    let both = school
        .stranger(&[Role::Assessor, Role::Moderator, Role::Facilitator])
        .await;
    for (wrong, code) in [
        (
            Team {
                assessor: Some(school.moderator.id),
                ..Team::default()
            },
            "team.role",
        ),
        (
            Team {
                moderator: Some(school.assessor.id),
                ..Team::default()
            },
            "team.role",
        ),
        (
            Team {
                assessor: Some(skillsyms_core::PersonId::new(uuid::Uuid::from_u128(5))),
                ..team
            },
            "team.role",
        ),
        (
            Team {
                assessor: Some(both.id),
                moderator: Some(both.id),
                ..team
            },
            "team.two_places",
        ),
    ] {
        let problem = school.house.run(school.admin, assign(wrong)).await.unwrap_err();
        assert!(codes(&problem).contains(&code), "{problem}");
    }
    let right = Team {
        facilitator: Some(both.id),
        assessor: Some(both.id),
        ..team
    };
    let changed = school.house.run(school.admin, assign(right)).await.unwrap();
    assert_eq!(changed.version, 2);
    let stale = AssignTeam {
        expected: Some(1),
        ..assign(team)
    };
    assert_eq!(
        school.house.run(school.admin, stale).await.unwrap_err().code.name,
        "stale"
    );
    // An administrator who is the learner does not choose who judges them.
    let mut own = Principal::person(school.verifier.id, vec![Role::Admin, Role::Learner]);
    own.learner = Some(school.pupils[0].learner);
    let own = school.house.session(own);
    assert!(school.house.run(own, assign(team)).await.is_err());
}

#[tokio::test]
async fn a_row_is_listed_if_and_only_if_it_may_be_read() {
    let school = School::with(3).await;
    let lone = school.register(50).await;
    let new = school.new_enrolment(Team::default());
    let lone = school
        .house
        .run(school.admin, CreateEnrolment { learner: lone, new })
        .await
        .unwrap()
        .0;
    let other = school.stranger(&[Role::Assessor, Role::Verifier]).await;
    let moved = AssignTeam {
        id: school.pupils[2].enrolment,
        team: Team {
            assessor: Some(other.id),
            ..Team::default()
        },
        expected: None,
    };
    school.house.run(school.admin, moved).await.unwrap();
    let all: Vec<EnrolmentId> = school
        .pupils
        .iter()
        .map(|pupil| pupil.enrolment)
        .chain([lone])
        .collect();
    let expectations: [(Actor, usize); 8] = [
        (school.admin, 4),
        (school.assessor.actor, 2),
        (school.moderator.actor, 2),
        (school.facilitator.actor, 2),
        (school.verifier.actor, 2),
        (other.actor, 1),
        (school.pupils[0].actor, 1),
        (school.house.key(&["enrolment.list", "enrolment.read"]), 4),
    ];
    for (actor, count) in expectations {
        let listed = list_all(&school, actor).await;
        assert_eq!(listed.len(), count, "{actor:?}");
        for id in &all {
            let read = school.house.view(actor, ReadEnrolment { id: *id }).await;
            assert_eq!(read.is_ok(), listed.contains(id), "{actor:?} {id}");
        }
    }
    let stranger = school.house.key(&["learner.read"]);
    assert!(school.house.view(stranger, ListEnrolments::default()).await.is_err());
}

use skillsyms_core::EnrolmentId;

/// Reads the list page by page, two at a time.
async fn list_all(school: &School, actor: Actor) -> Vec<EnrolmentId> {
    let mut page = PageAsk {
        limit: Limit::new(2).unwrap(),
        cursor: None,
    };
    let mut found = Vec::new();
    loop {
        let got = school
            .house
            .view(actor, ListEnrolments { learner: None, page })
            .await
            .unwrap();
        found.extend(got.items.iter().map(|item| item.id));
        match got.next {
            None => return found,
            next => page.cursor = next,
        }
    }
}

#[tokio::test]
async fn a_list_is_narrowed_to_a_learner_within_what_may_be_seen() {
    let school = School::with(2).await;
    let of = |pupil: usize| ListEnrolments {
        learner: Some(school.pupils[pupil].learner),
        page: PageAsk::default(),
    };
    for actor in [school.admin, school.assessor.actor, school.pupils[1].actor] {
        let found = school.house.view(actor, of(1)).await.unwrap();
        assert_eq!(found.items.len(), 1);
        assert_eq!(found.items[0].status, EnrolmentStatus::Enrolled);
    }
    assert!(
        school
            .house
            .view(school.pupils[0].actor, of(1))
            .await
            .unwrap()
            .items
            .is_empty()
    );
    let other = school.house.session_in(
        school.house.other,
        Principal::person(school.verifier.id, vec![Role::Admin]),
    );
    assert!(school.house.view(other, of(1)).await.unwrap().items.is_empty());
    let read = ReadEnrolment {
        id: school.pupils[0].enrolment,
    };
    assert_eq!(school.house.view(other, read).await.unwrap_err().code.status, 404);
}

#[tokio::test]
async fn nobody_enrols_themselves_and_chooses_who_judges_them() {
    let school = School::with(0).await;
    let learner = school.register(7).await;
    let own = Principal {
        learner: Some(learner),
        ..Principal::person(school.verifier.id, vec![Role::Admin])
    };
    let own = school.house.session(own);
    let new = school.new_enrolment(school.team());
    let one = CreateEnrolment {
        learner,
        new: new.clone(),
    };
    assert!(school.house.run(own, one).await.is_err());
    let many = CreateEnrolments {
        learners: vec![learner],
        new,
    };
    let problem = school.house.run(own, many.clone()).await.unwrap_err();
    assert_eq!(codes(&problem), ["enrolment.self"]);
    assert!(school.house.run(school.admin, many).await.is_ok());
}

#[tokio::test]
async fn a_learner_who_left_is_taken_back_once_and_by_somebody_else() {
    let school = School::with(1).await;
    let pupil = school.pupils[0].clone();
    let (id, admin) = (pupil.enrolment, school.admin);
    let back = |expected| Reinstate {
        id,
        expected: Some(expected),
    };
    assert_eq!(
        school.house.run(admin, back(1)).await.unwrap_err().code,
        &STATE,
        "they are here"
    );
    let withdraw = Withdraw { id, expected: Some(1) };
    school.house.run(admin, withdraw).await.unwrap();
    assert!(school.assess(0, 0, Outcome::Competent).await.is_err());
    assert_eq!(school.house.run(admin, back(1)).await.unwrap_err().code.name, "stale");
    let own = Principal {
        learner: Some(pupil.learner),
        ..Principal::person(
            PersonId::new(uuid::Uuid::from_u128(5)),
            vec![Role::Admin, Role::Learner],
        )
    };
    for actor in [pupil.actor, school.assessor.actor, school.house.session(own)] {
        assert!(school.house.run(actor, back(2)).await.is_err(), "{actor:?}");
    }
    assert_eq!(school.house.run(admin, back(2)).await.unwrap().version, 3);
    let read = school.house.view(admin, ReadEnrolment { id }).await.unwrap();
    assert_eq!(read.status, EnrolmentStatus::Reinstated);
    assert!(
        school.assess(0, 0, Outcome::Competent).await.is_ok(),
        "they learn again"
    );
    assert_eq!(school.house.run(admin, back(3)).await.unwrap_err().code, &STATE);
    // Who was taken back is enrolled: not a second time, and not beside a new enrolment.
    let learner = pupil.learner;
    let again = || CreateEnrolment {
        learner,
        new: school.new_enrolment(school.team()),
    };
    assert_eq!(school.house.run(admin, again()).await.unwrap_err().code, &DUPLICATE);
    let withdraw = Withdraw { id, expected: None };
    school.house.run(admin, withdraw).await.unwrap();
    school.house.run(admin, again()).await.unwrap();
    assert_eq!(school.house.run(admin, back(4)).await.unwrap_err().code, &DUPLICATE);
}
