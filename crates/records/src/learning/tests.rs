//! One's own learning, through the door.

use skillsyms_core::{Decision, Outcome};
use skillsyms_people::{ByAge, Limit, PageAsk};

use super::*;
use crate::enrolments::Withdraw;
use crate::enrolments::school::School;
use crate::evidence::{AnnounceUpload, AttachEvidence, BeginUpload, DiscardUpload, RESUMABLE_SECONDS};
use crate::learners::ReadLearner;

impl School {
    async fn course(&self, pupil: usize) -> Course {
        let id = self.pupils[pupil].enrolment;
        self.house
            .view(self.pupils[pupil].actor, ReadLearning { id })
            .await
            .unwrap()
    }

    async fn bring_pdf(&self, pupil: usize, module: usize) {
        let (by, enrolment) = (self.pupils[pupil].actor, self.pupils[pupil].enrolment);
        let module = self.modules[module];
        let (upload, _) = self.house.run(by, BeginUpload { enrolment, module }).await.unwrap();
        let mut receiving = self.files.receive(upload).unwrap();
        receiving.write(b"%PDF-1.7\n%%EOF\n").unwrap();
        let act = AttachEvidence {
            stored: receiving.finish().unwrap(),
            name: "Logbook.pdf".to_owned(),
        };
        self.house.run(by, act).await.unwrap();
    }
}

#[tokio::test]
async fn the_states_follow_what_happens() {
    let school = School::with(1).await;
    let states = async || {
        let course = school.course(0).await;
        let states: Vec<ModuleState> = course.parts.iter().map(|part| part.state).collect();
        (states, course.line.next)
    };
    use ModuleState as S;
    let [one, two] = [school.modules[0], school.modules[1]];
    assert_eq!(
        states().await,
        (vec![S::NotStarted, S::NotStarted], NextStep::Bring(one))
    );
    school.bring_pdf(0, 0).await;
    assert_eq!(
        states().await,
        (vec![S::Submitted, S::NotStarted], NextStep::Bring(two))
    );
    school.house.clock.advance_seconds(60);
    school.assess(0, 0, Outcome::NotYetCompetent).await.unwrap();
    assert_eq!(
        states().await,
        (vec![S::TryAgain, S::NotStarted], NextStep::TryAgain(one))
    );
    school.house.clock.advance_seconds(60);
    school.bring_pdf(0, 0).await;
    assert_eq!(
        states().await,
        (vec![S::Submitted, S::NotStarted], NextStep::Bring(two))
    );
    let course = school.course(0).await;
    assert_eq!((course.parts[0].attempts_used, course.parts[0].evidence.len()), (1, 2));
    assert_eq!(course.parts[0].evidence[0].name, "Logbook.pdf");
    assert_eq!(
        course.parts[0].assessments[0].feedback.as_deref(),
        Some("Bring the logbook of week 3.")
    );
    school.house.clock.advance_seconds(60);
    let first = school.assess(0, 0, Outcome::Competent).await.unwrap().assessment;
    let second = school.assess(0, 1, Outcome::Competent).await.unwrap().assessment;
    assert_eq!(states().await, (vec![S::Checking, S::Checking], NextStep::Wait));
    school.draw().await.unwrap();
    for assessment in [first, second] {
        let upheld = school.decide(school.moderator.actor, assessment, Decision::Upheld);
        upheld.await.unwrap();
    }
    assert_eq!(states().await, (vec![S::Competent, S::Competent], NextStep::Done));
    let list = school
        .house
        .view(school.pupils[0].actor, ListLearning::default())
        .await
        .unwrap();
    let line = &list.items[0];
    assert_eq!((line.modules, line.achieved, line.credits_achieved), (2, 2, 14));
    assert_eq!(line, &school.course(0).await.line);
}

#[tokio::test]
async fn a_withdrawn_enrolment_asks_for_nothing() {
    let school = School::with(1).await;
    let withdraw = Withdraw {
        id: school.pupils[0].enrolment,
        expected: None,
    };
    school.house.run(school.admin, withdraw).await.unwrap();
    assert_eq!(school.course(0).await.line.next, NextStep::Over);
}

