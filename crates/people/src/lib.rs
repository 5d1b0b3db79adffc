//! Who may come in: accounts, credentials, sessions, API keys, and the directory that the door asks.
//!
//! - [`accounts`]: invitations, roles, registrations, suspension;
//! - [`sessions`]: signing in and out, step-up;
//! - [`factors`]: second factors and recovery codes;
//! - [`api_keys`]: credentials of integrations;
//! - [`operators`]: the accounts of the platform's own people;
//! - [`mail`]: what waits to be sent to them;
//! - [`reset`]: a new password by a one-time link;
//! - [`permissions`]: who may do what, and why;
//! - [`sign_in`]: what takes more than one step, with a password checked between them;
//! - [`directory`]: what the door asks in every request;
//! - [`password`], [`token`], [`field`], [`page`], [`span`]: the parts.

pub mod accounts;
pub mod api_keys;
mod caller;
pub mod directory;
pub mod factors;
pub mod field;
pub mod mail;
pub mod operators;
pub mod page;
pub mod password;
pub mod permissions;
pub mod registry;
pub mod reset;
pub mod sessions;
pub mod sign_in;
pub mod span;
mod throttle;
pub mod token;

pub use directory::PeopleDirectory;
pub use factors::FactorRule;
pub use mail::Sending;
pub use page::{ByAge, ByName, Cursor, Limit, Page, PageAsk};
pub use password::{Hasher, HashingPolicy};
pub use sessions::SessionPolicy;
pub use sign_in::{Caller, SignIn};
pub use span::Span;
pub use token::Credential;

/// The language of a mail when nobody chose one.
const LANGUAGE: &str = "en-ZA";

#[cfg(test)]
mod tests;
