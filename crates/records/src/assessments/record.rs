//! Act: record an assessment.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Deserialize;
use skillsyms_cells::{CellError, Read, Tx};
use skillsyms_core::date::{DateError, parse_date};
use skillsyms_core::problem::STALE;
use skillsyms_core::{
    AssessmentId, AssessmentKind, AttemptLimit, EnrolmentId, FieldError, Instant, LearnerId, ModuleId, Outcome, Param,
    PersonId, Problem, Role, TaskKind,
};
use skillsyms_door::{Act, Cx, Disclosure, Fault, Note, Target};
use skillsyms_vault::{Place, Sealed};

use super::rows::{self, AssessmentRow};
use super::{ATTEMPTS, REGISTRATION};
use crate::dashboard::{self, Counter};
use crate::enrolments::{self, rows::EnrolmentRow};
use crate::programmes::{self, plain};
use crate::{results, tasks};

/// Longest feedback in characters: two pages of text.
const FEEDBACK_CHARS_MAX: usize = 4_000;
/// Seconds of a day.
const DAY_SECONDS: i64 = 24 * 60 * 60;

/// An assessment as it is sent.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAssessment {
    /// Which of the programme's modules.
    pub module: ModuleId,
    /// Formative or summative.
    pub kind: AssessmentKind,
    /// The outcome.
    pub outcome: Outcome,
    /// The day of the assessment, for example 2026-03-01.
    pub assessed_on: String,
    /// What the assessor writes to the learner.
    #[serde(default)]
    pub feedback: Option<String>,
    /// Which of the module's criteria were met, counted from 1. A competent learner meets all of them.
    #[serde(default)]
    pub criteria_met: Vec<usize>,
    /// How many assessments of this module the assessor has seen, of both kinds. If there are others by now, nothing is
    /// recorded.
    #[serde(default)]
    pub seen: Option<usize>,
}

impl std::fmt::Debug for NewAssessment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewAssessment")
            .field("module", &self.module)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// Records an assessment of a learner's work in one module.
#[derive(Clone, Debug)]
pub struct RecordAssessment {
    /// In which enrolment.
    pub enrolment: EnrolmentId,
    /// What was assessed, and with which outcome.
    pub new: NewAssessment,
}

/// What is known before the transaction.
pub struct Ready {
    id: AssessmentId,
    assessed_on: Date,
    feedback: Option<Sealed<String>>,
}

/// What recording answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// The assessment.
    pub assessment: AssessmentId,
    /// Which attempt of its kind, from 1.
    pub attempt: i64,
    /// The enrolment.
    pub enrolment: EnrolmentId,
    /// The learner.
    pub learner: LearnerId,
}

impl Act for RecordAssessment {
    const NAME: &'static str = "assessment.record";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Ready = Ready;
    type Output = Recorded;

    fn prepare(&self, cx: &Cx) -> Result<Ready, Fault> {
        let invalid = |error: FieldError| Problem::invalid(vec![error]);
        let assessed_on = parse_date(&self.new.assessed_on).map_err(|error| invalid(error.at("/assessed_on")))?;
        if assessed_on > cx.today() {
            return Err(invalid(DateError::Future.at("/assessed_on")).into());
        }
        let feedback = plain::optional_paragraph(self.new.feedback.as_deref(), "/feedback", FEEDBACK_CHARS_MAX)?;
        let id = AssessmentId::new(cx.fresh());
        let place = Place::new("assessments", "feedback", *id.bytes());
        let feedback = feedback
            .map(|text| Sealed::seal(cx.keys(), place, &text, cx.rng()))
            .transpose()?;
        Ok(Ready {
            id,
            assessed_on,
            feedback,
        })
    }

    fn target(&self, tx: &mut Read<'_>) -> Result<Target, Fault> {
        let row = enrolments::rows::one(tx, self.enrolment)?.ok_or_else(Problem::not_found)?;
        // Being on the team is not enough: only its assessor assesses.
        Ok(Target::of("Enrolment", row.id.uuid())
            .owned_by(row.learner)
            .assigned_to(row.assessor))
    }

    fn run(&self, cx: &Cx, ready: &Ready, tx: &mut Tx<'_>) -> Result<Recorded, Fault> {
        let enrolment = enrolments::rows::one(&mut tx.read(), self.enrolment)?.ok_or_else(Problem::not_found)?;
        let assessor = cx.person()?;
        self.check_open(&mut tx.read(), &enrolment)?;
        check_registration(&mut tx.read(), assessor, ready.assessed_on)?;
        let criteria_met = self.check_criteria(&mut tx.read())?;
        let history = rows::history(&mut tx.read(), enrolment.id, self.new.module)?;
        if self.new.seen.is_some_and(|seen| seen != history.len()) {
            return Err(Problem::new(&STALE).into());
        }
        check_order(&enrolment, &history, ready.assessed_on)?;
        if self.new.kind == AssessmentKind::Summative {
            self.check_attempts(&mut tx.read(), &enrolment, &history)?;
        }
        let before = history
            .iter()
            .filter(|row| row.kind == self.new.kind)
            .map(|row| row.attempt)
            .max();
        let attempt = before.unwrap_or(0).saturating_add(1);
        rows::insert(
            tx,
            AssessmentRow {
                id: ready.id,
                enrolment: enrolment.id,
                module: self.new.module,
                learner: enrolment.learner,
                attempt,
                kind: self.new.kind,
                outcome: self.new.outcome,
                feedback: ready.feedback.clone(),
                assessor,
                assessed_on: ready.assessed_on.to_string(),
                created_at: cx.now(),
                criteria_met,
            },
        )?;
        tasks::done(tx, enrolment.id, self.new.module, TaskKind::Assess)?;
        dashboard::count(tx, Counter::Assessments, cx.now(), 1)?;
        Ok(Recorded {
            assessment: ready.id,
            attempt,
            enrolment: enrolment.id,
            learner: enrolment.learner,
        })
    }

