//! Accounts: who may sign in to a cell, in which roles, and as what they are registered.
//!
//! What holds here:
//! - an account begins as an invitation: a link that works once, for seven days, and not after a suspension;
//! - an e-mail address is sealed, found by its blind index, and belongs to one account in a cell;
//! - the role learner needs a learner's record, and a record belongs to one account at most; staff who also learn have both
//!   in one account, so that the policies know what is their own work;
//! - the role operator is given in the platform's cell and by the console only, and no other role is given there;
//! - a cell that has an administrator keeps one;
//! - whoever changes roles changes somebody else's (in the policies), and the change ends that person's sessions;
//! - keys made by somebody who is suspended or no longer an administrator stop working.
//!
//! [`invite`] and [`accept`] make accounts, [`state`] suspends and restores, [`roles`] and [`register`] say what they may
//! do, [`list`] shows them.

use skillsyms_cells::CellKind;
use skillsyms_core::{Code, Problem, Role};
pub mod accept;
pub mod invite;
pub mod list;
pub mod register;
pub mod roles;
pub(crate) mod rows;
pub mod staff;
pub mod state;

pub use accept::{Accept, Accepted};
pub use invite::{Invite, Invited, LinkBy};
pub use list::{ListPeople, PersonView, ReadPerson};
pub use register::{Register, Registered, RegistrationKind};
pub use roles::{RolesSet, SetRoles};
pub use staff::{ListStaff, Staff, StaffLine};
pub use state::{Restore, Restored, Suspend, Suspended};

/// The console invites a provider's first administrator, and nobody after that.
pub static HAS_ADMIN: Code = Code::new(
    "person.has_administrator",
    409,
    "This provider has an administrator, who invites everybody else. Ask them.",
);
/// The address or the learner has an account.
pub static DUPLICATE: Code = Code::new(
    "person.duplicate",
    409,
    "There is an account with this e-mail address, or for this learner. Look it up in the list of people.",
);
/// An invitation that does not work, for whatever reason.
pub static INVITATION: Code = Code::new(
    "person.invitation",
    410,
    "This invitation does not work: it was used, replaced or withdrawn, or it is older than seven days. Ask for a new one.",
);
/// The cell would have no administrator.
pub static LAST_ADMIN: Code = Code::new(
    "person.last_admin",
    409,
    "This is the last administrator. Make somebody else an administrator first.",
);
/// Not in this state.
pub static STATE: Code = Code::new(
    "person.state",
    409,
    "The account is not in a state in which this can be done. Read it again.",
);

/// The states of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PersonState {
    /// Invited; has no password yet.
    Invited,
    /// May sign in.
    Active,
    /// May do nothing.
    Suspended,
}

impl PersonState {
    /// The word, as SQL and JSON keep it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invited => "invited",
            Self::Active => "active",
            Self::Suspended => "suspended",
        }
    }

    /// The state of this word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Invited, Self::Active, Self::Suspended]
            .into_iter()
            .find(|state| state.as_str() == text)
    }
}

/// Refuses sets of roles that contradict themselves.
///
/// # Errors
/// A problem with the field `roles`.
pub(crate) fn check_roles(roles: &[Role], has_learner: bool, cell: CellKind) -> Result<(), Problem> {
    let refuse = |code, message| Err(Problem::field("roles", code, message));
    if roles.is_empty() {
        return refuse("roles.missing", "Give at least one role.");
    }
    if cell == CellKind::Platform && (roles != [Role::Operator] || has_learner) {
        return refuse("roles.platform", "The platform has operators and nobody else.");
    }
    if cell == CellKind::Tenant && roles.contains(&Role::Operator) {
        return refuse(
            "roles.operator",
            "An operator has an account with the platform, made at the console, and none with a provider.",
        );
    }
    if roles.contains(&Role::Learner) && !has_learner {
        return refuse("roles.learner", "The role learner needs a learner's record: name it.");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_read_what_they_write() {
        for state in [PersonState::Invited, PersonState::Active, PersonState::Suspended] {
            assert_eq!(PersonState::parse(state.as_str()), Some(state));
        }
        assert_eq!(PersonState::parse("Active"), None);
    }

    #[test]
    fn sets_of_roles_must_not_contradict_themselves() {
        let check = |roles: &[Role], learner| check_roles(roles, learner, CellKind::Tenant).is_ok();
        assert!(check(&[Role::Admin, Role::Assessor], false));
        assert!(check(&[Role::Learner], true));
        assert!(!check(&[], false));
        assert!(!check(&[Role::Learner], false));
        assert!(check(&[Role::Learner, Role::Assessor], true));
        assert!(!check(&[Role::Operator], false));
        let at_platform = |roles: &[Role], learner| check_roles(roles, learner, CellKind::Platform).is_ok();
        assert!(at_platform(&[Role::Operator], false));
        assert!(!at_platform(&[Role::Operator], true));
        assert!(!at_platform(&[Role::Admin], false));
        assert!(!at_platform(&[Role::Operator, Role::Admin], false));
    }
}
