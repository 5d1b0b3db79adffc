//! Views: the signed head of the log, and proofs against it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skillsyms_cells::Read;
use skillsyms_door::{Cx, Disclosure, Fault, Note, Target, View};
use skillsyms_ledger::Hash;
use skillsyms_ledger::read;

use super::{ENTITY, fault};

/// Takes the signed head of the log.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReadCheckpoint;

/// The signed head of the log. Keep it: whoever has an old one can prove that nothing before it was changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LedgerCheckpoint {
    /// How many entries it covers.
    pub size: u64,
    /// The signed note (C2SP tlog-checkpoint).
    pub checkpoint: String,
}

impl View for ReadCheckpoint {
    const NAME: &'static str = "ledger.checkpoint";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Output = LedgerCheckpoint;

    fn target(&self, _: &mut Read<'_>) -> Result<Target, Fault> {
        Ok(Target::list(ENTITY))
    }

    fn run(&self, _: &Cx, tx: &mut Read<'_>) -> Result<Self::Output, Fault> {
        Ok(LedgerCheckpoint {
            size: read::size(tx).map_err(fault)?,
            checkpoint: read::checkpoint(tx).map_err(fault)?,
        })
    }

    fn entry(&self, _: &Self::Output) -> Note {
        Note::none()
    }
}

/// What is to be proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(tag = "of", rename_all = "snake_case", deny_unknown_fields)]
pub enum ProofAsk {
    /// That the entry at `leaf` is in the tree of `size` entries; of all entries that there are unless said.
    Inclusion {
        /// Which entry.
        leaf: u64,
        /// In the tree of how many.
        size: Option<u64>,
    },
    /// That the tree of `old` entries is the beginning of the tree of `new` entries; of all that there are unless said.
    Consistency {
        /// The size that was kept.
        old: u64,
        /// The later size.
        new: Option<u64>,
    },
}

/// Proves something about the log.
#[derive(Clone, Copy, Debug)]
pub struct ProveLedger {
    /// What is to be proved.
    pub ask: ProofAsk,
}

/// A proof, to be checked against a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LedgerProof {
    /// The size of the tree that it is a proof against.
    pub size: u64,
    /// The hash of the entry, for a proof of inclusion; base64.
    pub hash: Option<String>,
    /// The hashes of the proof in order; base64 (RFC 9162 sections 2.1.3 and 2.1.4).
    pub proof: Vec<String>,
    /// The signed head as it is now.
    pub checkpoint: String,
}

impl View for ProveLedger {
    const NAME: &'static str = "ledger.proof";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Output = LedgerProof;

    fn target(&self, _: &mut Read<'_>) -> Result<Target, Fault> {
        Ok(Target::list(ENTITY))
    }

    fn run(&self, _: &Cx, tx: &mut Read<'_>) -> Result<Self::Output, Fault> {
        let now = read::size(tx).map_err(fault)?;
        let (size, hash, proof) = match self.ask {
            ProofAsk::Inclusion { leaf, size } => {
                let size = size.unwrap_or(now);
                let proof = read::inclusion(tx, leaf, size).map_err(fault)?;
                let entry = read::entry(tx, leaf).map_err(fault)?;
                (size, entry.map(|logged| logged.hash.to_string()), proof)
            }
            ProofAsk::Consistency { old, new } => {
                let new = new.unwrap_or(now);
                (new, None, read::consistency(tx, old, new).map_err(fault)?)
            }
        };
        let proof = proof.iter().map(Hash::to_string).collect();
        Ok(LedgerProof {
            size,
            hash,
            proof,
            checkpoint: read::checkpoint(tx).map_err(fault)?,
        })
    }

    fn entry(&self, _: &Self::Output) -> Note {
        Note::none()
    }
}