#[tokio::test]
async fn nobody_else_sees_it() {
    let school = School::with(2).await;
    let id = school.pupils[0].enrolment;
    let all = ["learning.list", "learning.read", "learning.lookers", "learning.details"];
    for actor in [
        school.pupils[1].actor,
        school.admin,
        school.assessor.actor,
        school.facilitator.actor,
        school.house.key(&all),
    ] {
        assert!(
            school.house.view(actor, ReadLearning { id }).await.is_err(),
            "{actor:?}"
        );
    }
    for actor in [school.admin, school.assessor.actor, school.house.key(&all)] {
        assert!(
            school.house.view(actor, ListLearning::default()).await.is_err(),
            "{actor:?}"
        );
        assert!(school.house.view(actor, ReadDetails).await.is_err(), "{actor:?}");
        assert!(
            school.house.view(actor, ReadLookers::default()).await.is_err(),
            "{actor:?}"
        );
    }
    let other = school
        .house
        .view(school.pupils[1].actor, ListLearning::default())
        .await
        .unwrap();
    assert!(other.items.iter().all(|line| line.learner == school.pupils[1].learner));
    let details = school.house.view(school.pupils[1].actor, ReadDetails).await.unwrap();
    assert_eq!(details.learner.id, school.pupils[1].learner);
    assert!(
        details.learner.id_masked.contains('*') || details.learner.id_masked.contains('•'),
        "{}",
        details.learner.id_masked
    );
}

#[tokio::test]
async fn ones_own_looks_are_left_out_and_the_pages_stay_whole() {
    let school = School::with(1).await;
    let (house, pupil) = (&school.house, &school.pupils[0]);
    for _ in 0..4 {
        house
            .view(pupil.actor, ReadLearning { id: pupil.enrolment })
            .await
            .unwrap();
        house
            .view(pupil.actor, ReadLearning { id: pupil.enrolment })
            .await
            .unwrap();
        house
            .view(school.admin, ReadLearner { id: pupil.learner })
            .await
            .unwrap();
    }
    house.door.index_subjects().await.unwrap();
    let all = async |whose, sort| {
        let limit = Limit::new(2).unwrap();
        let mut page = PageAsk { limit, cursor: None };
        let mut seen = Vec::new();
        loop {
            let ask = ReadLookers {
                whose,
                sort,
                page,
                ..ReadLookers::default()
            };
            let found = house.view(pupil.actor, ask).await.unwrap();
            assert!(found.items.len() <= 2);
            seen.extend(found.items.into_iter().map(|access| (access.leaf, access.act)));
            let Some(next) = found.next else { return seen };
            page.cursor = Some(next);
        }
    };
    let (others, everybody) = (all(Whose::Others, None).await, all(Whose::All, None).await);
    assert_eq!(others.iter().filter(|(_, act)| act == "learner.read").count(), 4);
    assert!(others.iter().all(|(_, act)| act != "learning.read"), "{others:?}");
    assert_eq!(everybody.iter().filter(|(_, act)| act == "learning.read").count(), 8);
    assert_eq!(everybody.len(), others.len() + 8);
    assert!(others.windows(2).all(|pair| pair[0].0 > pair[1].0), "{others:?}");
    // From the other end it is the same backwards, though what is left out cuts the pages elsewhere.
    let mut oldest = all(Whose::Others, Some(ByAge::Oldest)).await;
    oldest.reverse();
    assert_eq!(oldest, others);
}

#[tokio::test]
async fn ones_own_unfinished_files_are_shown_until_they_are_over() {
    let school = School::with(1).await;
    let (me, facilitator) = (school.pupils[0].actor, school.facilitator.actor);
    let announce = |module: usize, name: &str| AnnounceUpload {
        enrolment: school.pupils[0].enrolment,
        module: school.modules[module],
        length: 3_000_000,
        name: name.to_owned(),
    };
    let shown = async || {
        let unfinished = school.course(0).await.unfinished.into_iter();
        unfinished.map(|file| (file.module, file.name)).collect::<Vec<_>>()
    };
    let one = school.house.run(me, announce(0, "Film.pdf")).await.unwrap();
    // Ids are in the order of time.
    school.house.clock.advance_seconds(1);
    school.house.run(me, announce(1, "Log.pdf")).await.unwrap();
    // What somebody else sends for the learner, and what was begun to be sent at once, is not theirs to go on with.
    school.house.run(facilitator, announce(0, "Visit.pdf")).await.unwrap();
    let at_once = BeginUpload {
        enrolment: school.pupils[0].enrolment,
        module: school.modules[0],
    };
    school.house.run(me, at_once).await.unwrap();
    let named = |module: usize, name: &str| (school.modules[module], name.to_owned());
    assert_eq!(shown().await, [named(0, "Film.pdf"), named(1, "Log.pdf")]);
    school.house.run(me, DiscardUpload { id: one.id }).await.unwrap();
    assert_eq!(shown().await, [named(1, "Log.pdf")]);
    school.house.clock.advance_seconds(RESUMABLE_SECONDS + 1);
    assert!(shown().await.is_empty());
}
