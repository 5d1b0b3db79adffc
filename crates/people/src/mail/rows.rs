//! The SQL of the outbox, one function a statement.

use diesel::prelude::*;
use skillsyms_cells::schema::{mails, people};
use skillsyms_cells::{CellError, Read, Tx};
use skillsyms_core::{Instant, MailId, PersonId};
use skillsyms_vault::{Json, Sealed};

use super::{Content, MailKind};

/// A mail as it goes into its table.
pub(crate) struct NewMail<'a> {
    pub id: MailId,
    pub kind: MailKind,
    pub person: PersonId,
    pub content: &'a Sealed<Json<Content>>,
    pub now: Instant,
    pub ends_at: Instant,
}

pub(crate) fn insert(tx: &mut Tx<'_>, new: &NewMail<'_>) -> Result<(), CellError> {
    tx.execute(diesel::insert_into(mails::table).values((
        mails::id.eq(new.id),
        mails::kind.eq(new.kind.as_str()),
        mails::person.eq(new.person),
        mails::content.eq(new.content),
        mails::tries.eq(0_i64),
        mails::due_at.eq(new.now),
        mails::ends_at.eq(new.ends_at),
        mails::created_at.eq(new.now),
    )))?;
    Ok(())
}

pub(crate) fn waiting(tx: &mut Read<'_>) -> Result<i64, CellError> {
    let found: Option<i64> = tx.first(mails::table.select(diesel::dsl::count_star()).limit(1))?;
    Ok(found.unwrap_or(0))
}

/// When the next mail is due, or given up.
pub(crate) fn next(tx: &mut Read<'_>) -> Result<Option<Instant>, CellError> {
    tx.first(mails::table.order(mails::due_at).select(mails::due_at).limit(1))
}

/// Mails that are not worth sending any more, and those whose account may have none: gone. Answers how many.
pub(crate) fn give_up(tx: &mut Tx<'_>, now: Instant) -> Result<usize, CellError> {
    tx.execute(diesel::delete(mails::table.filter(mails::ends_at.le(now))))
}

/// A mail with what is known of its account.
pub(crate) type MailTuple = (
    MailId,
    String,
    Sealed<Json<Content>>,
    i64,
    Instant,
    PersonId,
    Sealed<String>,
    String,
);

/// Mails that are due, the longest due first, so many at most.
pub(crate) fn due(tx: &mut Read<'_>, now: Instant, most: i64) -> Result<Vec<MailTuple>, CellError> {
    tx.load(
        mails::table
            .inner_join(people::table.on(people::id.eq(mails::person)))
            .filter(mails::due_at.le(now))
            .order((mails::due_at, mails::id))
            .select((
                mails::id,
                mails::kind,
                mails::content,
                mails::tries,
                mails::ends_at,
                people::id,
                people::email,
                people::state,
            ))
            .limit(most),
    )
}

pub(crate) fn tries(tx: &mut Read<'_>, id: MailId) -> Result<Option<i64>, CellError> {
    tx.first(mails::table.filter(mails::id.eq(id)).select(mails::tries).limit(1))
}

/// Nobody else takes these before that instant.
pub(crate) fn lend(tx: &mut Tx<'_>, ids: &[MailId], until: Instant) -> Result<(), CellError> {
    tx.execute(diesel::update(mails::table.filter(mails::id.eq_any(ids))).set(mails::due_at.eq(until)))?;
    Ok(())
}

pub(crate) fn put_off(tx: &mut Tx<'_>, id: MailId, tries: i64, until: Instant) -> Result<(), CellError> {
    let mail = mails::table.filter(mails::id.eq(id));
    tx.execute(diesel::update(mail).set((mails::tries.eq(tries), mails::due_at.eq(until))))?;
    Ok(())
}

pub(crate) fn remove(tx: &mut Tx<'_>, ids: &[MailId]) -> Result<usize, CellError> {
    tx.execute(diesel::delete(mails::table.filter(mails::id.eq_any(ids))))
}

/// No mail of this kind goes to somebody any more.
pub(crate) fn withdraw(tx: &mut Tx<'_>, person: PersonId, kind: MailKind) -> Result<(), CellError> {
    let open = mails::table
        .filter(mails::person.eq(person))
        .filter(mails::kind.eq(kind.as_str()));
    tx.execute(diesel::delete(open))?;
    Ok(())
}
