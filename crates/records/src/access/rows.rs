//! The statements of this slice.

use diesel::prelude::*;
use skillsyms_cells::schema::{access_answers, access_queries};
use skillsyms_cells::{CellError, Read, Tx, load_boxed};
use skillsyms_core::{Instant, LearnerId, PersonId, QueryId};
use skillsyms_people::ByAge;
use skillsyms_people::page::Bounds;
use skillsyms_vault::Sealed;

use super::QueryState;

/// A question as it is kept.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = access_queries, treat_none_as_default_value = false)]
pub struct QueryRow {
    /// Its id.
    pub id: QueryId,
    /// Whose record.
    pub learner: LearnerId,
    /// The entry's place in the log.
    pub leaf: i64,
    /// What was asked.
    pub question: Sealed<String>,
    /// Who asked.
    pub asked_by: PersonId,
    /// When.
    pub asked_at: Instant,
}

/// An answer as it is kept.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = access_answers, treat_none_as_default_value = false)]
pub struct AnswerRow {
    /// To which question.
    pub query: QueryId,
    /// What was answered.
    pub answer: Sealed<String>,
    /// Who answered.
    pub answered_by: PersonId,
    /// When.
    pub answered_at: Instant,
}

/// Inserts a question.
pub(super) fn insert(tx: &mut Tx<'_>, row: QueryRow) -> Result<(), CellError> {
    tx.execute(diesel::insert_into(access_queries::table).values(row))?;
    Ok(())
}

/// Inserts an answer.
pub(super) fn insert_answer(tx: &mut Tx<'_>, row: AnswerRow) -> Result<(), CellError> {
    tx.execute(diesel::insert_into(access_answers::table).values(row))?;
    Ok(())
}

/// One question.
pub(super) fn one(tx: &mut Read<'_>, id: QueryId) -> Result<Option<QueryRow>, CellError> {
    tx.first(access_queries::table.filter(access_queries::id.eq(id)).limit(1))
}

/// The answers to these questions.
pub(super) fn answers(tx: &mut Read<'_>, of: &[QueryId]) -> Result<Vec<AnswerRow>, CellError> {
    tx.load(access_answers::table.filter(access_answers::query.eq_any(of.to_vec())))
}

/// Questions between these ids in the order that is asked for, of one learner or of all.
pub(super) fn page(
    tx: &mut Read<'_>,
    (own, state): (Option<LearnerId>, Option<QueryState>),
    (sort, (after, before)): (ByAge, Bounds),
    rows: i64,
) -> Result<Vec<QueryRow>, CellError> {
    load_boxed!(tx, {
        let mut found = access_queries::table
            .left_join(access_answers::table.on(access_answers::query.eq(access_queries::id)))
            .limit(rows)
            .select(access_queries::all_columns)
            .into_boxed::<DB>();
        if let Some(after) = after {
            found = found.filter(access_queries::id.gt(QueryId::new(after)));
        }
        if let Some(before) = before {
            found = found.filter(access_queries::id.lt(QueryId::new(before)));
        }
        if let Some(learner) = own {
            found = found.filter(access_queries::learner.eq(learner));
        }
        found = match state {
            None => found,
            Some(QueryState::Open) => found.filter(access_answers::query.is_null()),
            Some(QueryState::Answered) => found.filter(access_answers::query.is_not_null()),
        };
        match sort {
            ByAge::Newest => found.order(access_queries::id.desc()),
            ByAge::Oldest => found.order(access_queries::id.asc()),
        }
    })
}
