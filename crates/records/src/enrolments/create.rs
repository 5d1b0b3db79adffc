//! Acts: enrol one learner, or many.

use std::collections::HashSet;

use schemars::JsonSchema;
use serde::Deserialize;
use skillsyms_cells::{Read, Tx};
use skillsyms_core::{EnrolmentId, EnrolmentStatus, FieldError, LearnerId, Param, Problem, ProgrammeId};
use skillsyms_door::{Act, Cx, Disclosure, Fault, Note, Target};

use super::dates::{self, Dates};
use super::rows::{self, EnrolmentRow};
use super::team::Team;
use super::{DUPLICATE, UNKNOWN};
use crate::dashboard::{self, Counter};
use crate::programmes;

/// Most learners of one act: the writer is held for a few milliseconds, and one ledger entry can name them all.
pub const MANY_MAX: usize = 200;

/// What all learners of one act have in common.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewEnrolment {
    /// The programme.
    pub programme: ProgrammeId,
    /// First day, for example 2026-02-01.
    pub enrolled_on: String,
    /// Last day that is expected.
    #[serde(default)]
    pub expected_on: Option<String>,
    /// Who works with the learner.
    #[serde(default)]
    pub team: Team,
}

/// Enrols a learner in a programme.
#[derive(Clone, Debug)]
pub struct CreateEnrolment {
    /// The learner.
    pub learner: LearnerId,
    /// In what, since when, with whom.
    pub new: NewEnrolment,
}

impl Act for CreateEnrolment {
    const NAME: &'static str = "enrolment.create";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Ready = Dates;
    type Output = (EnrolmentId, LearnerId);

    fn prepare(&self, cx: &Cx) -> Result<Dates, Fault> {
        Ok(dates::check(
            &self.new.enrolled_on,
            self.new.expected_on.as_deref(),
            cx.today(),
        )?)
    }

    fn target(&self, tx: &mut Read<'_>) -> Result<Target, Fault> {
        if rows::learners(tx, &[self.learner])?.is_empty() {
            return Err(Problem::not_found().into());
        }
        Ok(Target::of("Learner", self.learner.uuid()).owned_by(self.learner))
    }

    fn run(&self, cx: &Cx, ready: &Dates, tx: &mut Tx<'_>) -> Result<Self::Output, Fault> {
        let ids = enrol(cx, tx, (&self.new, ready), &[self.learner])?;
        let id = ids.first().ok_or_else(Problem::internal)?;
        Ok((*id, self.learner))
    }

    fn entry(&self, (enrolment, learner): &Self::Output) -> Note {
        Note::on("Enrolment", enrolment.uuid())
            .about(*learner)
            .category("enrolment")
    }
}

/// Enrols many learners in a programme; all of them or none.
#[derive(Clone, Debug)]
pub struct CreateEnrolments {
    /// The learners, at most [`MANY_MAX`].
    pub learners: Vec<LearnerId>,
    /// In what, since when, with whom.
    pub new: NewEnrolment,
}

impl Act for CreateEnrolments {
    const NAME: &'static str = "enrolment.create_many";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Ready = Dates;
    type Output = Vec<EnrolmentId>;

    fn prepare(&self, cx: &Cx) -> Result<Dates, Fault> {
        if self.learners.is_empty() || self.learners.len() > MANY_MAX {
            return Err(Problem::field("/learners", "enrolment.many", "Give 1 to 200 learners.").into());
        }
        let distinct: HashSet<_> = self.learners.iter().collect();
        if distinct.len() != self.learners.len() {
            return Err(Problem::field("/learners", "enrolment.twice", "Name each learner once.").into());
        }
        Ok(dates::check(
            &self.new.enrolled_on,
            self.new.expected_on.as_deref(),
            cx.today(),
        )?)
    }

    fn target(&self, _: &mut Read<'_>) -> Result<Target, Fault> {
        Ok(Target::tenant())
    }

    fn run(&self, cx: &Cx, ready: &Dates, tx: &mut Tx<'_>) -> Result<Vec<EnrolmentId>, Fault> {
        // For one learner the policy says so. Here the target is the tenant, so it cannot.
        if cx.actor().learner.is_some_and(|own| self.learners.contains(&own)) {
            let message = "Nobody enrols themselves and chooses who judges them. Another administrator has to do it.";
            return Err(Problem::field("/learners", "enrolment.self", message).into());
        }
        enrol(cx, tx, (&self.new, ready), &self.learners)
    }

    fn entry(&self, output: &Vec<EnrolmentId>) -> Note {
        let on = output.iter().map(|id| ("Enrolment", id.uuid())).collect();
        let note = Note { on, ..Note::none() };
        note.about_all(self.learners.iter().copied())
            .category("enrolment")
            .count(output.len() as u64)
    }
}

fn enrol(
    cx: &Cx,
    tx: &mut Tx<'_>,
    (new, dates): (&NewEnrolment, &Dates),
    learners: &[LearnerId],
) -> Result<Vec<EnrolmentId>, Fault> {
    check(&mut tx.read(), new, learners)?;
    let rows: Vec<_> = learners.iter().map(|learner| row(cx, new, dates, *learner)).collect();
    rows::insert(tx, &rows)
        .map_err(|error| Fault::from(error).on_unique("enrolments_learner", Problem::new(&DUPLICATE)))?;
    let counter = Counter::Enrolments(EnrolmentStatus::Enrolled);
    dashboard::count_all(tx, counter, cx.now(), rows.len())?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

fn check(tx: &mut Read<'_>, new: &NewEnrolment, learners: &[LearnerId]) -> Result<(), Fault> {
    if programmes::rows::one(tx, new.programme)?.is_none() {
        return Err(unknown("/programme").into());
    }
    if rows::learners(tx, learners)?.len() != learners.len() {
        return Err(unknown("/learners").into());
    }
    if let Some(already) = rows::enrolled(tx, new.programme, learners)?.first() {
        return Err(Problem::new(&DUPLICATE)
            .with("learner", Param::Id(already.uuid()))
            .into());
    }
    new.team.check(tx, learners)
}

fn unknown(field: &'static str) -> Problem {
    let error = FieldError {
        field: field.into(),
        code: UNKNOWN.name,
        message: UNKNOWN.title,
    };
    Problem {
        fields: vec![error],
        ..Problem::new(&UNKNOWN)
    }
}

fn row(cx: &Cx, new: &NewEnrolment, dates: &Dates, learner: LearnerId) -> EnrolmentRow {
    EnrolmentRow {
        id: EnrolmentId::new(cx.fresh()),
        learner,
        programme: new.programme,
        status: EnrolmentStatus::Enrolled,
        enrolled_on: dates.enrolled_on.clone(),
        expected_on: dates.expected_on.clone(),
        facilitator: new.team.facilitator,
        assessor: new.team.assessor,
        moderator: new.team.moderator,
        verifier: new.team.verifier,
        version: 1,
        created_at: cx.now(),
        changed_at: cx.now(),
    }
}
