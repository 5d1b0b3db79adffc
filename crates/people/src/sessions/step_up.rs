//! Act: confirm that it is still oneself, with a password that the hasher has checked already.

use schemars::JsonSchema;
use serde::Serialize;
use skillsyms_cells::{Read, Tx};
use skillsyms_core::{Instant, Problem, SessionId};
use skillsyms_door::{Act, Cx, Disclosure, Fault, Note, STEP_UP_SECONDS, Target};
use skillsyms_vault::constant_time_eq;

use super::{STEP_UP_WRONG, rows};
use crate::password::Checked;

/// Steps up. Made by [`crate::sign_in::SignIn`], which has the password checked.
#[derive(Debug)]
pub struct StepUp {
    pub(crate) checked: Checked,
}

/// What came of it.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct SteppedUp {
    /// The session that was stepped up.
    pub id: SessionId,
    /// Until when it counts.
    pub until: Instant,
}

impl Act for StepUp {
    const NAME: &'static str = "session.step_up";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Ready = ();
    type Output = SteppedUp;

    fn prepare(&self, _: &Cx) -> Result<(), Fault> {
        Ok(())
    }

    fn target(&self, tx: &mut Read<'_>) -> Result<Target, Fault> {
        let session = self.checked.session().ok_or_else(Problem::not_found)?;
        let owner = rows::owner(tx, session)?.ok_or_else(Problem::not_found)?;
        Ok(Target::of("Session", session.uuid()).of_person(owner))
    }

    fn run(&self, cx: &Cx, (): &(), tx: &mut Tx<'_>) -> Result<SteppedUp, Fault> {
        let wrong = || Fault::from(Problem::new(&STEP_UP_WRONG));
        let (person, checked) = self.checked.right().ok_or_else(wrong)?;
        let session = cx.actor().session.ok_or_else(wrong)?;
        // A check made in one session lifts no other, even of the same person.
        if cx.actor().person != Some(person) || self.checked.session() != Some(session) {
            return Err(wrong());
        }
        let now = rows::password_of(&mut tx.read(), person)?.ok_or_else(wrong)?;
        if !constant_time_eq(now.as_bytes(), checked.as_bytes()) {
            return Err(wrong());
        }
        if let Some(renewed) = self.checked.renewed() {
            rows::renew_password(tx, person, renewed.phc())?;
        }
        rows::step_up(tx, session, cx.now())?;
        Ok(SteppedUp {
            id: session,
            until: cx.now().plus_seconds(STEP_UP_SECONDS),
        })
    }

    fn entry(&self, output: &SteppedUp) -> Note {
        Note::on("Session", output.id.uuid())
    }
}
