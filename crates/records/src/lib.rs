//! Records: learners, programmes, enrolments, evidence, assessment, moderation, results, statements, settings.
//!
//! Every folder is one capability, and everything in it happens through the door: acts and views, named in
//! [`registry`]. What may follow on what stands in each slice's `mod.rs`; who may do it stands in `policies/`.

pub mod access;
pub mod assessments;
pub mod dashboard;
pub mod enrolments;
pub mod evidence;
pub mod imports;
pub mod learners;
pub mod learning;
pub mod ledger;
pub mod moderation;
pub mod programmes;
pub mod registry;
pub mod results;
pub mod settings;
pub mod statements;
pub mod tasks;
