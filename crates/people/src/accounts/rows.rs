//! The SQL of accounts, one function a statement.

use diesel::dsl::count_star;
use diesel::prelude::*;
use skillsyms_cells::schema::{api_keys, invitations, learners, people, registrations, sessions};
use skillsyms_cells::{CellError, Read, Tx};
use skillsyms_core::person::fold;
use skillsyms_core::{Instant, InvitationId, LearnerId, PersonId, RegistrationId, Role};
use skillsyms_vault::{BlindIndex, Sealed};

use crate::accounts::PersonState;
use crate::accounts::register::RegistrationKind;
use crate::field::{roles_of, roles_text};
use crate::page::ByName;

/// One account, without its password.
pub(crate) struct PersonRow {
    pub id: PersonId,
    pub email: Sealed<String>,
    pub name: String,
    pub learner: Option<LearnerId>,
    pub state: PersonState,
    pub roles: Vec<Role>,
    pub version: i64,
    pub created_at: Instant,
    pub changed_at: Instant,
}

type PersonTuple = (
    PersonId,
    Sealed<String>,
    String,
    Option<LearnerId>,
    String,
    String,
    i64,
    Instant,
    Instant,
);

const PERSON: (
    people::id,
    people::email,
    people::name,
    people::learner,
    people::state,
    people::roles,
    people::version,
    people::created_at,
    people::changed_at,
) = (
    people::id,
    people::email,
    people::name,
    people::learner,
    people::state,
    people::roles,
    people::version,
    people::created_at,
    people::changed_at,
);

fn person_of(row: PersonTuple) -> Result<PersonRow, CellError> {
    let (id, email, name, learner, state, roles, version, created_at, changed_at) = row;
    let roles = roles_of(&roles)?;
    Ok(PersonRow {
        id,
        email,
        name,
        learner,
        state: state_of(&state)?,
        roles,
        version,
        created_at,
        changed_at,
    })
}

/// A state that is none of ours is damage: to guess would be to let somebody in.
pub(crate) fn state_of(text: &str) -> Result<PersonState, CellError> {
    PersonState::parse(text).ok_or(CellError::Damaged("a state of an account that is not one of ours"))
}

pub(crate) fn person(tx: &mut Read<'_>, id: PersonId) -> Result<Option<PersonRow>, CellError> {
    let row = tx.first(people::table.filter(people::id.eq(id)).select(PERSON).limit(1))?;
    row.map(person_of).transpose()
}

/// How many accounts there are. It counts them, and is asked only for a provider with a quota.
pub(crate) fn count_all(tx: &mut Read<'_>) -> Result<i64, CellError> {
    Ok(tx.first(people::table.select(count_star()))?.unwrap_or(0))
}

pub(crate) fn exists(tx: &mut Read<'_>, id: PersonId) -> Result<bool, CellError> {
    let found: Option<PersonId> = tx.first(people::table.filter(people::id.eq(id)).select(people::id).limit(1))?;
    Ok(found.is_some())
}

/// Which part of the list, in the order of (fold, id) or in the other.
pub(crate) struct Window {
    /// In which order.
    pub sort: ByName,
    /// The first folded name; a page from A to Z begins with or after it.
    pub from: String,
    /// The last folded name; a page from Z to A begins with or before it.
    pub until: String,
    /// The id behind which the page begins, among those of the name that it begins with.
    pub beyond: PersonId,
    /// Words of states.
    pub states: Vec<&'static str>,
    /// Which roles.
    pub roles: Held,
    /// How many rows.
    pub rows: i64,
}

/// Which roles somebody has who is listed.
pub(crate) enum Held {
    /// Any.
    Any,
    /// One of these sets, as the column has them: few have them, and the index by roles finds them.
    Sets(Vec<String>),
    /// A set with the role learner in it: most have it, and the index by name finds them.
    Learner,
}

