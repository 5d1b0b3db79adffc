//! Acts: interrupt an enrolment for a while, and let it go on. View: when that was, and why.
//!
//! While an enrolment is suspended nothing is brought and nothing assessed; what waits for moderation is still decided, and if that
//! was the last of it, the enrolment is complete. The learner keeps their place and the team. Each change is a record that nothing
//! alters: what the status was before, who changed it, when, and why, sealed.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;
use skillsyms_cells::{CellError, Read, Tx};
use skillsyms_core::{EnrolmentChange, EnrolmentId, EnrolmentStatus, Instant, LearnerId, PauseId, PersonId, Problem};
use skillsyms_door::{Act, Cx, Disclosure, Fault, Note, Target, View};
use skillsyms_vault::{Place, Sealed};

use super::assign::{Changed, changed, note, target};
use super::rows::{self, EnrolmentRow, PauseRow};
use super::{STATE, fresh};
use crate::programmes::plain;
use crate::tasks;

/// Longest reason in characters: a page of text.
const REASON_CHARS_MAX: usize = 2_000;
/// Changes that are shown: more than an enrolment has in its years.
const SHOWN_MAX: i64 = 200;

/// Suspends an enrolment.
#[derive(Clone)]
pub struct SuspendEnrolment {
    /// Which.
    pub id: EnrolmentId,
    /// Why: it is kept sealed.
    pub reason: String,
    /// The version that the change was made from.
    pub expected: Option<i64>,
}

/// Lets a suspended enrolment go on, as it was.
#[derive(Clone)]
pub struct ResumeEnrolment {
    /// Which.
    pub id: EnrolmentId,
    /// Why: it is kept sealed.
    pub reason: String,
    /// The version that the change was made from.
    pub expected: Option<i64>,
}

impl fmt::Debug for SuspendEnrolment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SuspendEnrolment({})", self.id)
    }
}

impl fmt::Debug for ResumeEnrolment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ResumeEnrolment({})", self.id)
    }
}

/// The record of a change, sealed before the transaction.
pub struct Ready {
    id: PauseId,
    reason: Sealed<String>,
}

fn place(id: PauseId) -> Place<'static> {
    Place::new("enrolment_pauses", "reason", *id.bytes())
}

fn prepare(cx: &Cx, reason: &str) -> Result<Ready, Fault> {
    let reason = plain::paragraph(reason, "/reason", REASON_CHARS_MAX);
    let reason = reason.map_err(|error| Problem::invalid(vec![error]))?;
    let id = PauseId::new(cx.fresh());
    Ok(Ready {
        id,
        reason: Sealed::seal(cx.keys(), place(id), &reason, cx.rng())?,
    })
}

/// Moves the enrolment and keeps the record of it.
fn change(
    cx: &Cx,
    tx: &mut Tx<'_>,
    ready: &Ready,
    row: &EnrolmentRow,
    (change, status): (EnrolmentChange, EnrolmentStatus),
) -> Result<Changed, Fault> {
    rows::set_status(tx, std::slice::from_ref(row), status, cx.now())?;
    rows::insert_pause(
        tx,
        PauseRow {
            id: ready.id,
            enrolment: row.id,
            learner: row.learner,
            version: row.version.saturating_add(1),
            change,
            status_before: row.status,
            reason: ready.reason.clone(),
            created_by: cx.person()?,
            created_at: cx.now(),
        },
    )?;
    Ok(changed(row))
}

impl Act for SuspendEnrolment {
    const NAME: &'static str = "enrolment.suspend";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Ready = Ready;
    type Output = Changed;

    fn prepare(&self, cx: &Cx) -> Result<Ready, Fault> {
        prepare(cx, &self.reason)
    }

    fn target(&self, tx: &mut Read<'_>) -> Result<Target, Fault> {
        target(tx, self.id)
    }

    fn run(&self, cx: &Cx, ready: &Ready, tx: &mut Tx<'_>) -> Result<Changed, Fault> {
        let row = rows::one(&mut tx.read(), self.id)?.ok_or_else(Problem::not_found)?;
        fresh(row.version, self.expected)?;
        let status = row.status.after(EnrolmentChange::Suspend);
        let status = status.map_err(|_| Problem::new(&STATE))?;
        tasks::withdraw(tx, row.id)?;
        change(cx, tx, ready, &row, (EnrolmentChange::Suspend, status))
    }

