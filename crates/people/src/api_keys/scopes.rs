//! What API keys may be allowed to do. The list is closed: an act that is not here cannot be a scope, however new.

/// Names of acts that a key may have as scopes. The policies forbid the rest a second time, by name.
pub const KEY_SCOPES: &[&str] = &[
    "assessment.list",
    "dashboard.read",
    "enrolment.assign",
    "enrolment.create",
    "enrolment.create_many",
    "enrolment.list",
    "enrolment.read",
    "enrolment.withdraw",
    "evidence.announce",
    "evidence.attach",
    "evidence.begin",
    "evidence.describe",
    "evidence.discard",
    "evidence.list",
    "evidence.read",
    "evidence.resume",
    "import.begin",
    "import.chunk",
    "import.failures",
    "import.finish",
    "import.give_up",
    "import.hold",
    "import.list",
    "import.preview",
    "import.read",
    "import.receive",
    "import.start",
    "learner.accesses",
    "learner.list",
    "learner.lookup",
    "learner.read",
    "learner.register",
    "learner.update",
    "ledger.checkpoint",
    "ledger.proof",
    "ledger.read",
    "me.read",
    "moderation.chosen",
    "moderation.list",
    "moderation.read",
    "moderation.samples",
    "moderation.trace",
    "programme.create",
    "programme.list",
    "programme.read",
    "result.list",
    "settings.read",
    "statement.list",
    "task.groups",
    "task.list",
    "task.read",
];

/// The scope of this name, if keys may have it.
#[must_use]
pub fn scope(name: &str) -> Option<&'static str> {
    KEY_SCOPES
        .binary_search(&name)
        .ok()
        .and_then(|at| KEY_SCOPES.get(at))
        .copied()
}

/// Scopes as the column keeps them: in order, each once, with a space between.
pub(crate) fn text(mut scopes: Vec<&'static str>) -> String {
    scopes.sort_unstable();
    scopes.dedup();
    scopes.join(" ")
}

/// Reads the column. What is not on the list any more is dropped: a scope that was taken from keys is taken from old ones too.
pub(crate) fn of(text: &str) -> Vec<String> {
    text.split_ascii_whitespace()
        .filter_map(scope)
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_in_order_so_that_it_can_be_searched() {
        assert!(KEY_SCOPES.is_sorted_by(|a, b| a < b));
        for name in KEY_SCOPES {
            assert_eq!(scope(name), Some(*name));
        }
    }

    #[test]
    fn what_needs_a_person_is_no_scope() {
        let never = [
            "session.open",
            "session.step_up",
            "session.challenge",
            "person.invite",
            "person.list",
            "person.read",
            "person.set_roles",
            "person.suspend",
            "person.register",
            "api_key.create",
            "api_key.list",
            "api_key.revoke",
            "assessment.record",
            "moderation.draw",
            "moderation.decide",
            "result.reverse",
            "learner.reveal_id",
            "learner.profile",
            "statement.issue",
            "statement.read",
            "",
            "*",
            "learner.*",
            "LEARNER.READ",
            " learner.read",
        ];
        for name in never {
            assert_eq!(scope(name), None, "{name}");
        }
    }

    #[test]
    fn scopes_read_what_they_write() {
        let text = text(vec!["me.read", "learner.read", "me.read"]);
        assert_eq!(text, "learner.read me.read");
        assert_eq!(of(&text), ["learner.read", "me.read"]);
        assert_eq!(of("learner.read learner.reveal_id"), ["learner.read"]);
    }
}