pub(crate) fn page(tx: &mut Read<'_>, window: &Window) -> Result<Vec<PersonRow>, CellError> {
    let part = people::table
        .filter(people::fold.ge(&window.from).and(people::fold.le(&window.until)))
        .select(PERSON)
        .limit(window.rows);
    // One statement for each: Diesel's boxed ones belong to one engine.
    macro_rules! load {
        ($part:expr) => {
            match window.sort {
                ByName::Up => tx.load(
                    $part
                        .filter(people::fold.gt(&window.from).or(people::id.gt(window.beyond)))
                        .order((people::fold.asc(), people::id.asc())),
                )?,
                ByName::Down => tx.load(
                    $part
                        .filter(people::fold.lt(&window.until).or(people::id.lt(window.beyond)))
                        .order((people::fold.desc(), people::id.desc())),
                )?,
            }
        };
    }
    // One state is asked for as equal, so that the index by state gives the rows in order.
    let found = match (&window.roles, window.states.as_slice()) {
        (Held::Any, [state]) => load!(part.filter(people::state.eq(*state))),
        (Held::Any, _) => load!(part),
        (Held::Sets(sets), states) => {
            let some = part.filter(people::roles.eq_any(sets));
            load!(some.filter(people::state.eq_any(states)))
        }
        (Held::Learner, [state]) => {
            let some = part.filter(people::roles.like("%learner%"));
            load!(some.filter(people::state.eq(*state)))
        }
        (Held::Learner, _) => load!(part.filter(people::roles.like("%learner%"))),
    };
    found.into_iter().map(person_of).collect()
}

/// Id, name, state and roles.
pub(crate) type StaffRow = (PersonId, String, PersonState, Vec<Role>);

/// Name, state and roles of those who hold another role than that of a learner. The two ranges are read from the index on roles.
pub(crate) fn staff(tx: &mut Read<'_>, rows: i64) -> Result<Vec<StaffRow>, CellError> {
    let learner = Role::Learner.as_str();
    let found: Vec<(PersonId, String, String, String)> = tx.load(
        people::table
            .filter(people::roles.lt(learner).or(people::roles.gt(learner)))
            .select((people::id, people::name, people::state, people::roles))
            .limit(rows),
    )?;
    let read = |(id, name, state, roles): (PersonId, String, String, String)| {
        Ok((id, name, state_of(&state)?, roles_of(&roles)?))
    };
    found.into_iter().map(read).collect()
}

pub(crate) fn fold_of(tx: &mut Read<'_>, id: PersonId) -> Result<Option<String>, CellError> {
    tx.first(people::table.filter(people::id.eq(id)).select(people::fold).limit(1))
}

pub(crate) fn by_email(tx: &mut Read<'_>, index: BlindIndex) -> Result<Option<PersonRow>, CellError> {
    let row = tx.first(
        people::table
            .filter(people::email_index.eq(index))
            .select(PERSON)
            .limit(1),
    )?;
    row.map(person_of).transpose()
}

/// Another active administrator than this person.
pub(crate) fn other_admin(tx: &mut Read<'_>, than: PersonId) -> Result<bool, CellError> {
    let found: Option<PersonId> = tx.first(
        people::table
            .filter(people::id.ne(than))
            .filter(people::state.eq(PersonState::Active.as_str()))
            // No other role has this word in it.
            .filter(people::roles.like("%admin%"))
            .select(people::id)
            .limit(1),
    )?;
    Ok(found.is_some())
}

/// Administrators who may sign in, so many at most.
pub(crate) fn admins(tx: &mut Read<'_>, most: i64) -> Result<Vec<PersonId>, CellError> {
    tx.load(
        people::table
            .filter(people::state.eq(PersonState::Active.as_str()))
            // No other role has this word in it.
            .filter(people::roles.like("%admin%"))
            .order(people::id.asc())
            .select(people::id)
            .limit(most),
    )
}

pub(crate) fn learner_exists(tx: &mut Read<'_>, id: LearnerId) -> Result<bool, CellError> {
    let found: Option<LearnerId> = tx.first(
        learners::table
            .filter(learners::id.eq(id))
            .select(learners::id)
            .limit(1),
    )?;
    Ok(found.is_some())
}

/// What an invitation says of somebody.
pub(crate) struct NewPerson<'a> {
    pub id: PersonId,
    pub index: BlindIndex,
    pub email: &'a Sealed<String>,
    pub name: &'a str,
    pub learner: Option<LearnerId>,
    pub roles: &'a [Role],
    pub now: Instant,
}

/// The key by which people are listed and found: the last word of the name first, as in a register.
pub(crate) fn folded(name: &str) -> String {
    let name = fold(name);
    match name.rsplit_once(' ') {
        Some((first, last)) => format!("{last} {first}"),
        None => name,
    }
}

