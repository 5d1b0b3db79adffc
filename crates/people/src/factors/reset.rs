//! Act: take all second factors of somebody away, who lost their phone and their codes.

use schemars::JsonSchema;
use serde::Serialize;
use skillsyms_cells::{Read, Tx};
use skillsyms_core::{PersonId, Problem};
use skillsyms_door::{Act, Cx, Disclosure, Fault, Note, Target};

use super::{NONE, rows};
use crate::accounts;
use crate::accounts::list::target_of;
use crate::mail::{Letter, MailKind, Sending};

/// Takes all second factors and recovery codes of somebody away, and ends their sessions. If their roles take one, they set one up when
/// they sign in next.
#[derive(Clone, Copy, Debug)]
pub struct ResetFactors {
    /// Whose.
    pub person: PersonId,
    /// Whether there is mail.
    pub sending: Sending,
}

/// What came of it.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct FactorsReset {
    /// The account.
    pub id: PersonId,
    /// Sessions that ended with it.
    pub sessions_ended: u64,
}

impl Act for ResetFactors {
    const NAME: &'static str = "person.reset_factors";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Ready = Option<Letter>;
    type Output = FactorsReset;

    fn prepare(&self, cx: &Cx) -> Result<Option<Letter>, Fault> {
        Letter::if_on(cx, self.sending, MailKind::FactorRemoved)
    }

    fn target(&self, tx: &mut Read<'_>) -> Result<Target, Fault> {
        target_of(tx, self.person)
    }

    fn run(&self, cx: &Cx, ready: &Option<Letter>, tx: &mut Tx<'_>) -> Result<FactorsReset, Fault> {
        let had = rows::has_any(&mut tx.read(), self.person)?;
        if !had {
            return Err(Problem::new(&NONE).into());
        }
        rows::delete_all(tx, self.person)?;
        rows::delete_codes(tx, self.person)?;
        let sessions_ended = accounts::rows::end_sessions(tx, self.person, cx.now())?;
        if let Some(letter) = ready {
            letter.post(cx, tx, self.person, None)?;
        }
        Ok(FactorsReset {
            id: self.person,
            sessions_ended: accounts::state::count(sessions_ended),
        })
    }

    fn entry(&self, output: &FactorsReset) -> Note {
        Note::on("Person", output.id.uuid())
    }
}
