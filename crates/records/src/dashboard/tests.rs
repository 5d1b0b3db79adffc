//! The counters, after all that may happen, and the figures that are made from them.

use skillsyms_cells::{Read, Tx};
use skillsyms_core::problem::FORBIDDEN;
use skillsyms_core::{Decision, LearnerId, Outcome, Problem, Role, TaskKind};
use skillsyms_door::{Act, Actor, Cx, Disclosure, Fault, Note, Once, OnceKey, Principal, Target};
use skillsyms_people::PageAsk;
use skillsyms_people::page::Limit;
use uuid::Uuid;

use super::*;
use crate::enrolments::school::School;
use crate::enrolments::{CreateEnrolment, CreateEnrolments, Reinstate, ResumeEnrolment, SuspendEnrolment, Withdraw};
use crate::imports::tests::{file, import, row};
use crate::learners::house::{House, NOW, number, somebody, thandi};
use crate::learners::{CorrectId, IdCorrection, RegisterLearner, Registered};
use crate::tasks::{Age, ListTasks};

/// Seconds of a day.
const DAY: i64 = 24 * 60 * 60;

impl House {
    /// What of the counters is not what the rows say.
    async fn differences(&self) -> Vec<Difference> {
        let checked = self.view(Actor::Console(self.one), CheckCounters).await.unwrap();
        assert!(checked.compared > 0, "nothing was compared");
        checked.differences
    }

    async fn dashboard(&self) -> Dashboard {
        self.view(self.admin(), ReadDashboard).await.unwrap()
    }
}

/// How many there are now: learners, and enrolments by state.
fn levels(found: &Dashboard) -> [i64; 7] {
    let now = found.months.last().unwrap();
    [
        now.learners,
        now.enrolled,
        now.reinstated,
        now.completed,
        now.withdrawn,
        now.discontinued,
        now.suspended,
    ]
}

#[tokio::test]
async fn counters_are_what_the_rows_say_whatever_happened() {
    let school = School::with(3).await;
    let house = &school.house;
    let check = async |what: &str| {
        let found = house.differences().await;
        assert!(found.is_empty(), "after {what}: {found:?}");
    };
    check("registering and enrolling").await;
    assert_eq!(levels(&house.dashboard().await), [3, 3, 0, 0, 0, 0, 0]);

    // Complete, and reversed.
    school.complete(2).await;
    assert_eq!(levels(&house.dashboard().await), [3, 2, 0, 1, 0, 0, 0]);
    check("a complete enrolment").await;
    school.issue(2).await.unwrap();
    check("a statement").await;
    let results = school.results(school.admin).await;
    school.reverse(results[0].id).await.unwrap();
    assert_eq!(levels(&house.dashboard().await), [3, 3, 0, 0, 0, 0, 0]);
    school.reverse(results[0].id).await.unwrap_err();
    check("a reversal, and a second one").await;

    // Evidence, twice in one module; what waits is ended on another day than it began.
    school.hand_in(0, 0).await;
    school.hand_in(0, 0).await;
    school.hand_in(1, 1).await;
    check("evidence").await;
    house.clock.advance_seconds(3 * DAY);
    school.assess(0, 0, Outcome::NotYetCompetent).await.unwrap();
    check("an assessment").await;
    school.hand_in(0, 0).await;
    let recorded = school.assess(0, 0, Outcome::Competent).await.unwrap();
    school.draw().await.unwrap();
    check("a draw").await;
    let (moderator, id) = (school.moderator.actor, recorded.assessment);
    school.decide(moderator, id, Decision::Returned).await.unwrap();
    check("a returned assessment").await;
    school.decide(moderator, id, Decision::Upheld).await.unwrap_err();
    check("a second decision, refused").await;

    // Left, and taken back.
    let id = school.pupils[1].enrolment;
    let (leave, back) = (Withdraw { id, expected: None }, Reinstate { id, expected: None });
    house.run(school.admin, leave).await.unwrap();
    check("a withdrawal").await;
    house.run(school.admin, leave).await.unwrap_err();
    assert_eq!(levels(&house.dashboard().await), [3, 2, 0, 0, 1, 0, 0]);
    house.clock.advance_seconds(40 * DAY);
    house.run(school.admin, back).await.unwrap();
    assert_eq!(levels(&house.dashboard().await), [3, 2, 1, 0, 0, 0, 0]);
    check("taking back").await;
    let stale = Withdraw { id, expected: Some(99) };
    house.run(school.admin, stale).await.unwrap_err();
    check("a stale change").await;

    let week = |found: &Dashboard, ago: usize| found.weeks[11 - ago].clone();
    let found = house.dashboard().await;
    assert_eq!(
        [week(&found, 0).evidence, week(&found, 0).assessed],
        [0, 0],
        "all was done six weeks ago"
    );
    let done = |of: fn(&Week) -> i64| -> i64 { found.weeks.iter().map(of).sum() };
    assert_eq!(done(|week| week.evidence), 4);
    assert_eq!(done(|week| week.assessed), 4);
    assert_eq!(done(|week| week.moderated), 3);
    assert_eq!(done(|week| week.statements), 1);
}

