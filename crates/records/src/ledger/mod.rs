//! The cell's log as it is shown: entries, the signed head, proofs. Writing it is the door's business.
//!
//! What holds here:
//! - an entry holds ids, never values, so reading it discloses nothing of a learner;
//! - the checkpoint and the proofs are hashes, and may be kept and checked by others (RFC 9162, C2SP tlog-checkpoint).

pub mod ask;
pub mod read;
pub mod tree;

#[cfg(test)]
mod tests;

use skillsyms_cells::CellError;
use skillsyms_core::{Code, Problem};
use skillsyms_door::{ActInfo, Fault, Shape};
use skillsyms_ledger::LedgerError;

pub use ask::LedgerAsk;
pub use read::{LedgerEntry, ReadLedger};
pub use tree::{LedgerCheckpoint, LedgerProof, ProofAsk, ProveLedger, ReadCheckpoint};

/// The acts of this slice.
pub const ACTS: &[ActInfo] = &[
    ActInfo::view::<ReadLedger>(Shape::List(ENTITY), "read the log of what was done").in_both(),
    ActInfo::view::<ReadCheckpoint>(Shape::List(ENTITY), "take the signed head of the log").in_both(),
    ActInfo::view::<ProveLedger>(
        Shape::List(ENTITY),
        "prove that an entry is in the log, or that it only grew",
    )
    .in_both(),
];

/// The entity type of the policies.
pub(crate) const ENTITY: &str = "Ledger";

/// There is no such entry or size yet.
pub static OUT_OF_RANGE: Code = Code::new(
    "ledger.out_of_range",
    404,
    "The log has no such entry or size. Ask for one below the size of its checkpoint.",
);

/// A failure of the log's tables, or a number that is not in the log.
pub(crate) fn fault(error: LedgerError) -> Fault {
    match error {
        LedgerError::OutOfRange { .. } => Problem::new(&OUT_OF_RANGE).into(),
        other => CellError::from(other).into(),
    }
}
