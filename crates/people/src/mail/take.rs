//! Act: take the mails that are due, to send them. What is given up is removed on the way, and what time has made due is written.

use std::fmt;

use skillsyms_cells::{CellError, Read, Tx};
use skillsyms_core::{ApiKeyId, Instant, MailId};
use skillsyms_door::{Act, Cx, Disclosure, Fault, Note, Target};
use skillsyms_vault::{Json, Secret};

use super::{About, MailKind, place, rows};
use crate::accounts::PersonState;
use crate::accounts::rows::state_of;
use crate::api_keys::ending;
use crate::field::Email;
use crate::token::OneTimeText;

/// Mails taken at once.
const TAKEN_MAX: i64 = 20;
/// Seconds for which they are lent: longer than it takes to try all of them in vain.
const LENT_SECONDS: i64 = 15 * 60;

/// Takes mails.
#[derive(Clone, Copy, Debug)]
pub struct TakeMail;

/// A mail to be sent now.
pub struct Outgoing {
    /// Which.
    pub id: MailId,
    /// What it says.
    pub kind: MailKind,
    /// To which address.
    pub to: Secret<String>,
    /// The secret of its link, if it has one.
    pub token: Option<OneTimeText>,
    /// The name of the language.
    pub language: String,
    /// The API key that it is about.
    pub about: Option<About>,
    /// Until when it is worth sending.
    pub ends_at: Instant,
}

impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Outgoing({} {})", self.kind.as_str(), self.id)
    }
}

/// What was taken.
#[derive(Debug)]
pub struct Taken {
    /// API keys of which the administrators are told that they end.
    pub warned: Vec<ApiKeyId>,
    /// To be sent.
    pub mails: Vec<Outgoing>,
    /// Given up: too old, or for somebody who gets none now.
    pub given_up: u64,
}

impl Act for TakeMail {
    const NAME: &'static str = "mail.take";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Ready = ();
    type Output = Taken;

    fn prepare(&self, _: &Cx) -> Result<(), Fault> {
        Ok(())
    }

    fn target(&self, _: &mut Read<'_>) -> Result<Target, Fault> {
        Ok(Target::tenant())
    }

    fn run(&self, cx: &Cx, (): &(), tx: &mut Tx<'_>) -> Result<Taken, Fault> {
        let old = rows::give_up(tx, cx.now())?;
        let warned = ending::warn(cx, tx)?;
        let mut taken = Taken {
            warned,
            mails: Vec::new(),
            given_up: u64::try_from(old).unwrap_or(u64::MAX),
        };
        let mut unwanted = Vec::new();
        for row in rows::due(&mut tx.read(), cx.now(), TAKEN_MAX)? {
            match open(cx, row)? {
                Ok(mail) => taken.mails.push(mail),
                Err(id) => unwanted.push(id),
            }
        }
        let gone = rows::remove(tx, &unwanted)?;
        taken.given_up = taken.given_up.saturating_add(u64::try_from(gone).unwrap_or(u64::MAX));
        let ids: Vec<MailId> = taken.mails.iter().map(|mail| mail.id).collect();
        rows::lend(tx, &ids, cx.now().plus_seconds(LENT_SECONDS))?;
        Ok(taken)
    }

    fn entry(&self, output: &Taken) -> Note {
        let mails = output.mails.iter().map(|mail| ("Mail", mail.id.uuid()));
        let on = mails
            .chain(output.warned.iter().map(|key| ("ApiKey", key.uuid())))
            .collect();
        Note { on, ..Note::none() }.count(output.given_up)
    }
}

/// The mail, or its id if its account gets none now.
fn open(cx: &Cx, row: rows::MailTuple) -> Result<Result<Outgoing, MailId>, Fault> {
    let (id, kind, content, _, ends_at, person, email, state) = row;
    let kind = MailKind::parse(&kind).ok_or(CellError::Damaged("a kind of mail that is not one of ours"))?;
    let wanted = match kind {
        MailKind::Invitation => PersonState::Invited,
        MailKind::Reset
        | MailKind::PasswordChanged
        | MailKind::FactorAdded
        | MailKind::FactorRemoved
        | MailKind::CodesRenewed
        | MailKind::KeyEnds
        | MailKind::KeyLeaked => PersonState::Active,
    };
    if state_of(&state)? != wanted {
        return Ok(Err(id));
    }
    let Json(content) = content.open(cx.keys(), place(id))?;
    Ok(Ok(Outgoing {
        id,
        kind,
        to: Secret::new(email.open(cx.keys(), Email::place(person))?),
        token: content.token.map(OneTimeText::kept),
        language: content.language,
        about: content.about,
        ends_at,
    }))
}
