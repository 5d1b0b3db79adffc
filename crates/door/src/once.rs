//! Idempotency: an act at most once for a key. What is kept is a fingerprint, a status and ids, never a body.
//!
//! A key holds for [`KEPT_SECONDS`]. Older ones are forgotten by whoever uses a key next, a few at a time: so the table
//! holds about a day of keys, nobody waits for a sweep, and the writer is not held by one.

use diesel::prelude::*;
use skillsyms_cells::schema::idempotency;
use skillsyms_cells::{CellError, Read, Tx};
use skillsyms_core::problem::IDEMPOTENCY;
use skillsyms_core::{Instant, Problem};
use skillsyms_vault::constant_time_eq;
use uuid::Uuid;

use crate::act::Fault;
use crate::actor::Principal;
use crate::cx::Cx;

/// Characters of a key: a UUID fits, and so does what other systems use.
pub const KEY_CHARS_MAX: usize = 128;
/// Seconds for which a key is known again: a day, within which every honest client has given up repeating.
pub const KEPT_SECONDS: i64 = 24 * 3_600;
/// Old keys that are forgotten at each use of a key. More than the one that it adds, so that the table shrinks.
const FORGOTTEN_AT_ONCE: i64 = 32;

/// A key, the fingerprint of the request it came with, and how to find the ids of what the act makes.
pub struct OnceKey<T> {
    /// The key, as the caller chose it.
    pub key: String,
    /// SHA-256 of method, path and body.
    pub fingerprint: [u8; 32],
    /// The ids of what the act made.
    pub resources: Resources<T>,
}

/// How to find the ids of what an act made.
pub type Resources<T> = Box<dyn Fn(&T) -> Vec<Uuid> + Send + Sync>;

/// What came of an act that is done at most once.
#[derive(Debug)]
pub enum Once<T> {
    /// It was done now.
    Done(T),
    /// It was done before.
    Before {
        /// What it made then.
        resources: Vec<Uuid>,
    },
}

/// What was done before under a key, by the same actor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Before {
    fingerprint: [u8; 32],
    resources: Vec<Uuid>,
}

impl Before {
    /// The ids of what was made then, if it was made by this request.
    ///
    /// # Errors
    /// [`IDEMPOTENCY`] if the key came with another request.
    pub fn of(self, fingerprint: &[u8; 32]) -> Result<Vec<Uuid>, Problem> {
        if constant_time_eq(&self.fingerprint, fingerprint) {
            Ok(self.resources)
        } else {
            Err(Problem::new(&IDEMPOTENCY))
        }
    }
}

/// What was done under this key within the last [`KEPT_SECONDS`], if anything.
pub(crate) fn find(
    tx: &mut Read<'_>,
    principal: &Principal,
    key: &str,
    now: Instant,
) -> Result<Option<Before>, CellError> {
    // Who is suspended, or owes a second factor, goes on to the policies, which refuse.
    let may_act = !principal.suspended && principal.owes.is_none();
    let Some(actor) = principal.id().filter(|_| may_act) else {
        return Ok(None);
    };
    let row: Option<(Vec<u8>, Option<Vec<u8>>)> = tx.first(
        idempotency::table
            .filter(idempotency::actor.eq(actor.as_bytes().to_vec()))
            .filter(idempotency::k.eq(key.to_owned()))
            .filter(idempotency::at.gt(now.plus_seconds(-KEPT_SECONDS)))
            .select((idempotency::fingerprint, idempotency::resource))
            .limit(1),
    )?;
    let Some((fingerprint, resources)) = row else {
        return Ok(None);
    };
    let fingerprint = <[u8; 32]>::try_from(fingerprint.as_slice());
    Ok(Some(Before {
        fingerprint: fingerprint.map_err(|_| CellError::Damaged("a fingerprint of a request"))?,
        resources: ids(&resources.unwrap_or_default()),
    }))
}

/// Keeps that it was done, in the act's own transaction.
pub(crate) fn keep<T>(tx: &mut Tx<'_>, cx: &Cx, once: &OnceKey<T>, output: &T) -> Result<(), Fault> {
    let Some(actor) = cx.actor().id() else { return Ok(()) };
    let until = cx.now().plus_seconds(-KEPT_SECONDS);
    forget(tx, until)?;
    let actor = actor.as_bytes().to_vec();
    // The same key from before yesterday, if it is not among the few that were forgotten.
    tx.execute(diesel::delete(
        idempotency::table
            .filter(idempotency::actor.eq(actor.clone()))
            .filter(idempotency::k.eq(once.key.clone()))
            .filter(idempotency::at.le(until)),
    ))?;
    let resources = (once.resources)(output);
    let bytes: Vec<u8> = resources.iter().flat_map(|id| *id.as_bytes()).collect();
    tx.execute(diesel::insert_into(idempotency::table).values((
        idempotency::actor.eq(actor),
        idempotency::k.eq(once.key.clone()),
        idempotency::fingerprint.eq(once.fingerprint.to_vec()),
        idempotency::status.eq(201_i64),
        idempotency::resource.eq(Some(bytes).filter(|bytes| !bytes.is_empty())),
        idempotency::at.eq(cx.now()),
    )))?;
    Ok(())
}

/// Forgets the oldest keys that hold no longer, at most [`FORGOTTEN_AT_ONCE`] of them (and those of the same instant).
fn forget(tx: &mut Tx<'_>, until: Instant) -> Result<(), CellError> {
    let oldest: Vec<Instant> = tx.load(
        idempotency::table
            .filter(idempotency::at.le(until))
            .order(idempotency::at.asc())
            .select(idempotency::at)
            .limit(FORGOTTEN_AT_ONCE),
    )?;
    let Some(last) = oldest.last() else { return Ok(()) };
    tx.execute(diesel::delete(idempotency::table.filter(idempotency::at.le(*last))))?;
    Ok(())
}

/// The ids that stand in a row one after the other.
fn ids(bytes: &[u8]) -> Vec<Uuid> {
    bytes
        .chunks_exact(16)
        .filter_map(|id| Uuid::from_slice(id).ok())
        .collect()
}
