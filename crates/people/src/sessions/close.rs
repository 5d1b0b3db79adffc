//! Acts: end one session, all of one's own, all of somebody else's.

use schemars::JsonSchema;
use serde::Serialize;
use skillsyms_cells::{Read, Tx};
use skillsyms_core::{PersonId, Problem, SessionId};
use skillsyms_door::{Act, Actor, Cx, Disclosure, Fault, Note, Target};

use super::rows;
use crate::accounts;
use crate::accounts::list::target_of;
use crate::accounts::state::count;

/// Ends one session of one's own.
#[derive(Clone, Copy)]
pub struct CloseSession(Which);

#[derive(Clone, Copy)]
enum Which {
    Id(SessionId),
    Token([u8; 32]),
}

impl CloseSession {
    /// The session with which the actor came: signing out.
    #[must_use]
    pub const fn of(actor: &Actor) -> Option<Self> {
        match actor {
            Actor::Session { hash, .. } => Some(Self(Which::Token(*hash))),
            _ => None,
        }
    }

    /// A session from the list of one's own.
    #[must_use]
    pub const fn by_id(session: SessionId) -> Self {
        Self(Which::Id(session))
    }

    fn find(self, tx: &mut Read<'_>) -> Result<(SessionId, PersonId), Fault> {
        let found = match self.0 {
            Which::Token(hash) => rows::by_token(tx, &hash)?,
            Which::Id(id) => rows::owner(tx, id)?.map(|person| (id, person)),
        };
        found.ok_or_else(|| Problem::not_found().into())
    }
}

impl std::fmt::Debug for CloseSession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CloseSession")
    }
}

impl Act for CloseSession {
    const NAME: &'static str = "session.close";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Ready = ();
    type Output = SessionId;

    fn prepare(&self, _: &Cx) -> Result<(), Fault> {
        Ok(())
    }

    fn target(&self, tx: &mut Read<'_>) -> Result<Target, Fault> {
        let (session, person) = self.find(tx)?;
        Ok(Target::of("Session", session.uuid()).of_person(person))
    }

    fn run(&self, cx: &Cx, (): &(), tx: &mut Tx<'_>) -> Result<SessionId, Fault> {
        let (session, _) = self.find(&mut tx.read())?;
        rows::end(tx, session, cx.now())?;
        Ok(session)
    }

    fn entry(&self, output: &SessionId) -> Note {
        Note::on("Session", output.uuid())
    }
}

/// Ends every session of one's own, this one too.
#[derive(Clone, Copy, Debug)]
pub struct EndAll;

/// What came of it.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct Ended {
    /// Whose sessions.
    pub person: PersonId,
    /// How many ended.
    pub sessions_ended: u64,
}

impl Act for EndAll {
    const NAME: &'static str = "session.end_all";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Ready = ();
    type Output = Ended;

    fn prepare(&self, _: &Cx) -> Result<(), Fault> {
        Ok(())
    }

    fn target(&self, _: &mut Read<'_>) -> Result<Target, Fault> {
        Ok(Target::list("Session"))
    }

    fn run(&self, cx: &Cx, (): &(), tx: &mut Tx<'_>) -> Result<Ended, Fault> {
        end(cx, cx.person()?, tx)
    }

    fn entry(&self, output: &Ended) -> Note {
        ended(output)
    }
}

/// Ends every session of somebody.
#[derive(Clone, Copy, Debug)]
pub struct EndSessions {
    /// Whose.
    pub person: PersonId,
}

impl Act for EndSessions {
    const NAME: &'static str = "person.end_sessions";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Ready = ();
    type Output = Ended;

    fn prepare(&self, _: &Cx) -> Result<(), Fault> {
        Ok(())
    }

    fn target(&self, tx: &mut Read<'_>) -> Result<Target, Fault> {
        target_of(tx, self.person)
    }

    fn run(&self, cx: &Cx, (): &(), tx: &mut Tx<'_>) -> Result<Ended, Fault> {
        end(cx, self.person, tx)
    }

    fn entry(&self, output: &Ended) -> Note {
        ended(output)
    }
}

fn end(cx: &Cx, person: PersonId, tx: &mut Tx<'_>) -> Result<Ended, Fault> {
    let sessions_ended = count(accounts::rows::end_sessions(tx, person, cx.now())?);
    Ok(Ended { person, sessions_ended })
}

fn ended(output: &Ended) -> Note {
    Note::on("Person", output.person.uuid()).count(output.sessions_ended)
}
