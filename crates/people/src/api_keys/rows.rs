//! The SQL of API keys, one function a statement.

use diesel::prelude::*;
use skillsyms_cells::schema::api_keys;
use skillsyms_cells::{CellError, Read, Tx};
use skillsyms_core::{ApiKeyId, Instant};
use uuid::Uuid;

use super::ending;
use crate::page::ByAge;

/// A key as it goes into its table.
pub(crate) struct NewApiKey<'a> {
    pub id: ApiKeyId,
    pub name: &'a str,
    pub hash: [u8; 32],
    pub scopes: &'a str,
    pub networks: &'a str,
    pub created_by: Uuid,
    pub now: Instant,
    pub expires_at: Instant,
    pub days: i64,
    pub rotated_from: Option<ApiKeyId>,
}

pub(crate) fn insert(tx: &mut Tx<'_>, new: &NewApiKey<'_>) -> Result<(), CellError> {
    tx.execute(diesel::insert_into(api_keys::table).values((
        api_keys::id.eq(new.id),
        api_keys::name.eq(new.name),
        api_keys::hash.eq(new.hash.as_slice()),
        api_keys::scopes.eq(new.scopes),
        api_keys::created_by.eq(new.created_by.as_bytes().as_slice()),
        api_keys::created_at.eq(new.now),
        api_keys::expires_at.eq(new.expires_at),
        api_keys::revoked_at.eq(None::<Instant>),
        api_keys::used_at.eq(None::<Instant>),
        api_keys::networks.eq(new.networks),
        api_keys::used_from.eq(""),
        api_keys::strayed_at.eq(None::<Instant>),
        api_keys::days.eq(new.days),
        api_keys::rotated_from.eq(new.rotated_from),
        api_keys::rotated_to.eq(None::<ApiKeyId>),
        api_keys::warn_at.eq(ending::next(new.expires_at, new.now)),
    )))?;
    Ok(())
}

/// One key, for showing it.
#[derive(Queryable)]
pub(crate) struct KeyRow {
    pub id: ApiKeyId,
    pub name: String,
    pub scopes: String,
    pub created_by: Vec<u8>,
    pub created_at: Instant,
    pub expires_at: Instant,
    pub revoked_at: Option<Instant>,
    pub used_at: Option<Instant>,
    pub networks: String,
    pub strayed_at: Option<Instant>,
    pub days: i64,
    pub rotated_from: Option<ApiKeyId>,
    pub rotated_to: Option<ApiKeyId>,
}

impl KeyRow {
    /// Whether it works then.
    pub(crate) fn is_working(&self, now: Instant) -> bool {
        self.revoked_at.is_none() && self.expires_at > now
    }
}

type KeyColumns = (
    api_keys::id,
    api_keys::name,
    api_keys::scopes,
    api_keys::created_by,
    api_keys::created_at,
    api_keys::expires_at,
    api_keys::revoked_at,
    api_keys::used_at,
    api_keys::networks,
    api_keys::strayed_at,
    api_keys::days,
    api_keys::rotated_from,
    api_keys::rotated_to,
);

/// The columns of [`KeyRow`], in its order.
const KEY: KeyColumns = (
    api_keys::id,
    api_keys::name,
    api_keys::scopes,
    api_keys::created_by,
    api_keys::created_at,
    api_keys::expires_at,
    api_keys::revoked_at,
    api_keys::used_at,
    api_keys::networks,
    api_keys::strayed_at,
    api_keys::days,
    api_keys::rotated_from,
    api_keys::rotated_to,
);

/// Keys behind this one in the order that is asked for.
pub(crate) fn page(tx: &mut Read<'_>, (sort, beyond): (ByAge, ApiKeyId), rows: i64) -> Result<Vec<KeyRow>, CellError> {
    let from = api_keys::table.limit(rows).select(KEY);
    match sort {
        ByAge::Oldest => tx.load(from.filter(api_keys::id.gt(beyond)).order(api_keys::id.asc())),
        ByAge::Newest => tx.load(from.filter(api_keys::id.lt(beyond)).order(api_keys::id.desc())),
    }
}

/// Keys that work at `now`, so many at most.
pub(crate) fn working(tx: &mut Read<'_>, now: Instant, most: i64) -> Result<Vec<ApiKeyId>, CellError> {
    tx.load(
        api_keys::table
            .filter(api_keys::revoked_at.is_null())
            .filter(api_keys::expires_at.gt(now))
            .select(api_keys::id)
            .limit(most),
    )
}

