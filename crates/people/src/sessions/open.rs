//! Act: sign in, with a password that the hasher has checked already.

use schemars::JsonSchema;
use serde::Serialize;
use skillsyms_cells::{Read, Tx};
use skillsyms_core::{Instant, PersonId, Problem, SessionId};
use skillsyms_door::{Act, Cx, Disclosure, Fault, Note, Owes, Target};
use skillsyms_vault::constant_time_eq;

use super::rows::{self, NewSession};
use super::{SessionPolicy, WRONG};
use crate::factors::show::ShownBy;
use crate::factors::{self, FactorRule};
use crate::password::Checked;
use crate::token::{Minted, OneTimeText, TokenKind};

/// Sessions that one person may have at a time. The oldest ends for the next.
pub const SESSIONS_MAX: i64 = 20;

/// Sessions of one person that may wait for a second factor at a time: whoever has only the password ends none that is whole.
const WAITING_MAX: i64 = 5;
/// Seconds for which a session waits: long enough to find one's phone, and to put an app on it.
pub const WAITING_SECONDS: i64 = 30 * 60;

/// Signs in. Made by [`crate::sign_in::SignIn`], which has the password checked.
#[derive(Debug)]
pub struct OpenSession {
    pub(crate) checked: Checked,
    pub(crate) policy: SessionPolicy,
    pub(crate) rule: FactorRule,
}

/// A session that was just opened. The token is shown here and never again.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Opened {
    /// The session.
    pub id: SessionId,
    /// Whose.
    pub person: PersonId,
    /// The session's token.
    pub token: OneTimeText,
    /// When it is over, however much it is used.
    pub expires_at: Instant,
    /// What is to be done before anything else: `factor` to show the second factor, `enrol` to set one up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owes: Option<Owes>,
    /// Which second factor was shown.
    #[serde(skip)]
    pub(crate) by: Option<ShownBy>,
}

impl Opened {
    /// What the ledger says of it.
    pub(crate) fn note(&self) -> Note {
        let note = Note::on("Session", self.id.uuid()).and("Person", self.person.uuid());
        match self.by {
            Some((kind, id)) => note.and(kind, id),
            None => note,
        }
    }
}

impl Act for OpenSession {
    const NAME: &'static str = "session.open";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Ready = Minted;
    type Output = Opened;

    fn prepare(&self, cx: &Cx) -> Result<Minted, Fault> {
        Ok(Minted::new(TokenKind::Session, cx.cell(), cx.rng()))
    }

    fn target(&self, _: &mut Read<'_>) -> Result<Target, Fault> {
        Ok(Target::tenant())
    }

    fn run(&self, cx: &Cx, ready: &Minted, tx: &mut Tx<'_>) -> Result<Opened, Fault> {
        let wrong = || Fault::from(Problem::new(&WRONG));
        let (person, checked) = self.checked.right().ok_or_else(wrong)?;
        // The account may have been suspended, or its password changed, while the hasher was at work.
        let now = rows::password_of(&mut tx.read(), person)?.ok_or_else(wrong)?;
        if !constant_time_eq(now.as_bytes(), checked.as_bytes()) {
            return Err(wrong());
        }
        if let Some(renewed) = self.checked.renewed() {
            rows::renew_password(tx, person, renewed.phc())?;
        }
        let owes = self.owed(tx, person)?;
        make_room(cx, person, tx, owes)?;
        let lasts = match owes {
            Some(_) => WAITING_SECONDS.min(self.policy.absolute_seconds),
            None => self.policy.absolute_seconds,
        };
        let new = NewSession {
            id: SessionId::new(cx.fresh()),
            token_hash: ready.hash,
            person,
            now: cx.now(),
            expires_at: cx.now().plus_seconds(lasts),
            step_up_at: None,
            owes,
        };
        rows::insert(tx, &new)?;
        Ok(Opened {
            id: new.id,
            person,
            token: ready.text.clone(),
            expires_at: new.expires_at,
            owes,
            by: None,
        })
    }

    fn entry(&self, output: &Opened) -> Note {
        output.note()
    }

    /// Which account somebody tried to get into, if there is one: guessing at one account shows.
    fn failed(&self) -> Note {
        self.checked
            .person()
            .map_or_else(Note::none, |person| Note::on("Person", person.uuid()))
    }
}

impl OpenSession {
    /// What the password alone does not do.
    fn owed(&self, tx: &mut Tx<'_>, person: PersonId) -> Result<Option<Owes>, Fault> {
        let mut read = tx.read();
        if factors::rows::has_any(&mut read, person)? {
            return Ok(Some(Owes::Factor));
        }
        let roles = factors::rows::roles(&mut read, person)?;
        Ok(self.rule.demands(&roles).then_some(Owes::Enrol))
    }
}

/// Ends the oldest sessions of somebody, so that there is room for one more: of those that wait, if it is one of them.
pub(crate) fn make_room(cx: &Cx, person: PersonId, tx: &mut Tx<'_>, owes: Option<Owes>) -> Result<(), Fault> {
    let (found, most) = match owes {
        Some(_) => (
            rows::waiting(&mut tx.read(), person, cx.now(), SESSIONS_MAX)?,
            WAITING_MAX,
        ),
        None => {
            let live = rows::live(&mut tx.read(), person, cx.now(), SESSIONS_MAX.saturating_mul(2))?;
            (live.into_iter().map(|session| session.0).collect(), SESSIONS_MAX)
        }
    };
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let old: Vec<SessionId> = found.into_iter().skip(most.saturating_sub(1)).collect();
    if !old.is_empty() {
        rows::end_these(tx, &old, cx.now())?;
    }
    Ok(())
}
