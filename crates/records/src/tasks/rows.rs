//! The statements of this slice.

use diesel::prelude::*;
use skillsyms_cells::schema::{enrolments, evidence, learners, modules, people, programmes, tasks};
use skillsyms_cells::{CellError, Read, Tx, load_boxed};
use skillsyms_core::{
    EnrolmentId, EnrolmentStatus, Instant, LearnerId, ModuleId, PersonId, ProgrammeId, TaskId, TaskKind,
};
use skillsyms_people::ByAge;
use skillsyms_people::page::Bounds;

use super::groups::Place;
use crate::enrolments::rows::EnrolmentRow;

/// Rows of one insert: well under what either engine takes as parameters of one statement.
const ROWS_PER_INSERT: usize = 500;

/// A task as it is kept.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = tasks, treat_none_as_default_value = false)]
pub struct TaskRow {
    /// Its id. Ids are in the order of time, and so is the queue.
    pub id: TaskId,
    /// To assess, or to moderate.
    pub kind: TaskKind,
    /// Of which enrolment.
    pub enrolment: EnrolmentId,
    /// Of which module.
    pub module: ModuleId,
    /// Of which programme.
    pub programme: ProgrammeId,
    /// Of which learner.
    pub learner: LearnerId,
    /// For whom it waits.
    pub person: Option<PersonId>,
    /// Since when.
    pub created_at: Instant,
}

/// A task with the words that its line shows.
#[derive(Clone, Debug, Queryable)]
pub struct TaskLine {
    /// The task.
    pub task: TaskRow,
    /// First and last name of the learner.
    pub learner: (String, String),
    /// Code and title of the module.
    pub module: (String, String),
    /// Title of the programme.
    pub programme: String,
}

/// Which tasks a page shows.
#[derive(Clone, Debug)]
pub(super) struct Window {
    /// Of this kind.
    pub kind: Option<TaskKind>,
    /// Of this programme.
    pub programme: Option<ProgrammeId>,
    /// In which order.
    pub sort: ByAge,
    /// Between these ids.
    pub bounds: Bounds,
    /// Folded names from here to there.
    pub names: Option<(String, String)>,
    /// How many rows.
    pub rows: i64,
}

/// Inserts tasks.
pub(super) fn insert(tx: &mut Tx<'_>, rows: &[TaskRow]) -> Result<(), CellError> {
    for part in rows.chunks(ROWS_PER_INSERT) {
        tx.execute(diesel::insert_into(tasks::table).values(part.to_vec()))?;
    }
    Ok(())
}

/// The tasks of these enrolments.
pub(crate) fn of_enrolments(tx: &mut Read<'_>, of: &[EnrolmentId]) -> Result<Vec<TaskRow>, CellError> {
    tx.load(
        tasks::table
            .filter(tasks::enrolment.eq_any(of.to_vec()))
            .order(tasks::id),
    )
}

/// Since when a module of an enrolment waits for this.
pub(super) fn since(
    tx: &mut Read<'_>,
    enrolment: EnrolmentId,
    module: ModuleId,
    kind: TaskKind,
) -> Result<Option<Instant>, CellError> {
    let one = tasks::table
        .filter(tasks::enrolment.eq(enrolment))
        .filter(tasks::module.eq(module))
        .filter(tasks::kind.eq(kind));
    tx.first(one.select(tasks::created_at).limit(1))
}

/// How many tasks of each kind have an id from one to before another: ids are in the order of time.
pub(crate) fn between(tx: &mut Read<'_>, from: TaskId, until: TaskId) -> Result<Vec<(TaskKind, i64)>, CellError> {
    let some = tasks::table.filter(tasks::id.ge(from).and(tasks::id.lt(until)));
    tx.load(
        some.group_by(tasks::kind)
            .select((tasks::kind, diesel::dsl::count_star())),
    )
}