    fn entry(&self, output: &Recorded) -> Note {
        let note = Note::on("Assessment", output.assessment.uuid()).and("Enrolment", output.enrolment.uuid());
        note.about(output.learner).category("results")
    }
}

impl RecordAssessment {
    fn check_open(&self, tx: &mut Read<'_>, enrolment: &EnrolmentRow) -> Result<(), Fault> {
        if !enrolment.status.is_active() {
            return Err(Problem::new(&enrolments::STATE).into());
        }
        let of = programmes::rows::module(tx, self.new.module)?.map(|module| module.programme);
        if of != Some(enrolment.programme) {
            let message = "This module is not one of the enrolment's programme.";
            return Err(Problem::field("/module", "assessment.module", message).into());
        }
        let locked = results::in_force(tx, &[enrolment.id])?;
        if locked.iter().any(|result| result.module == self.new.module) {
            return Err(Problem::new(&results::LOCKED).into());
        }
        Ok(())
    }

    /// The numbers of the criteria that were met, as they are kept.
    fn check_criteria(&self, tx: &mut Read<'_>) -> Result<String, Fault> {
        let refused = |code, message| Problem::field("/criteria_met", code, message);
        let module = programmes::rows::module(tx, self.new.module)?.ok_or_else(Problem::not_found)?;
        let count = module.criteria.lines().count();
        let mut met = self.new.criteria_met.clone();
        met.sort_unstable();
        met.dedup();
        if met.iter().any(|number| !(1..=count).contains(number)) {
            let message = "A number is not one of the module's criteria. Count them from 1.";
            return Err(refused("assessment.criterion", message).into());
        }
        if self.new.outcome == Outcome::Competent && met.len() != count {
            let message = "A competent learner meets every criterion. Tick what is met, or choose not yet competent.";
            return Err(refused("assessment.criteria", message).into());
        }
        let met: Vec<String> = met.iter().map(usize::to_string).collect();
        Ok(met.join(","))
    }

    fn check_attempts(&self, tx: &mut Read<'_>, of: &EnrolmentRow, history: &[AssessmentRow]) -> Result<(), Fault> {
        let limit = attempts_limit(tx, of)?;
        let outcomes = outcomes(tx, of, self.new.module, history)?;
        limit.next(&outcomes).map_err(|error| {
            Problem {
                fields: vec![error.at("/module")],
                ..Problem::new(&ATTEMPTS)
            }
            .with("attempts_limit", Param::Int(limit.get().into()))
        })?;
        Ok(())
    }
}

/// The summative outcomes that count, in their order.
fn outcomes(
    tx: &mut Read<'_>,
    of: &EnrolmentRow,
    module: ModuleId,
    history: &[AssessmentRow],
) -> Result<Vec<Outcome>, Fault> {
    let ids: Vec<AssessmentId> = history.iter().map(|row| row.id).collect();
    let returned = rows::returned(tx, &ids)?;
    let reversed = results::rows::reversed_assessments(tx, of.id, module)?;
    let standing = rows::standing(history, &returned, &reversed);
    Ok(standing.map(|row| row.outcome).collect())
}

/// Whether a summative assessment of this module may still be recorded, whoever does it.
pub(crate) fn is_open(tx: &mut Read<'_>, of: &EnrolmentRow, module: ModuleId) -> Result<bool, Fault> {
    if !of.status.is_active() {
        return Ok(false);
    }
    let locked = results::in_force(tx, &[of.id])?;
    if locked.iter().any(|result| result.module == module) {
        return Ok(false);
    }
    let history = rows::history(tx, of.id, module)?;
    let outcomes = outcomes(tx, of, module, &history)?;
    Ok(attempts_limit(tx, of)?.next(&outcomes).is_ok())
}

fn attempts_limit(tx: &mut Read<'_>, of: &EnrolmentRow) -> Result<AttemptLimit, Fault> {
    let programme = programmes::rows::one(tx, of.programme)?.ok_or_else(Problem::not_found)?;
    let limit = u8::try_from(programme.attempts_limit)
        .ok()
        .and_then(|limit| AttemptLimit::new(limit).ok());
    Ok(limit.ok_or(CellError::Damaged("the attempts limit of a programme"))?)
}

/// The registration must have been valid on the day, not only now: dates are compared again at verification.
fn check_registration(tx: &mut Read<'_>, assessor: PersonId, day: Date) -> Result<(), Fault> {
    let start = Instant::parse(&format!("{day}T00:00:00+02:00")).ok_or_else(Problem::internal)?;
    if rows::registered(tx, assessor, Role::Assessor, (start, start.plus_seconds(DAY_SECONDS)))? {
        return Ok(());
    }
    Err(Problem::new(&REGISTRATION).into())
}

fn check_order(enrolment: &EnrolmentRow, history: &[AssessmentRow], day: Date) -> Result<(), Problem> {
    // Dates are kept as year-month-day, so their texts compare as they do.
    let day = day.to_string();
    let refused = |code, message| Problem::field("/assessed_on", code, message);
    if day < enrolment.enrolled_on {
        return Err(refused(
            "assessment.before_enrolment",
            "The assessment lies before the enrolment. Check both dates.",
        ));
    }
    if history.iter().any(|row| row.assessed_on > day) {
        return Err(refused(
            "assessment.order",
            "A later assessment of this module is recorded already. Check the date.",
        ));
    }
    Ok(())
}
