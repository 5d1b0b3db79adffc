//! Every act and every view stands in its crate's registry.

use std::collections::BTreeSet;

use super::house::Source;
use super::{Finding, House};

/// The crates that have acts.
const CRATES: [&str; 4] = ["people", "records", "assurance", "door"];

/// Every type that implements `Act` or `View` is listed as `ActInfo::act::<X>` or `ActInfo::view::<X>`, and every such
/// list (`ACTS` of a slice) is named in the crate's `registry.rs`.
pub fn check(house: &House) -> Vec<Finding> {
    let mut findings = Vec::new();
    for name in CRATES {
        let of_crate: Vec<&Source> = house
            .rust()
            .filter(|source| source.crate_name() == Some(name))
            .collect();
        let listed: BTreeSet<&str> = of_crate.iter().flat_map(|source| listed(source.production())).collect();
        for source in &of_crate {
            for (line, act) in implemented(source.production()) {
                if !listed.contains(act.as_str()) {
                    let what = format!("{act} is in no list of acts: no test and no policy would see it");
                    findings.push(Finding::line(&source.path, line, what));
                }
            }
        }
        findings.extend(unnamed_lists(&of_crate));
    }
    findings
}

/// Lists of acts that the crate's registry does not name.
fn unnamed_lists(of_crate: &[&Source]) -> Vec<Finding> {
    let is_registry = |source: &&&Source| source.path.ends_with("/registry.rs");
    let registry: String = of_crate
        .iter()
        .filter(is_registry)
        .map(|source| source.production())
        .collect();
    let mut findings = Vec::new();
    for source in of_crate.iter().filter(|source| !source.path.ends_with("/registry.rs")) {
        let has_list = source
            .production()
            .lines()
            .any(|line| line.contains("const ACTS") && line.contains("ActInfo"));
        if has_list && !registry.contains(&format!("{}::ACTS", module(&source.path))) {
            findings.push(Finding::file(
                &source.path,
                "its ACTS are not named in the crate's registry.rs",
            ));
        }
    }
    findings
}

/// The name of a file's module: its own, or its folder's.
fn module(path: &str) -> &str {
    let path = path
        .strip_suffix("/mod.rs")
        .or_else(|| path.strip_suffix(".rs"))
        .unwrap_or(path);
    path.rsplit('/').next().unwrap_or(path)
}

/// The types in `ActInfo::act::<X>` and `ActInfo::view::<X>`.
fn listed(code: &str) -> impl Iterator<Item = &str> {
    code.split("ActInfo::").skip(1).filter_map(|rest| {
        let rest = rest.strip_prefix("act::<").or_else(|| rest.strip_prefix("view::<"))?;
        rest.split('>').next()?.rsplit("::").next()
    })
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

#[cfg(test)]
mod tests {
    use super::*;

    const REGISTER: (&str, &str) = (
        "crates/records/src/learners/register.rs",
        "impl Act for RegisterLearner {\n}\n",
    );
    const LIST: (&str, &str) = (
        "crates/records/src/learners/mod.rs",
        "pub const ACTS: &[ActInfo] = &[ActInfo::act::<register::RegisterLearner>(Shape::Tenant, \"\")];\n",
    );
    const REGISTRY: (&str, &str) = ("crates/records/src/registry.rs", "vec![crate::learners::ACTS]\n");

    #[test]
    fn an_act_in_a_list_that_the_registry_names_is_well() {
        assert_eq!(check(&House::of(&[REGISTER, LIST, REGISTRY])), []);
    }

    #[test]
    fn an_act_in_no_list_is_found() {
        let view = (
            "crates/records/src/learners/read.rs",
            "impl door::View for ReadLearner {}\nimpl Fact for X {}\n",
        );
        let found = check(&House::of(&[REGISTER, LIST, REGISTRY, view]));
        assert_eq!(found.len(), 1);
        assert!(found[0].to_string().contains("ReadLearner"));
    }

    #[test]
    fn a_list_that_the_registry_does_not_name_is_found() {
        let comment = ("crates/records/src/registry.rs", "// crate::learners::ACTS\n");
        assert_eq!(check(&House::of(&[REGISTER, LIST, comment])).len(), 1);
        let other = ("crates/people/src/registry.rs", REGISTRY.1);
        assert_eq!(check(&House::of(&[REGISTER, LIST, other])).len(), 1);
    }
}