pub(crate) fn insert(tx: &mut Tx<'_>, new: &NewPerson<'_>) -> Result<(), CellError> {
    tx.execute(diesel::insert_into(people::table).values((
        people::id.eq(new.id),
        people::email_index.eq(new.index),
        people::email.eq(new.email),
        people::name.eq(new.name),
        people::fold.eq(folded(new.name)),
        people::learner.eq(new.learner),
        people::state.eq(PersonState::Invited.as_str()),
        people::password.eq(None::<String>),
        people::roles.eq(roles_text(new.roles)),
        people::version.eq(1_i64),
        people::created_at.eq(new.now),
        people::changed_at.eq(new.now),
    )))?;
    Ok(())
}

/// Somebody who was invited and did not come yet is invited as something else.
pub(crate) fn reinvite(tx: &mut Tx<'_>, id: PersonId, new: &NewPerson<'_>) -> Result<(), CellError> {
    tx.execute(diesel::update(people::table.filter(people::id.eq(id))).set((
        people::name.eq(new.name),
        people::fold.eq(folded(new.name)),
        people::learner.eq(new.learner),
        people::roles.eq(roles_text(new.roles)),
        people::version.eq(people::version + 1),
        people::changed_at.eq(new.now),
    )))?;
    Ok(())
}

pub(crate) fn activate(tx: &mut Tx<'_>, id: PersonId, phc: &str, now: Instant) -> Result<(), CellError> {
    tx.execute(diesel::update(people::table.filter(people::id.eq(id))).set((
        people::password.eq(Some(phc)),
        people::state.eq(PersonState::Active.as_str()),
        people::version.eq(people::version + 1),
        people::changed_at.eq(now),
    )))?;
    Ok(())
}

pub(crate) fn set_state(tx: &mut Tx<'_>, id: PersonId, state: PersonState, now: Instant) -> Result<(), CellError> {
    tx.execute(diesel::update(people::table.filter(people::id.eq(id))).set((
        people::state.eq(state.as_str()),
        people::version.eq(people::version + 1),
        people::changed_at.eq(now),
    )))?;
    Ok(())
}

pub(crate) fn set_roles(tx: &mut Tx<'_>, id: PersonId, roles: &[Role], now: Instant) -> Result<(), CellError> {
    tx.execute(diesel::update(people::table.filter(people::id.eq(id))).set((
        people::roles.eq(roles_text(roles)),
        people::version.eq(people::version + 1),
        people::changed_at.eq(now),
    )))?;
    Ok(())
}

/// Whether the account has a password: whoever accepted an invitation has one.
pub(crate) fn has_password(tx: &mut Read<'_>, id: PersonId) -> Result<bool, CellError> {
    let phc: Option<Option<String>> = tx.first(
        people::table
            .filter(people::id.eq(id))
            .select(people::password)
            .limit(1),
    )?;
    Ok(phc.flatten().is_some())
}

/// An invitation as it goes into its table.
pub(crate) struct NewInvitation {
    pub id: InvitationId,
    pub person: PersonId,
    pub token_hash: [u8; 32],
    pub created_by: Option<PersonId>,
    pub now: Instant,
    pub expires_at: Instant,
}

pub(crate) fn insert_invitation(tx: &mut Tx<'_>, new: &NewInvitation) -> Result<(), CellError> {
    tx.execute(diesel::insert_into(invitations::table).values((
        invitations::id.eq(new.id),
        invitations::person.eq(new.person),
        invitations::token_hash.eq(new.token_hash.as_slice()),
        invitations::created_by.eq(new.created_by),
        invitations::created_at.eq(new.now),
        invitations::expires_at.eq(new.expires_at),
        invitations::used_at.eq(None::<Instant>),
    )))?;
    Ok(())
}

/// The invitation behind a token and the person invited, if both still stand at `now`.
pub(crate) fn standing_invitation(
    tx: &mut Read<'_>,
    token_hash: &[u8; 32],
    now: Instant,
) -> Result<Option<(InvitationId, PersonId)>, CellError> {
    let found: Option<(InvitationId, PersonId, Option<Vec<u8>>)> = tx.first(
        invitations::table
            .inner_join(people::table.on(people::id.eq(invitations::person)))
            .filter(invitations::token_hash.eq(token_hash.as_slice()))
            .filter(invitations::used_at.is_null())
            .filter(invitations::expires_at.gt(now))
            .filter(people::state.eq(PersonState::Invited.as_str()))
            .select((invitations::id, invitations::person, invitations::created_by))
            .limit(1),
    )?;
    match found {
        Some((_, person, None)) if other_admin(tx, person)? => Ok(None),
        found => Ok(found.map(|(id, person, _)| (id, person))),
    }
}

