//! Parsing: the first of a handler's four steps. Every refusal is a problem with a static code; nothing that was sent
//! is repeated in it.
//!
//! - [`Caller`] and [`Visitor`]: who asks, and the only way to the door;
//! - [`Json`], [`Upload`]: bodies;
//! - [`Id`], [`Query`]: paths and query strings;
//! - [`Form`], [`FileName`]: headers about the answer and the file;
//! - [`Empty`]: bodies that must not be there;
//! - [`crate::etag::IfMatch`]: the version that is changed.

pub(crate) mod body;
mod caller;
mod file;
mod form;
mod id;
mod json;
mod query;
mod range;
pub(crate) mod shape;

pub use body::{Empty, Upload};
pub use caller::{Caller, PURPOSE, Visitor};
pub use file::{FILE_NAME, FileName};
pub use form::Form;
pub(crate) use id::OF_NOTHING;
pub use id::{Id, InModule};
pub use json::Json;
pub use query::Query;
pub use range::Ranged;
