//! The statements of this slice.

use diesel::prelude::*;
use skillsyms_cells::schema::control_evidence;
use skillsyms_cells::{CellError, Read, Tx};
use skillsyms_core::Instant;
use uuid::Uuid;

use super::probe::{Evidence, Verdict};

#[derive(Insertable)]
#[diesel(table_name = control_evidence)]
// Else Diesel would run a batch row by row, in a transaction of its own.
#[diesel(treat_none_as_default_value = false)]
struct NewRow<'a> {
    id: Vec<u8>,
    control: &'a str,
    source: &'a str,
    probe: &'a str,
    probe_version: i64,
    state: &'static str,
    detail: &'a str,
    observed_at: Instant,
    recorded_at: Instant,
    hash: &'a [u8],
}

#[derive(Queryable)]
struct Row {
    control: String,
    source: String,
    probe: String,
    probe_version: i64,
    state: String,
    detail: String,
    observed_at: Instant,
    recorded_at: Instant,
    hash: Vec<u8>,
}

/// Keeps evidence. The table is append-only.
///
/// # Errors
/// [`CellError`] if the engine refuses.
pub fn insert(tx: &mut Tx<'_>, evidence: &[(Uuid, &Evidence)]) -> Result<(), CellError> {
    let rows: Vec<NewRow<'_>> = evidence.iter().map(|(id, evidence)| new_row(*id, evidence)).collect();
    tx.execute(diesel::insert_into(control_evidence::table).values(&rows))?;
    Ok(())
}

fn new_row(id: Uuid, evidence: &Evidence) -> NewRow<'_> {
    NewRow {
        id: id.as_bytes().to_vec(),
        control: &evidence.control,
        source: &evidence.source,
        probe: &evidence.probe,
        probe_version: i64::from(evidence.probe_version),
        state: evidence.verdict.as_str(),
        detail: &evidence.detail,
        observed_at: evidence.observed_at,
        recorded_at: evidence.recorded_at,
        hash: &evidence.hash,
    }
}

/// The newest evidence of one control.
///
/// # Errors
/// [`CellError`] if the engine refuses.
pub fn newest(tx: &mut Read<'_>, control: &str) -> Result<Option<Evidence>, CellError> {
    let row: Option<Row> = tx.first(
        control_evidence::table
            .filter(control_evidence::control.eq(control))
            .order((
                control_evidence::observed_at.desc(),
                control_evidence::recorded_at.desc(),
            ))
            .limit(1)
            .select((
                control_evidence::control,
                control_evidence::source,
                control_evidence::probe,
                control_evidence::probe_version,
                control_evidence::state,
                control_evidence::detail,
                control_evidence::observed_at,
                control_evidence::recorded_at,
                control_evidence::hash,
            )),
    )?;
    Ok(row.map(evidence))
}

/// What does not read, its hash does not match either: such a row shows as altered, never as met.
fn evidence(row: Row) -> Evidence {
    Evidence {
        control: row.control,
        source: row.source,
        probe: row.probe,
        probe_version: u32::try_from(row.probe_version).unwrap_or(0),
        verdict: Verdict::parse(&row.state).unwrap_or(Verdict::Unknown),
        detail: row.detail,
        observed_at: row.observed_at,
        recorded_at: row.recorded_at,
        hash: row.hash.try_into().unwrap_or_default(),
    }
}
