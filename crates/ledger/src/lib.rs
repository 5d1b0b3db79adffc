//! The tamper-evident log of one cell: what was done, by whom, on whom, when and why, by ids only.
//!
//! Each entry is a leaf of an RFC 6962 Merkle tree. The head of the tree is signed as a checkpoint (C2SP
//! tlog-checkpoint), so that whoever kept an old checkpoint can prove that nothing before it was changed,
//! removed, put in another order or cut off.
//!
//! - [`merkle`], [`proof`], [`note`], [`checkpoint`] know no database; the command line and the trust page use
//!   them to check what a cell says of itself.
//! - [`entry`] is the form of an entry. The door builds it.
//! - [`store`] appends entries in the transaction of the act that they tell of, and answers proofs.
//! - `search.rs` finds entries by act, actor, learner, outcome and time;
//! - [`subjects`] is the index by learner ("who looked"), derived from the entries and rebuildable.
//! - [`verify`](mod@verify) reads the whole log and says what is wrong with it.

pub mod checkpoint;
pub mod clock;
pub mod entry;
pub mod finding;
pub mod merkle;
pub mod note;
pub mod part;
pub mod proof;
pub mod read;
pub mod search;
pub mod store;
pub mod subjects;
#[cfg(test)]
mod testing;
pub mod verify;

pub use checkpoint::Checkpoint;
pub use entry::{Entry, Nonce, Outcome, Who};
pub use finding::Finding;
pub use merkle::{Frontier, Hash};
pub use note::{Signer, Verifier};
pub use part::Part;
pub use proof::TreeHead;
pub use read::Logged;
pub use search::{Found, Mark, Wanted, mark, search};
pub use store::{Head, Ledger, LedgerError, Sequencer, origin};
pub use subjects::{Accesses, Unindexed, accesses, index, indexed_until, unindexed};
pub use verify::{Report, verify};
