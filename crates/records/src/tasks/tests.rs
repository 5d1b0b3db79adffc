//! What waits for whom, through the door.

use skillsyms_core::{Decision, EnrolmentStatus, Outcome, ProgrammeId, Role, TaskKind};
use skillsyms_door::{Actor, Principal};
use skillsyms_people::PageAsk;
use uuid::Uuid;

use super::*;
use crate::assessments::NewAssessment;
use crate::enrolments::school::School;
use crate::enrolments::{AssignTeam, Reinstate, Team, Withdraw};
use crate::learners::house::NOW;

async fn bring(school: &School, pupil: usize, module: usize) {
    school.hand_in(pupil, module).await;
}

async fn queue(school: &School, by: Actor) -> Vec<(TaskKind, skillsyms_core::ModuleId)> {
    let found = school.house.view(by, ListTasks::default()).await.unwrap();
    found.items.into_iter().map(|task| (task.kind, task.module)).collect()
}

async fn work(school: &School, by: Actor) -> ModuleWork {
    let view = ReadWork {
        enrolment: school.pupils[0].enrolment,
        module: Some(school.modules[0]),
    };
    school.house.view(by, view).await.unwrap().modules.remove(0)
}

#[tokio::test]
async fn a_module_waits_from_evidence_to_assessment_and_from_draw_to_decision() {
    let school = School::with(1).await;
    let (assessor, moderator) = (school.assessor.actor, school.moderator.actor);
    assert!(queue(&school, assessor).await.is_empty());
    bring(&school, 0, 0).await;
    bring(&school, 0, 0).await;
    let waits = vec![(TaskKind::Assess, school.modules[0])];
    assert_eq!(queue(&school, assessor).await, waits, "once, however many files");
    assert_eq!(work(&school, assessor).await.state, ModuleState::ToAssess);
    assert!(queue(&school, moderator).await.is_empty());
    let recorded = school.assess(0, 0, Outcome::Competent).await.unwrap();
    assert!(queue(&school, assessor).await.is_empty());
    bring(&school, 0, 0).await;
    assert!(queue(&school, assessor).await.is_empty(), "no attempt is open any more");
    school.draw().await.unwrap();
    assert_eq!(
        queue(&school, moderator).await,
        [(TaskKind::Moderate, school.modules[0])]
    );
    school
        .decide(moderator, recorded.assessment, Decision::Returned)
        .await
        .unwrap();
    assert!(queue(&school, moderator).await.is_empty());
    assert_eq!(queue(&school, assessor).await, waits, "a new attempt is open");
    let recorded = school.assess(0, 0, Outcome::Competent).await.unwrap();
    school.draw().await.unwrap();
    bring(&school, 0, 0).await;
    school
        .decide(moderator, recorded.assessment, Decision::Upheld)
        .await
        .unwrap();
    assert!(
        queue(&school, assessor).await.is_empty(),
        "what is locked waits no more"
    );
    assert_eq!(work(&school, assessor).await.state, ModuleState::Competent);
}

#[tokio::test]
async fn a_queue_is_that_of_the_team_as_it_is_now() {
    let school = School::with(2).await;
    bring(&school, 0, 0).await;
    bring(&school, 1, 1).await;
    assert_eq!(queue(&school, school.assessor.actor).await.len(), 2);
    assert_eq!(queue(&school, school.admin).await.len(), 2, "administrators see all");
    let other = school.stranger(&[Role::Assessor]).await;
    assert!(queue(&school, other.actor).await.is_empty());
    let id = school.pupils[0].enrolment;
    let team = Team {
        assessor: Some(other.id),
        ..school.team()
    };
    let assign = AssignTeam {
        id,
        team,
        expected: None,
    };
    school.house.run(school.admin, assign).await.unwrap();
    assert_eq!(queue(&school, school.assessor.actor).await.len(), 1);
    assert_eq!(queue(&school, other.actor).await.len(), 1);
    school
        .house
        .run(school.admin, Withdraw { id, expected: None })
        .await
        .unwrap();
    assert!(queue(&school, other.actor).await.is_empty());
    school
        .house
        .run(school.admin, Reinstate { id, expected: None })
        .await
        .unwrap();
    assert_eq!(queue(&school, other.actor).await.len(), 1);
    for actor in [school.facilitator.actor, school.verifier.actor, school.pupils[0].actor] {
        let refused = school.house.view(actor, ListTasks::default()).await.unwrap_err();
        assert_eq!(refused.code.status, 403, "{actor:?}");
    }
}

