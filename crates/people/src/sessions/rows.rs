//! The SQL of sessions, one function a statement.

use diesel::prelude::*;
use skillsyms_cells::schema::{people, sessions};
use skillsyms_cells::{CellError, Read, Tx};
use skillsyms_core::{Instant, PersonId, SessionId};
use skillsyms_door::Owes;
use skillsyms_vault::BlindIndex;

use crate::accounts::PersonState;

/// The password hash of an active account, by its address.
pub(crate) fn password_by_email(
    tx: &mut Read<'_>,
    index: BlindIndex,
) -> Result<Option<(PersonId, Option<String>)>, CellError> {
    tx.first(
        people::table
            .filter(people::email_index.eq(index))
            .filter(people::state.eq(PersonState::Active.as_str()))
            .select((people::id, people::password))
            .limit(1),
    )
}

/// The password hash of an active account.
pub(crate) fn password_of(tx: &mut Read<'_>, id: PersonId) -> Result<Option<String>, CellError> {
    let phc: Option<Option<String>> = tx.first(
        people::table
            .filter(people::id.eq(id))
            .filter(people::state.eq(PersonState::Active.as_str()))
            .select(people::password)
            .limit(1),
    )?;
    Ok(phc.flatten())
}

/// The same password under dearer parameters. Nothing that anybody sees changes, so the version stays.
pub(crate) fn renew_password(tx: &mut Tx<'_>, id: PersonId, phc: &str) -> Result<(), CellError> {
    tx.execute(diesel::update(people::table.filter(people::id.eq(id))).set(people::password.eq(Some(phc))))?;
    Ok(())
}

/// A session as it goes into its table.
pub(crate) struct NewSession {
    pub id: SessionId,
    pub token_hash: [u8; 32],
    pub person: PersonId,
    pub now: Instant,
    pub expires_at: Instant,
    pub step_up_at: Option<Instant>,
    pub owes: Option<Owes>,
}

pub(crate) fn insert(tx: &mut Tx<'_>, new: &NewSession) -> Result<(), CellError> {
    tx.execute(diesel::insert_into(sessions::table).values((
        sessions::id.eq(new.id),
        sessions::token_hash.eq(new.token_hash.as_slice()),
        sessions::person.eq(new.person),
        sessions::created_at.eq(new.now),
        sessions::seen_at.eq(new.now),
        sessions::expires_at.eq(new.expires_at),
        sessions::step_up_at.eq(new.step_up_at),
        sessions::ended_at.eq(None::<Instant>),
        sessions::owes.eq(new.owes.map_or("", Owes::as_str)),
    )))?;
    Ok(())
}

/// Id and times of a session, for showing it.
pub(crate) type SessionTuple = (SessionId, Instant, Instant, Instant);

/// The sessions of a person that are not over and wait for nothing, newest first, so many at most.
pub(crate) fn live(
    tx: &mut Read<'_>,
    person: PersonId,
    now: Instant,
    most: i64,
) -> Result<Vec<SessionTuple>, CellError> {
    tx.load(
        sessions::table
            .filter(sessions::person.eq(person))
            .filter(sessions::ended_at.is_null())
            .filter(sessions::expires_at.gt(now))
            .filter(sessions::owes.eq(""))
            .order(sessions::id.desc())
            .select((
                sessions::id,
                sessions::created_at,
                sessions::seen_at,
                sessions::expires_at,
            ))
            .limit(most),
    )
}

/// The sessions of a person that wait for a second factor, newest first, so many at most.
pub(crate) fn waiting(
    tx: &mut Read<'_>,
    person: PersonId,
    now: Instant,
    most: i64,
) -> Result<Vec<SessionId>, CellError> {
    tx.load(
        sessions::table
            .filter(sessions::person.eq(person))
            .filter(sessions::ended_at.is_null())
            .filter(sessions::expires_at.gt(now))
            .filter(sessions::owes.ne(""))
            .order(sessions::id.desc())
            .select(sessions::id)
            .limit(most),
    )
}

pub(crate) fn owner(tx: &mut Read<'_>, id: SessionId) -> Result<Option<PersonId>, CellError> {
    tx.first(
        sessions::table
            .filter(sessions::id.eq(id))
            .select(sessions::person)
            .limit(1),
    )
}

pub(crate) fn by_token(tx: &mut Read<'_>, hash: &[u8; 32]) -> Result<Option<(SessionId, PersonId)>, CellError> {
    tx.first(
        sessions::table
            .filter(sessions::token_hash.eq(hash.as_slice()))
            .select((sessions::id, sessions::person))
            .limit(1),
    )
}

pub(crate) fn end(tx: &mut Tx<'_>, id: SessionId, now: Instant) -> Result<usize, CellError> {
    let open = sessions::table
        .filter(sessions::id.eq(id))
        .filter(sessions::ended_at.is_null());
    tx.execute(diesel::update(open).set(sessions::ended_at.eq(Some(now))))
}

/// Ends these sessions.
pub(crate) fn end_these(tx: &mut Tx<'_>, ids: &[SessionId], now: Instant) -> Result<usize, CellError> {
    let open = sessions::table
        .filter(sessions::id.eq_any(ids))
        .filter(sessions::ended_at.is_null());
    tx.execute(diesel::update(open).set(sessions::ended_at.eq(Some(now))))
}

pub(crate) fn step_up(tx: &mut Tx<'_>, id: SessionId, now: Instant) -> Result<(), CellError> {
    tx.execute(diesel::update(sessions::table.filter(sessions::id.eq(id))).set(sessions::step_up_at.eq(Some(now))))?;
    Ok(())
}
