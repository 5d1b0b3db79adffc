//! The log: entries, the signed head, proofs.

use schemars::JsonSchema;
use serde::Deserialize;
use skillsyms_core::Problem;
use skillsyms_people::Page;
use skillsyms_records::ledger::{
    LedgerAsk, LedgerCheckpoint, LedgerEntry, LedgerProof, ProofAsk, ProveLedger, ReadCheckpoint, ReadLedger,
};

use super::answer::json;
use crate::extract::{Caller, Empty, Query};
use crate::problem::Answer;
use crate::routes::Route;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/v1/ledger/entries", entries)
            .view::<ReadLedger>("What was done; looked for by act, actor, learner, outcome and day")
            .query::<LedgerAsk>()
            .gives::<Page<LedgerEntry>>(),
        Route::get("/api/v1/ledger/checkpoint", checkpoint)
            .view::<ReadCheckpoint>("The signed head of the log, to keep elsewhere")
            .gives::<LedgerCheckpoint>(),
        Route::get("/api/v1/ledger/proof", proof)
            .view::<ProveLedger>("A proof that an entry is in the log (leaf, size), or that it only grew (old, new)")
            .query::<Ask>()
            .gives::<LedgerProof>(),
    ]
}

/// What is to be proved: `leaf` for an entry, `old` for growth.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Ask {
    /// That this entry is in the tree,
    #[serde(default)]
    leaf: Option<u64>,
    /// of this many entries; of all that there are unless said.
    #[serde(default)]
    size: Option<u64>,
    /// That the tree of this many entries is the beginning
    #[serde(default)]
    old: Option<u64>,
    /// of the tree of this many; of all that there are unless said.
    #[serde(default)]
    new: Option<u64>,
}

impl Ask {
    fn read(&self) -> Result<ProofAsk, Problem> {
        match (self.leaf, self.old) {
            (Some(leaf), None) if self.new.is_none() => Ok(ProofAsk::Inclusion { leaf, size: self.size }),
            (None, Some(old)) if self.size.is_none() => Ok(ProofAsk::Consistency { old, new: self.new }),
            _ => Err(Problem::field(
                "leaf",
                "proof.one",
                "Give leaf (and size), or old (and new).",
            )),
        }
    }
}

async fn entries(caller: Caller, Query(ask): Query<LedgerAsk>, _: Empty) -> Answer {
    Ok(json(&caller.enter().view(ask.view()?).await?))
}

async fn checkpoint(caller: Caller, _: Empty) -> Answer {
    Ok(json(&caller.enter().view(ReadCheckpoint).await?))
}

async fn proof(caller: Caller, Query(ask): Query<Ask>, _: Empty) -> Answer {
    Ok(json(&caller.enter().view(ProveLedger { ask: ask.read()? }).await?))
}