/// Ends a task.
pub(super) fn delete(
    tx: &mut Tx<'_>,
    enrolment: EnrolmentId,
    module: ModuleId,
    kind: TaskKind,
) -> Result<(), CellError> {
    let one = tasks::table
        .filter(tasks::enrolment.eq(enrolment))
        .filter(tasks::module.eq(module))
        .filter(tasks::kind.eq(kind));
    tx.execute(diesel::delete(one))?;
    Ok(())
}

/// Ends all tasks of a kind of an enrolment.
pub(super) fn delete_all(tx: &mut Tx<'_>, enrolment: EnrolmentId, kind: TaskKind) -> Result<(), CellError> {
    let all = tasks::table
        .filter(tasks::enrolment.eq(enrolment))
        .filter(tasks::kind.eq(kind));
    tx.execute(diesel::delete(all))?;
    Ok(())
}

/// Gives the tasks of a kind of an enrolment to somebody else.
pub(super) fn give(
    tx: &mut Tx<'_>,
    enrolment: EnrolmentId,
    kind: TaskKind,
    to: Option<PersonId>,
) -> Result<(), CellError> {
    let all = tasks::table
        .filter(tasks::enrolment.eq(enrolment))
        .filter(tasks::kind.eq(kind));
    tx.execute(diesel::update(all).set(tasks::person.eq(to)))?;
    Ok(())
}

/// Module and time of all evidence of an enrolment.
pub(super) fn evidence_of(tx: &mut Read<'_>, of: EnrolmentId) -> Result<Vec<(ModuleId, Instant)>, CellError> {
    tx.load(
        evidence::table
            .filter(evidence::enrolment.eq(of))
            .select((evidence::module, evidence::created_at)),
    )
}

/// Enrolment and module of all evidence of these enrolments.
pub(super) fn evidence_of_all(
    tx: &mut Read<'_>,
    of: &[EnrolmentId],
) -> Result<Vec<(EnrolmentId, ModuleId)>, CellError> {
    tx.load(
        evidence::table
            .filter(evidence::enrolment.eq_any(of.to_vec()))
            .select((evidence::enrolment, evidence::module)),
    )
}

/// A page of what waits: for one person, or for anybody.
pub(super) fn page(tx: &mut Read<'_>, of: Option<PersonId>, window: &Window) -> Result<Vec<TaskLine>, CellError> {
    load_boxed!(tx, {
        let mut found = tasks::table
            .inner_join(learners::table.on(learners::id.eq(tasks::learner)))
            .inner_join(modules::table.on(modules::id.eq(tasks::module)))
            .inner_join(programmes::table.on(programmes::id.eq(tasks::programme)))
            .limit(window.rows)
            .select((
                tasks::all_columns,
                (learners::first_name, learners::last_name),
                (modules::code, modules::title),
                programmes::title,
            ))
            .into_boxed::<DB>();
        if let Some(after) = window.bounds.0 {
            found = found.filter(tasks::id.gt(TaskId::new(after)));
        }
        if let Some(until) = window.bounds.1 {
            found = found.filter(tasks::id.lt(TaskId::new(until)));
        }
        if let Some(me) = of {
            found = found.filter(tasks::person.eq(me));
        }
        if let Some(programme) = window.programme {
            found = found.filter(tasks::programme.eq(programme));
        }
        // The index by kind leads where nothing else does. Beside a person or a programme it would lead away from their few: joined
        // to an empty text, a column is no longer that of its index.
        found = match window.kind {
            Some(kind) if of.is_none() && window.programme.is_none() => found.filter(tasks::kind.eq(kind)),
            // Of no other kind: of most people's tasks all are of one kind, and a planner takes what equals something for rare.
            Some(kind) => {
                let others = TaskKind::ALL.iter().filter(|other| **other != kind);
                let others: Vec<&str> = others.map(|other| other.as_str()).collect();
                found.filter(tasks::kind.concat("").ne_all(others))
            }
            None => found,
        };
        // The queue leads, and names only filter.
        if let Some((first, last)) = window.names.clone() {
            found = found.filter(learners::fold.concat("").between(first, last));
        }
        match window.sort {
            ByAge::Oldest => found.order(tasks::id.asc()),
            ByAge::Newest => found.order(tasks::id.desc()),
        }
    })
}

