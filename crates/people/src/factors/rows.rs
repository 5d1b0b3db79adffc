//! The SQL of second factors, one function a statement.

use diesel::dsl::count_star;
use diesel::prelude::*;
use skillsyms_cells::schema::{ceremonies, factors, people, recovery_codes, sessions};
use skillsyms_cells::{CellError, Read, Tx};
use skillsyms_core::{CeremonyId, FactorId, Instant, PersonId, RecoveryCodeId, Role, SessionId};
use skillsyms_vault::{BlindIndex, Place, Sealed};

use super::passkey::REMEMBERED_SECONDS;
use super::{FACTORS_MAX, FactorKind};
use crate::field::roles_of;

/// Rows of one person that are read: every factor, and one that waits to be confirmed.
const ROWS_MAX: i64 = FACTORS_MAX as i64 + 1;

/// Where the secret of an authenticator app, or a passkey, is sealed.
pub(crate) const fn secret_place(id: FactorId) -> Place<'static> {
    Place::new("factors", "secret", *id.bytes())
}

/// A factor as it goes into its table.
pub(crate) struct NewFactor<'a> {
    pub id: FactorId,
    pub person: PersonId,
    pub kind: FactorKind,
    pub name: &'a str,
    pub secret: &'a Sealed<Vec<u8>>,
    pub now: Instant,
}

pub(crate) fn insert(tx: &mut Tx<'_>, new: &NewFactor<'_>) -> Result<(), CellError> {
    tx.execute(diesel::insert_into(factors::table).values((
        factors::id.eq(new.id),
        factors::person.eq(new.person),
        factors::kind.eq(new.kind.as_str()),
        factors::name.eq(new.name),
        factors::secret.eq(new.secret),
        factors::step.eq(0_i64),
        factors::created_at.eq(new.now),
        factors::credential.eq(None::<BlindIndex>),
        factors::confirmed_at.eq(None::<Instant>),
        factors::used_at.eq(None::<Instant>),
    )))?;
    Ok(())
}

/// What it takes to check a code: id, secret, the last step that was used.
pub(crate) type SecretTuple = (FactorId, Sealed<Vec<u8>>, i64);

/// The authenticator apps of a person that count.
pub(crate) fn secrets(tx: &mut Read<'_>, person: PersonId) -> Result<Vec<SecretTuple>, CellError> {
    tx.load(
        factors::table
            .filter(factors::person.eq(person))
            .filter(factors::kind.eq(FactorKind::Totp.as_str()))
            .filter(factors::confirmed_at.is_not_null())
            .select((factors::id, factors::secret, factors::step))
            .limit(ROWS_MAX),
    )
}

/// A passkey: its id, whose it is, and the key.
pub(crate) type PasskeyTuple = (FactorId, PersonId, Sealed<Vec<u8>>);

/// The passkeys of a person that count.
pub(crate) fn passkeys(tx: &mut Read<'_>, person: PersonId) -> Result<Vec<PasskeyTuple>, CellError> {
    tx.load(
        factors::table
            .filter(factors::person.eq(person))
            .filter(factors::kind.eq(FactorKind::Passkey.as_str()))
            .filter(factors::confirmed_at.is_not_null())
            .select((factors::id, factors::person, factors::secret))
            .limit(ROWS_MAX),
    )
}

/// The passkey to which its authenticator gave this name.
pub(crate) fn by_credential(tx: &mut Read<'_>, index: BlindIndex) -> Result<Option<PasskeyTuple>, CellError> {
    tx.first(
        factors::table
            .filter(factors::credential.eq(Some(index)))
            .filter(factors::confirmed_at.is_not_null())
            .select((factors::id, factors::person, factors::secret))
            .limit(1),
    )
}

/// Keeps a passkey in the place of the question that made it.
pub(crate) fn confirm_passkey(
    tx: &mut Tx<'_>,
    id: FactorId,
    (credential, secret): (BlindIndex, &Sealed<Vec<u8>>),
    now: Instant,
) -> Result<(), CellError> {
    tx.execute(diesel::update(factors::table.filter(factors::id.eq(id))).set((
        factors::credential.eq(Some(credential)),
        factors::secret.eq(secret),
        factors::confirmed_at.eq(Some(now)),
        factors::used_at.eq(Some(now)),
    )))?;
    Ok(())
}

