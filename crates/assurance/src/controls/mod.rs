//! Controls: every promise of the two security pages, its mechanism, and the probe that proves it now.
//!
//! What must stay true here:
//! - Unknown is never green. Without evidence, with evidence that is too old, with evidence that was altered or with a
//!   probe that could not look, a control is not met.
//! - A probe that cannot fail proves nothing. Each plants something wrong and must find it ([`Probe::prove_it_can_fail`]);
//!   if it does not, the probe itself is what fails.
//! - A promise without a probe is an attestation with an owner and an expiry, or it is not evaluated.
//!
//! Where to read next: [`catalogue`] (the promises), [`probe`] (what a probe is), [`probes`] (the first ones), [`state`]
//! (how a state follows from evidence), [`mod@check`] (one round), [`record`] (the acts that keep and read it), [`report`] (the table that people see).

pub mod access;
pub mod catalogue;
pub mod check;
pub mod masks;
pub mod probe;
pub mod probes;
pub mod record;
pub mod report;
pub mod rows;
pub mod state;

#[cfg(test)]
mod tests;

pub use access::{Accesses, CheckAccess};
pub use catalogue::{Catalogue, CatalogueError, Control, ProofKind, Visibility};
pub use check::{check, newest, standard};
pub use masks::{CheckMasks, Masks, id_numbers_in};
pub use probe::{Checked, Context, Evidence, Finding, Look, Needle, Observation, Probe, TlsTarget, Verdict, observe};
pub use record::{CheckControls, ReadEvidence, RecordEvidence};
pub use report::{Report, Row};
pub use state::{Attestation, Known, State, state_of};
