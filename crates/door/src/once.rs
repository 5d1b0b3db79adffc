//! Idempotency: an act at most once for a key. What is kept is a fingerprint, a status and an id, never a body.

use diesel::prelude::*;
use skillsyms_cells::schema::idempotency;
use skillsyms_cells::{Read, Tx};
use skillsyms_core::Problem;
use skillsyms_core::problem::IDEMPOTENCY;
use uuid::Uuid;

use crate::act::Fault;
use crate::actor::Principal;
use crate::cx::Cx;

/// Characters of a key: a UUID fits, and so does what other systems use.
pub const KEY_CHARS_MAX: usize = 128;

/// A key, the fingerprint of the request it came with, and how to find the id of what the act makes.
pub struct OnceKey<T> {
    /// The key, as the caller chose it.
    pub key: String,
    /// SHA-256 of method, path and body.
    pub fingerprint: [u8; 32],
    /// The id of what the act made.
    pub resource: fn(&T) -> Option<Uuid>,
}

/// What came of an act that is done at most once.
#[derive(Debug)]
pub enum Once<T> {
    /// It was done now.
    Done(T),
    /// It was done before.
    Before {
        /// What it made then.
        resource: Option<Uuid>,
    },
}

/// What was done before under this key, if anything.
pub(crate) fn find<T>(
    tx: &mut Read<'_>,
    principal: &Principal,
    once: &OnceKey<T>,
) -> Result<Option<Result<Once<T>, Problem>>, Fault> {
    let Some(actor) = principal.id() else { return Ok(None) };
    let row: Option<(Vec<u8>, Option<Vec<u8>>)> = tx.first(
        idempotency::table
            .filter(idempotency::actor.eq(actor.as_bytes().to_vec()))
            .filter(idempotency::k.eq(once.key.clone()))
            .select((idempotency::fingerprint, idempotency::resource))
            .limit(1),
    )?;
    Ok(row.map(|(fingerprint, resource)| {
        if fingerprint != once.fingerprint {
            return Err(Problem::new(&IDEMPOTENCY));
        }
        Ok(Once::Before {
            resource: resource.and_then(|id| Uuid::from_slice(&id).ok()),
        })
    }))
}

/// Keeps that it was done, in the act's own transaction.
pub(crate) fn keep<T>(tx: &mut Tx<'_>, cx: &Cx, once: &OnceKey<T>, output: &T) -> Result<(), Fault> {
    let Some(actor) = cx.actor().id() else { return Ok(()) };
    tx.execute(diesel::insert_into(idempotency::table).values((
        idempotency::actor.eq(actor.as_bytes().to_vec()),
        idempotency::k.eq(once.key.clone()),
        idempotency::fingerprint.eq(once.fingerprint.to_vec()),
        idempotency::status.eq(201_i64),
        idempotency::resource.eq((once.resource)(output).map(|id| id.as_bytes().to_vec())),
        idempotency::at.eq(cx.now()),
    )))?;
    Ok(())
}
