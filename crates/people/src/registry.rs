//! Every act of this crate, for the registry of the house.

use skillsyms_door::ActInfo;

use crate::{accounts, api_keys, sessions};

/// The acts of each slice: `Invite`, `Accept`, `ListPeople`, `ReadPerson`, `Suspend`, `Restore`, `SetRoles`, `Register`;
/// `ReadChallenge`, `OpenSession`, `StepUp`, `CloseSession`, `ListSessions`, `EndAll`, `EndSessions`, `ReadMe`;
/// `CreateApiKey`, `ListApiKeys`, `RevokeApiKey`.
#[must_use]
pub fn acts() -> Vec<&'static [ActInfo]> {
    vec![accounts::ACTS, sessions::ACTS, api_keys::ACTS]
}

#[cfg(test)]
mod tests {
    use skillsyms_door::Registry;

    use super::*;

    #[test]
    fn the_registry_collects() {
        let registry = Registry::collect(&acts()).unwrap();
        assert_eq!(registry.all().count(), 19);
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
