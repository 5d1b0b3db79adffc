//! The directory that the door asks in every request: whose credential is this, and what are they now?
//!
//! One query for a session, one for a key, both by the unique hash. Registrations are asked for only where they could matter:
//! for assessors and moderators. Nothing is cached, so a session that ended a moment ago does nothing more.

use diesel::prelude::*;
use skillsyms_cells::schema::{api_keys, people, registrations, sessions};
use skillsyms_cells::{CellError, Read, Tx};
use skillsyms_core::problem::UNAUTHENTICATED;
use skillsyms_core::{ApiKeyId, Instant, LearnerId, PersonId, Problem, Role, SessionId};
use skillsyms_door::{Directory, Fault, Found, Notice, Owes, Principal, Showing, Shown, Stray};

use crate::accounts::rows::{self, state_of};
use crate::accounts::{PersonState, RegistrationKind};
use crate::api_keys::networks::{Networks, UsedFrom};
use crate::api_keys::{rows as keys, scopes};
use crate::field::roles_of;
use crate::sessions::SessionPolicy;

/// Most valid registrations of one person that are looked at.
const REGISTRATIONS_MAX: i64 = 100;
/// Seconds between two entries that a key was shown from where it may not be used. It may come thousands of times a second from
/// there; with 100 keys at most, a day of that is 2,400 entries.
const STRAYED_SECONDS: i64 = 3_600;

/// Looks up sessions and API keys in the tables of this crate.
#[derive(Clone, Copy, Debug, Default)]
pub struct PeopleDirectory {
    policy: SessionPolicy,
}

impl PeopleDirectory {
    /// A directory in which sessions last as long as this.
    #[must_use]
    pub const fn new(policy: SessionPolicy) -> Self {
        Self { policy }
    }

    fn session(&self, tx: &mut Read<'_>, hash: &[u8; 32], now: Instant) -> Result<Principal, Fault> {
        let found = session_row(tx, hash)?.ok_or_else(unknown)?;
        let idle_until = found.seen_at.plus_seconds(self.policy.idle_seconds);
        let is_over = found.ended_at.is_some() || found.expires_at <= now || idle_until <= now;
        let state = state_of(&found.state)?;
        if is_over || state == PersonState::Invited {
            return Err(unknown().into());
        }
        let mut principal = Principal::person(found.person, roles_of(&found.roles)?);
        principal.session = Some(found.session);
        principal.learner = found.learner;
        principal.step_up_at = found.step_up_at;
        principal.seen_at = Some(found.seen_at);
        principal.suspended = state == PersonState::Suspended;
        principal.owes =
            Owes::parse(&found.owes).ok_or(CellError::Damaged("what a session owes is not one of ours"))?;
        if principal
            .roles
            .iter()
            .any(|role| matches!(role, Role::Assessor | Role::Moderator))
        {
            add_registrations(tx, &mut principal, found.person, now)?;
        }
        Ok(principal)
    }
}

impl Directory for PeopleDirectory {
    fn principal(&self, tx: &mut Read<'_>, shown: &Shown, showing: &Showing) -> Result<Found, Fault> {
        match shown {
            Shown::Session(hash) => self.session(tx, hash, showing.now).map(Found::Principal),
            Shown::Key(hash) => key(tx, hash, showing),
        }
    }

    fn seen(&self, tx: &mut Tx<'_>, principal: &Principal, showing: &Showing) -> Result<Option<Notice>, Fault> {
        let now = showing.now;
        if let Some(session) = principal.session {
            // Never back in time, and never on a session that ended while this note was on its way.
            let open = sessions::table
                .filter(sessions::id.eq(session))
                .filter(sessions::ended_at.is_null())
                .filter(sessions::seen_at.lt(now));
            tx.execute(diesel::update(open).set(sessions::seen_at.eq(now)))?;
        }
        match principal.key {
            Some(key) => Ok(key_seen(tx, key, showing)?),
            None => Ok(None),
        }
    }

    fn strayed(&self, tx: &mut Tx<'_>, stray: &Stray, showing: &Showing) -> Result<Option<Notice>, Fault> {
        let traces = keys::traces(&mut tx.read(), stray.key)?;
        let Some((_, said_at)) = traces.filter(|(_, said_at)| is_news(*said_at, showing.now)) else {
            return Ok(None);
        };
        // Never back in time: a note that was on its way for long takes nothing back.
        keys::strayed(tx, stray.key, showing.now.max(said_at.unwrap_or(showing.now)))?;
        Ok(Some(Notice::KeyElsewhere))
    }
}

/// Whether the ledger is to say once more that a key was shown from elsewhere.
fn is_news(said_at: Option<Instant>, now: Instant) -> bool {
    said_at.is_none_or(|at| now.seconds_since(at) >= STRAYED_SECONDS)
}

