//! The faces of the house on the web: the JSON API and the pages.
//!
//! - [`routes`]: the one registry of routes; what is not in it is not mounted;
//! - [`extract`]: parsing, and who asks: the only way from a handler to the door;
//! - [`api`]: one file for each slice, of handlers with four steps: parse, enter, shape, return;
//! - [`pages`], [`public`]: the same for people with a browser, over the same acts;
//! - [`problem`], [`etag`], [`idempotency`]: what all answers have in common;
//! - [`openapi`]: the document of the API, made from the registry;
//! - `watch`: what stands around every handler;
//! - [`mod@app`]: all of it, behind the layers of the edge.

pub mod api;
pub mod app;
pub mod etag;
pub mod extract;
pub mod house;
pub mod idempotency;
mod imports;
pub mod mail;
pub mod openapi;
pub mod pages;
mod platform;
pub mod problem;
mod promises;
pub mod public;
mod resumable;
pub mod routes;
#[cfg(test)]
mod tests;
pub mod uploads;
mod watch;

pub use app::{Settings, app};
pub use house::{House, Services};
pub use platform::{Looking, Probes};
