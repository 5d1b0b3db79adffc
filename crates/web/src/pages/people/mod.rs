//! Accounts: the list, one account, inviting, suspending, roles, registrations; and accepting an invitation.

mod change;
mod invitation;
mod invite;
mod list;
mod one;
mod reset;

pub(super) use change::{What, confirm_shown};
pub(super) use reset::sent_shown;
use skillsyms_core::Role;
use skillsyms_people::accounts::PersonState;

use super::kit::Words;
use crate::routes::Route;

pub(super) fn routes() -> Vec<Route> {
    [
        list::routes(),
        invite::routes(),
        one::routes(),
        change::routes(),
        reset::routes(),
        invitation::routes(),
    ]
    .concat()
}

/// What operators use of it.
pub(super) fn of_platform() -> Vec<Route> {
    invitation::of_platform()
}

/// The roles that a provider gives, without the one that needs a learner's record.
const STAFF: [Role; 5] = [
    Role::Admin,
    Role::Assessor,
    Role::Moderator,
    Role::Facilitator,
    Role::Verifier,
];

/// A role in words.
pub(super) fn role_word(words: Words, role: Role) -> String {
    words.get(&format!("role-{}", role.as_str()))
}

/// Roles in words.
fn role_words(words: Words, roles: &[Role]) -> String {
    let all: Vec<String> = roles.iter().map(|role| role_word(words, *role)).collect();
    all.join(", ")
}

/// Roles to choose from: value and text.
fn choices(words: Words, roles: &[Role]) -> Vec<(String, String)> {
    roles
        .iter()
        .map(|role| (role.as_str().to_owned(), role_word(words, *role)))
        .collect()
}

/// A state of an account: its word, and the tone of its tag.
pub(super) fn state_word(words: Words, state: PersonState) -> (String, &'static str) {
    let tone = match state {
        PersonState::Active => "good",
        PersonState::Invited => "busy",
        PersonState::Suspended => "bad",
    };
    (words.get(&format!("state-person-{}", state.as_str())), tone)
}
