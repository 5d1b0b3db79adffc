//! Who may assess what and when, through the door.

use skillsyms_core::{AssessmentKind, Outcome, Problem, Role};
use skillsyms_door::Principal;

use super::*;
use crate::enrolments::school::School;
use crate::enrolments::{self, AssignTeam, Team, Withdraw};
use crate::learners::house::NOW;

fn field(problem: &Problem) -> &'static str {
    problem.fields.first().map_or(problem.code.name, |field| field.code)
}

#[tokio::test]
async fn only_the_assessor_of_the_team_assesses_and_only_while_registered() {
    let school = School::with(2).await;
    let new = || school.assessment(0, Outcome::Competent);
    let stranger = school.stranger(&[Role::Assessor]).await;
    let everything = [
        Role::Admin,
        Role::Assessor,
        Role::Facilitator,
        Role::Moderator,
        Role::Verifier,
    ];
    let all_roles = school.stranger(&everything).await.actor;
    let key = school.house.key(&["assessment.record"]);
    for actor in [
        school.admin,
        stranger.actor,
        all_roles,
        key,
        school.facilitator.actor,
        school.moderator.actor,
        school.verifier.actor,
        school.pupils[0].actor,
    ] {
        let problem = school.assess_as(actor, 0, new()).await.unwrap_err();
        assert!(matches!(problem.code.status, 403 | 404), "{actor:?} {problem}");
    }
    // On the team with the role, but in another place.
    let team = Team {
        facilitator: Some(school.stranger(&[Role::Facilitator, Role::Assessor]).await.id),
        ..school.team()
    };
    let facilitator = team.facilitator.unwrap();
    let assign = AssignTeam {
        id: school.pupils[0].enrolment,
        team,
        expected: None,
    };
    school.house.run(school.admin, assign).await.unwrap();
    let roles = vec![Role::Facilitator, Role::Assessor];
    let valid = Principal {
        assessor_until: Some(NOW.plus_seconds(9)),
        ..Principal::person(facilitator, roles)
    };
    let facilitator = school.house.session(valid);
    assert!(school.assess_as(facilitator, 0, new()).await.is_err());
    // The registration ran out, or was never there.
    for until in [None, Some(NOW), Some(NOW.plus_seconds(-1))] {
        let lapsed = Principal {
            assessor_until: until,
            ..Principal::person(school.assessor.id, vec![Role::Assessor])
        };
        assert!(school.assess_as(school.house.session(lapsed), 0, new()).await.is_err());
    }
    let suspended = Principal {
        assessor_until: Some(NOW.plus_seconds(9)),
        suspended: true,
        ..Principal::person(school.assessor.id, vec![Role::Assessor])
    };
    assert!(
        school
            .assess_as(school.house.session(suspended), 0, new())
            .await
            .is_err()
    );
    assert_eq!(school.assess(0, 0, Outcome::Competent).await.unwrap().attempt, 1);
}

#[tokio::test]
async fn nobody_assesses_their_own_learning() {
    let school = School::with(1).await;
    let own = Principal {
        learner: Some(school.pupils[0].learner),
        assessor_until: Some(NOW.plus_seconds(9)),
        ..Principal::person(school.assessor.id, vec![Role::Assessor, Role::Learner])
    };
    let own = school.house.session(own);
    assert!(
        school
            .assess_as(own, 0, school.assessment(0, Outcome::Competent))
            .await
            .is_err()
    );
}

#[tokio::test]
async fn the_registration_must_have_covered_the_day_and_days_have_an_order() {
    let school = School::with(1).await;
    let on = |day: &str| NewAssessment {
        assessed_on: day.to_owned(),
        ..school.assessment(0, Outcome::NotYetCompetent)
    };
    let by = school.assessor.actor;
    for (day, code) in [
        // Registered since 1 March 2026 only.
        ("2026-02-28", "assessment.registration"),
        ("2026-01-31", "assessment.registration"),
        ("2026-11-23", "date.future"),
        ("22/06/2026", "date.form"),
    ] {
        let problem = school.assess_as(by, 0, on(day)).await.unwrap_err();
        assert_eq!(field(&problem), code, "{day}");
    }
    school.assess_as(by, 0, on("2026-03-01")).await.unwrap();
    school.assess_as(by, 0, on("2026-06-01")).await.unwrap();
    assert_eq!(
        field(&school.assess_as(by, 0, on("2026-05-31")).await.unwrap_err()),
        "assessment.order"
    );
    school.assess_as(by, 0, on("2026-11-22")).await.unwrap();
}