    fn entry(&self, output: &Changed) -> Note {
        note(output)
    }
}

impl Act for ResumeEnrolment {
    const NAME: &'static str = "enrolment.resume";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Ready = Ready;
    type Output = Changed;

    fn prepare(&self, cx: &Cx) -> Result<Ready, Fault> {
        prepare(cx, &self.reason)
    }

    fn target(&self, tx: &mut Read<'_>) -> Result<Target, Fault> {
        target(tx, self.id)
    }

    fn run(&self, cx: &Cx, ready: &Ready, tx: &mut Tx<'_>) -> Result<Changed, Fault> {
        let row = rows::one(&mut tx.read(), self.id)?.ok_or_else(Problem::not_found)?;
        fresh(row.version, self.expected)?;
        row.status
            .after(EnrolmentChange::Resume)
            .map_err(|_| Problem::new(&STATE))?;
        // Who had come back before the interruption is somebody who came back after it too.
        let before = rows::last_pause(&mut tx.read(), row.id)?;
        let status = before.filter(|status| status.is_active());
        let status = status.ok_or(CellError::Damaged("a suspended enrolment without its record"))?;
        let done = change(cx, tx, ready, &row, (EnrolmentChange::Resume, status))?;
        tasks::resume(cx, tx, &EnrolmentRow { status, ..row.clone() })?;
        Ok(done)
    }

    fn entry(&self, output: &Changed) -> Note {
        note(output)
    }
}

/// One change.
#[derive(Clone, Serialize, JsonSchema)]
pub struct Pause {
    /// Its id.
    pub id: PauseId,
    /// Suspended or resumed.
    pub change: EnrolmentChange,
    /// Why.
    pub reason: String,
    /// By whom.
    pub created_by: PersonId,
    /// When.
    pub created_at: Instant,
}

impl fmt::Debug for Pause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pause({} {})", self.change, self.id)
    }
}

/// When an enrolment was suspended and resumed.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Pauses {
    /// The learner.
    pub learner: LearnerId,
    /// The changes, the newest first; at most 200.
    pub items: Vec<Pause>,
}

/// Lists the changes of an enrolment, with their reasons.
#[derive(Clone, Copy, Debug)]
pub struct ListPauses {
    /// Which enrolment.
    pub id: EnrolmentId,
}

impl View for ListPauses {
    const NAME: &'static str = "enrolment.pauses";
    const DISCLOSES: Disclosure = Disclosure::Masked;
    type Output = Pauses;

    fn target(&self, tx: &mut Read<'_>) -> Result<Target, Fault> {
        target(tx, self.id)
    }

    fn run(&self, cx: &Cx, tx: &mut Read<'_>) -> Result<Pauses, Fault> {
        let row = rows::one(tx, self.id)?.ok_or_else(Problem::not_found)?;
        let items = rows::pauses(tx, self.id, SHOWN_MAX)?.into_iter().map(|pause| {
            Ok(Pause {
                id: pause.id,
                change: pause.change,
                reason: pause.reason.open(cx.keys(), place(pause.id))?,
                created_by: pause.created_by,
                created_at: pause.created_at,
            })
        });
        Ok(Pauses {
            learner: row.learner,
            items: items.collect::<Result<_, Fault>>()?,
        })
    }

    fn entry(&self, output: &Pauses) -> Note {
        Note::on("Enrolment", self.id.uuid())
            .about(output.learner)
            .category("enrolment")
    }
}

#[cfg(test)]
mod tests {
    use skillsyms_core::Outcome;
    use skillsyms_core::problem::STALE;
    use skillsyms_door::Actor;

    use super::super::school::School;
    use super::super::{CreateEnrolment, DUPLICATE, ReadEnrolment, Reinstate, Withdraw};
    use super::*;

    impl School {
        async fn suspend(&self, by: Actor, expected: Option<i64>) -> Result<Changed, Problem> {
            let act = SuspendEnrolment {
                id: self.pupils[0].enrolment,
                reason: "Zqreason: in hospital until March.".to_owned(),
                expected,
            };
            self.house.run(by, act).await
        }

        async fn resume(&self, by: Actor, expected: Option<i64>) -> Result<Changed, Problem> {
            let act = ResumeEnrolment {
                id: self.pupils[0].enrolment,
                reason: "Back at work.".to_owned(),
                expected,
            };
            self.house.run(by, act).await
        }