/// Keeps a passkey as it is after an answer: its counter rose.
pub(crate) fn used_passkey(
    tx: &mut Tx<'_>,
    id: FactorId,
    secret: &Sealed<Vec<u8>>,
    now: Instant,
) -> Result<(), CellError> {
    tx.execute(
        diesel::update(factors::table.filter(factors::id.eq(id)))
            .set((factors::secret.eq(secret), factors::used_at.eq(Some(now)))),
    )?;
    Ok(())
}

/// Notes that a question was answered; false if it was before. Forgets those that can no longer be.
pub(crate) fn answer_ceremony(tx: &mut Tx<'_>, id: CeremonyId, now: Instant) -> Result<bool, CellError> {
    let before: Option<CeremonyId> = tx.read().first(
        ceremonies::table
            .filter(ceremonies::id.eq(id))
            .select(ceremonies::id)
            .limit(1),
    )?;
    if before.is_some() {
        return Ok(false);
    }
    tx.execute(diesel::delete(
        ceremonies::table.filter(ceremonies::used_at.lt(now.plus_seconds(-REMEMBERED_SECONDS))),
    ))?;
    tx.execute(diesel::insert_into(ceremonies::table).values((ceremonies::id.eq(id), ceremonies::used_at.eq(now))))?;
    Ok(true)
}

/// Whether a person has a factor that counts.
pub(crate) fn has_any(tx: &mut Read<'_>, person: PersonId) -> Result<bool, CellError> {
    let found: Option<FactorId> = tx.first(
        factors::table
            .filter(factors::person.eq(person))
            .filter(factors::confirmed_at.is_not_null())
            .select(factors::id)
            .limit(1),
    )?;
    Ok(found.is_some())
}

/// Whose a factor is, of what kind, and its secret.
pub(crate) type BegunTuple = (PersonId, String, Sealed<Vec<u8>>);

/// Whose it is, and its secret, if it waits to be confirmed and was begun after this.
pub(crate) fn begun(tx: &mut Read<'_>, id: FactorId, after: Instant) -> Result<Option<BegunTuple>, CellError> {
    tx.first(
        factors::table
            .filter(factors::id.eq(id))
            .filter(factors::confirmed_at.is_null())
            .filter(factors::created_at.gt(after))
            .select((factors::person, factors::kind, factors::secret))
            .limit(1),
    )
}

pub(crate) fn owner(tx: &mut Read<'_>, id: FactorId) -> Result<Option<PersonId>, CellError> {
    tx.first(
        factors::table
            .filter(factors::id.eq(id))
            .select(factors::person)
            .limit(1),
    )
}

/// Id, name, when it counted first, when it was used last.
pub(crate) type FactorTuple = (FactorId, String, String, Option<Instant>, Option<Instant>);

/// The factors of a person that count, in the order in which they were set up.
pub(crate) fn list(tx: &mut Read<'_>, person: PersonId) -> Result<Vec<FactorTuple>, CellError> {
    tx.load(
        factors::table
            .filter(factors::person.eq(person))
            .filter(factors::confirmed_at.is_not_null())
            .order(factors::id)
            .select((
                factors::id,
                factors::kind,
                factors::name,
                factors::confirmed_at,
                factors::used_at,
            ))
            .limit(ROWS_MAX),
    )
}

pub(crate) fn confirm(tx: &mut Tx<'_>, id: FactorId, step: i64, now: Instant) -> Result<(), CellError> {
    tx.execute(diesel::update(factors::table.filter(factors::id.eq(id))).set((
        factors::step.eq(step),
        factors::confirmed_at.eq(Some(now)),
        factors::used_at.eq(Some(now)),
    )))?;
    Ok(())
}

/// Remembers the step of a code that was taken.
pub(crate) fn used(tx: &mut Tx<'_>, id: FactorId, step: i64, now: Instant) -> Result<(), CellError> {
    tx.execute(
        diesel::update(factors::table.filter(factors::id.eq(id)))
            .set((factors::step.eq(step), factors::used_at.eq(Some(now)))),
    )?;
    Ok(())
}

/// Forgets what a person began and did not confirm.
pub(crate) fn forget_begun(tx: &mut Tx<'_>, person: PersonId) -> Result<(), CellError> {
    tx.execute(diesel::delete(
        factors::table
            .filter(factors::person.eq(person))
            .filter(factors::confirmed_at.is_null()),
    ))?;
    Ok(())
}

