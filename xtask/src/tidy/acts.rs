//! Every act and every view stands in its crate's registry.

use super::house::Source;
use super::{Finding, House};

/// The crates that have acts.
const CRATES: [&str; 4] = ["people", "records", "assurance", "door"];

/// Every type that implements `Act` or `View` is named in a file `registry.rs` of its crate.
pub fn check(house: &House) -> Vec<Finding> {
    let mut findings = Vec::new();
    for name in CRATES {
        let of_crate: Vec<&Source> = house
            .rust()
            .filter(|source| source.crate_name() == Some(name))
            .collect();
        let registries: Vec<&&Source> = of_crate
            .iter()
            .filter(|source| source.path.ends_with("registry.rs"))
            .collect();
        for source in &of_crate {
            for (line, act) in implemented(source.production()) {
                if !registries.iter().any(|registry| names(registry.production(), &act)) {
                    let what =
                        format!("{act} is not in crates/{name}'s registry.rs: no test and no policy would see it");
                    findings.push(Finding::line(&source.path, line, what));
                }
            }
        }
    }
    findings
}

/// Line and type of each `impl Act for X` and `impl View for X`.
fn implemented(code: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (line, text) in code.lines().enumerate() {
        let Some(rest) = text.trim_start().strip_prefix("impl") else {
            continue;
        };
        let Some((head, rest)) = rest.split_once(" for ") else {
            continue;
        };
        let of = head.rsplit([' ', ':', '>']).next().unwrap_or_default();
        if of != "Act" && of != "View" {
            continue;
        }
        let act: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        found.push((line + 1, act));
    }
    found
}

fn names(code: &str, word: &str) -> bool {
    code.split(|c: char| !c.is_alphanumeric() && c != '_')
        .any(|part| part == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_act_that_is_not_registered_is_found() {
        let act = (
            "crates/records/src/learners/register.rs",
            "impl Act for RegisterLearner {\n}\n",
        );
        let view = (
            "crates/records/src/learners/read.rs",
            "impl door::View for ReadLearner {}\nimpl<'a> Fact for X {}\n",
        );
        let registry = ("crates/records/src/registry.rs", "register!(RegisterLearner);\n");
        let found = check(&House::of(&[act, view, registry]));
        assert_eq!(found.len(), 1);
        assert!(found[0].to_string().contains("ReadLearner"));
    }

    #[test]
    fn another_crates_registry_does_not_count_and_a_comment_neither() {
        let act = ("crates/records/src/a.rs", "impl Act for Draw {}\n");
        let registry = ("crates/people/src/registry.rs", "register!(Draw);\n");
        assert_eq!(check(&House::of(&[act, registry])).len(), 1);
        let comment = ("crates/records/src/registry.rs", "// Draw\n");
        assert_eq!(check(&House::of(&[act, comment])).len(), 1);
    }
}
