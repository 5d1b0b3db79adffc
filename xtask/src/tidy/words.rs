//! Words that must not stand in the house.

use super::{Finding, House};

// Written in two parts, so that this file is not its own finding.
const ALLOW: [&str; 2] = [concat!("#[al", "low("), concat!("#![al", "low(")];
const MACHINE: [&str; 3] = [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/")];
const LEFT: [&str; 2] = [concat!("TO", "DO"), concat!("FIX", "ME")];

/// Lints are met or expected with a reason; none is allowed away.
pub fn no_allow(house: &House) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in house.rust() {
        for (line, text) in source.code.lines().enumerate() {
            if ALLOW.iter().any(|word| text.contains(word)) {
                findings.push(Finding::line(
                    &source.path,
                    line + 1,
                    "use #[expect(lint, reason = \"...\")] instead",
                ));
            }
        }
    }
    findings
}

/// No path of the machine that this was written on.
pub fn no_machine_paths(house: &House) -> Vec<Finding> {
    search(house, "a path of one machine", |text| {
        MACHINE.iter().any(|path| begins_a_path(text, path))
    })
}

/// Whether `path` stands in the text as the beginning of an absolute path, not inside a longer one.
fn begins_a_path(text: &str, path: &str) -> bool {
    text.match_indices(path).any(|(at, _)| {
        let before = text.get(..at).unwrap_or_default().chars().next_back();
        before.is_none_or(|c| !(c.is_alphanumeric() || matches!(c, '/' | '.' | '-' | '_' | '}' | '>' | '~')))
    })
}

/// What is not done is an issue, not a remark in the code.
pub fn nothing_left_to_do(house: &House) -> Vec<Finding> {
    search(house, "what is left to do belongs into an issue", |text| {
        LEFT.iter().any(|word| is_word(text, word))
    })
}

fn is_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let before = text.get(..at).unwrap_or_default().chars().next_back();
        let after = text.get(at + word.len()..).unwrap_or_default().chars().next();
        [before, after]
            .into_iter()
            .all(|c| c.is_none_or(|c| !c.is_alphanumeric() && c != '_'))
    })
}

fn search(house: &House, what: &str, hit: impl Fn(&str) -> bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in house.all() {
        for (line, text) in source.text.lines().enumerate() {
            if hit(text) {
                findings.push(Finding::line(&source.path, line + 1, what));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_allowed_lint_is_found_in_code_only() {
        let code = format!("{}dead_code)]\nfn f() {{}}\n", ALLOW[0]);
        assert_eq!(no_allow(&House::of(&[("crates/core/src/a.rs", &code)])).len(), 1);
        let comment = format!("// never {}\n", ALLOW[0]);
        assert_eq!(no_allow(&House::of(&[("crates/core/src/a.rs", &comment)])), []);
    }

    #[test]
    fn a_path_of_a_machine_is_found_and_a_route_is_not() {
        let path = format!("open(\"{}x\")", MACHINE[0]);
        assert_eq!(no_machine_paths(&House::of(&[("docs/a.md", &path)])).len(), 1);
        let route = format!("GET /api{}x", MACHINE[0]);
        assert_eq!(no_machine_paths(&House::of(&[("docs/a.md", &route)])), []);
    }

    #[test]
    fn a_remark_is_found_as_a_word() {
        let remark = format!("// {}: later\n", LEFT[0]);
        assert_eq!(
            nothing_left_to_do(&House::of(&[("crates/core/src/a.rs", &remark)])).len(),
            1
        );
        let inside = format!("let x{}s = 1;\n", LEFT[0]);
        assert_eq!(nothing_left_to_do(&House::of(&[("crates/core/src/a.rs", &inside)])), []);
    }
}
