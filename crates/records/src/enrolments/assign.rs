//! Acts: say who works with a learner, withdraw a learner, take them back.

use skillsyms_cells::{Read, Tx};
use skillsyms_core::{EnrolmentChange, EnrolmentId, LearnerId, Problem};
use skillsyms_door::{Act, Cx, Disclosure, Fault, Note, Target};

use super::rows::{self, EnrolmentRow};
use super::team::Team;
use super::{DUPLICATE, STATE, fresh};
use crate::tasks;

/// What a change of an enrolment answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Changed {
    /// The enrolment.
    pub enrolment: EnrolmentId,
    /// Its learner.
    pub learner: LearnerId,
    /// Its version now.
    pub version: i64,
}

pub(super) fn target(tx: &mut Read<'_>, id: EnrolmentId) -> Result<Target, Fault> {
    let row = rows::one(tx, id)?.ok_or_else(Problem::not_found)?;
    Ok(row.target("Enrolment", id.uuid()))
}

pub(super) fn changed(row: &EnrolmentRow) -> Changed {
    Changed {
        enrolment: row.id,
        learner: row.learner,
        version: row.version.saturating_add(1),
    }
}

pub(super) fn note(output: &Changed) -> Note {
    Note::on("Enrolment", output.enrolment.uuid())
        .about(output.learner)
        .category("enrolment")
}

/// Puts a team in the place of the one before. What the old team recorded stays theirs.
#[derive(Clone, Copy, Debug)]
pub struct AssignTeam {
    /// Which enrolment.
    pub id: EnrolmentId,
    /// The whole new team.
    pub team: Team,
    /// The version that the change was made from.
    pub expected: Option<i64>,
}

impl Act for AssignTeam {
    const NAME: &'static str = "enrolment.assign";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Ready = ();
    type Output = Changed;

    fn prepare(&self, _: &Cx) -> Result<(), Fault> {
        Ok(())
    }

    fn target(&self, tx: &mut Read<'_>) -> Result<Target, Fault> {
        target(tx, self.id)
    }

    fn run(&self, cx: &Cx, (): &(), tx: &mut Tx<'_>) -> Result<Changed, Fault> {
        let row = rows::one(&mut tx.read(), self.id)?.ok_or_else(Problem::not_found)?;
        fresh(row.version, self.expected)?;
        if !row.status.is_active() {
            return Err(Problem::new(&STATE).into());
        }
        self.team.check(&mut tx.read(), &[row.learner])?;
        rows::set_team(tx, &row, self.team, cx.now())?;
        tasks::reassign(tx, row.id, self.team)?;
        Ok(changed(&row))
    }

    fn entry(&self, output: &Changed) -> Note {
        note(output)
    }
}

/// Withdraws a learner from a programme. What was recorded stays.
#[derive(Clone, Copy, Debug)]
pub struct Withdraw {
    /// Which enrolment.
    pub id: EnrolmentId,
    /// The version that the change was made from.
    pub expected: Option<i64>,
}

impl Act for Withdraw {
    const NAME: &'static str = "enrolment.withdraw";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Ready = ();
    type Output = Changed;

    fn prepare(&self, _: &Cx) -> Result<(), Fault> {
        Ok(())
    }

    fn target(&self, tx: &mut Read<'_>) -> Result<Target, Fault> {
        target(tx, self.id)
    }

    fn run(&self, cx: &Cx, (): &(), tx: &mut Tx<'_>) -> Result<Changed, Fault> {
        let row = rows::one(&mut tx.read(), self.id)?.ok_or_else(Problem::not_found)?;
        fresh(row.version, self.expected)?;
        let status = row
            .status
            .after(EnrolmentChange::Withdraw)
            .map_err(|_| Problem::new(&STATE))?;
        rows::set_status(tx, std::slice::from_ref(&row), status, cx.now())?;
        tasks::withdraw(tx, row.id)?;
        Ok(changed(&row))
    }

    fn entry(&self, output: &Changed) -> Note {
        note(output)
    }
}

/// Takes a learner back who was withdrawn, or whose enrolment the provider ended. What was recorded before counts again; the
/// team stays as it was.
#[derive(Clone, Copy, Debug)]
pub struct Reinstate {
    /// Which enrolment.
    pub id: EnrolmentId,
    /// The version that the change was made from.
    pub expected: Option<i64>,
}

impl Act for Reinstate {
    const NAME: &'static str = "enrolment.reinstate";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Ready = ();
    type Output = Changed;

    fn prepare(&self, _: &Cx) -> Result<(), Fault> {
        Ok(())
    }

    fn target(&self, tx: &mut Read<'_>) -> Result<Target, Fault> {
        target(tx, self.id)
    }

    fn run(&self, cx: &Cx, (): &(), tx: &mut Tx<'_>) -> Result<Changed, Fault> {
        let row = rows::one(&mut tx.read(), self.id)?.ok_or_else(Problem::not_found)?;
        fresh(row.version, self.expected)?;
        let status = row
            .status
            .after(EnrolmentChange::Reinstate)
            .map_err(|_| Problem::new(&STATE))?;
        let taken = || Problem::new(&DUPLICATE);
        // Meanwhile they may have been enrolled anew.
        if !rows::enrolled(&mut tx.read(), row.programme, &[row.learner])?.is_empty() {
            return Err(taken().into());
        }
        rows::set_status(tx, std::slice::from_ref(&row), status, cx.now())
            .map_err(|error| Fault::from(error).on_unique("enrolments_learner", taken()))?;
        tasks::resume(cx, tx, &EnrolmentRow { status, ..row.clone() })?;
        Ok(changed(&row))
    }

    fn entry(&self, output: &Changed) -> Note {
        note(output)
    }
}
