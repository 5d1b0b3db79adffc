//! How tasks come and go. Each function is called by the act that causes it, in its transaction.

use std::collections::HashMap;

use skillsyms_cells::Tx;
use skillsyms_core::{EnrolmentId, Instant, ModuleId, TaskId, TaskKind};
use skillsyms_door::{Cx, Fault};

use super::rows::{self, TaskRow};
use crate::assessments;
use crate::dashboard::{self, Counter};
use crate::enrolments::{self, Team, rows::EnrolmentRow};

/// A module waits for its assessor, if it does not already and an attempt is open.
pub(crate) fn assess(cx: &Cx, tx: &mut Tx<'_>, of: &EnrolmentRow, module: ModuleId) -> Result<(), Fault> {
    let there = rows::of_enrolments(&mut tx.read(), &[of.id])?;
    let is_waiting = there
        .iter()
        .any(|task| task.module == module && task.kind == TaskKind::Assess);
    if is_waiting || !assessments::record::is_open(&mut tx.read(), of, module)? {
        return Ok(());
    }
    begin(cx, tx, TaskKind::Assess, &[task(cx, TaskKind::Assess, of, module)])
}

/// Chosen assessments wait for the moderators of their enrolments.
pub(crate) fn moderate(cx: &Cx, tx: &mut Tx<'_>, chosen: &[(EnrolmentId, ModuleId)]) -> Result<(), Fault> {
    let mut ids: Vec<EnrolmentId> = chosen.iter().map(|(enrolment, _)| *enrolment).collect();
    ids.sort_unstable();
    ids.dedup();
    let found = enrolments::rows::some(&mut tx.read(), &ids)?;
    let found: HashMap<EnrolmentId, &EnrolmentRow> = found.iter().map(|row| (row.id, row)).collect();
    let new = chosen.iter().filter_map(|(enrolment, module)| {
        let of = found.get(enrolment)?;
        Some(task(cx, TaskKind::Moderate, of, *module))
    });
    let new: Vec<TaskRow> = new.collect();
    begin(cx, tx, TaskKind::Moderate, &new)
}

/// What waited was done.
pub(crate) fn done(tx: &mut Tx<'_>, enrolment: EnrolmentId, module: ModuleId, kind: TaskKind) -> Result<(), Fault> {
    if let Some(since) = rows::since(&mut tx.read(), enrolment, module, kind)? {
        rows::delete(tx, enrolment, module, kind)?;
        dashboard::count(tx, Counter::Waiting(kind), since, -1)?;
    }
    Ok(())
}

/// Modules whose results were locked wait no more. Few have a task then: evidence that came after the assessment.
pub(crate) fn close(
    tx: &mut Tx<'_>,
    enrolments: &[EnrolmentId],
    locked: &[(EnrolmentId, ModuleId)],
) -> Result<(), Fault> {
    for task in rows::of_enrolments(&mut tx.read(), enrolments)? {
        if task.kind == TaskKind::Assess && locked.contains(&(task.enrolment, task.module)) {
            done(tx, task.enrolment, task.module, TaskKind::Assess)?;
        }
    }
    Ok(())
}

/// What waited for the team before waits for the one now.
pub(crate) fn reassign(tx: &mut Tx<'_>, enrolment: EnrolmentId, team: Team) -> Result<(), Fault> {
    rows::give(tx, enrolment, TaskKind::Assess, team.assessor)?;
    rows::give(tx, enrolment, TaskKind::Moderate, team.moderator)?;
    Ok(())
}

/// Who left is not assessed. What was chosen for moderation is still decided.
pub(crate) fn withdraw(tx: &mut Tx<'_>, enrolment: EnrolmentId) -> Result<(), Fault> {
    for task in rows::of_enrolments(&mut tx.read(), &[enrolment])? {
        if task.kind == TaskKind::Assess {
            dashboard::count(tx, Counter::Waiting(task.kind), task.created_at, -1)?;
        }
    }
    Ok(rows::delete_all(tx, enrolment, TaskKind::Assess)?)
}

/// Who came back is assessed again: in each module with evidence that nobody judged.
pub(crate) fn resume(cx: &Cx, tx: &mut Tx<'_>, of: &EnrolmentRow) -> Result<(), Fault> {
    let judged = assessments::rows::of_enrolments(&mut tx.read(), &[of.id])?;
    let mut last: HashMap<ModuleId, Instant> = HashMap::new();
    for row in &judged {
        last.insert(row.module, row.created_at);
    }
    let brought = rows::evidence_of(&mut tx.read(), of.id)?.into_iter();
    let open = brought.filter(|(module, at)| last.get(module).is_none_or(|judged| at > judged));
    let mut modules: Vec<ModuleId> = open.map(|(module, _)| module).collect();
    modules.sort_unstable();
    modules.dedup();
    for module in modules {
        assess(cx, tx, of, module)?;
    }
    Ok(())
}

/// Keeps and counts tasks of one kind that begin now.
fn begin(cx: &Cx, tx: &mut Tx<'_>, kind: TaskKind, new: &[TaskRow]) -> Result<(), Fault> {
    rows::insert(tx, new)?;
    Ok(dashboard::count_all(tx, Counter::Waiting(kind), cx.now(), new.len())?)
}

fn task(cx: &Cx, kind: TaskKind, of: &EnrolmentRow, module: ModuleId) -> TaskRow {
    TaskRow {
        id: TaskId::new(cx.fresh()),
        kind,
        enrolment: of.id,
        module,
        programme: of.programme,
        learner: of.learner,
        person: match kind {
            TaskKind::Assess => of.assessor,
            TaskKind::Moderate => of.moderator,
        },
        created_at: cx.now(),
    }
}
