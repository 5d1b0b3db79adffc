//! Sampling and decisions, through the door.

use std::collections::HashSet;

use skillsyms_core::{AssessmentId, Decision, Outcome, Problem, Role, SamplingRule};
use skillsyms_door::{Actor, Principal};

use super::*;
use crate::assessments::ATTEMPTS;
use crate::enrolments::school::School;
use crate::enrolments::{AssignTeam, Team};
use crate::learners::house::NOW;
use crate::results::LOCKED;

impl School {
    async fn sample(&self, id: skillsyms_core::SampleId) -> Sample {
        self.house.view(self.admin, ReadSample { id }).await.unwrap()
    }

    async fn chosen(&self, by: Actor, waiting: Waiting) -> Vec<Item> {
        self.house
            .view(
                by,
                ListModeration {
                    waiting,
                    ..ListModeration::default()
                },
            )
            .await
            .unwrap()
            .items
    }
}

/// A school with so many learners, each competent in the first module.
async fn assessed(pupils: u16) -> (School, Vec<AssessmentId>) {
    let school = School::with(pupils).await;
    let mut assessments = Vec::new();
    for pupil in 0..usize::from(pupils) {
        assessments.push(school.assess(pupil, 0, Outcome::Competent).await.unwrap().assessment);
    }
    (school, assessments)
}

#[tokio::test]
async fn a_draw_keeps_its_floor_releases_the_rest_and_can_be_repeated() {
    let (school, assessments) = assessed(5).await;
    let drawn = school.draw().await.unwrap();
    assert_eq!(
        (drawn.population, drawn.chosen, drawn.more),
        (5, 3, false),
        "25 % of 5 is 2, the floor is 3"
    );
    assert_eq!(drawn.released.len(), 2);
    let sample = school.sample(drawn.sample).await;
    let seed = u64::from_str_radix(&sample.seed, 16).unwrap();
    let rule = SamplingRule::new(sample.percent as u8, sample.floor as u32).unwrap();
    let again: Vec<AssessmentId> = rule
        .draw(5, seed)
        .into_iter()
        .map(|at| sample.population[at].assessment)
        .collect();
    let chosen: Vec<AssessmentId> = sample
        .population
        .iter()
        .filter(|item| item.chosen)
        .map(|item| item.assessment)
        .collect();
    assert_eq!(again, chosen);
    let all: HashSet<AssessmentId> = sample.population.iter().map(|item| item.assessment).collect();
    assert_eq!(all, assessments.into_iter().collect());
    let locked = school.results(school.admin).await;
    assert_eq!(locked.len(), 2);
    assert!(locked.iter().all(|result| !chosen.contains(&result.assessment)));
    assert_eq!(
        school.draw().await.unwrap_err().code,
        &NOTHING,
        "an assessment is drawn once"
    );
    assert_eq!(school.chosen(school.moderator.actor, Waiting::Open).await.len(), 3);
}

#[tokio::test]
async fn what_is_upheld_locks_and_what_is_returned_opens_a_new_attempt() {
    let (school, assessments) = assessed(2).await;
    school.draw().await.unwrap();
    let (upheld, returned) = (assessments[0], assessments[1]);
    let by = school.moderator.actor;
    let silent = Decide {
        assessment: returned,
        decision: Decision::Returned,
        reason: Some("  ".to_owned()),
    };
    assert_eq!(school.house.run(by, silent).await.unwrap_err().code.status, 422);
    school.decide(by, upheld, Decision::Upheld).await.unwrap();
    school.decide(by, returned, Decision::Returned).await.unwrap();
    for assessment in [upheld, returned] {
        for decision in [Decision::Upheld, Decision::Returned] {
            assert_eq!(
                school.decide(by, assessment, decision).await.unwrap_err().code,
                &DECIDED
            );
        }
    }
    let locked = school.results(school.admin).await;
    assert_eq!(
        locked.iter().map(|result| result.assessment).collect::<Vec<_>>(),
        [upheld]
    );
    assert_eq!(school.assess(0, 0, Outcome::Competent).await.unwrap_err().code, &LOCKED);
    assert_eq!(school.assess(1, 0, Outcome::Competent).await.unwrap().attempt, 2);
    assert_eq!(
        school.assess(1, 0, Outcome::Competent).await.unwrap_err().code,
        &ATTEMPTS
    );
    assert_eq!(
        school.draw().await.unwrap().population,
        1,
        "the new attempt is drawn again"
    );
    assert_eq!(school.chosen(by, Waiting::All).await.len(), 3);
    let items = school.chosen(school.verifier.actor, Waiting::Open).await;
    assert_eq!(items.len(), 1);
    let reason = school
        .chosen(by, Waiting::All)
        .await
        .into_iter()
        .find(|item| item.assessment == returned)
        .unwrap();
    assert_eq!(reason.reason.as_deref(), Some("The evidence is not signed."));
    assert_eq!(reason.moderator, Some(school.moderator.id));
}