/// An enrolment with the names of its learner.
pub(super) type Member = (EnrolmentRow, (String, String));

/// Which enrolments a page shows.
#[derive(Clone, Debug)]
pub(super) struct MemberWindow {
    /// Of this programme.
    pub programme: Option<ProgrammeId>,
    /// With this status.
    pub status: Option<EnrolmentStatus>,
    /// Folded names from here to there.
    pub names: Option<(String, String)>,
    /// Of these learners, if all that fit the names are known.
    pub among: Option<Vec<LearnerId>>,
    /// In which order.
    pub sort: ByAge,
    /// Between these ids.
    pub bounds: Bounds,
    /// How many rows.
    pub rows: i64,
}

/// Learners with a folded name from here to there, so many at most.
pub(super) fn namesakes(
    tx: &mut Read<'_>,
    (from, to): &(String, String),
    most: i64,
) -> Result<Vec<LearnerId>, CellError> {
    let some = learners::table.filter(learners::fold.between(from.clone(), to.clone()));
    tx.load(
        some.order((learners::fold, learners::id))
            .select(learners::id)
            .limit(most),
    )
}

/// A page of the enrolments in which somebody has this place, or of all.
pub(super) fn members(
    tx: &mut Read<'_>,
    of: Option<(PersonId, Place)>,
    window: &MemberWindow,
) -> Result<Vec<Member>, CellError> {
    load_boxed!(tx, {
        let mut found = enrolments::table
            .inner_join(learners::table.on(learners::id.eq(enrolments::learner)))
            .limit(window.rows)
            .select((enrolments::all_columns, (learners::first_name, learners::last_name)))
            .into_boxed::<DB>();
        if let Some(after) = window.bounds.0 {
            found = found.filter(enrolments::id.gt(EnrolmentId::new(after)));
        }
        if let Some(until) = window.bounds.1 {
            found = found.filter(enrolments::id.lt(EnrolmentId::new(until)));
        }
        found = match of {
            Some((me, Place::Facilitator)) => found.filter(enrolments::facilitator.eq(me)),
            Some((me, Place::Verifier)) => found.filter(enrolments::verifier.eq(me)),
            None => found,
        };
        if let Some(programme) = window.programme {
            found = found.filter(enrolments::programme.eq(programme));
        }
        if let Some(learners) = window.among.clone() {
            found = found.filter(enrolments::learner.eq_any(learners));
        }
        // Where nothing else leads, the status does: one that is rare is found among all without reading them. Joined to an empty
        // text, a column is no longer that of an index: somebody's few and those of a programme lead, not the many of their status.
        let is_alone = of.is_none() && window.programme.is_none() && window.among.is_none();
        found = match window.status {
            Some(status) if is_alone => found.filter(enrolments::status.eq(status)),
            Some(status) => found.filter(enrolments::status.concat("").eq(status.as_str())),
            None => found,
        };
        // And the list leads, not the index by name.
        if let Some((first, last)) = window.names.clone().filter(|_| window.among.is_none()) {
            found = found.filter(learners::fold.concat("").between(first, last));
        }
        match window.sort {
            ByAge::Oldest => found.order(enrolments::id.asc()),
            ByAge::Newest => found.order(enrolments::id.desc()),
        }
    })
}

/// First and last name of a learner.
pub(super) fn learner(tx: &mut Read<'_>, id: LearnerId) -> Result<Option<(String, String)>, CellError> {
    let one = learners::table.filter(learners::id.eq(id)).limit(1);
    tx.first(one.select((learners::first_name, learners::last_name)))
}

/// Names of these people.
pub(super) fn people(tx: &mut Read<'_>, ids: &[PersonId]) -> Result<Vec<(PersonId, String)>, CellError> {
    let some = people::table.filter(people::id.eq_any(ids.to_vec()));
    tx.load(some.select((people::id, people::name)))
}

/// Whether the status is one in which work is judged.
pub(super) const fn is_active(status: EnrolmentStatus) -> bool {
    status.is_active()
}
