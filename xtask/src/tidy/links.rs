//! Relative links in documents point at something that is there.

use super::{Finding, House};

/// Every relative link of every Markdown file resolves to a file or folder of the house.
pub fn check(house: &House) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in house.all().filter(|source| source.path.ends_with(".md")) {
        for (line, target) in links(&source.text) {
            match resolve(&source.path, target) {
                Some(path) if house.has(&path) => {}
                _ => findings.push(Finding::line(&source.path, line, format!("{target} is not there"))),
            }
        }
    }
    findings
}

/// Line and target of each relative link, outside of code blocks and code spans.
fn links(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut in_code = false;
    for (line, row) in text.lines().enumerate() {
        if row.trim_start().starts_with("```") {
            in_code = !in_code;
        }
        if in_code {
            continue;
        }
        for (at, _) in row.match_indices("](") {
            let before = row.get(..at).unwrap_or_default();
            let rest = row.get(at + 2..).unwrap_or_default();
            let target = rest.split([')', ' ']).next().unwrap_or_default();
            let target = target.split('#').next().unwrap_or_default();
            let in_span = before.matches('`').count() % 2 == 1 && rest.contains('`');
            if !target.is_empty() && !target.contains(':') && !in_span {
                found.push((line + 1, target));
            }
        }
    }
    found
}

/// The path from the root, or none if it leaves the house.
fn resolve(from: &str, target: &str) -> Option<String> {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    let (mut parts, target) = match target.strip_prefix('/') {
        Some(target) => (Vec::new(), target),
        None => (parts, target),
    };
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> usize {
        check(&House::of(&[
            ("docs/A.md", text),
            ("README.md", ""),
            ("docs/decisions/0001.md", ""),
        ]))
        .len()
    }

    #[test]
    fn links_that_resolve_are_well() {
        assert_eq!(
            found("[r](../README.md) [d](decisions/) [f](decisions/0001.md#why) [w](https://example.org/x) [s](#here)"),
            0
        );
        assert_eq!(found("```\n[x](nowhere.md)\n```\n and `a[0](x)`"), 0);
    }

    #[test]
    fn a_link_to_nothing_and_one_out_of_the_house_are_found() {
        assert_eq!(found("[x](nowhere.md)"), 1);
        assert_eq!(found("[x](../../outside.md)"), 1);
    }
}
