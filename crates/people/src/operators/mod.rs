//! The operators' own accounts, which stand in the platform's cell.
//!
//! What holds here:
//! - every act happens in the platform's cell, and is an operator's;
//! - suspending, restoring, a link to a new password and taking second factors away take a fresh confirmation, and are never done to oneself: so whoever does them
//!   stays, and there is always an operator who can sign in;
//! - whoever lost their password gets a link from another operator, by hand: the platform's own cell sends no mail;
//! - new operators are invited at the console only.
//!
//! The accounts are those of [`crate::accounts`], and the acts do what its acts do.

pub mod change;
pub mod look;

pub use change::{ResetOperator, ResetOperatorFactors, RestoreOperator, SuspendOperator};
pub use look::{ListOperators, ReadOperator};
