//! View: what a password is to be checked against. It shows nobody anything: its output can only be handed to the hasher.

use skillsyms_cells::Read;
use skillsyms_core::PersonId;
use skillsyms_door::{Cx, Disclosure, Fault, Note, Target, View};
use skillsyms_vault::Zeroizing;

use super::rows;
use crate::accounts;
use crate::factors;
use crate::field::Email;
use crate::password::Challenge;
use crate::reset;

/// Reads a challenge. Made by [`crate::sign_in`] only.
#[derive(Debug)]
pub struct ReadChallenge(pub(crate) About);

/// Whose password is to be checked or set.
#[derive(Debug)]
pub(crate) enum About {
    /// Of the account with this address.
    Email(Email),
    /// Of whoever asks.
    Me,
    /// Of whoever holds this invitation: they have none yet.
    Invitation([u8; 32]),
    /// Of whoever holds this link to a new password.
    Reset([u8; 32]),
}

impl View for ReadChallenge {
    const NAME: &'static str = "session.challenge";
    const DISCLOSES: Disclosure = Disclosure::None;
    const LEAVES_ENTRY: bool = false;
    type Output = Challenge;

    fn target(&self, _: &mut Read<'_>) -> Result<Target, Fault> {
        Ok(Target::tenant())
    }

    fn run(&self, cx: &Cx, tx: &mut Read<'_>) -> Result<Challenge, Fault> {
        let found: Option<(PersonId, Option<String>)> = match &self.0 {
            About::Email(email) => rows::password_by_email(tx, email.index(cx.keys()))?,
            About::Me => {
                let person = cx.person()?;
                Some((person, rows::password_of(tx, person)?))
            }
            About::Invitation(hash) => {
                accounts::rows::standing_invitation(tx, hash, cx.now())?.map(|(_, person)| (person, None))
            }
            About::Reset(hash) => reset::rows::standing(tx, hash, cx.now())?.map(|(_, person, _)| (person, None)),
        };
        let (person, phc) = found.map_or((None, None), |(person, phc)| (Some(person), phc));
        Ok(Challenge {
            person,
            session: cx.actor().session,
            phc: phc.map(Zeroizing::new),
            names: self.names(cx, tx, person)?,
            has_factor: match (&self.0, person) {
                (About::Me | About::Invitation(_) | About::Reset(_), Some(person)) => {
                    factors::rows::has_any(tx, person)?
                }
                _ => false,
            },
            roles: match (&self.0, person) {
                (About::Invitation(_) | About::Reset(_), Some(person)) => factors::rows::roles(tx, person)?,
                _ => Vec::new(),
            },
        })
    }

    fn entry(&self, _: &Challenge) -> Note {
        Note::none()
    }
}

impl ReadChallenge {
    /// What a new password must not be made of: address and name of whoever chooses one.
    fn names(&self, cx: &Cx, tx: &mut Read<'_>, person: Option<PersonId>) -> Result<Vec<Zeroizing<String>>, Fault> {
        let (About::Invitation(_) | About::Reset(_), Some(person)) = (&self.0, person) else {
            return Ok(Vec::new());
        };
        let Some(row) = accounts::rows::person(tx, person)? else {
            return Ok(Vec::new());
        };
        let email = row.email.open(cx.keys(), Email::place(person))?;
        Ok(vec![Zeroizing::new(email), Zeroizing::new(row.name)])
    }
}