#[tokio::test]
async fn an_interruption_is_counted_and_its_end() {
    let school = School::with(2).await;
    let house = &school.house;
    let id = school.pupils[1].enrolment;
    let (reason, expected) = ("Away for the harvest.".to_owned(), None);
    let suspend = SuspendEnrolment {
        id,
        reason: reason.clone(),
        expected,
    };
    house.run(school.admin, suspend).await.unwrap();
    assert_eq!(levels(&house.dashboard().await), [2, 1, 0, 0, 0, 0, 1]);
    assert!(house.differences().await.is_empty());
    let resume = ResumeEnrolment { id, reason, expected };
    house.run(school.admin, resume).await.unwrap();
    assert_eq!(levels(&house.dashboard().await), [2, 2, 0, 0, 0, 0, 0]);
    assert!(house.differences().await.is_empty());
}

#[tokio::test]
async fn what_is_refused_repeated_or_undone_is_not_counted() {
    let school = School::with(2).await;
    let house = &school.house;
    let (one, two) = (school.pupils[0].learner, school.pupils[1].learner);

    // Refused: a number that is there, an enrolment that is there, one of many that does not exist.
    let taken = RegisterLearner {
        new: thandi(&number(1_000)),
    };
    house.run(house.admin(), taken).await.unwrap_err();
    let new = school.new_enrolment(school.team());
    let again = CreateEnrolment { learner: one, new };
    house.run(house.admin(), again).await.unwrap_err();
    let third = school.register(7).await;
    let nobody = LearnerId::new(Uuid::from_u128(9));
    for learners in [vec![third, nobody], vec![third, two]] {
        let new = school.new_enrolment(school.team());
        let many = CreateEnrolments { learners, new };
        house.run(house.admin(), many).await.unwrap_err();
    }
    assert_eq!(levels(&house.dashboard().await)[..2], [3, 2]);

    // Repeated: the same key does it once.
    let admin = house.admin();
    for is_first in [true, false] {
        let act = RegisterLearner {
            new: somebody(50, "Sipho", "Nkosi"),
        };
        let once = OnceKey {
            key: "k-1".to_owned(),
            fingerprint: [1; 32],
            resources: Box::new(|made: &Registered| vec![made.id.uuid()]),
        };
        let done = house.door.enter(admin).run_once(act, once).await.unwrap();
        assert_eq!(matches!(done, Once::Done(_)), is_first);
    }
    assert_eq!(levels(&house.dashboard().await)[0], 4);

    // Undone: an act that counts and fails leaves nothing.
    let failing = Plant { is_undone: true };
    house.run(house.admin(), failing).await.unwrap_err();
    assert_eq!(levels(&house.dashboard().await)[0], 4);

    // A correction changes a number, and no figure.
    let correction = IdCorrection {
        id_number: Some(number(60)),
        ..IdCorrection::default()
    };
    let act = CorrectId {
        id: one,
        expected: None,
        correction,
    };
    let by = house
        .door
        .enter(house.confirmed_admin())
        .purpose(Some("A typing error.".to_owned()));
    by.run(act).await.unwrap();
    assert!(house.differences().await.is_empty());
}