#[tokio::test]
async fn a_queue_is_searched_filtered_and_paged() {
    let school = School::with(2).await;
    for (pupil, module) in [(0, 0), (0, 1), (1, 0)] {
        bring(&school, pupil, module).await;
    }
    let by = school.assessor.actor;
    let ask = |view: ListTasks| async { school.house.view(by, view).await.unwrap().items.len() };
    let of = |programme| ListTasks {
        programme: Some(programme),
        ..ListTasks::default()
    };
    assert_eq!(ask(of(school.programme)).await, 3);
    assert_eq!(ask(of(ProgrammeId::new(Uuid::from_u128(7)))).await, 0);
    let named = |name: &str| ListTasks {
        search: Some(name.to_owned()),
        ..ListTasks::default()
    };
    assert_eq!(ask(named("DLAMINI")).await, 3);
    assert_eq!(ask(named("dlá")).await, 3);
    assert_eq!(ask(named("nkosi")).await, 0);
    assert_eq!(
        ask(ListTasks {
            kind: Some(TaskKind::Moderate),
            ..ListTasks::default()
        })
        .await,
        0
    );
    assert_eq!(
        ask(ListTasks {
            age: Age::Overdue,
            ..ListTasks::default()
        })
        .await,
        0
    );
    let limit = skillsyms_people::Limit::new(2).unwrap();
    let first = ListTasks {
        page: PageAsk { limit, cursor: None },
        ..ListTasks::default()
    };
    let first = school.house.view(by, first).await.unwrap();
    let rest = ListTasks {
        page: PageAsk {
            limit,
            cursor: first.next,
        },
        ..ListTasks::default()
    };
    let rest = school.house.view(by, rest).await.unwrap();
    assert_eq!((first.items.len(), rest.items.len(), rest.next), (2, 1, None));
    assert!(first.items.iter().all(|task| task.id != rest.items[0].id));
}

#[tokio::test]
async fn the_work_is_the_teams_and_says_why_somebody_may_not_decide() {
    let school = School::with(1).await;
    bring(&school, 0, 0).await;
    assert_eq!(work(&school, school.assessor.actor).await.assess, Standing::Open);
    for looker in [
        school.moderator.actor,
        school.facilitator.actor,
        school.verifier.actor,
        school.admin,
    ] {
        let found = work(&school, looker).await;
        assert_eq!(
            (found.assess, found.evidence.len()),
            (Standing::NotYours, 1),
            "{looker:?}"
        );
    }
    let lapsed = Principal {
        assessor_until: Some(NOW),
        ..Principal::person(school.assessor.id, vec![Role::Assessor])
    };
    let lapsed = school.house.session(lapsed);
    assert_eq!(work(&school, lapsed).await.assess, Standing::Registration);
    let own = Principal {
        learner: Some(school.pupils[0].learner),
        assessor_until: Some(NOW.plus_seconds(9)),
        ..Principal::person(school.assessor.id, vec![Role::Assessor])
    };
    assert_eq!(
        work(&school, school.house.session(own)).await.assess,
        Standing::OwnLearning
    );
    let view = ReadWork {
        enrolment: school.pupils[0].enrolment,
        module: None,
    };
    let stranger = school
        .stranger(&[Role::Assessor, Role::Moderator, Role::Verifier])
        .await
        .actor;
    for actor in [stranger, school.pupils[0].actor] {
        assert!(school.house.view(actor, view).await.is_err(), "{actor:?}");
    }
    let elsewhere = ReadWork {
        module: Some(skillsyms_core::ModuleId::new(Uuid::from_u128(3))),
        ..view
    };
    assert_eq!(
        school
            .house
            .view(school.admin, elsewhere)
            .await
            .unwrap_err()
            .code
            .status,
        404
    );
}

