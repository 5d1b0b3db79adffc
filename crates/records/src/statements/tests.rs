//! Statements of results, through the door.

use skillsyms_core::{Problem, ResultId};
use skillsyms_door::Actor;

use super::*;
use crate::enrolments::school::School;
use crate::results::ReverseResult;

impl School {
    fn issue_act(&self, pupil: usize) -> IssueStatement {
        let provider = Provider {
            name: "Provider One".to_owned(),
            number: Some("SDP-1".to_owned()),
            code: Some("one".to_owned()),
            address: None,
            contact: None,
        };
        IssueStatement {
            enrolment: self.pupils[pupil].enrolment,
            provider,
        }
    }

    pub(crate) async fn issue(&self, pupil: usize) -> Result<Issued, Problem> {
        self.house
            .run(self.house.confirmed_admin(), self.issue_act(pupil))
            .await
    }

    async fn statement(&self, by: Actor, id: skillsyms_core::StatementId) -> Result<IssuedStatement, Problem> {
        self.house.view(by, ReadStatement { id }).await
    }
}

#[tokio::test]
async fn a_statement_says_what_is_in_force_and_the_learner_reads_it() {
    let school = School::with(2).await;
    assert_eq!(school.issue(0).await.unwrap_err().code, &NOTHING);
    school.complete(0).await;
    let issued = school.issue(0).await.unwrap();
    let own = school.statement(school.pupils[0].actor, issued.id).await.unwrap();
    assert_eq!(own.statement, issued.statement);
    assert_eq!(own.statement.learner.last_name, "Dlámini");
    assert_eq!(own.statement.learner.id_number.len(), 13);
    assert_eq!(own.statement.learner.birth_date, "1990-01-01");
    assert_eq!(own.statement.qualification.saqa_id, "99573");
    assert_eq!(own.statement.credits_achieved, 14);
    assert!(
        own.statement
            .modules
            .iter()
            .all(|module| module.status == Status::Competent)
    );
    assert_eq!(own.statement.modules[0].assessed_on.as_deref(), Some("2026-06-01"));
    assert!(own.statement.number.starts_with("SOR-2026-"));
    assert!(!own.superseded);
    let page = html(&own).unwrap();
    assert!(page.contains(&own.statement.learner.id_number) && page.contains("Provider One"));
    let json = serde_json::to_value(&own).unwrap();
    assert_eq!(json["learner"]["id_number"], own.statement.learner.id_number.as_str());
    assert_eq!(json["modules"][0]["code"], "522201000-KM-01");
    let entries = school.house.entries().await.join("\n");
    assert!(
        !entries.contains(&own.statement.learner.id_number),
        "the number stays out of the ledger"
    );
}

#[tokio::test]
async fn nobody_else_reads_or_issues_it() {
    let school = School::with(2).await;
    school.complete(0).await;
    let issued = school.issue(0).await.unwrap();
    for actor in [
        school.pupils[1].actor,
        school.assessor.actor,
        school.moderator.actor,
        school.facilitator.actor,
        school.verifier.actor,
        school.house.key(&["statement.read", "statement.issue"]),
    ] {
        assert!(school.statement(actor, issued.id).await.is_err(), "{actor:?}");
        assert!(school.house.run(actor, school.issue_act(0)).await.is_err(), "{actor:?}");
    }
    // An administrator states a purpose, or confirms.
    assert!(school.statement(school.admin, issued.id).await.is_err());
    let purpose = school
        .house
        .door
        .enter(school.admin)
        .purpose(Some("Sent to the learner's employer".to_owned()));
    assert!(purpose.view(ReadStatement { id: issued.id }).await.is_ok());
    let confirmed = school.house.confirmed_admin();
    assert!(school.statement(confirmed, issued.id).await.is_ok());
    let list = async |actor: Actor| {
        school
            .house
            .view(actor, ListStatements::default())
            .await
            .map(|page| page.items.len())
    };
    assert_eq!(list(school.pupils[0].actor).await.unwrap(), 1);
    assert_eq!(list(school.pupils[1].actor).await.unwrap(), 0);
    assert_eq!(list(school.admin).await.unwrap(), 1);
    assert!(list(school.assessor.actor).await.is_err());
}