#[tokio::test]
async fn acts_that_come_together_are_all_counted() {
    let house = std::sync::Arc::new(House::new().await);
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..60_u16 {
        let house = std::sync::Arc::clone(&house);
        let actor = house.admin();
        // Every number comes twice, so half of them are refused.
        let act = RegisterLearner {
            new: somebody(1 + n / 2, "Sipho", "Nkosi"),
        };
        tasks.spawn(async move { house.run(actor, act).await.is_ok() });
    }
    let kept = tasks.join_all().await.into_iter().filter(|is_kept| *is_kept).count();
    assert_eq!(kept, 30);
    assert_eq!(levels(&house.dashboard().await)[0], 30);
    assert!(house.differences().await.is_empty());
}

#[tokio::test]
async fn imports_are_counted_by_chunk_with_their_reasons() {
    let house = House::new().await;
    let mut rows: Vec<String> = (1..=120).map(|n| row(&number(n), &[])).collect();
    rows.extend(["a,b".to_owned(), "c,d".to_owned()]);
    rows.push(row(&number(1), &[]));
    let summary = import(&house, house.admin(), file(&rows)).await.unwrap();
    house.clock.advance_seconds(60);
    let again = import(&house, house.admin(), file(&rows[119..])).await.unwrap();
    let found = house.dashboard().await;
    assert_eq!(levels(&found)[0], 120);
    assert!(house.differences().await.is_empty());
    let lines: Vec<_> = found
        .imports
        .iter()
        .map(|line| (line.id, line.kept, line.refused))
        .collect();
    assert_eq!(lines, [(summary.id, 120, 3), (again.id, 0, 4)], "the oldest first");
    let reasons: Vec<_> = found
        .reasons
        .iter()
        .map(|reason| (reason.column.as_str(), reason.count))
        .collect();
    assert_eq!(reasons, [("row", 4), ("id_number", 3)], "the commonest first");
    assert!(found.reasons.iter().all(|reason| !reason.message.is_empty()));
    let text = serde_json::to_string(&found).unwrap();
    assert!(!text.contains("learners.csv"), "a file's name may name a person");
    assert!(!crate::learners::house::holds_a_number(&text.replace('-', " ")));
}

#[tokio::test]
async fn what_is_overdue_is_what_the_list_says() {
    let school = School::with(3).await;
    let house = &school.house;
    for (pupil, hours) in [(0, 5), (1, 20), (2, 30)] {
        school.hand_in(pupil, 0).await;
        school.hand_in(pupil, 1).await;
        house.clock.advance_seconds(hours * 60 * 60);
    }
    let overdue = async || {
        let ask = ListTasks {
            age: Age::Overdue,
            page: PageAsk {
                limit: Limit::new(100).unwrap(),
                cursor: None,
            },
            ..ListTasks::default()
        };
        let listed = house.view(school.admin, ask).await.unwrap().items.len();
        i64::try_from(listed).unwrap()
    };
    let mut seen = Vec::new();
    for hours in [0, 120, 161, 1, 5, 20, 24, 240, 720] {
        house.clock.advance_seconds(hours * 60 * 60);
        let waiting = house.dashboard().await.waiting;
        let assess = waiting.iter().find(|waiting| waiting.kind == TaskKind::Assess).unwrap();
        assert_eq!(assess.overdue(), overdue().await, "after {hours} more hours");
        assert_eq!(assess.all, 6);
        assert_eq!(assess.days_7 + assess.days_14 + assess.days_28 + assess.older, 6);
        assert_eq!(assess.since.as_deref(), Some("2026-11-22"));
        seen.push(assess.overdue());
    }
    assert!(
        seen.contains(&2) && seen.contains(&4),
        "no cut went through a day: {seen:?}"
    );
    assert!(house.differences().await.is_empty());
    let last = house.dashboard().await.waiting.remove(0);
    assert_eq!((last.older, last.days_28), (6, 0));
}

