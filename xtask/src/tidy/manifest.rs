//! Rules for the manifests.

use super::{Finding, House};

/// Every crate inherits the workspace's lints, so that none is milder than the rest.
pub fn lints_inherited(house: &House) -> Vec<Finding> {
    house
        .all()
        .filter(|source| source.crate_name().is_some() && source.path.ends_with("/Cargo.toml"))
        .filter(|source| !inherits(&source.text))
        .map(|source| Finding::file(&source.path, "has no `[lints] workspace = true`"))
        .collect()
}

fn inherits(manifest: &str) -> bool {
    let Ok(table) = manifest.parse::<toml::Table>() else {
        return false;
    };
    let lints = table.get("lints").and_then(|lints| lints.get("workspace"));
    lints.and_then(toml::Value::as_bool) == Some(true)
}

/// Every workspace dependency says what it is for: a comment in its line, in the line above, or one
/// comment that heads a group (lines up to the next empty one, with no other comment inside).
pub fn dependencies_explained(house: &House) -> Vec<Finding> {
    let Some(manifest) = house.get("Cargo.toml") else {
        return Vec::new();
    };
    let lines: Vec<(usize, &str)> = manifest
        .text
        .lines()
        .enumerate()
        .skip_while(|(_, line)| line.trim() != "[workspace.dependencies]")
        .skip(1)
        .take_while(|(_, line)| !line.starts_with('['))
        .collect();
    let mut findings = Vec::new();
    for group in lines.split(|(_, line)| line.trim().is_empty()) {
        let comments = group.iter().filter(|(_, line)| is_comment(line)).count();
        let headed = group
            .iter()
            .skip_while(|(_, line)| is_comment(line))
            .all(|(_, line)| !is_comment(line));
        if comments > 0 && headed {
            continue;
        }
        findings.extend(unexplained(group));
    }
    findings
}

fn unexplained<'a>(group: &'a [(usize, &'a str)]) -> impl Iterator<Item = Finding> + 'a {
    group.iter().enumerate().filter_map(|(at, (line, text))| {
        if is_comment(text) || text.contains('#') || !text.contains('=') {
            return None;
        }
        let above = at.checked_sub(1).and_then(|above| group.get(above));
        if above.is_some_and(|(_, text)| is_comment(text)) {
            return None;
        }
        let name = text.split(['=', '.']).next().unwrap_or_default().trim();
        Some(Finding::line(
            "Cargo.toml",
            line + 1,
            format!("{name}: what for, and why this one?"),
        ))
    })
}

fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with('#')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dependencies(text: &str) -> usize {
        let text = format!("[workspace]\n[workspace.dependencies]\n{text}\n[profile.dev]\nx = 1\n");
        dependencies_explained(&House::of(&[("Cargo.toml", &text)])).len()
    }

    #[test]
    fn a_comment_above_inline_or_for_the_group_will_do() {
        assert_eq!(
            dependencies("# Ids.\nuuid = \"1\"\ncsv = \"1\" # reads learners' files\n# TLS.\nrustls = \"0.23\"\n"),
            0
        );
        assert_eq!(
            dependencies("# HTTP, all of one family.\nhttp = \"1\"\nhyper = \"1\"\n"),
            0
        );
    }

    #[test]
    fn a_dependency_without_a_reason_is_found() {
        assert_eq!(dependencies("csv = \"1\"\n"), 1);
        assert_eq!(
            dependencies("# Ids.\nuuid = \"1\"\ncsv = \"1\"\n# TLS.\nrustls = \"0.23\"\n"),
            1
        );
    }

    #[test]
    fn a_crate_with_lints_of_its_own_is_found() {
        let own = House::of(&[("crates/core/Cargo.toml", "[lints.rust]\nunsafe_code = \"forbid\"")]);
        assert_eq!(lints_inherited(&own).len(), 1);
        let inherited = House::of(&[("crates/core/Cargo.toml", "[lints]\nworkspace = true")]);
        assert_eq!(lints_inherited(&inherited).len(), 0);
    }
}
