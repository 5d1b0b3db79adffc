//! The one door: nothing touches a cell's data except through a typed act that the policy allows, that runs in one
//! transaction, and that leaves one ledger entry.
//!
//! - [`act`], [`target`], [`cx`], [`actor`]: what a slice writes its acts with;
//! - [`registry`]: all acts; what is not in it cannot be run;
//! - [`explain`]: who may do what and why, in words;
//! - [`policy`]: who may do what, from `policies/*.cedar`;
//! - [`enter`]: the order of things between entering and the answer;
//! - [`maintenance`]: the closed list of what is done to cells from below;
//! - [`platform`]: the platform's own file and cell, and its tenants;
//! - [`tenants`]: what operators' acts need of the door beside their transaction.

pub mod act;
pub mod actor;
mod authorise;
pub mod cx;
mod door;
pub mod enter;
mod entities;
pub mod explain;
mod heads;
pub mod maintenance;
pub mod matrix;
mod notice;
pub mod once;
pub mod platform;
pub mod policy;
mod record;
pub mod registry;
pub mod target;
pub mod tenants;

pub use act::{Act, Disclosure, Fault, Note, View};
pub use actor::{Actor, Directory, Found, Kind, Owes, Principal, STEP_UP_SECONDS, Showing, Shown, Stray};
pub use authorise::{Relation, examples};
pub use cx::{Cx, Scope};
pub use door::{Config, Door, Inspect, OpenError};
pub use enter::Entrance;
pub use explain::{Reason, Rulebook, Ruling};
pub use notice::Notice;
pub use once::{Before, Once, OnceKey};
pub use platform::{Tenant, TenantState};
pub use registry::{ActInfo, Realm, Registry, RegistryError, Shape};
pub use target::Target;
pub use tenants::{NewTenant, QUOTA_REACHED, Quotas};
