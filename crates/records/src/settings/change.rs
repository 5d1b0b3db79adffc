//! Act: change the provider's settings, all of them at once.

use skillsyms_cells::{Read, Tx};
use skillsyms_core::Problem;
use skillsyms_core::problem::STALE;
use skillsyms_door::{Act, Cx, Disclosure, Fault, Note, Target};
use skillsyms_vault::{Json, Sealed};

use super::body::ProviderSettings;
use super::read::{FIRST_VERSION, Settings};
use super::rows;

/// Changes the provider's settings. What is left out is no longer set.
#[derive(Clone, Debug)]
pub struct ChangeSettings {
    /// The version that the change was made from.
    pub expected: Option<i64>,
    /// The whole of the new settings.
    pub new: ProviderSettings,
}

impl Act for ChangeSettings {
    const NAME: &'static str = "settings.change";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Ready = (ProviderSettings, Sealed<Json<ProviderSettings>>);
    type Output = Settings;

    fn prepare(&self, cx: &Cx) -> Result<Self::Ready, Fault> {
        let checked = self.new.checked()?;
        let sealed = Sealed::seal(cx.keys(), rows::PLACE, &Json(checked.clone()), cx.rng())?;
        Ok((checked, sealed))
    }

    fn target(&self, _: &mut Read<'_>) -> Result<Target, Fault> {
        Ok(Target::tenant())
    }

    fn run(&self, cx: &Cx, (checked, sealed): &Self::Ready, tx: &mut Tx<'_>) -> Result<Settings, Fault> {
        let present = rows::one(&mut tx.read())?.map(|row| row.version);
        let before = present.unwrap_or(FIRST_VERSION);
        if self.expected.is_some_and(|expected| expected != before) {
            return Err(Problem::new(&STALE).into());
        }
        let version = before.saturating_add(1);
        match present {
            Some(_) => rows::update(tx, sealed, version, cx.now())?,
            None => rows::insert(tx, sealed, version, cx.now())?,
        }
        Ok(Settings {
            version,
            changed_at: Some(cx.now()),
            provider: checked.clone().effective(),
        })
    }

    fn entry(&self, output: &Settings) -> Note {
        Note::none().count(u64::try_from(output.version).unwrap_or(0))
    }
}
