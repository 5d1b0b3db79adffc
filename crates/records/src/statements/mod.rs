//! Statements of results: what a provider certifies of a learner in a programme.
//!
//! What holds here:
//! - a statement says what was in force when it was issued, and never changes: its body is sealed and its row append-only.
//!   If a result was reversed since, reading it says so, and a new one is issued;
//! - it has all that is mandatory: the provider; the learner's legal name, ID or passport number and birth date; the
//!   qualification with SAQA id, NQF level and credits; each module with date, status and credits; a number to verify it by;
//! - it shows the full ID number, so issuing and reading it are `Disclosure::Full`, for administrators and the learner only.
//!
//! Whoever holds a statement can have it checked by its number and its code ([`CheckStatement`]), without an account. The
//! answer says what the holder reads on it anyway: issuer, programme, name, day, credits, and whether it still holds.
//!
//! It is given as JSON ([`Statement`]) or as HTML ([`html`]). Nothing readable of it is written to disk.

mod body;
mod check;
mod issue;
mod page;
mod read;
mod rows;
#[cfg(test)]
mod tests;

pub use body::{ModuleLine, Provider, Qualification, StatedLearner, Statement, Status};
pub use check::{CheckStatement, Checked};
pub use issue::{IssueStatement, Issued};
pub use page::html;
pub use read::{IssuedStatement, ListStatements, ReadStatement, StatementLine};

use skillsyms_core::Code;
use skillsyms_door::{ActInfo, Shape};

/// There is nothing to certify.
pub static NOTHING: Code = Code::new(
    "statement.nothing",
    409,
    "No result of this enrolment is locked yet. Moderate its assessments first, then issue the statement.",
);

/// The acts of this slice.
pub const ACTS: &[ActInfo] = &[
    ActInfo::act::<IssueStatement>(Shape::One("Enrolment"), "issue a statement of results"),
    ActInfo::view::<CheckStatement>(Shape::Tenant, "check a statement of results by number and code"),
    ActInfo::view::<ReadStatement>(Shape::One("Statement"), "read a statement of results"),
    ActInfo::view::<ListStatements>(Shape::List("Statement"), "list statements of results"),
];
