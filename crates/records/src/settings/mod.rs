//! Settings: what a provider says of itself, and what it works with unless it says otherwise.
//!
//! What holds here:
//! - there is one row in a tenant's cell, sealed; before it is there, version 1 with the defaults is read;
//! - whoever works or learns here may read it, administrators change it, on the version that they read;
//! - a statement of results carries the provider as it was when the statement was issued (`letterhead`): a change here
//!   touches none that exist.

mod body;
mod change;
mod letterhead;
mod read;
mod rows;
#[cfg(test)]
mod tests;

pub use body::{PostalAddress, ProviderSettings, TIME_ZONES};
pub use change::ChangeSettings;
pub(crate) use letterhead::letterhead;
pub use read::{ReadSettings, Settings};
pub(crate) use rows::present;

use skillsyms_door::{ActInfo, Shape};

/// The acts of this slice.
pub const ACTS: &[ActInfo] = &[
    ActInfo::view::<ReadSettings>(Shape::Tenant, "see the provider's settings"),
    ActInfo::act::<ChangeSettings>(Shape::Tenant, "change the provider's settings"),
];