#[tokio::test]
async fn a_reversal_afterwards_shows_and_the_statement_stays_what_it_was() {
    let school = School::with(1).await;
    school.complete(0).await;
    let before = school.issue(0).await.unwrap();
    school.house.clock.advance_seconds(60);
    let id: ResultId = school.results(school.admin).await[0].id;
    let reverse = ReverseResult {
        id,
        reason: "Wrong learner".to_owned(),
    };
    school.house.run(school.house.confirmed_admin(), reverse).await.unwrap();
    let read = school.statement(school.pupils[0].actor, before.id).await.unwrap();
    assert!(read.superseded);
    assert_eq!(read.statement, before.statement);
    school.house.clock.advance_seconds(60);
    let after = school.issue(0).await.unwrap();
    let open = after
        .statement
        .modules
        .iter()
        .filter(|module| module.status == Status::Outstanding);
    assert_eq!(open.count(), 1);
    assert!(
        !school
            .statement(school.pupils[0].actor, after.id)
            .await
            .unwrap()
            .superseded
    );
    assert_ne!(after.statement.number, before.statement.number);
}

#[tokio::test]
async fn a_provider_has_a_name() {
    let school = School::with(1).await;
    school.complete(0).await;
    let mut act = school.issue_act(0);
    act.provider.name = " ".to_owned();
    assert_eq!(
        school
            .house
            .run(school.house.confirmed_admin(), act)
            .await
            .unwrap_err()
            .code
            .status,
        422
    );
}

#[tokio::test]
async fn whoever_holds_a_statement_can_have_it_checked() {
    let school = School::with(1).await;
    school.complete(0).await;
    let issued = school.issue(0).await.unwrap();
    let (number, code) = (issued.statement.number.clone(), issued.statement.code.clone());
    assert!(number.ends_with("-one") && code.len() == 14, "{number} {code}");
    let nobody = Actor::Nobody(school.house.one);
    let check = async |cell, number: &str, code: &str| {
        let (number, code) = (number.to_owned(), code.to_owned());
        school.house.view(cell, CheckStatement { number, code }).await.unwrap()
    };
    let found = check(nobody, &number.to_lowercase(), &code.replace('-', " "))
        .await
        .unwrap();
    assert_eq!(
        (found.provider.as_str(), found.credits_achieved, found.superseded),
        ("Provider One", 14, false)
    );
    assert!(
        found.name.ends_with(". Dlámini") && !found.name.contains("handi"),
        "{}",
        found.name
    );
    let told = serde_json::to_string(&found).unwrap();
    assert!(
        !told.contains(&issued.statement.learner.id_number) && !told.contains(&code),
        "{told}"
    );
    assert!(!told.contains(&issued.learner.to_string()), "{told}");
    // A miss, a wrong code and no code are answered alike, and so is everything at another provider.
    let other = Actor::Nobody(school.house.other);
    for (at, number, code) in [
        (nobody, number.as_str(), "0000-0000-0000"),
        (nobody, number.as_str(), ""),
        (nobody, "SOR-2026-0000000000-one", code.as_str()),
        (nobody, "SOR-2026-0000000000-one", "0000-0000-0000"),
        (nobody, "", ""),
        (other, number.as_str(), code.as_str()),
    ] {
        assert_eq!(check(at, number, code).await, None, "{number} {code}");
    }
    school.house.clock.advance_seconds(60);
    let reverse = ReverseResult {
        id: school.results(school.admin).await[0].id,
        reason: "Wrong learner".to_owned(),
    };
    school.house.run(school.house.confirmed_admin(), reverse).await.unwrap();
    assert!(check(nobody, &number, &code).await.unwrap().superseded);
    // The learner sees that it was checked; the log does not hold the code.
    school.house.door.index_subjects().await.unwrap();
    let lookers = school
        .house
        .view(school.pupils[0].actor, crate::learning::ReadLookers::default());
    let lookers = lookers.await.unwrap().items;
    assert_eq!(
        lookers.iter().filter(|access| access.act == "statement.check").count(),
        2
    );
    assert!(!school.house.entries().await.join("\n").contains(&code));
    assert!(
        school
            .house
            .view(school.admin, CheckStatement { number, code })
            .await
            .is_err()
    );
}