#[tokio::test]
async fn nobody_moderates_what_they_assessed_or_what_is_not_theirs() {
    let (school, assessments) = assessed(1).await;
    school.draw().await.unwrap();
    let assessment = assessments[0];
    // The team changes: who assessed becomes the moderator.
    let assessor = Principal {
        assessor_until: Some(NOW.plus_seconds(99)),
        moderator_until: Some(NOW.plus_seconds(99)),
        ..Principal::person(school.assessor.id, vec![Role::Assessor, Role::Moderator])
    };
    let both = school.stranger(&[Role::Assessor, Role::Moderator]).await;
    let stranger = school.stranger(&[Role::Moderator, Role::Admin]).await.actor;
    let own_assessment = school.house.session(assessor);
    let refused = async |actor: Actor| {
        let problem: Problem = school.decide(actor, assessment, Decision::Upheld).await.unwrap_err();
        assert!(matches!(problem.code.status, 403 | 404), "{actor:?} {problem}");
    };
    for actor in [
        own_assessment,
        both.actor,
        stranger,
        school.admin,
        school.assessor.actor,
        school.verifier.actor,
        school.facilitator.actor,
        school.pupils[0].actor,
        school.house.key(&["moderation.decide"]),
    ] {
        refused(actor).await;
    }
    let own_learning = Principal {
        learner: Some(school.pupils[0].learner),
        moderator_until: Some(NOW.plus_seconds(99)),
        ..Principal::person(school.moderator.id, vec![Role::Moderator, Role::Learner])
    };
    refused(school.house.session(own_learning)).await;
    for until in [None, Some(NOW)] {
        let lapsed = Principal {
            moderator_until: until,
            ..Principal::person(school.moderator.id, vec![Role::Moderator])
        };
        refused(school.house.session(lapsed)).await;
    }
    school
        .decide(school.moderator.actor, assessment, Decision::Upheld)
        .await
        .unwrap();
}

#[tokio::test]
async fn an_assessor_who_becomes_the_moderator_of_the_team_still_does_not_decide_on_their_own() {
    let school = School::with(1).await;
    let both = school.stranger(&[Role::Assessor, Role::Moderator]).await;
    let assign = |team: Team| AssignTeam {
        id: school.pupils[0].enrolment,
        team,
        expected: None,
    };
    let as_assessor = Team {
        assessor: Some(both.id),
        ..school.team()
    };
    school.house.run(school.admin, assign(as_assessor)).await.unwrap();
    let assessment = school
        .assess_as(both.actor, 0, school.assessment(0, Outcome::Competent))
        .await
        .unwrap()
        .assessment;
    school.draw().await.unwrap();
    let as_moderator = Team {
        moderator: Some(both.id),
        ..school.team()
    };
    school.house.run(school.admin, assign(as_moderator)).await.unwrap();
    assert!(school.decide(both.actor, assessment, Decision::Upheld).await.is_err());
    school.house.run(school.admin, assign(school.team())).await.unwrap();
    school
        .decide(school.moderator.actor, assessment, Decision::Upheld)
        .await
        .unwrap();
}

#[tokio::test]
async fn only_what_was_chosen_is_decided_and_only_moderators_draw() {
    let (school, assessments) = assessed(5).await;
    for actor in [
        school.admin,
        school.assessor.actor,
        school.verifier.actor,
        school.house.key(&["moderation.draw"]),
    ] {
        assert!(
            school
                .house
                .run(
                    actor,
                    DrawSample {
                        programme: school.programme
                    }
                )
                .await
                .is_err()
        );
    }
    let early = school
        .decide(school.moderator.actor, assessments[0], Decision::Upheld)
        .await
        .unwrap_err();
    assert_eq!(early.code, &NOT_CHOSEN, "nothing is decided before a draw");
    let drawn = school.draw().await.unwrap();
    let sample = school.sample(drawn.sample).await;
    let released = sample.population.iter().find(|item| !item.chosen).unwrap().assessment;
    for decision in [Decision::Upheld, Decision::Returned] {
        let problem = school
            .decide(school.moderator.actor, released, decision)
            .await
            .unwrap_err();
        assert_eq!(problem.code, &NOT_CHOSEN);
    }
    let unknown = AssessmentId::new(uuid::Uuid::from_u128(8));
    assert_eq!(
        school
            .decide(school.moderator.actor, unknown, Decision::Upheld)
            .await
            .unwrap_err()
            .code
            .status,
        404
    );
    let stranger = school.stranger(&[Role::Moderator]).await.actor;
    let read = ReadSample { id: drawn.sample };
    assert_eq!(school.house.view(stranger, read).await.unwrap_err().code.status, 404);
    assert!(school.chosen(stranger, Waiting::All).await.is_empty());
    for actor in [school.moderator.actor, school.verifier.actor, school.admin] {
        assert!(school.house.view(actor, read).await.is_ok());
    }
    for actor in [school.assessor.actor, school.pupils[0].actor] {
        assert!(school.house.view(actor, read).await.is_err());
        assert!(school.house.view(actor, ListModeration::default()).await.is_err());
    }
}

#[tokio::test]
async fn not_yet_competent_is_final_after_the_last_attempt_only() {
    let school = School::with(1).await;
    let nyc = Outcome::NotYetCompetent;
    school.assess(0, 0, nyc).await.unwrap();
    school.assess(0, 0, Outcome::Absent).await.unwrap();
    school.assess(0, 0, nyc).await.unwrap();
    assert_eq!(school.draw().await.unwrap_err().code, &NOTHING);
    let last = school.assess(0, 0, nyc).await.unwrap().assessment;
    let drawn = school.draw().await.unwrap();
    assert_eq!((drawn.population, drawn.chosen), (1, 1));
    // Returned, it counts no more: another attempt is open.
    school
        .decide(school.moderator.actor, last, Decision::Returned)
        .await
        .unwrap();
    let once_more = school.assess(0, 0, nyc).await.unwrap().assessment;
    school.draw().await.unwrap();
    school
        .decide(school.moderator.actor, once_more, Decision::Upheld)
        .await
        .unwrap();
    let locked = school.results(school.pupils[0].actor).await;
    assert_eq!(locked.len(), 1);
    assert_eq!((locked[0].outcome, locked[0].assessment), (nyc, once_more));
    assert_eq!(school.assess(0, 0, Outcome::Competent).await.unwrap_err().code, &LOCKED);
}
