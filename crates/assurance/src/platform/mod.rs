//! The platform as its operators see it: which providers there are, how it is, and the heads of their logs.
//!
//! What holds here:
//! - everything happens in the platform's cell, and nothing of it reads a tenant's records;
//! - a list opens no cell: what it shows stands in the platform's cell, or is asked of the file system;
//! - creating, suspending, restoring, quotas and invitations take the password again; suspending and restoring take a reason;
//! - what an act changes in a row here, the web carries out at the door, whatever became of who asked.
//!
//! [`tenants`] lists and reads, [`create`] and [`state`] change, [`invite`] lets a provider's first administrator in, [`quotas`]
//! says what a provider may use, [`checkpoints`] gives the heads away, [`health`] says how the machine is.

pub mod checkpoints;
pub mod create;
pub mod health;
pub mod invite;
pub mod quotas;
mod rows;
pub mod service;
pub mod state;
pub mod tenants;

#[cfg(test)]
mod tests;

pub use skillsyms_door::platform::STATE;
use skillsyms_door::{ActInfo, Shape};

pub use checkpoints::{CheckpointView, Checkpoints, ListCheckpoints};
pub use create::{CreateTenant, TenantInput, TenantMade};
pub use health::Health;
pub use invite::{InviteAdministrator, TenantInvited};
pub use quotas::{QuotasSet, SetQuotas};
pub use state::{RestoreTenant, SuspendTenant, TenantChanged};
pub use tenants::{ListTenants, OneTenant, Platform, ReadPlatform, ReadTenant, Sort, TenantView};

/// The entity type of the policies.
const ENTITY: &str = "Provider";
/// What entries call a provider.
const NOTED: &str = "Tenant";

/// The acts of this slice. All of them happen in the platform's cell.
pub const ACTS: &[ActInfo] = &[
    ActInfo::view::<ReadPlatform>(Shape::Tenant, "see how the platform is").of_platform(),
    ActInfo::view::<ListTenants>(Shape::List(ENTITY), "list the providers").of_platform(),
    ActInfo::view::<ReadTenant>(Shape::One(ENTITY), "read what is known of a provider").of_platform(),
    ActInfo::act::<CreateTenant>(Shape::Tenant, "create a provider").of_platform(),
    ActInfo::act::<SuspendTenant>(Shape::One(ENTITY), "suspend a provider").of_platform(),
    ActInfo::act::<RestoreTenant>(Shape::One(ENTITY), "restore a suspended provider").of_platform(),
    ActInfo::act::<SetQuotas>(Shape::One(ENTITY), "say how much a provider may use").of_platform(),
    ActInfo::act::<InviteAdministrator>(Shape::One(ENTITY), "invite a provider's first administrator").of_platform(),
    ActInfo::view::<ListCheckpoints>(Shape::List(ENTITY), "take the signed heads of all logs").of_platform(),
];
