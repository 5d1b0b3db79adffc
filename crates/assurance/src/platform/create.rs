//! Act: create a provider. Its row is written here; its cell is made by the door after that (`settle_tenant`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skillsyms_cells::{Read, Tx};
use skillsyms_core::CellId;
use skillsyms_door::tenants::{check_names, reserve};
use skillsyms_door::{Act, Cx, Disclosure, Fault, NewTenant, Note, Target};

use super::NOTED;

/// What an operator says of a new provider.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TenantInput {
    /// Its short name in addresses: 2 to 40 small letters, digits and hyphens. It stays.
    pub slug: String,
    /// Its registered name.
    pub name: String,
}

/// Creates a provider. One whose making was interrupted is gone on with.
pub struct CreateTenant {
    /// What was said of it.
    pub new: TenantInput,
    /// Its keys, as the door drew them.
    pub drawn: NewTenant,
}

/// A provider that was made.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct TenantMade {
    /// Its cell.
    pub id: CellId,
}

impl Act for CreateTenant {
    const NAME: &'static str = "tenant.create";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Ready = ();
    type Output = TenantMade;

    fn prepare(&self, _: &Cx) -> Result<(), Fault> {
        Ok(check_names(&self.new.slug, &self.new.name)?)
    }

    fn target(&self, _: &mut Read<'_>) -> Result<Target, Fault> {
        Ok(Target::tenant())
    }

    fn run(&self, cx: &Cx, (): &(), tx: &mut Tx<'_>) -> Result<TenantMade, Fault> {
        let names = (self.new.slug.as_str(), self.new.name.trim());
        Ok(TenantMade {
            id: reserve(tx, &self.drawn, names, cx.now())?,
        })
    }

    fn entry(&self, output: &TenantMade) -> Note {
        Note::on(NOTED, output.id.uuid())
    }
}