pub(crate) fn revoked_at(tx: &mut Read<'_>, id: ApiKeyId) -> Result<Option<Option<Instant>>, CellError> {
    tx.first(
        api_keys::table
            .filter(api_keys::id.eq(id))
            .select(api_keys::revoked_at)
            .limit(1),
    )
}

pub(crate) fn revoke(tx: &mut Tx<'_>, id: ApiKeyId, now: Instant) -> Result<(), CellError> {
    let key = api_keys::table.filter(api_keys::id.eq(id));
    tx.execute(diesel::update(key).set((
        api_keys::revoked_at.eq(Some(now)),
        api_keys::warn_at.eq(None::<Instant>),
    )))?;
    Ok(())
}

pub(crate) fn one(tx: &mut Read<'_>, id: ApiKeyId) -> Result<Option<KeyRow>, CellError> {
    tx.first(api_keys::table.filter(api_keys::id.eq(id)).select(KEY).limit(1))
}

/// The key of this hash, whatever became of it.
pub(crate) fn of_hash(tx: &mut Read<'_>, hash: &[u8; 32]) -> Result<Option<KeyRow>, CellError> {
    tx.first(
        api_keys::table
            .filter(api_keys::hash.eq(hash.as_slice()))
            .select(KEY)
            .limit(1),
    )
}

/// Another took its place: it ends at that instant, and nobody is told so a second time.
pub(crate) fn rotate(tx: &mut Tx<'_>, id: ApiKeyId, to: ApiKeyId, ends_at: Instant) -> Result<(), CellError> {
    let key = api_keys::table.filter(api_keys::id.eq(id));
    tx.execute(diesel::update(key).set((
        api_keys::expires_at.eq(ends_at),
        api_keys::rotated_to.eq(Some(to)),
        api_keys::warn_at.eq(None::<Instant>),
    )))?;
    Ok(())
}

/// When the administrators are next to be told that a key ends.
pub(crate) fn next_warning(tx: &mut Read<'_>) -> Result<Option<Instant>, CellError> {
    let found: Option<Option<Instant>> = tx.first(
        api_keys::table
            .filter(api_keys::warn_at.is_not_null())
            .order(api_keys::warn_at.asc())
            .select(api_keys::warn_at)
            .limit(1),
    )?;
    Ok(found.flatten())
}

/// Keys of which they are to be told now, so many at most.
pub(crate) fn to_warn_of(tx: &mut Read<'_>, now: Instant, most: i64) -> Result<Vec<KeyRow>, CellError> {
    tx.load(
        api_keys::table
            .filter(api_keys::warn_at.le(now))
            .order((api_keys::warn_at.asc(), api_keys::id.asc()))
            .select(KEY)
            .limit(most),
    )
}

pub(crate) fn warn_next(tx: &mut Tx<'_>, id: ApiKeyId, at: Option<Instant>) -> Result<(), CellError> {
    tx.execute(diesel::update(api_keys::table.filter(api_keys::id.eq(id))).set(api_keys::warn_at.eq(at)))?;
    Ok(())
}

/// From where a key was used last, and when it was last said that it was shown from elsewhere.
pub(crate) fn traces(tx: &mut Read<'_>, id: ApiKeyId) -> Result<Option<(String, Option<Instant>)>, CellError> {
    tx.first(
        api_keys::table
            .filter(api_keys::id.eq(id))
            .select((api_keys::used_from, api_keys::strayed_at))
            .limit(1),
    )
}

pub(crate) fn used(tx: &mut Tx<'_>, id: ApiKeyId, now: Instant, from: &str) -> Result<(), CellError> {
    let key = api_keys::table.filter(api_keys::id.eq(id));
    tx.execute(diesel::update(key).set((api_keys::used_at.eq(Some(now)), api_keys::used_from.eq(from))))?;
    Ok(())
}

pub(crate) fn strayed(tx: &mut Tx<'_>, id: ApiKeyId, now: Instant) -> Result<(), CellError> {
    tx.execute(diesel::update(api_keys::table.filter(api_keys::id.eq(id))).set(api_keys::strayed_at.eq(Some(now))))?;
    Ok(())
}
