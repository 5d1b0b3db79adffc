//! Sessions: somebody signed in, on one device, for a while.
//!
//! What holds here:
//! - a session ends after thirty minutes without use, after twelve hours in any case, and when it is closed;
//! - the cell keeps the hash of its token, so what is stolen from a cell opens nothing;
//! - signing in takes two steps through the door with the password checked between them, outside every transaction:
//!   [`challenge`] reads the hash, [`open`] believes only a check of the hash that is still the account's;
//! - an unknown address, a wrong password and a suspended account get the same answer after the same work;
//! - a passkey opens a session by itself ([`passkey`]);
//! - a step-up is the second factor, or of those who have none the password again, in the session that asks for it, and lasts five
//!   minutes; showing the second factor at the sign-in counts as one.

use skillsyms_core::Code;
pub mod challenge;
pub mod close;
pub mod list;
pub mod me;
pub mod open;
pub mod passkey;
pub(crate) mod rows;
pub mod step_up;

pub use challenge::ReadChallenge;
pub use close::{CloseSession, EndAll, EndSessions, Ended};
pub use list::{ListSessions, SessionView};
pub use me::{Me, ReadMe};
pub use open::{OpenSession, Opened};
pub use passkey::OpenByPasskey;
pub use step_up::{StepUp, SteppedUp};

/// Signing in failed, for whatever reason.
pub static WRONG: Code = Code::new(
    "session.wrong",
    401,
    "The e-mail address and the password do not belong together, or the account may not sign in. Try again, or ask your administrator.",
);
/// Stepping up failed.
pub static STEP_UP_WRONG: Code = Code::new(
    "session.step_up_wrong",
    403,
    "That is not your password. Nothing was confirmed; try again.",
);

/// Too many wait already, after wrong passwords.
pub static WAIT: Code = Code::new(
    "session.wait",
    429,
    "There were several wrong passwords for this account, and one more is being checked. Wait half a minute, then try again.",
);

/// How long sessions last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionPolicy {
    /// Seconds without use after which a session is over.
    pub idle_seconds: i64,
    /// Seconds after which it is over in any case.
    pub absolute_seconds: i64,
}

impl Default for SessionPolicy {
    /// Half an hour, and a working day: for records that hold identity numbers on shared computers.
    fn default() -> Self {
        Self {
            idle_seconds: 30 * 60,
            absolute_seconds: 12 * 60 * 60,
        }
    }
}
