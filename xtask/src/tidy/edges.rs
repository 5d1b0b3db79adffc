//! Which crate may use which: the one direction of docs/ARCHITECTURE.md, as a table.

use super::{Finding, House};

/// The chain, from the bottom up: a crate may use any that stands before it.
const CHAIN: [&str; 10] = [
    "core",
    "vault",
    "cells",
    "ledger",
    "door",
    "people",
    "records",
    "assurance",
    "web",
    "skillsyms",
];

/// Crates beside the chain, and what each may use.
const BESIDE: [(&str, &[&str]); 2] = [("waf", &["core"]), ("edge", &["core", "waf"])];

/// The crates of the chain that may use those beside it.
const USES_BESIDE: [&str; 2] = ["web", "skillsyms"];

/// For tests only: it may use everything, and nothing may be built on it.
const TESTKIT: &str = "testkit";

/// Every crate depends on what the table allows, and on nothing else of the house.
pub fn check(house: &House) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in house.all().filter(|source| source.path.ends_with("Cargo.toml")) {
        let Some(user) = source.crate_name() else { continue };
        let table: toml::Table = match source.text.parse() {
            Ok(table) => table,
            Err(error) => {
                findings.push(Finding::file(&source.path, format!("not TOML: {error}")));
                continue;
            }
        };
        for (section, used) in edges(&table) {
            if !allowed(user, &used, &section) {
                let what = format!("{user} may not use {used} in [{section}]: the table of edges does not have it");
                findings.push(Finding::file(&source.path, what));
            }
        }
    }
    findings
}

/// The dependencies on crates of the house: section and folder name.
fn edges(table: &toml::Table) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for section in ["dependencies", "build-dependencies", "dev-dependencies"] {
        let Some(entries) = table.get(section).and_then(toml::Value::as_table) else {
            continue;
        };
        for name in entries.keys() {
            if let Some(folder) = folder_of(name) {
                found.push((section.to_owned(), folder.to_owned()));
            }
        }
    }
    found
}

fn folder_of(package: &str) -> Option<&str> {
    if package == "skillsyms" {
        Some(package)
    } else {
        package.strip_prefix("skillsyms-")
    }
}

fn allowed(user: &str, used: &str, section: &str) -> bool {
    if used == TESTKIT {
        return section == "dev-dependencies";
    }
    if user == TESTKIT {
        return used != "skillsyms";
    }
    if let Some((_, may)) = BESIDE.iter().find(|(name, _)| *name == user) {
        return may.contains(&used);
    }
    if BESIDE.iter().any(|(name, _)| *name == used) {
        return USES_BESIDE.contains(&user);
    }
    let place = |name: &str| CHAIN.iter().position(|link| *link == name);
    matches!((place(user), place(used)), (Some(user), Some(used)) if used < user)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(user: &str, text: &str) -> usize {
        check(&House::of(&[(&format!("crates/{user}/Cargo.toml"), text)])).len()
    }

    #[test]
    fn downwards_is_allowed() {
        assert_eq!(
            findings(
                "door",
                "[dependencies]\nskillsyms-core.workspace = true\nskillsyms-cells.workspace = true"
            ),
            0
        );
        assert_eq!(findings("web", "[dependencies]\nskillsyms-edge.workspace = true"), 0);
        assert_eq!(
            findings("door", "[dev-dependencies]\nskillsyms-testkit.workspace = true"),
            0
        );
    }

    #[test]
    fn upwards_sideways_and_unknown_are_found() {
        assert_eq!(findings("cells", "[dependencies]\nskillsyms-door.workspace = true"), 1);
        assert_eq!(findings("edge", "[dependencies]\nskillsyms-door.workspace = true"), 1);
        assert_eq!(findings("door", "[dependencies]\nskillsyms-edge.workspace = true"), 1);
        assert_eq!(findings("new", "[dependencies]\nskillsyms-core.workspace = true"), 1);
    }

    #[test]
    fn the_testkit_is_never_built_in() {
        assert_eq!(findings("web", "[dependencies]\nskillsyms-testkit.workspace = true"), 1);
    }
}
