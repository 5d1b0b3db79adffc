//! Mail that waits to be sent: the outbox of a cell.
//!
//! What holds here:
//! - an act that wants a mail sent puts a row into the outbox in its own transaction: what the act undid is never mailed, and what
//!   it did is mailed once a mail server takes it, also after a crash. A crash between the server's word and ours sends it twice;
//! - a row says which kind of mail it is and to whose account; the text is made when it is sent. What is secret in it, the
//!   one-time link, is sealed;
//! - the address is read when the mail is sent, and nothing goes to an account that is suspended meanwhile;
//! - the outbox has an end: in rows ([`WAITING_MAX`]), in tries ([`TRIES_MAX`]) and in age ([`KEPT_SECONDS`]); a link that works no
//!   longer is not sent;
//! - only the platform itself reads it ([`take`]) and says what came of it ([`settle`]).

use std::fmt;

use serde::{Deserialize, Serialize};
use skillsyms_cells::{CellKind, Tx};
use skillsyms_core::problem::BUSY;
use skillsyms_core::{Instant, MailId, PersonId, Problem};
use skillsyms_door::{Cx, Fault};
use skillsyms_vault::{Json, Place, Sealed};

use crate::token::OneTimeText;

pub mod due;
pub(crate) mod rows;
pub mod settle;
pub mod take;

pub use due::NextMail;
pub use settle::{Came, SettleMail};
pub use take::{Outgoing, TakeMail};

/// Mails that wait in a cell at most: more than a provider invites in a day, and under a megabyte.
pub const WAITING_MAX: i64 = 2_000;
/// Seconds after which a mail is given up: three days, so that one queued on a Friday evening outlives a weekend without a mail
/// server.
pub const KEPT_SECONDS: i64 = 72 * 3_600;
/// Tries after which a mail is given up: with `wait_seconds` that many fill the three days.
pub const TRIES_MAX: i64 = 24;
/// Seconds until the second try.
const FIRST_WAIT_SECONDS: i64 = 30;
/// Seconds between two tries at most: a server that is back is found within the afternoon.
const LONGEST_WAIT_SECONDS: i64 = 4 * 3_600;

/// Whether this instance sends mail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sending {
    /// It does.
    On,
    /// It does not: links are shown once to whoever makes them.
    #[default]
    Off,
}

/// What a mail says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailKind {
    /// You are invited; with a link.
    Invitation,
    /// You may choose a new password; with a link.
    Reset,
    /// Your password was changed.
    PasswordChanged,
    /// A second factor was set up for your account.
    FactorAdded,
    /// A second factor of your account was taken away, by you or an administrator.
    FactorRemoved,
    /// Your recovery codes were made anew.
    CodesRenewed,
    /// An API key of your provider ends soon.
    KeyEnds,
    /// An API key of your provider was found in the open and ended.
    KeyLeaked,
}

impl MailKind {
    /// All kinds.
    pub const ALL: [Self; 8] = [
        Self::Invitation,
        Self::Reset,
        Self::PasswordChanged,
        Self::FactorAdded,
        Self::FactorRemoved,
        Self::CodesRenewed,
        Self::KeyEnds,
        Self::KeyLeaked,
    ];

    /// The word, as SQL keeps it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invitation => "invitation",
            Self::Reset => "reset",
            Self::PasswordChanged => "password_changed",
            Self::FactorAdded => "factor_added",
            Self::FactorRemoved => "factor_removed",
            Self::CodesRenewed => "codes_renewed",
            Self::KeyEnds => "key_ends",
            Self::KeyLeaked => "key_leaked",
        }
    }

    /// The kind of this word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// What is sealed of a mail.
#[derive(Serialize, Deserialize)]
pub(crate) struct Content {
    /// The secret of the link, if there is one.
    pub token: Option<String>,
    /// The name of the language.
    pub language: String,
    /// The API key that it is about.
    #[serde(default)]
    pub about: Option<About>,
}

/// An API key as a mail names it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct About {
    /// Its name.
    pub name: String,
    /// When it ends, or would have.
    pub ends_at: Instant,
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Content([secret])")
    }
}

