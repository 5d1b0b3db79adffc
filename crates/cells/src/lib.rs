//! Tenant databases: a tenant is a cell.
//!
//! Each cell is a database of its own: an encrypted SQLite file (SQLCipher), or a PostgreSQL schema with a login
//! role of its own. The two engines are named in this crate and nowhere else; above it there are [`Tx`], which
//! writes, [`Read`], which cannot, and plain Diesel expressions over [`schema`] that the compiler checks for both.
//!
//! What holds here:
//! - every write goes through the cell's one writer, in groups: one durable commit for all that arrived together;
//! - a reply leaves only after the commit returned;
//! - a group that loses its transaction is rerun, each job alone;
//! - at most `Limits::open` cells are open at once, and the least used idle one is closed for the next.

#[macro_use]
mod engine;
mod cell;
mod error;
mod fixed;
mod group;
mod lock;
mod log;
mod measure;
mod migrate;
mod open;
mod postgres;
mod readers;
#[expect(missing_docs, reason = "docs/data-inventory.toml says of every column what it is")]
pub mod schema;
mod tx;

#[cfg(any(test, feature = "testing"))]
pub mod testing;

#[cfg(test)]
mod conformance;
#[cfg(test)]
mod isolation;

pub use cell::{Cell, Sequencer};
pub use engine::{Engine, assert_encrypted_engine};
pub use error::CellError;
pub use fixed::LedgerHead;
pub use lock::{FolderLock, LockError};
pub use measure::Load;
pub use migrate::{CellKind, Dialect, FORMAT, render};
pub use open::{CellSpec, Cells, Limits};
pub use postgres::{Login, Postgres};
pub use tx::{Read, Tx};