/// Notes a use. Two that come at once from one new network are told as one: the second finds it noted.
fn key_seen(tx: &mut Tx<'_>, key: ApiKeyId, showing: &Showing) -> Result<Option<Notice>, CellError> {
    let Some((text, _)) = keys::traces(&mut tx.read(), key)? else {
        return Ok(None);
    };
    let before = UsedFrom::of(&text)?;
    let is_new = before.is_new(showing.from);
    keys::used(tx, key, showing.now, &before.and(showing.from).text())?;
    Ok(is_new.then_some(Notice::KeyNewNetwork))
}

/// What somebody is at this moment, without any session: for explanations.
pub(crate) fn person(tx: &mut Read<'_>, id: PersonId, now: Instant) -> Result<Option<Principal>, Fault> {
    let Some(row) = rows::person(tx, id)? else {
        return Ok(None);
    };
    let mut principal = Principal::person(id, row.roles);
    principal.learner = row.learner;
    principal.suspended = row.state == PersonState::Suspended;
    add_registrations(tx, &mut principal, id, now)?;
    Ok(Some(principal))
}

/// Unknown, ended, expired: the same answer.
const fn unknown() -> Problem {
    Problem::new(&UNAUTHENTICATED)
}

#[derive(Queryable)]
struct SessionRow {
    session: SessionId,
    seen_at: Instant,
    expires_at: Instant,
    step_up_at: Option<Instant>,
    ended_at: Option<Instant>,
    person: PersonId,
    state: String,
    roles: String,
    learner: Option<LearnerId>,
    owes: String,
}

fn session_row(tx: &mut Read<'_>, hash: &[u8; 32]) -> Result<Option<SessionRow>, CellError> {
    tx.first(
        sessions::table
            .inner_join(people::table.on(people::id.eq(sessions::person)))
            .filter(sessions::token_hash.eq(hash.as_slice()))
            .select((
                sessions::id,
                sessions::seen_at,
                sessions::expires_at,
                sessions::step_up_at,
                sessions::ended_at,
                people::id,
                people::state,
                people::roles,
                people::learner,
                sessions::owes,
            ))
            .limit(1),
    )
}

/// A key as it is asked for, and the learner's record of whoever made it.
#[derive(Queryable)]
struct KeyRow {
    id: ApiKeyId,
    scopes: String,
    expires_at: Instant,
    revoked_at: Option<Instant>,
    used_at: Option<Instant>,
    networks: String,
    used_from: String,
    strayed_at: Option<Instant>,
    learner: Option<LearnerId>,
}

fn key_row(tx: &mut Read<'_>, hash: &[u8; 32]) -> Result<Option<KeyRow>, CellError> {
    tx.first(
        api_keys::table
            .inner_join(people::table.on(people::id.eq(api_keys::created_by)))
            .filter(api_keys::hash.eq(hash.as_slice()))
            .select((
                api_keys::id,
                api_keys::scopes,
                api_keys::expires_at,
                api_keys::revoked_at,
                api_keys::used_at,
                api_keys::networks,
                api_keys::used_from,
                api_keys::strayed_at,
                people::learner,
            ))
            .limit(1),
    )
}

fn key(tx: &mut Read<'_>, hash: &[u8; 32], showing: &Showing) -> Result<Found, Fault> {
    let row = key_row(tx, hash)?.ok_or_else(unknown)?;
    if row.revoked_at.is_some() || row.expires_at <= showing.now {
        return Err(unknown().into());
    }
    if !Networks::of(&row.networks)?.let_in(showing.from) {
        return Ok(Found::Elsewhere(Stray {
            key: row.id,
            is_news: is_news(row.strayed_at, showing.now),
        }));
    }
    let mut principal = Principal::api_key(row.id, scopes::of(&row.scopes));
    // What nobody may do for their own record, they may not let a key of theirs do.
    principal.learner = row.learner;
    // A key that was never used was last seen at the beginning of time, so its first use is noted; its first from another network, too.
    let is_new = UsedFrom::of(&row.used_from)?.is_new(showing.from);
    let seen_at = row.used_at.filter(|_| !is_new);
    principal.seen_at = Some(seen_at.unwrap_or(Instant::from_micros(0)));
    Ok(Found::Principal(principal))
}

fn add_registrations(
    tx: &mut Read<'_>,
    principal: &mut Principal,
    person: PersonId,
    now: Instant,
) -> Result<(), CellError> {
    let valid: Vec<(String, Instant)> = tx.load(
        registrations::table
            .filter(registrations::person.eq(person))
            .filter(registrations::valid_from.le(now))
            .filter(registrations::valid_until.gt(now))
            .select((registrations::kind, registrations::valid_until))
            .limit(REGISTRATIONS_MAX),
    )?;
    for (kind, until) in valid {
        // A registration counts for the role that the person holds, and for no other.
        let (role, slot) = match RegistrationKind::parse(&kind) {
            Some(RegistrationKind::Assessor) => (Role::Assessor, &mut principal.assessor_until),
            Some(RegistrationKind::Moderator) => (Role::Moderator, &mut principal.moderator_until),
            None => return Err(CellError::Damaged("a kind of registration that is not one of ours")),
        };
        if principal.roles.contains(&role) {
            *slot = (*slot).max(Some(until));
        }
    }
    Ok(())
}
