//! Act: confirm that it is still oneself: with one's second factor, or without one with a password that the hasher has checked already.

use schemars::JsonSchema;
use serde::Serialize;
use skillsyms_cells::{Read, Tx};
use skillsyms_core::{Instant, PersonId, Problem, SessionId};
use skillsyms_door::{Act, Cx, Disclosure, Fault, Note, STEP_UP_SECONDS, Target};
use skillsyms_vault::constant_time_eq;

use super::{STEP_UP_WRONG, rows};
use crate::factors::{self, CODE_MISSING};
use crate::password::Checked;

/// Steps up. Made by [`crate::sign_in::SignIn`], which has the password checked.
#[derive(Debug)]
pub struct StepUp {
    pub(crate) proof: Proof,
}

/// What somebody confirms with.
#[derive(Debug)]
pub(crate) enum Proof {
    /// Their password, of somebody without a second factor.
    Password(Checked),
    /// Their second factor, in this session.
    Factor(SessionId, Option<factors::show::Proof>),
}

impl Proof {
    const fn session(&self) -> Option<SessionId> {
        match self {
            Self::Password(checked) => checked.session(),
            Self::Factor(session, _) => Some(*session),
        }
    }
}

/// What came of it.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct SteppedUp {
    /// The session that was stepped up.
    pub id: SessionId,
    /// Until when it counts.
    pub until: Instant,
    /// Which second factor was shown.
    #[serde(skip)]
    by: Option<factors::show::ShownBy>,
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
        let session = self.proof.session().ok_or_else(Problem::not_found)?;
        let owner = rows::owner(tx, session)?.ok_or_else(Problem::not_found)?;
        Ok(Target::of("Session", session.uuid()).of_person(owner))
    }

    fn run(&self, cx: &Cx, (): &(), tx: &mut Tx<'_>) -> Result<SteppedUp, Fault> {
        let wrong = || Fault::from(Problem::new(&STEP_UP_WRONG));
        let session = cx.actor().session.ok_or_else(wrong)?;
        // A check made in one session lifts no other, even of the same person.
        if self.proof.session() != Some(session) {
            return Err(wrong());
        }
        let person = cx.person()?;
        let by = match &self.proof {
            Proof::Factor(_, None) => return Err(Problem::new(&CODE_MISSING).into()),
            Proof::Factor(_, Some(proof)) => Some(proof.check(cx, tx, person)?),
            Proof::Password(checked) => {
                check_password(tx, person, checked)?;
                None
            }
        };
        rows::step_up(tx, session, cx.now())?;
        Ok(SteppedUp {
            id: session,
            until: cx.now().plus_seconds(STEP_UP_SECONDS),
            by,
        })
    }

    fn entry(&self, output: &SteppedUp) -> Note {
        let note = Note::on("Session", output.id.uuid());
        match output.by {
            Some((kind, id)) => note.and(kind, id),
            None => note,
        }
    }
}

/// Takes a password that was found right, of somebody who has nothing better.
fn check_password(tx: &mut Tx<'_>, person: PersonId, checked: &Checked) -> Result<(), Fault> {
    let wrong = || Fault::from(Problem::new(&STEP_UP_WRONG));
    let (whose, phc) = checked.right().ok_or_else(wrong)?;
    if whose != person {
        return Err(wrong());
    }
    // A factor that was set up meanwhile is asked for.
    if factors::rows::has_any(&mut tx.read(), person)? {
        return Err(Problem::new(&CODE_MISSING).into());
    }
    let now = rows::password_of(&mut tx.read(), person)?.ok_or_else(wrong)?;
    if !constant_time_eq(now.as_bytes(), phc.as_bytes()) {
        return Err(wrong());
    }
    if let Some(renewed) = checked.renewed() {
        rows::renew_password(tx, person, renewed.phc())?;
    }
    Ok(())
}