/// A mail that is ready to be queued. It is sealed in `prepare`, whether or not it will be queued.
pub struct Letter {
    id: MailId,
    kind: MailKind,
    content: Sealed<Json<Content>>,
}

impl Letter {
    pub(crate) fn new(
        cx: &Cx,
        kind: MailKind,
        token: Option<&OneTimeText>,
        language: &'static str,
    ) -> Result<Self, Fault> {
        let content = Content {
            token: token.map(|text| text.expose().to_owned()),
            language: language.to_owned(),
            about: None,
        };
        Self::sealed(cx, kind, content)
    }

    /// A notice about an API key.
    pub(crate) fn about(cx: &Cx, kind: MailKind, key: About) -> Result<Self, Fault> {
        let content = Content {
            token: None,
            language: crate::LANGUAGE.to_owned(),
            about: Some(key),
        };
        Self::sealed(cx, kind, content)
    }

    fn sealed(cx: &Cx, kind: MailKind, content: Content) -> Result<Self, Fault> {
        let id = MailId::new(cx.fresh());
        Ok(Self {
            id,
            kind,
            content: Sealed::seal(cx.keys(), place(id), &Json(content), cx.rng())?,
        })
    }

    /// A notice without a link, if there is mail. None is sent to operators: the outbox of the platform is not emptied.
    pub(crate) fn if_on(cx: &Cx, sending: Sending, kind: MailKind) -> Result<Option<Self>, Fault> {
        match (sending, cx.cell_kind()) {
            (Sending::On, CellKind::Tenant) => Self::new(cx, kind, None, crate::LANGUAGE).map(Some),
            _ => Ok(None),
        }
    }

    /// Queues it for somebody. It is worth sending until `until`, and not longer than three days.
    pub(crate) fn post(&self, cx: &Cx, tx: &mut Tx<'_>, person: PersonId, until: Option<Instant>) -> Result<(), Fault> {
        let latest = cx.now().plus_seconds(KEPT_SECONDS);
        rows::insert(
            tx,
            &rows::NewMail {
                id: self.id,
                kind: self.kind,
                person,
                content: &self.content,
                now: cx.now(),
                ends_at: until.map_or(latest, |until| until.min(latest)),
            },
        )?;
        Ok(())
    }
}

pub(crate) const fn place(id: MailId) -> Place<'static> {
    Place::new("mails", "content", *id.bytes())
}

/// Whether the outbox has room for so many more.
pub(crate) fn has_room(tx: &mut Tx<'_>, more: i64) -> Result<bool, Fault> {
    Ok(rows::waiting(&mut tx.read())?.saturating_add(more) <= WAITING_MAX)
}

/// Refuses what would make the outbox longer than it may be. Asked before anything else is known, so that the answer says nothing.
pub(crate) fn check_room(tx: &mut Tx<'_>) -> Result<(), Fault> {
    if rows::waiting(&mut tx.read())? >= WAITING_MAX {
        return Err(Problem::new(&BUSY).into());
    }
    Ok(())
}

/// Seconds to wait after so many tries: twice as long each time.
pub(crate) fn wait_seconds(tries: i64) -> i64 {
    let doublings = u32::try_from(tries.saturating_sub(1).max(0)).unwrap_or(u32::MAX);
    let factor = 1_i64.checked_shl(doublings.min(32)).unwrap_or(i64::MAX);
    FIRST_WAIT_SECONDS.saturating_mul(factor).min(LONGEST_WAIT_SECONDS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_read_what_they_write() {
        for kind in MailKind::ALL {
            assert_eq!(MailKind::parse(kind.as_str()), Some(kind));
        }
        assert_eq!(MailKind::parse("Reset"), None);
    }

    #[test]
    fn the_waits_grow_and_fill_the_three_days() {
        assert_eq!(
            [1, 2, 3, 10, 11, i64::MAX].map(wait_seconds),
            [30, 60, 120, 14_400, 14_400, 14_400]
        );
        let all: i64 = (1..=TRIES_MAX).map(wait_seconds).sum();
        assert!(all > KEPT_SECONDS / 2 && all < KEPT_SECONDS * 2, "{all}");
    }
}