        async fn status_now(&self) -> EnrolmentStatus {
            let id = self.pupils[0].enrolment;
            self.house.view(self.admin, ReadEnrolment { id }).await.unwrap().status
        }
    }

    #[tokio::test]
    async fn while_suspended_nothing_is_assessed_and_resumed_keeps_everything() {
        let school = School::with(1).await;
        let admin = school.admin;
        school.assess(0, 0, Outcome::NotYetCompetent).await.unwrap();
        assert_eq!(school.suspend(admin, Some(1)).await.unwrap().version, 2);
        assert_eq!(school.status_now().await, EnrolmentStatus::Suspended);
        assert_eq!(school.assess(0, 0, Outcome::Competent).await.unwrap_err().code, &STATE);
        assert_eq!(school.suspend(admin, None).await.unwrap_err().code, &STATE);
        let learner = school.pupils[0].learner;
        let again = CreateEnrolment {
            learner,
            new: school.new_enrolment(school.team()),
        };
        let refused = school.house.run(admin, again).await.unwrap_err();
        assert_eq!(refused.code, &DUPLICATE, "the place is theirs");
        assert_eq!(school.resume(admin, Some(1)).await.unwrap_err().code, &STALE);
        school.resume(admin, Some(2)).await.unwrap();
        assert_eq!(school.status_now().await, EnrolmentStatus::Enrolled);
        assert_eq!(school.resume(admin, None).await.unwrap_err().code, &STATE);
        let second = school.assess(0, 0, Outcome::Competent).await.unwrap();
        assert_eq!(second.attempt, 2, "the first attempt counts");
        let pauses = school.house.view(
            admin,
            ListPauses {
                id: school.pupils[0].enrolment,
            },
        );
        let changes: Vec<_> = pauses
            .await
            .unwrap()
            .items
            .into_iter()
            .map(|one| (one.change, one.reason))
            .collect();
        assert_eq!(
            changes,
            [
                (EnrolmentChange::Resume, "Back at work.".to_owned()),
                (
                    EnrolmentChange::Suspend,
                    "Zqreason: in hospital until March.".to_owned()
                ),
            ]
        );
    }

    #[tokio::test]
    async fn who_came_back_before_is_reinstated_after_and_who_leaves_is_gone() {
        let school = School::with(1).await;
        let (admin, id) = (school.admin, school.pupils[0].enrolment);
        school.house.run(admin, Withdraw { id, expected: None }).await.unwrap();
        assert_eq!(school.suspend(admin, None).await.unwrap_err().code, &STATE);
        school.house.run(admin, Reinstate { id, expected: None }).await.unwrap();
        school.suspend(admin, None).await.unwrap();
        school.resume(admin, None).await.unwrap();
        assert_eq!(school.status_now().await, EnrolmentStatus::Reinstated);
        school.suspend(admin, None).await.unwrap();
        school.house.run(admin, Withdraw { id, expected: None }).await.unwrap();
        assert_eq!(school.resume(admin, None).await.unwrap_err().code, &STATE);
    }

    #[tokio::test]
    async fn only_administrators_do_it_and_a_reason_is_needed() {
        let school = School::with(1).await;
        let pupil = &school.pupils[0];
        for actor in [
            pupil.actor,
            school.assessor.actor,
            school.facilitator.actor,
            school.moderator.actor,
        ] {
            assert!(school.suspend(actor, None).await.is_err(), "{actor:?}");
            assert!(school.resume(actor, None).await.is_err(), "{actor:?}");
        }
        for reason in ["", "  ", &"x".repeat(2_001)] {
            let act = SuspendEnrolment {
                id: pupil.enrolment,
                reason: (*reason).to_owned(),
                expected: None,
            };
            let refused = school.house.run(school.admin, act).await.unwrap_err();
            assert_eq!(refused.fields[0].field, "/reason");
        }
        assert_eq!(school.status_now().await, EnrolmentStatus::Enrolled);
        // Whose it is may read why; who works with them may not.
        school.suspend(school.admin, None).await.unwrap();
        let read = |actor| school.house.view(actor, ListPauses { id: pupil.enrolment });
        assert_eq!(read(pupil.actor).await.unwrap().items.len(), 1);
        assert!(read(school.assessor.actor).await.is_err());
    }
}