#[tokio::test]
async fn administrators_see_their_own_provider_and_nobody_else_does() {
    let school = School::with(1).await;
    let house = &school.house;
    let team = [
        &school.facilitator,
        &school.assessor,
        &school.moderator,
        &school.verifier,
    ];
    let mut others: Vec<Actor> = team.iter().map(|member| member.actor).collect();
    others.extend([
        school.pupils[0].actor,
        house.key(&["learner.list"]),
        Actor::Console(house.one),
    ]);
    for actor in others {
        let refused = house.view(actor, ReadDashboard).await.unwrap_err();
        assert_eq!(refused.code, &FORBIDDEN, "{actor:?}");
    }
    for actor in [house.admin(), house.confirmed_admin(), house.key(&["dashboard.check"])] {
        let refused = house.view(actor, CheckCounters).await.unwrap_err();
        assert_eq!(refused.code, &FORBIDDEN, "{actor:?}");
    }
    let by_key = house.view(house.key(&["dashboard.read"]), ReadDashboard).await.unwrap();
    assert_eq!(levels(&by_key), [1, 1, 0, 0, 0, 0, 0]);
    assert_eq!((by_key.steps.programmes, by_key.steps.settings), (true, false));
    let (person, _) = house.person(&[Role::Admin]);
    let neighbour = house.session_in(house.other, Principal::person(person, vec![Role::Admin]));
    let theirs = house.view(neighbour, ReadDashboard).await.unwrap();
    assert_eq!(levels(&theirs), [0; 7]);
    assert_eq!(
        theirs.steps,
        Steps {
            settings: false,
            people: false,
            programmes: false,
            learners: false
        }
    );
    let entries = house.entries().await.join("\n");
    assert!(entries.contains("dashboard.read"), "looking leaves an entry");
}

#[tokio::test]
async fn a_counter_that_is_wrong_is_found() {
    let school = School::with(2).await;
    let house = &school.house;
    house.run(house.admin(), Plant { is_undone: false }).await.unwrap();
    let wrong = Difference {
        counter: "learners".to_owned(),
        period: "all".to_owned(),
        counted: 7,
        rows: 2,
    };
    assert_eq!(house.differences().await, [wrong]);
}

#[tokio::test]
async fn months_turn_in_south_africa() {
    let house = House::new().await;
    // 30 November, 23:30 in South Africa, then half an hour into December there: in UTC it is November still.
    house.clock.advance_seconds(8 * DAY + 11 * 60 * 60 + 30 * 60);
    house.register(somebody(1, "Sipho", "Nkosi")).await;
    house.clock.advance_seconds(60 * 60);
    house.register(somebody(2, "Sipho", "Nkosi")).await;
    let months = house.dashboard().await.months;
    let last: Vec<_> = months
        .iter()
        .rev()
        .take(2)
        .map(|month| (month.month.as_str(), month.learners))
        .collect();
    assert_eq!(last, [("2026-12", 2), ("2026-11", 1)]);
}

/// Counts five learners whom nobody registered, by the name of an act that administrators have; and fails, if asked to.
struct Plant {
    is_undone: bool,
}

impl Act for Plant {
    const NAME: &'static str = "learner.register";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Ready = ();
    type Output = ();

    fn prepare(&self, _: &Cx) -> Result<(), Fault> {
        Ok(())
    }

    fn target(&self, _: &mut Read<'_>) -> Result<Target, Fault> {
        Ok(Target::tenant())
    }

    fn run(&self, _: &Cx, (): &(), tx: &mut Tx<'_>) -> Result<(), Fault> {
        count(tx, Counter::Learners, NOW, 5)?;
        if self.is_undone {
            return Err(Problem::not_found().into());
        }
        Ok(())
    }

    fn entry(&self, (): &()) -> Note {
        Note::none()
    }
}
