//! Act: reverse a locked result, by a new record.

use skillsyms_cells::{Read, Tx};
use skillsyms_core::{EnrolmentChange, EnrolmentId, LearnerId, Problem, ResultId};
use skillsyms_door::{Act, Cx, Disclosure, Fault, Note, Target};
use skillsyms_vault::{Place, Sealed};

use super::rows::{self, ResultRow};
use super::{REVERSAL, REVERSED};
use crate::enrolments;
use crate::programmes::plain;
use crate::tasks;

/// Longest reason in characters: a page of text.
const REASON_CHARS_MAX: usize = 2_000;

/// Reverses a locked result. A new attempt at the module is possible afterwards.
#[derive(Clone)]
pub struct ReverseResult {
    /// Which.
    pub id: ResultId,
    /// Why: it is kept sealed beside the reversal.
    pub reason: String,
}

impl std::fmt::Debug for ReverseResult {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReverseResult")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// What reversing answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reversed {
    /// The new record.
    pub reversal: ResultId,
    /// What it reverses.
    pub result: ResultId,
    /// The enrolment.
    pub enrolment: EnrolmentId,
    /// The learner.
    pub learner: LearnerId,
}

impl Act for ReverseResult {
    const NAME: &'static str = "result.reverse";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Ready = (ResultId, Sealed<String>);
    type Output = Reversed;

    fn prepare(&self, cx: &Cx) -> Result<Self::Ready, Fault> {
        let reason = plain::paragraph(&self.reason, "/reason", REASON_CHARS_MAX);
        let reason = reason.map_err(|error| Problem::invalid(vec![error]))?;
        let id = ResultId::new(cx.fresh());
        let sealed = Sealed::seal(
            cx.keys(),
            Place::new("results", "reason", *id.bytes()),
            &reason,
            cx.rng(),
        )?;
        Ok((id, sealed))
    }

    fn target(&self, tx: &mut Read<'_>) -> Result<Target, Fault> {
        let row = rows::one(tx, self.id)?.ok_or_else(Problem::not_found)?;
        let enrolment = enrolments::rows::one(tx, row.enrolment)?.ok_or_else(Problem::not_found)?;
        Ok(enrolment.target("Result", row.id.uuid()))
    }

    fn run(&self, cx: &Cx, (id, reason): &Self::Ready, tx: &mut Tx<'_>) -> Result<Reversed, Fault> {
        let row = rows::one(&mut tx.read(), self.id)?.ok_or_else(Problem::not_found)?;
        if row.reverses.is_some() {
            return Err(Problem::new(&REVERSAL).into());
        }
        let reversal = ResultRow {
            id: *id,
            reverses: Some(row.id),
            reason: Some(reason.clone()),
            created_by: cx.person()?,
            created_at: cx.now(),
            ..row
        };
        rows::insert(tx, std::slice::from_ref(&reversal))
            .map_err(|error| Fault::from(error).on_unique("results_reverses", Problem::new(&REVERSED)))?;
        reopen(cx, tx, row.enrolment)?;
        if let Some(enrolment) = enrolments::rows::one(&mut tx.read(), row.enrolment)? {
            tasks::assess(cx, tx, &enrolment, row.module)?;
        }
        Ok(Reversed {
            reversal: *id,
            result: row.id,
            enrolment: row.enrolment,
            learner: row.learner,
        })
    }

    fn entry(&self, output: &Reversed) -> Note {
        let note = Note::on("Result", output.result.uuid()).and("Result", output.reversal.uuid());
        note.and("Enrolment", output.enrolment.uuid())
            .about(output.learner)
            .category("results")
    }
}

/// A completed enrolment is enrolled again. One that the learner left stays as it is.
fn reopen(cx: &Cx, tx: &mut Tx<'_>, id: EnrolmentId) -> Result<(), Fault> {
    let enrolment = enrolments::rows::one(&mut tx.read(), id)?.ok_or_else(Problem::not_found)?;
    let Ok(status) = enrolment.status.after(EnrolmentChange::Reverse) else {
        return Ok(());
    };
    let duplicate = Problem::new(&enrolments::DUPLICATE);
    enrolments::rows::set_status(tx, &[enrolment], status, cx.now())
        .map_err(|error| Fault::from(error).on_unique("enrolments_learner", duplicate))
}