pub(crate) fn use_invitation(tx: &mut Tx<'_>, id: InvitationId, now: Instant) -> Result<(), CellError> {
    tx.execute(
        diesel::update(invitations::table.filter(invitations::id.eq(id))).set(invitations::used_at.eq(Some(now))),
    )?;
    Ok(())
}

/// Ends whatever invitations of a person are still open.
pub(crate) fn withdraw_invitations(tx: &mut Tx<'_>, person: PersonId, now: Instant) -> Result<(), CellError> {
    let open = invitations::table
        .filter(invitations::person.eq(person))
        .filter(invitations::used_at.is_null())
        .filter(invitations::expires_at.gt(now));
    tx.execute(diesel::update(open).set(invitations::expires_at.eq(now)))?;
    Ok(())
}

/// Ends every session of a person; answers how many.
pub(crate) fn end_sessions(tx: &mut Tx<'_>, person: PersonId, now: Instant) -> Result<usize, CellError> {
    let open = sessions::table
        .filter(sessions::person.eq(person))
        .filter(sessions::ended_at.is_null());
    tx.execute(diesel::update(open).set(sessions::ended_at.eq(Some(now))))
}

/// Revokes every API key that a person made; answers how many.
pub(crate) fn revoke_keys_of(tx: &mut Tx<'_>, person: PersonId, now: Instant) -> Result<usize, CellError> {
    let valid = api_keys::table
        .filter(api_keys::created_by.eq(person))
        .filter(api_keys::revoked_at.is_null())
        .filter(api_keys::expires_at.gt(now));
    tx.execute(diesel::update(valid).set((
        api_keys::revoked_at.eq(Some(now)),
        api_keys::warn_at.eq(None::<Instant>),
    )))
}

/// A registration as it goes into its table.
pub(crate) struct NewRegistration<'a> {
    pub id: RegistrationId,
    pub person: PersonId,
    pub kind: RegistrationKind,
    pub number: &'a str,
    pub body: &'a str,
    pub valid_from: Instant,
    pub valid_until: Instant,
    pub now: Instant,
}

pub(crate) fn insert_registration(tx: &mut Tx<'_>, new: &NewRegistration<'_>) -> Result<(), CellError> {
    tx.execute(diesel::insert_into(registrations::table).values((
        registrations::id.eq(new.id),
        registrations::person.eq(new.person),
        registrations::kind.eq(new.kind.as_str()),
        registrations::number.eq(new.number),
        registrations::body.eq(new.body),
        registrations::valid_from.eq(new.valid_from),
        registrations::valid_until.eq(new.valid_until),
        registrations::created_at.eq(new.now),
    )))?;
    Ok(())
}

/// A registration with the instants between which it is valid.
type Validity = (RegistrationId, Instant, Instant);

/// The registration that a person has with this body under this number.
pub(crate) fn registration(tx: &mut Read<'_>, new: &NewRegistration<'_>) -> Result<Option<Validity>, CellError> {
    tx.first(
        registrations::table
            .filter(registrations::person.eq(new.person))
            .filter(registrations::kind.eq(new.kind.as_str()))
            .filter(registrations::number.eq(new.number))
            .filter(registrations::body.eq(new.body))
            .select((registrations::id, registrations::valid_from, registrations::valid_until))
            .limit(1),
    )
}

pub(crate) fn set_validity(tx: &mut Tx<'_>, id: RegistrationId, new: &NewRegistration<'_>) -> Result<(), CellError> {
    tx.execute(
        diesel::update(registrations::table.filter(registrations::id.eq(id))).set((
            registrations::valid_from.eq(new.valid_from),
            registrations::valid_until.eq(new.valid_until),
        )),
    )?;
    Ok(())
}

/// One registration of a person, for showing it.
pub(crate) type RegistrationTuple = (RegistrationId, PersonId, String, String, String, Instant, Instant);

/// Registrations of these people, oldest first; at most `most`.
pub(crate) fn registrations_of(
    tx: &mut Read<'_>,
    people: &[PersonId],
    most: i64,
) -> Result<Vec<RegistrationTuple>, CellError> {
    tx.load(
        registrations::table
            .filter(registrations::person.eq_any(people))
            .order(registrations::id)
            .select((
                registrations::id,
                registrations::person,
                registrations::kind,
                registrations::number,
                registrations::body,
                registrations::valid_from,
                registrations::valid_until,
            ))
            .limit(most),
    )
}
