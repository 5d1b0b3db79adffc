//! The SQL of links to a new password, one function a statement.

use diesel::prelude::*;
use skillsyms_cells::schema::{people, resets};
use skillsyms_cells::{CellError, Read, Tx};
use skillsyms_core::{Instant, PersonId, ResetId};
use skillsyms_vault::BlindIndex;

use crate::accounts::PersonState;

/// A link as it goes into its table. Without a person it counts only.
pub(crate) struct NewReset {
    pub id: ResetId,
    pub account: BlindIndex,
    pub person: Option<PersonId>,
    pub token_hash: [u8; 32],
    pub created_by: Option<PersonId>,
    pub now: Instant,
    pub expires_at: Instant,
}

pub(crate) fn insert(tx: &mut Tx<'_>, new: &NewReset) -> Result<(), CellError> {
    tx.execute(diesel::insert_into(resets::table).values((
        resets::id.eq(new.id),
        resets::account.eq(new.account),
        resets::person.eq(new.person),
        resets::token_hash.eq(new.token_hash.as_slice()),
        resets::created_by.eq(new.created_by),
        resets::created_at.eq(new.now),
        resets::expires_at.eq(new.expires_at),
        resets::used_at.eq(None::<Instant>),
    )))?;
    Ok(())
}

/// How often a link was asked for since then by nobody in particular.
pub(crate) fn asked(tx: &mut Read<'_>, account: BlindIndex, since: Instant) -> Result<i64, CellError> {
    let found: Option<i64> = tx.first(
        resets::table
            .filter(resets::account.eq(account))
            .filter(resets::created_at.gt(since))
            .filter(resets::created_by.is_null())
            .select(diesel::dsl::count_star())
            .limit(1),
    )?;
    Ok(found.unwrap_or(0))
}

/// How often administrators made one since then.
pub(crate) fn sent(tx: &mut Read<'_>, account: BlindIndex, since: Instant) -> Result<i64, CellError> {
    let found: Option<i64> = tx.first(
        resets::table
            .filter(resets::account.eq(account))
            .filter(resets::created_at.gt(since))
            .filter(resets::created_by.is_not_null())
            .select(diesel::dsl::count_star())
            .limit(1),
    )?;
    Ok(found.unwrap_or(0))
}

/// The active account with this address.
pub(crate) fn active(tx: &mut Read<'_>, account: BlindIndex) -> Result<Option<PersonId>, CellError> {
    tx.first(
        people::table
            .filter(people::email_index.eq(account))
            .filter(people::state.eq(PersonState::Active.as_str()))
            .select(people::id)
            .limit(1),
    )
}

/// State and blind index of an account.
pub(crate) fn account(tx: &mut Read<'_>, person: PersonId) -> Result<Option<(String, BlindIndex)>, CellError> {
    tx.first(
        people::table
            .filter(people::id.eq(person))
            .select((people::state, people::email_index))
            .limit(1),
    )
}

/// The link behind a token and the account it is for, if both still stand at `now`.
pub(crate) fn standing(
    tx: &mut Read<'_>,
    token_hash: &[u8; 32],
    now: Instant,
) -> Result<Option<(ResetId, PersonId, BlindIndex)>, CellError> {
    tx.first(
        resets::table
            .inner_join(people::table.on(resets::person.eq(people::id.nullable())))
            .filter(resets::token_hash.eq(token_hash.as_slice()))
            .filter(resets::used_at.is_null())
            .filter(resets::expires_at.gt(now))
            .filter(people::state.eq(PersonState::Active.as_str()))
            .select((resets::id, people::id, resets::account))
            .limit(1),
    )
}

pub(crate) fn mark_used(tx: &mut Tx<'_>, id: ResetId, now: Instant) -> Result<(), CellError> {
    tx.execute(diesel::update(resets::table.filter(resets::id.eq(id))).set(resets::used_at.eq(Some(now))))?;
    Ok(())
}

/// Ends whatever links of an account are still open.
pub(crate) fn end_open(tx: &mut Tx<'_>, account: BlindIndex, now: Instant) -> Result<(), CellError> {
    let open = resets::table
        .filter(resets::account.eq(account))
        .filter(resets::used_at.is_null())
        .filter(resets::expires_at.gt(now));
    tx.execute(diesel::update(open).set(resets::expires_at.eq(now)))?;
    Ok(())
}

/// Ends whatever links of somebody are still open.
pub(crate) fn end_open_of(tx: &mut Tx<'_>, person: PersonId, now: Instant) -> Result<(), CellError> {
    let open = resets::table
        .filter(resets::person.eq(person))
        .filter(resets::used_at.is_null())
        .filter(resets::expires_at.gt(now));
    tx.execute(diesel::update(open).set(resets::expires_at.eq(now)))?;
    Ok(())
}

pub(crate) fn forget(tx: &mut Tx<'_>, before: Instant) -> Result<usize, CellError> {
    tx.execute(diesel::delete(resets::table.filter(resets::created_at.lt(before))))
}

pub(crate) fn set_password(tx: &mut Tx<'_>, person: PersonId, phc: &str, now: Instant) -> Result<(), CellError> {
    tx.execute(diesel::update(people::table.filter(people::id.eq(person))).set((
        people::password.eq(Some(phc)),
        people::version.eq(people::version + 1),
        people::changed_at.eq(now),
    )))?;
    Ok(())
}