pub(crate) fn delete(tx: &mut Tx<'_>, id: FactorId) -> Result<(), CellError> {
    tx.execute(diesel::delete(factors::table.filter(factors::id.eq(id))))?;
    Ok(())
}

/// Takes every factor of a person away; answers how many counted or were begun.
pub(crate) fn delete_all(tx: &mut Tx<'_>, person: PersonId) -> Result<usize, CellError> {
    tx.execute(diesel::delete(factors::table.filter(factors::person.eq(person))))
}

/// A recovery code as it goes into its table.
pub(crate) type NewCode = (RecoveryCodeId, BlindIndex);

pub(crate) fn insert_codes(
    tx: &mut Tx<'_>,
    person: PersonId,
    codes: &[NewCode],
    now: Instant,
) -> Result<(), CellError> {
    for (id, index) in codes {
        tx.execute(diesel::insert_into(recovery_codes::table).values((
            recovery_codes::id.eq(*id),
            recovery_codes::person.eq(person),
            recovery_codes::code_index.eq(*index),
            recovery_codes::created_at.eq(now),
            recovery_codes::used_at.eq(None::<Instant>),
        )))?;
    }
    Ok(())
}

/// Uses a code up; answers which it was, if it was one.
pub(crate) fn use_code(
    tx: &mut Tx<'_>,
    person: PersonId,
    index: BlindIndex,
    now: Instant,
) -> Result<Option<RecoveryCodeId>, CellError> {
    let found: Option<RecoveryCodeId> = tx.read().first(
        recovery_codes::table
            .filter(recovery_codes::code_index.eq(index))
            .filter(recovery_codes::person.eq(person))
            .filter(recovery_codes::used_at.is_null())
            .select(recovery_codes::id)
            .limit(1),
    )?;
    if let Some(id) = found {
        let code = recovery_codes::table.filter(recovery_codes::id.eq(id));
        tx.execute(diesel::update(code).set(recovery_codes::used_at.eq(Some(now))))?;
    }
    Ok(found)
}

pub(crate) fn codes_left(tx: &mut Read<'_>, person: PersonId) -> Result<i64, CellError> {
    let left = tx.first(
        recovery_codes::table
            .filter(recovery_codes::person.eq(person))
            .filter(recovery_codes::used_at.is_null())
            .select(count_star()),
    )?;
    Ok(left.unwrap_or(0))
}

pub(crate) fn delete_codes(tx: &mut Tx<'_>, person: PersonId) -> Result<(), CellError> {
    tx.execute(diesel::delete(
        recovery_codes::table.filter(recovery_codes::person.eq(person)),
    ))?;
    Ok(())
}

/// The roles of a person.
pub(crate) fn roles(tx: &mut Read<'_>, person: PersonId) -> Result<Vec<Role>, CellError> {
    let text: Option<String> = tx.first(
        people::table
            .filter(people::id.eq(person))
            .select(people::roles)
            .limit(1),
    )?;
    roles_of(&text.unwrap_or_default())
}

/// Gives a session a new token.
pub(crate) fn renew_session(tx: &mut Tx<'_>, id: SessionId, token_hash: &[u8; 32]) -> Result<(), CellError> {
    let one = sessions::table.filter(sessions::id.eq(id));
    tx.execute(diesel::update(one).set(sessions::token_hash.eq(token_hash.as_slice())))?;
    Ok(())
}

/// Makes a session that waited a whole one, which lasts until then. `step_up_at` is when its owner confirmed, if that counts as one.
pub(crate) fn complete_session(
    tx: &mut Tx<'_>,
    id: SessionId,
    expires_at: Instant,
    step_up_at: Option<Instant>,
) -> Result<(), CellError> {
    tx.execute(diesel::update(sessions::table.filter(sessions::id.eq(id))).set((
        sessions::owes.eq(""),
        sessions::expires_at.eq(expires_at),
        sessions::step_up_at.eq(step_up_at),
    )))?;
    Ok(())
}

/// Ends every other session of a person.
pub(crate) fn end_others(tx: &mut Tx<'_>, person: PersonId, than: SessionId, now: Instant) -> Result<usize, CellError> {
    let open = sessions::table
        .filter(sessions::person.eq(person))
        .filter(sessions::id.ne(than))
        .filter(sessions::ended_at.is_null());
    tx.execute(diesel::update(open).set(sessions::ended_at.eq(Some(now))))
}
