//! Every act of this crate, for the registry of the house.

use skillsyms_door::{ActInfo, Shape};

use crate::accounts::{Accept, Invite, ListPeople, ListStaff, ReadPerson, Register, Restore, SetRoles, Suspend};
use crate::api_keys::{CreateApiKey, ListApiKeys, ReportLeakedKey, RevokeApiKey, RotateApiKey};
use crate::factors::{
    AskPasskey, BeginFactor, ConfirmFactor, ListFactors, RemoveFactor, RenewCodes, ResetFactors, ShowFactor,
};
use crate::mail::{NextMail, SettleMail, TakeMail};
use crate::operators::{
    ListOperators, ReadOperator, ResetOperator, ResetOperatorFactors, RestoreOperator, SuspendOperator,
};
use crate::permissions::{ExplainPerson, ReadPermissions};
use crate::reset::{RequestReset, ResetPassword, SendReset};
use crate::sessions::{
    CloseSession, EndAll, EndSessions, ListSessions, OpenByPasskey, OpenSession, ReadChallenge, ReadMe, StepUp,
};

/// Accounts.
pub const ACCOUNTS: &[ActInfo] = &[
    ActInfo::act::<Invite>(Shape::Tenant, "Invite somebody").in_both(),
    ActInfo::act::<Accept>(Shape::Tenant, "Accept an invitation").in_both(),
    ActInfo::view::<ListPeople>(Shape::List("Person"), "List people"),
    ActInfo::view::<ListStaff>(Shape::Tenant, "Name the staff"),
    ActInfo::view::<ReadPerson>(Shape::One("Person"), "Read an account").in_both(),
    ActInfo::act::<Suspend>(Shape::One("Person"), "Suspend an account"),
    ActInfo::act::<Restore>(Shape::One("Person"), "Restore an account"),
    ActInfo::act::<SetRoles>(Shape::One("Person"), "Change somebody's roles"),
    ActInfo::act::<Register>(Shape::One("Person"), "Register an assessor or moderator"),
];

/// Sessions.
pub const SESSIONS: &[ActInfo] = &[
    ActInfo::view::<ReadChallenge>(Shape::Tenant, "Prepare to check a password").in_both(),
    ActInfo::act::<OpenSession>(Shape::Tenant, "Sign in").in_both(),
    ActInfo::act::<OpenByPasskey>(Shape::Tenant, "Sign in with a passkey").in_both(),
    ActInfo::act::<StepUp>(Shape::One("Session"), "Confirm that it is still oneself").in_both(),
    ActInfo::act::<CloseSession>(Shape::One("Session"), "Sign out of a session").in_both(),
    ActInfo::view::<ListSessions>(Shape::List("Session"), "List one's own sessions").in_both(),
    ActInfo::act::<EndAll>(Shape::List("Session"), "Sign out everywhere").in_both(),
    ActInfo::act::<EndSessions>(Shape::One("Person"), "End somebody's sessions"),
    ActInfo::view::<ReadMe>(Shape::Tenant, "Read one's own account").in_both(),
];

/// Second factors.
pub const FACTORS: &[ActInfo] = &[
    ActInfo::view::<AskPasskey>(Shape::Tenant, "Ask for the answer of a passkey").in_both(),
    ActInfo::act::<ShowFactor>(Shape::Tenant, "Show one's second factor").in_both(),
    ActInfo::view::<ListFactors>(Shape::Tenant, "List one's own second factors").in_both(),
    ActInfo::act::<BeginFactor>(Shape::Tenant, "Begin to set up an authenticator app or a passkey").in_both(),
    ActInfo::act::<ConfirmFactor>(Shape::One("Factor"), "Confirm an authenticator app or a passkey").in_both(),
    ActInfo::act::<RemoveFactor>(Shape::One("Factor"), "Remove one of one's own second factors").in_both(),
    ActInfo::act::<RenewCodes>(Shape::Tenant, "Make new recovery codes").in_both(),
    ActInfo::act::<ResetFactors>(Shape::One("Person"), "Take somebody's second factors away"),
];

/// API keys.
pub const API_KEYS: &[ActInfo] = &[
    ActInfo::act::<CreateApiKey>(Shape::Tenant, "Make an API key"),
    ActInfo::view::<ListApiKeys>(Shape::List("ApiKey"), "List API keys"),
    ActInfo::act::<RevokeApiKey>(Shape::One("ApiKey"), "Revoke an API key"),
    ActInfo::act::<RotateApiKey>(Shape::One("ApiKey"), "Rotate an API key"),
    ActInfo::act::<ReportLeakedKey>(Shape::One("ApiKey"), "Report an API key that was found in the open"),
];

/// Permissions.
pub const PERMISSIONS: &[ActInfo] = &[
    ActInfo::view::<ReadPermissions>(Shape::Tenant, "See who may do what"),
    ActInfo::view::<ExplainPerson>(Shape::One("Person"), "See why somebody may do something"),
];

/// Mail that waits to be sent.
pub const MAIL: &[ActInfo] = &[
    ActInfo::view::<NextMail>(Shape::Tenant, "See when the next mail is due").in_both(),
    ActInfo::act::<TakeMail>(Shape::Tenant, "Take mails to send them").in_both(),
    ActInfo::act::<SettleMail>(Shape::Tenant, "Say what came of mails").in_both(),
];

/// A new password by a one-time link.
pub const RESET: &[ActInfo] = &[
    ActInfo::act::<RequestReset>(Shape::Tenant, "Ask for a link to a new password").in_both(),
    ActInfo::act::<SendReset>(Shape::One("Person"), "Send somebody a link to a new password"),
    ActInfo::act::<ResetPassword>(Shape::Tenant, "Choose a new password by a link").in_both(),
];

/// The operators' own accounts, in the platform's cell.
pub const OPERATORS: &[ActInfo] = &[
    ActInfo::view::<ListOperators>(Shape::List("Person"), "List the operators").of_platform(),
    ActInfo::view::<ReadOperator>(Shape::One("Person"), "Read an operator's account").of_platform(),
    ActInfo::act::<SuspendOperator>(Shape::One("Person"), "Suspend an operator").of_platform(),
    ActInfo::act::<RestoreOperator>(Shape::One("Person"), "Restore an operator").of_platform(),
    ActInfo::act::<ResetOperator>(Shape::One("Person"), "Make an operator a link to a new password").of_platform(),
    ActInfo::act::<ResetOperatorFactors>(Shape::One("Person"), "Take an operator's second factors away").of_platform(),
];

/// The acts of every slice.
#[must_use]
pub fn acts() -> Vec<&'static [ActInfo]> {
    vec![
        ACCOUNTS,
        SESSIONS,
        FACTORS,
        API_KEYS,
        PERMISSIONS,
        MAIL,
        RESET,
        OPERATORS,
    ]
}

#[cfg(test)]
mod tests {
    use skillsyms_door::Registry;

    use super::*;
    use crate::api_keys;

    #[test]
    fn the_registry_collects() {
        let registry = Registry::collect(&acts()).unwrap();
        assert_eq!(registry.all().count(), 45);
    }

    #[test]
    fn no_act_of_this_crate_but_reading_oneself_is_a_scope_of_keys() {
        let registry = Registry::collect(&acts()).unwrap();
        let scopes: Vec<&str> = registry
            .all()
            .map(|act| act.name)
            .filter(|name| api_keys::scopes::scope(name).is_some())
            .collect();
        assert_eq!(scopes, ["me.read"]);
    }
}
