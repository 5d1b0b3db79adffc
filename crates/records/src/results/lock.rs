//! Locking results, inside the act that moderates.

use std::collections::{HashMap, HashSet};

use skillsyms_cells::Tx;
use skillsyms_core::{
    AssessmentId, EnrolmentChange, EnrolmentId, EnrolmentStatus, LearnerId, ModuleId, Outcome, Problem, ProgrammeId,
    ResultId,
};
use skillsyms_door::{Cx, Fault};

use super::rows::{self, ResultRow};
use super::{LOCKED, in_force};
use crate::{enrolments, programmes, tasks};

/// An assessment whose result is locked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lock {
    pub enrolment: EnrolmentId,
    pub module: ModuleId,
    pub learner: LearnerId,
    pub assessment: AssessmentId,
    pub outcome: Outcome,
}

/// Locks results, and completes the enrolments that became complete by it.
pub(crate) fn lock(cx: &Cx, tx: &mut Tx<'_>, locks: &[Lock]) -> Result<(), Fault> {
    let enrolments: HashSet<EnrolmentId> = locks.iter().map(|lock| lock.enrolment).collect();
    let mut enrolments: Vec<EnrolmentId> = enrolments.into_iter().collect();
    enrolments.sort_unstable();
    let before = in_force(&mut tx.read(), &enrolments)?;
    let mut taken: HashSet<(EnrolmentId, ModuleId)> = before.iter().map(|row| (row.enrolment, row.module)).collect();
    if !locks.iter().all(|lock| taken.insert((lock.enrolment, lock.module))) {
        return Err(Problem::new(&LOCKED).into());
    }
    let by = cx.person()?;
    let new: Vec<ResultRow> = locks
        .iter()
        .map(|lock| ResultRow {
            id: ResultId::new(cx.fresh()),
            enrolment: lock.enrolment,
            module: lock.module,
            learner: lock.learner,
            assessment: lock.assessment,
            outcome: lock.outcome,
            reverses: None,
            reason: None,
            created_by: by,
            created_at: cx.now(),
        })
        .collect();
    rows::insert(tx, &new)?;
    let closed: Vec<_> = locks.iter().map(|lock| (lock.enrolment, lock.module)).collect();
    tasks::close(tx, &enrolments, &closed)?;
    complete(cx, tx, &enrolments, before.iter().chain(&new))
}

/// Completes those of these enrolments whose every module has a competent result among `results`.
fn complete<'a>(
    cx: &Cx,
    tx: &mut Tx<'_>,
    ids: &[EnrolmentId],
    results: impl Iterator<Item = &'a ResultRow>,
) -> Result<(), Fault> {
    let mut competent: HashMap<EnrolmentId, usize> = HashMap::new();
    for row in results.filter(|row| row.outcome == Outcome::Competent) {
        *competent.entry(row.enrolment).or_default() += 1;
    }
    let mut modules: HashMap<ProgrammeId, usize> = HashMap::new();
    let mut completed = Vec::new();
    for row in enrolments::rows::some(&mut tx.read(), ids)? {
        let needed = match modules.get(&row.programme) {
            Some(needed) => *needed,
            None => {
                let needed = programmes::rows::modules(&mut tx.read(), row.programme)?.len();
                modules.insert(row.programme, needed);
                needed
            }
        };
        let has_all = competent.get(&row.id).is_some_and(|count| *count >= needed);
        if has_all && row.status.after(EnrolmentChange::Complete).is_ok() {
            completed.push(row);
        }
    }
    enrolments::rows::set_status(tx, &completed, EnrolmentStatus::Completed, cx.now())?;
    Ok(())
}
