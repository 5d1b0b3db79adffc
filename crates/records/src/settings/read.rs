//! View: the provider's settings.

use schemars::JsonSchema;
use serde::Serialize;
use skillsyms_cells::Read;
use skillsyms_core::Instant;
use skillsyms_door::{Cx, Disclosure, Fault, Note, Target, View};

use super::body::ProviderSettings;
use super::rows;

/// The version before anything was set.
pub(super) const FIRST_VERSION: i64 = 1;

/// The settings at present, defaults included.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Settings {
    /// Send it back in `If-Match` to change them.
    pub version: i64,
    /// When they were last changed; absent if never.
    pub changed_at: Option<Instant>,
    /// What is set.
    pub provider: ProviderSettings,
}

/// Reads the provider's settings.
#[derive(Clone, Copy, Debug)]
pub struct ReadSettings;

impl View for ReadSettings {
    const NAME: &'static str = "settings.read";
    const DISCLOSES: Disclosure = Disclosure::None;
    const IS_BRIEF: bool = true;
    type Output = Settings;

    fn target(&self, _: &mut Read<'_>) -> Result<Target, Fault> {
        Ok(Target::tenant())
    }

    fn run(&self, cx: &Cx, tx: &mut Read<'_>) -> Result<Settings, Fault> {
        let row = rows::one(tx)?;
        let provider = match &row {
            Some(row) => rows::opened(cx.keys(), row)?,
            None => ProviderSettings::default(),
        };
        Ok(Settings {
            version: row.as_ref().map_or(FIRST_VERSION, |row| row.version),
            changed_at: row.map(|row| row.changed_at),
            provider: provider.effective(),
        })
    }

    fn entry(&self, _: &Settings) -> Note {
        Note::none()
    }
}
