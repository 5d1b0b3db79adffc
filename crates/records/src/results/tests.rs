//! Locked results, reversal and completion, through the door.

use skillsyms_core::{Decision, EnrolmentStatus, Outcome, Problem, ResultId};

use super::*;
use crate::enrolments::ReadEnrolment;
use crate::enrolments::school::School;

impl School {
    async fn status(&self, pupil: usize) -> EnrolmentStatus {
        let read = ReadEnrolment {
            id: self.pupils[pupil].enrolment,
        };
        self.house.view(self.admin, read).await.unwrap().status
    }

    pub(crate) async fn reverse(&self, id: ResultId) -> Result<Reversed, Problem> {
        let reason = "The evidence was another learner's.".to_owned();
        self.house
            .run(self.house.confirmed_admin(), ReverseResult { id, reason })
            .await
    }
}

#[tokio::test]
async fn an_enrolment_completes_by_itself_and_reopens_when_a_result_is_reversed() {
    let school = School::with(1).await;
    school.complete(0).await;
    assert_eq!(school.status(0).await, EnrolmentStatus::Completed);
    let results = school.results(school.admin).await;
    assert_eq!(results.len(), 2);
    let reversed = school.reverse(results[0].id).await.unwrap();
    assert_eq!(school.status(0).await, EnrolmentStatus::Enrolled);
    let after = school.results(school.pupils[0].actor).await;
    let find = |id: ResultId| after.iter().find(|result| result.id == id).unwrap();
    assert_eq!(after.iter().filter(|result| result.in_force).count(), 1);
    assert!(
        find(results[1].id).in_force && !find(results[0].id).in_force,
        "what was recorded stays"
    );
    let reversal = find(reversed.reversal);
    assert_eq!((reversal.reverses, reversal.in_force), (Some(results[0].id), false));
    assert_eq!(reversal.reason.as_deref(), Some("The evidence was another learner's."));
    // The way back is a new attempt, drawn and upheld anew.
    let module = school
        .modules
        .iter()
        .position(|module| *module == results[0].module)
        .unwrap();
    let assessment = school.assess(0, module, Outcome::Competent).await.unwrap().assessment;
    school.draw().await.unwrap();
    school
        .decide(school.moderator.actor, assessment, Decision::Upheld)
        .await
        .unwrap();
    assert_eq!(school.status(0).await, EnrolmentStatus::Completed);
    // A reversal is final, and nothing is reversed twice.
    assert_eq!(school.reverse(reversed.reversal).await.unwrap_err().code, &REVERSAL);
    assert_eq!(school.reverse(results[0].id).await.unwrap_err().code, &REVERSED);
    assert_eq!(school.results(school.admin).await.len(), 4);
}

#[tokio::test]
async fn only_a_confirmed_administrator_with_a_reason_reverses() {
    let school = School::with(1).await;
    school.complete(0).await;
    let id = school.results(school.admin).await[0].id;
    let reverse = |reason: &str| ReverseResult {
        id,
        reason: reason.to_owned(),
    };
    let problem = school.house.run(school.admin, reverse("wrong")).await.unwrap_err();
    assert_eq!(problem.code.name, "step_up_required");
    for actor in [
        school.assessor.actor,
        school.moderator.actor,
        school.verifier.actor,
        school.pupils[0].actor,
        school.house.key(&["result.reverse"]),
    ] {
        assert!(school.house.run(actor, reverse("wrong")).await.is_err(), "{actor:?}");
    }
    let confirmed = school.house.confirmed_admin();
    for reason in ["", "  ", &"x".repeat(2_001), "a\0"] {
        assert_eq!(
            school
                .house
                .run(confirmed, reverse(reason))
                .await
                .unwrap_err()
                .code
                .status,
            422
        );
    }
    let unknown = ReverseResult {
        id: ResultId::new(uuid::Uuid::from_u128(6)),
        reason: "wrong".to_owned(),
    };
    assert_eq!(school.house.run(confirmed, unknown).await.unwrap_err().code.status, 404);
    assert!(school.results(school.admin).await.iter().all(|result| result.in_force));
}

#[tokio::test]
async fn results_are_seen_by_those_they_concern() {
    let school = School::with(2).await;
    school.complete(0).await;
    let stranger = school.stranger(&[skillsyms_core::Role::Assessor]).await.actor;
    for (actor, count) in [
        (school.admin, 2),
        (school.assessor.actor, 2),
        (school.verifier.actor, 2),
        (school.pupils[0].actor, 2),
        (school.pupils[1].actor, 0),
        (stranger, 0),
    ] {
        assert_eq!(school.results(actor).await.len(), count, "{actor:?}");
    }
}