#[tokio::test]
async fn attempts_run_out_absences_do_not_count_and_competent_is_the_end() {
    let school = School::with(2).await;
    let (nyc, absent) = (Outcome::NotYetCompetent, Outcome::Absent);
    for (outcome, attempt) in [(nyc, 1), (absent, 2), (nyc, 3), (absent, 4), (nyc, 5)] {
        assert_eq!(school.assess(0, 0, outcome).await.unwrap().attempt, attempt);
    }
    for outcome in [nyc, Outcome::Competent, absent] {
        let problem = school.assess(0, 0, outcome).await.unwrap_err();
        assert_eq!((problem.code, field(&problem)), (&ATTEMPTS, "assessment.attempts"));
    }
    // Formative assessments go on and count by themselves.
    let formative = NewAssessment {
        kind: AssessmentKind::Formative,
        ..school.assessment(0, nyc)
    };
    assert_eq!(
        school
            .assess_as(school.assessor.actor, 0, formative)
            .await
            .unwrap()
            .attempt,
        1
    );
    school.assess(1, 0, Outcome::Competent).await.unwrap();
    let problem = school.assess(1, 0, nyc).await.unwrap_err();
    assert_eq!((problem.code, field(&problem)), (&ATTEMPTS, "assessment.achieved"));
    assert_eq!(school.assess(1, 1, nyc).await.unwrap().attempt, 1, "another module");
}

#[tokio::test]
async fn only_open_enrolments_and_their_own_modules_are_assessed() {
    let school = School::with(1).await;
    let mut elsewhere = school.assessment(0, Outcome::Competent);
    elsewhere.module = skillsyms_core::ModuleId::new(uuid::Uuid::from_u128(3));
    assert_eq!(
        field(&school.assess_as(school.assessor.actor, 0, elsewhere).await.unwrap_err()),
        "assessment.module"
    );
    let mut shouting = school.assessment(0, Outcome::Competent);
    shouting.feedback = Some("x".repeat(4_001));
    assert_eq!(
        field(&school.assess_as(school.assessor.actor, 0, shouting).await.unwrap_err()),
        "text.too_long"
    );
    let withdraw = Withdraw {
        id: school.pupils[0].enrolment,
        expected: None,
    };
    school.house.run(school.admin, withdraw).await.unwrap();
    assert_eq!(
        school.assess(0, 0, Outcome::Competent).await.unwrap_err().code,
        &enrolments::STATE
    );
}

#[tokio::test]
async fn feedback_is_read_by_those_it_concerns_and_by_nobody_else() {
    let school = School::with(2).await;
    school.assess(0, 0, Outcome::NotYetCompetent).await.unwrap();
    let stranger = school.stranger(&[Role::Assessor, Role::Moderator]).await.actor;
    for (actor, count) in [
        (school.admin, 1),
        (school.assessor.actor, 1),
        (school.moderator.actor, 1),
        (school.pupils[0].actor, 1),
        (school.pupils[1].actor, 0),
        (stranger, 0),
    ] {
        let found = school
            .house
            .view(actor, ListAssessments::default())
            .await
            .unwrap()
            .items;
        assert_eq!(found.len(), count, "{actor:?}");
        assert!(
            found
                .iter()
                .all(|item| item.feedback.as_deref() == Some("Bring the logbook of week 3."))
        );
    }
    assert!(
        !school.house.entries().await.join("\n").contains("logbook"),
        "feedback stays out of the ledger"
    );
}
