//! The statements of this slice.

use diesel::prelude::*;
use skillsyms_cells::schema::settings;
use skillsyms_cells::{CellError, Read, Tx};
use skillsyms_core::Instant;
use skillsyms_door::Fault;
use skillsyms_vault::{Json, Keyring, Place, Sealed};

use super::body::ProviderSettings;

/// The key of the one row.
const ONE: i64 = 1;
/// Where the sealed settings live. There is one row, so its place needs no id.
pub(super) const PLACE: Place<'static> = Place::new("settings", "body", [0; 16]);

/// The settings as they are kept.
#[derive(Clone, Debug, Queryable)]
pub(super) struct SettingsRow {
    _one: i64,
    body: Sealed<Json<ProviderSettings>>,
    /// Their version.
    pub(super) version: i64,
    /// When they were changed.
    pub(super) changed_at: Instant,
}

/// The row, if the settings were ever changed.
pub(super) fn one(tx: &mut Read<'_>) -> Result<Option<SettingsRow>, CellError> {
    tx.first(settings::table.filter(settings::one.eq(ONE)).limit(1))
}

/// What is set, opened.
pub(super) fn opened(keys: &Keyring, row: &SettingsRow) -> Result<ProviderSettings, Fault> {
    Ok(row.body.open(keys, PLACE)?.0)
}

/// The settings at present, without the defaults.
pub(crate) fn present(keys: &Keyring, tx: &mut Read<'_>) -> Result<ProviderSettings, Fault> {
    one(tx)?.map_or_else(|| Ok(ProviderSettings::default()), |row| opened(keys, &row))
}

/// Inserts the row.
pub(super) fn insert(
    tx: &mut Tx<'_>,
    body: &Sealed<Json<ProviderSettings>>,
    version: i64,
    at: Instant,
) -> Result<(), CellError> {
    tx.execute(diesel::insert_into(settings::table).values((
        settings::one.eq(ONE),
        settings::body.eq(body),
        settings::version.eq(version),
        settings::changed_at.eq(at),
    )))?;
    Ok(())
}

/// Replaces what the row says.
pub(super) fn update(
    tx: &mut Tx<'_>,
    body: &Sealed<Json<ProviderSettings>>,
    version: i64,
    at: Instant,
) -> Result<(), CellError> {
    tx.execute(diesel::update(settings::table.filter(settings::one.eq(ONE))).set((
        settings::body.eq(body),
        settings::version.eq(version),
        settings::changed_at.eq(at),
    )))?;
    Ok(())
}
