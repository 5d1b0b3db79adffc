//! Roles: what somebody is for a provider. What a role may do stands in the policies, not here.

use crate::words::words;

words! {
    /// A role that a person holds in one cell. A person may hold several, and must act in one for each learner.
    Role {
        /// Runs the provider's account: people, programmes, registrations, exports.
        Admin = "admin",
        /// Judges evidence. Must be registered with a quality assurance body for the scope.
        Assessor = "assessor",
        /// Checks assessors' decisions on a sample, never their own.
        Moderator = "moderator",
        /// Teaches, and follows the progress of the learners assigned to them.
        Facilitator = "facilitator",
        /// Verifies for a quality assurance body: external, reads only.
        Verifier = "verifier",
        /// The learner: sees their own record.
        Learner = "learner",
        /// Runs the platform. Belongs to the platform's cell and sees no tenant's records.
        Operator = "operator",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_reads_what_it_writes() {
        for role in Role::ALL {
            assert_eq!(Role::parse(role.as_str()), Some(*role));
            assert_eq!(serde_json::to_value(role).unwrap(), role.as_str());
            assert_eq!(serde_json::from_value::<Role>(role.as_str().into()).unwrap(), *role);
        }
        assert_eq!(Role::ALL.len(), 7);
        assert_eq!(Role::WORDS.len(), Role::ALL.len());
    }

    #[test]
    fn nothing_else_is_a_role() {
        for text in ["", "Admin", "ADMIN", " admin", "root", "employer"] {
            assert_eq!(Role::parse(text), None, "{text}");
            assert!(text.parse::<Role>().is_err());
        }
    }
}
