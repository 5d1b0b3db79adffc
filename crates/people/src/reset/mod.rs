//! A new password by a one-time link.
//!
//! What holds here:
//! - asking for a link says nothing about whether there is an account, or such a provider: the answer and its time are the same, and
//!   with a provider so are the entry in the ledger and the row that counts; what differs is sealed and sent later;
//! - what strangers make a cell write in an hour has an end (`pace`), and without a provider nothing is written;
//! - a link works once, for thirty minutes, for an active account; a newer one ends it, and so does a suspension;
//! - strangers can cause [`ASKED_MAX`] mails an hour to one account and no more; what an administrator sends is counted by itself, so that
//!   strangers cannot keep them from helping;
//! - whoever uses a link ends every session of the account, and the account's owner is told by mail.
//!
//! [`request`] asks, [`send`] is the administrator's way, [`apply`] sets the password.

use skillsyms_cells::Tx;
use skillsyms_core::{Code, Instant, PersonId, ResetId};
use skillsyms_door::{Cx, Fault};
use skillsyms_vault::BlindIndex;

pub mod apply;
pub(crate) mod pace;
pub mod request;
pub(crate) mod rows;
pub mod send;

pub use apply::ResetPassword;
pub use request::RequestReset;
pub use send::{ResetSent, SendReset};

/// Seconds for which a link works: half an hour, for mail that is slow.
pub const RESET_SECONDS: i64 = 30 * 60;
/// Mails an hour to one account.
pub const ASKED_MAX: i64 = 3;
/// The seconds in which they are counted.
pub const ASKED_SECONDS: i64 = 3_600;
/// Seconds after which a row is forgotten: nothing counts it any more.
const KEPT_SECONDS: i64 = 24 * 3_600;

/// A link that does not work, for whatever reason.
pub static LINK: Code = Code::new(
    "reset.link",
    410,
    "This link does not work: it was used, a newer one was sent, or it is older than 30 minutes. Ask for a new one.",
);
/// The instance sends no mail.
pub static NO_MAIL: Code = Code::new(
    "reset.no_mail",
    409,
    "This site sends no mail. Ask your provider's administrator for a link to choose a new password.",
);
/// An administrator sent too many.
pub static OFTEN: Code = Code::new(
    "reset.often",
    429,
    "Three links were made for this account within the last hour. Wait, or use the newest of them.",
);

/// A link that was drawn in `prepare`.
pub(crate) struct Drawn {
    pub id: ResetId,
    pub token_hash: [u8; 32],
}

/// Puts a link in the place of every open one of this account, and forgets what nothing counts any more.
fn put(
    cx: &Cx,
    tx: &mut Tx<'_>,
    drawn: &Drawn,
    account: BlindIndex,
    person: Option<PersonId>,
) -> Result<Instant, Fault> {
    rows::forget(tx, cx.now().plus_seconds(-KEPT_SECONDS))?;
    rows::end_open(tx, account, cx.now())?;
    let expires_at = cx.now().plus_seconds(RESET_SECONDS);
    rows::insert(
        tx,
        &rows::NewReset {
            id: drawn.id,
            account,
            person,
            token_hash: drawn.token_hash,
            created_by: cx.actor().person,
            now: cx.now(),
            expires_at,
        },
    )?;
    Ok(expires_at)
}
