//! A whole house for tests: real door, real cells on the engine that the environment names, real policies, and the web
//! application called without a socket. Nothing here is a stand-in but the clock and the cost of a password.
//!
//! - [`World`]: two tenants, each with one person for every role, signed in over the API;
//! - [`Ask`] and [`Reply`]: one request and its answer;
//! - [`persons`]: learners with right ID numbers; [`scene`]: programmes, enrolments, results;
//! - [`below`]: what no caller can do: reading raw columns, changing the ledger behind its back.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "only tests use this crate: a step that fails must stop the test where it failed"
)]

pub mod below;
mod maker;
pub mod persons;
mod reply;
pub mod scene;
mod world;

pub use reply::{Ask, Reply};
pub use world::{NOW, PASSWORD, Somebody, TODAY, Tenant, World, registry};