#[tokio::test]
async fn groups_show_progress_by_module_to_those_who_have_the_place() {
    let school = School::with(2).await;
    bring(&school, 0, 0).await;
    school.assess(0, 1, Outcome::NotYetCompetent).await.unwrap();
    // Enrolments of one instant have no order.
    let states = async |by: Actor, place: Place| {
        let view = ListGroups {
            place,
            ..ListGroups::default()
        };
        let found = school.house.view(by, view).await.unwrap().items.into_iter();
        let mut states: Vec<String> = found
            .map(|group| {
                format!(
                    "{:?}",
                    group.modules.iter().map(|module| module.state).collect::<Vec<_>>()
                )
            })
            .collect();
        states.sort_unstable();
        states
    };
    let expected = ["[Open, Open]", "[ToAssess, Again]"];
    assert_eq!(states(school.facilitator.actor, Place::Facilitator).await, expected);
    assert_eq!(states(school.verifier.actor, Place::Verifier).await, expected);
    assert!(
        states(school.verifier.actor, Place::Facilitator).await.is_empty(),
        "another place"
    );
    let view = ListGroups {
        programme: Some(ProgrammeId::new(Uuid::from_u128(7))),
        ..ListGroups::default()
    };
    assert!(
        school
            .house
            .view(school.facilitator.actor, view)
            .await
            .unwrap()
            .items
            .is_empty()
    );
}

#[tokio::test]
async fn groups_are_found_by_name_and_by_status_among_ones_own() {
    // Few of one name are found by the index of names, many by looking through the list.
    find_groups(2).await;
    find_groups(3).await;
}

async fn find_groups(pupils: u16) {
    let school = School::with(pupils).await;
    let all = usize::from(pupils);
    let found = async |by: Actor, search: &str, status: Option<EnrolmentStatus>| {
        let view = ListGroups {
            search: Some(search.to_owned()),
            status,
            ..ListGroups::default()
        };
        school.house.view(by, view).await.unwrap().items.len()
    };
    let mine = school.facilitator.actor;
    let name = school.house.view(mine, ListGroups::default()).await.unwrap().items[0]
        .last_name
        .clone();
    let begin: String = name.chars().take(2).collect();
    assert_eq!(found(mine, &begin.to_uppercase(), None).await, all);
    assert_eq!(found(mine, "", Some(EnrolmentStatus::Enrolled)).await, all);
    assert_eq!(found(mine, &begin, Some(EnrolmentStatus::Withdrawn)).await, 0);
    assert_eq!(found(mine, "nobody is called so", None).await, 0);
    assert_eq!(found(school.admin, &begin, None).await, all, "administrators see all");
    let stranger = school.stranger(&[Role::Facilitator]).await.actor;
    assert_eq!(found(stranger, &begin, None).await, 0, "somebody else's learners");
    // The name stays out of what is written of the view.
    let view = ListGroups {
        search: Some(name.clone()),
        ..ListGroups::default()
    };
    assert!(!format!("{view:?}").contains(&name));
}

#[tokio::test]
async fn who_saw_less_than_there_is_records_nothing() {
    let school = School::with(1).await;
    let seen = |seen| NewAssessment {
        seen: Some(seen),
        ..school.assessment(0, Outcome::NotYetCompetent)
    };
    let by = school.assessor.actor;
    school.assess_as(by, 0, seen(0)).await.unwrap();
    let problem = school.assess_as(by, 0, seen(0)).await.unwrap_err();
    assert_eq!(problem.code, &skillsyms_core::problem::STALE);
    school.assess_as(by, 0, seen(1)).await.unwrap();
}
