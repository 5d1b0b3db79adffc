//! Act: remove one of one's own second factors.

use schemars::JsonSchema;
use serde::Serialize;
use skillsyms_cells::{Read, Tx};
use skillsyms_core::{FactorId, Problem};
use skillsyms_door::{Act, Cx, Disclosure, Fault, Note, Target};

use super::{FactorRule, LAST, rows};
use crate::accounts;
use crate::mail::{Letter, MailKind, Sending};

/// Removes a second factor. With the last one go the recovery codes.
#[derive(Clone, Copy, Debug)]
pub struct RemoveFactor {
    /// Which.
    pub id: FactorId,
    /// Which roles take one.
    pub rule: FactorRule,
    /// Whether there is mail.
    pub sending: Sending,
}

/// What came of it.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct Removed {
    /// The factor that is gone.
    pub id: FactorId,
    /// Other sessions that ended.
    pub sessions_ended: u64,
}

impl Act for RemoveFactor {
    const NAME: &'static str = "factor.remove";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Ready = Option<Letter>;
    type Output = Removed;

    fn prepare(&self, cx: &Cx) -> Result<Option<Letter>, Fault> {
        Letter::if_on(cx, self.sending, MailKind::FactorRemoved)
    }

    fn target(&self, tx: &mut Read<'_>) -> Result<Target, Fault> {
        let owner = rows::owner(tx, self.id)?.ok_or_else(Problem::not_found)?;
        Ok(Target::of("Factor", self.id.uuid()).of_person(owner))
    }

    fn run(&self, cx: &Cx, ready: &Option<Letter>, tx: &mut Tx<'_>) -> Result<Removed, Fault> {
        let person = cx.person()?;
        let session = cx.actor().session.ok_or_else(Problem::not_found)?;
        rows::delete(tx, self.id)?;
        if !rows::has_any(&mut tx.read(), person)? {
            if self.rule.demands(&rows::roles(&mut tx.read(), person)?) {
                return Err(Problem::new(&LAST).into());
            }
            rows::delete_codes(tx, person)?;
        }
        let sessions_ended = rows::end_others(tx, person, session, cx.now())?;
        if let Some(letter) = ready {
            letter.post(cx, tx, person, None)?;
        }
        Ok(Removed {
            id: self.id,
            sessions_ended: accounts::state::count(sessions_ended),
        })
    }

    fn entry(&self, output: &Removed) -> Note {
        Note::on("Factor", output.id.uuid())
    }
}
