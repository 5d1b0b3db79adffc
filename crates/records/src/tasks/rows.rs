//! The statements of this slice.

use diesel::prelude::*;
use skillsyms_cells::schema::{enrolments, evidence, learners, modules, people, programmes, tasks};
use skillsyms_cells::{CellError, Read, Tx};
use skillsyms_core::{
    EnrolmentId, EnrolmentStatus, Instant, LearnerId, ModuleId, PersonId, ProgrammeId, TaskId, TaskKind,
};
use skillsyms_people::ByAge;

use super::groups::Place;
use super::list::LAST_LETTER;
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
    /// After this one.
    pub after: TaskId,
    /// Before this one.
    pub until: TaskId,
    /// Folded names from here to there.
    pub names: Option<(String, String)>,
    /// How many rows.
    pub rows: i64,
}

/// From the first to the last of some words, or to the only one.
fn range(only: Option<&str>) -> (String, String) {
    let (first, last) = (String::new(), LAST_LETTER.to_string());
    only.map_or((first, last), |word| (word.to_owned(), word.to_owned()))
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
    let from = tasks::table
        .inner_join(learners::table.on(learners::id.eq(tasks::learner)))
        .inner_join(modules::table.on(modules::id.eq(tasks::module)))
        .inner_join(programmes::table.on(programmes::id.eq(tasks::programme)))
        .filter(tasks::id.gt(window.after).and(tasks::id.lt(window.until)))
        .limit(window.rows)
        .select((
            tasks::all_columns,
            (learners::first_name, learners::last_name),
            (modules::code, modules::title),
            programmes::title,
        ));
    let (from_name, to_name) = window.names.clone().unwrap_or_default();
    // Joined to an empty text, the column is no longer that of the index by name: the queue leads, and names only filter.
    let named = learners::fold.concat("").between(from_name, to_name);
    // The index by kind leads where nothing else does. Beside a person or a programme it would lead away from their few.
    let (first, last) = range(window.kind.map(TaskKind::as_str));
    let of_kind = tasks::kind.concat("").between(first, last);
    // One statement for each: Diesel's boxed ones belong to one engine.
    macro_rules! load {
        ($from:expr) => {
            match window.sort {
                ByAge::Oldest => tx.load($from.order(tasks::id.asc())),
                ByAge::Newest => tx.load($from.order(tasks::id.desc())),
            }
        };
    }
    match (of, window.programme, window.names.is_some()) {
        (None, None, is_named) => match (window.kind, is_named) {
            (None, false) => load!(from),
            (None, true) => load!(from.filter(named)),
            (Some(kind), false) => load!(from.filter(tasks::kind.eq(kind))),
            (Some(kind), true) => load!(from.filter(tasks::kind.eq(kind)).filter(named)),
        },
        (None, Some(programme), false) => load!(from.filter(of_kind).filter(tasks::programme.eq(programme))),
        (None, Some(programme), true) => {
            let some = from.filter(of_kind).filter(tasks::programme.eq(programme));
            load!(some.filter(named))
        }
        (Some(me), None, false) => load!(from.filter(of_kind).filter(tasks::person.eq(me))),
        (Some(me), None, true) => load!(from.filter(of_kind).filter(tasks::person.eq(me)).filter(named)),
        (Some(me), Some(programme), is_named) => {
            let mine = from.filter(of_kind).filter(tasks::person.eq(me));
            let some = mine.filter(tasks::programme.eq(programme));
            if is_named {
                load!(some.filter(named))
            } else {
                load!(some)
            }
        }
    }
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
    pub names: (String, String),
    /// Of these learners, if all that fit the names are known.
    pub among: Option<Vec<LearnerId>>,
    /// In which order.
    pub sort: ByAge,
    /// After the first and before the second.
    pub between: (EnrolmentId, EnrolmentId),
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
    let from = enrolments::table
        .inner_join(learners::table.on(learners::id.eq(enrolments::learner)))
        .filter(
            enrolments::id
                .gt(window.between.0)
                .and(enrolments::id.lt(window.between.1)),
        )
        .limit(window.rows)
        .select((enrolments::all_columns, (learners::first_name, learners::last_name)));
    // Joined to an empty text, a column is no longer that of an index. Somebody's few and those of a programme lead, not the
    // many of their status, and the list leads, not the index by name.
    let (first, last) = window.names.clone();
    let named = learners::fold.concat("").between(first, last);
    let (first, last) = range(window.status.map(EnrolmentStatus::as_str));
    let in_status = enrolments::status.concat("").between(first, last);
    // One statement for each: Diesel's boxed ones belong to one engine.
    macro_rules! load {
        ($from:expr) => {
            match window.sort {
                ByAge::Oldest => tx.load($from.order(enrolments::id.asc())),
                ByAge::Newest => tx.load($from.order(enrolments::id.desc())),
            }
        };
    }
    macro_rules! in_place {
        ($from:expr) => {
            match (of, window.programme) {
                (None, None) => load!($from),
                (None, Some(programme)) => load!($from.filter(enrolments::programme.eq(programme))),
                (Some((me, Place::Facilitator)), None) => load!($from.filter(enrolments::facilitator.eq(me))),
                (Some((me, Place::Facilitator)), Some(programme)) => {
                    let mine = $from.filter(enrolments::facilitator.eq(me));
                    load!(mine.filter(enrolments::programme.eq(programme)))
                }
                (Some((me, Place::Verifier)), None) => load!($from.filter(enrolments::verifier.eq(me))),
                (Some((me, Place::Verifier)), Some(programme)) => {
                    let mine = $from.filter(enrolments::verifier.eq(me));
                    load!(mine.filter(enrolments::programme.eq(programme)))
                }
            }
        };
    }
    match (&window.among, window.status) {
        (Some(learners), _) => {
            let few = from.filter(enrolments::learner.eq_any(learners.clone()));
            in_place!(few.filter(in_status))
        }
        (None, None) if of.is_none() && window.programme.is_none() => load!(from.filter(named)),
        // Where nothing else leads, the status does: one that is rare is found among all without reading them.
        (None, Some(status)) if of.is_none() && window.programme.is_none() => {
            load!(from.filter(enrolments::status.eq(status)).filter(named))
        }
        (None, _) => in_place!(from.filter(in_status).filter(named)),
    }
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
