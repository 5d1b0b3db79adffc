//! The statements of this slice. Keys and logins are read nowhere here.

use diesel::prelude::*;
use skillsyms_cells::schema::{heads, tenants};
use skillsyms_cells::{CellError, Read, Tx};
use skillsyms_core::{CellId, Instant};
use skillsyms_door::Quotas;

/// Most providers of one platform.
const TENANTS_MAX: i64 = 10_000;

/// One provider.
#[derive(Clone, Debug, Queryable)]
pub(super) struct TenantRow {
    pub id: CellId,
    pub slug: String,
    pub name: String,
    pub state: String,
    pub quota_learners: Option<i64>,
    pub quota_people: Option<i64>,
    pub quota_evidence_bytes: Option<i64>,
    pub version: i64,
    pub created_at: Instant,
    pub changed_at: Instant,
}

impl TenantRow {
    pub(super) const fn quotas(&self) -> Quotas {
        Quotas {
            learners: self.quota_learners,
            people: self.quota_people,
            evidence_bytes: self.quota_evidence_bytes,
        }
    }
}

const COLUMNS: (
    tenants::id,
    tenants::slug,
    tenants::name,
    tenants::state,
    tenants::quota_learners,
    tenants::quota_people,
    tenants::quota_evidence_bytes,
    tenants::version,
    tenants::created_at,
    tenants::changed_at,
) = (
    tenants::id,
    tenants::slug,
    tenants::name,
    tenants::state,
    tenants::quota_learners,
    tenants::quota_people,
    tenants::quota_evidence_bytes,
    tenants::version,
    tenants::created_at,
    tenants::changed_at,
);

pub(super) fn all(tx: &mut Read<'_>) -> Result<Vec<TenantRow>, CellError> {
    tx.load(tenants::table.select(COLUMNS).order(tenants::slug).limit(TENANTS_MAX))
}

pub(super) fn one(tx: &mut Read<'_>, id: CellId) -> Result<Option<TenantRow>, CellError> {
    tx.first(tenants::table.filter(tenants::id.eq(id)).select(COLUMNS).limit(1))
}

/// How many entries the log of each provider has, and since when.
pub(super) fn activity(tx: &mut Read<'_>) -> Result<Vec<(CellId, i64, Instant)>, CellError> {
    tx.load(
        heads::table
            .select((heads::cell, heads::size, heads::at))
            .order(heads::cell)
            .limit(TENANTS_MAX),
    )
}

/// The kept head of one provider's log: the signed note, and when it was kept.
pub(super) fn head(tx: &mut Read<'_>, id: CellId) -> Result<Option<(String, Instant)>, CellError> {
    tx.first(
        heads::table
            .filter(heads::cell.eq(id))
            .select((heads::note, heads::at))
            .limit(1),
    )
}

pub(super) fn set_state(tx: &mut Tx<'_>, id: CellId, state: &str, now: Instant) -> Result<(), CellError> {
    tx.execute(diesel::update(tenants::table.filter(tenants::id.eq(id))).set((
        tenants::state.eq(state),
        tenants::changed_at.eq(now),
        tenants::version.eq(tenants::version + 1),
    )))?;
    Ok(())
}

pub(super) fn set_quotas(tx: &mut Tx<'_>, id: CellId, quotas: Quotas, now: Instant) -> Result<(), CellError> {
    tx.execute(diesel::update(tenants::table.filter(tenants::id.eq(id))).set((
        tenants::quota_learners.eq(quotas.learners),
        tenants::quota_people.eq(quotas.people),
        tenants::quota_evidence_bytes.eq(quotas.evidence_bytes),
        tenants::changed_at.eq(now),
        tenants::version.eq(tenants::version + 1),
    )))?;
    Ok(())
}
