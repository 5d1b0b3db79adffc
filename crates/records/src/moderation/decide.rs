//! Act: uphold an assessment, or return it.

use skillsyms_cells::{Read, Tx};
use skillsyms_core::{AssessmentId, Decision, LearnerId, ModerationId, Problem, TaskKind};
use skillsyms_door::{Act, Cx, Disclosure, Fault, Note, Target};
use skillsyms_vault::{Place, Sealed};

use super::rows::{self, DecisionRow};
use super::{DECIDED, NOT_CHOSEN, OWN, TOO_EARLY};
use crate::dashboard::{self, Counter};
use crate::programmes::plain;
use crate::results::{self, Lock};
use crate::{assessments, enrolments, tasks};

/// Longest reason in characters: two pages of text.
const REASON_CHARS_MAX: usize = 4_000;

/// Decides on an assessment that was chosen for moderation.
#[derive(Clone)]
pub struct Decide {
    /// Which.
    pub assessment: AssessmentId,
    /// Upheld or returned.
    pub decision: Decision,
    /// Why; needed if it is returned.
    pub reason: Option<String>,
}

impl std::fmt::Debug for Decide {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Decide")
            .field("assessment", &self.assessment)
            .field("decision", &self.decision)
            .finish_non_exhaustive()
    }
}

/// What deciding answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decided {
    /// The decision.
    pub moderation: ModerationId,
    /// The assessment.
    pub assessment: AssessmentId,
    /// Its learner.
    pub learner: LearnerId,
}

impl Act for Decide {
    const NAME: &'static str = "moderation.decide";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Ready = (ModerationId, Option<Sealed<String>>);
    type Output = Decided;

    fn prepare(&self, cx: &Cx) -> Result<Self::Ready, Fault> {
        let reason = plain::optional_paragraph(self.reason.as_deref(), "/reason", REASON_CHARS_MAX)?;
        if self.decision == Decision::Returned && reason.is_none() {
            let message = "Say why it is returned: the assessor and the learner have to know what is missing.";
            return Err(Problem::field("/reason", "moderation.reason", message).into());
        }
        let id = ModerationId::new(cx.fresh());
        let place = Place::new("moderations", "reason", *id.bytes());
        let reason = reason
            .map(|text| Sealed::seal(cx.keys(), place, &text, cx.rng()))
            .transpose()?;
        Ok((id, reason))
    }

    fn target(&self, tx: &mut Read<'_>) -> Result<Target, Fault> {
        let row = assessments::rows::one(tx, self.assessment)?.ok_or_else(Problem::not_found)?;
        let enrolment = enrolments::rows::one(tx, row.enrolment)?.ok_or_else(Problem::not_found)?;
        // Being on the team is not enough: only its moderator moderates.
        let target = Target::of("Assessment", row.id.uuid()).owned_by(row.learner);
        Ok(target.assigned_to(enrolment.moderator).assessed_by(row.assessor))
    }

    fn run(&self, cx: &Cx, (id, reason): &Self::Ready, tx: &mut Tx<'_>) -> Result<Decided, Fault> {
        let row = assessments::rows::one(&mut tx.read(), self.assessment)?.ok_or_else(Problem::not_found)?;
        let moderator = cx.person()?;
        // The policies say so too. The record must hold even if a policy is ever wrong.
        if row.assessor == moderator {
            return Err(Problem::new(&OWN).into());
        }
        // Dates are kept as year-month-day, so their texts compare as they do.
        if cx.today().to_string() < row.assessed_on {
            return Err(Problem::new(&TOO_EARLY).into());
        }
        let item = rows::item(&mut tx.read(), row.id)?.filter(|item| item.chosen == 1);
        let item = item.ok_or_else(|| Problem::new(&NOT_CHOSEN))?;
        let decision = DecisionRow {
            id: *id,
            sample: item.sample,
            assessment: row.id,
            decision: self.decision,
            reason: reason.clone(),
            moderator,
            created_at: cx.now(),
        };
        rows::insert_decision(tx, decision)
            .map_err(|error| Fault::from(error).on_unique("moderations_assessment", Problem::new(&DECIDED)))?;
        tasks::done(tx, row.enrolment, row.module, TaskKind::Moderate)?;
        dashboard::count(tx, Counter::Moderations, cx.now(), 1)?;
        if self.decision == Decision::Upheld {
            let lock = Lock {
                enrolment: row.enrolment,
                module: row.module,
                learner: row.learner,
                assessment: row.id,
                outcome: row.outcome,
            };
            results::lock(cx, tx, &[lock])?;
        } else if let Some(enrolment) = enrolments::rows::one(&mut tx.read(), row.enrolment)? {
            tasks::assess(cx, tx, &enrolment, row.module)?;
        }
        Ok(Decided {
            moderation: *id,
            assessment: row.id,
            learner: row.learner,
        })
    }

    fn entry(&self, output: &Decided) -> Note {
        let note = Note::on("Moderation", output.moderation.uuid()).and("Assessment", output.assessment.uuid());
        note.about(output.learner).category("results")
    }
}
