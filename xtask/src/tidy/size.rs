//! How long files and functions may be, with a list of exceptions that may only shrink.
//!
//! `xtask/tidy-exceptions.toml` holds what is longer, each with its size. An entry whose file or function
//! is gone, within the limit, or shorter than its entry says fails too: the list follows the code down, never up.

use std::collections::BTreeMap;

use super::house::Source;
use super::{Finding, House};

/// Lines of production code in a file (CONTRIBUTING.md, rules that tidy holds).
const FILE_MAX: usize = 500;
/// Lines of a function, from its `fn` to its closing brace.
const FUNCTION_MAX: usize = 70;

const EXCEPTIONS: &str = "xtask/tidy-exceptions.toml";

/// No file has more production lines than it may.
pub fn files(house: &House) -> Vec<Finding> {
    let sizes = house
        .rust()
        .map(|source| (source.path.clone(), 1, production_lines(source)));
    compare(house, "files", FILE_MAX, sizes.collect())
}

/// No function has more lines than it may.
pub fn functions(house: &House) -> Vec<Finding> {
    let mut sizes = Vec::new();
    for source in house.rust() {
        for (name, line, lines) in functions_of(source.production()) {
            sizes.push((format!("{}#{name}", source.path), line, lines));
        }
    }
    compare(house, "functions", FUNCTION_MAX, sizes)
}

fn production_lines(source: &Source) -> usize {
    source.production().lines().count()
}

/// Holds the sizes against the limit and the exceptions.
fn compare(house: &House, section: &str, limit: usize, sizes: Vec<(String, usize, usize)>) -> Vec<Finding> {
    let exceptions = match exceptions(house, section) {
        Ok(exceptions) => exceptions,
        Err(why) => return vec![Finding::file(EXCEPTIONS, why)],
    };
    let mut findings = Vec::new();
    let mut needed: BTreeMap<&str, usize> = BTreeMap::new();
    for (name, line, lines) in &sizes {
        if *lines <= limit {
            continue;
        }
        let kept = needed.entry(name).or_default();
        *kept = (*kept).max(*lines);
        let may = exceptions.get(name).copied().unwrap_or(limit);
        if *lines > may {
            let path = name.split('#').next().unwrap_or(name);
            findings.push(Finding::line(
                path,
                *line,
                format!("{name} has {lines} lines, {may} are allowed"),
            ));
        }
    }
    for (name, may) in &exceptions {
        match needed.get(name.as_str()) {
            None => findings.push(Finding::file(
                EXCEPTIONS,
                format!("{name} is no longer needed: remove it"),
            )),
            Some(lines) if lines < may => {
                findings.push(Finding::file(
                    EXCEPTIONS,
                    format!("{name} shrank to {lines}: lower its {may}"),
                ));
            }
            Some(_) => {}
        }
    }
    findings
}

fn exceptions(house: &House, section: &str) -> Result<BTreeMap<String, usize>, String> {
    let Some(source) = house.get(EXCEPTIONS) else {
        return Ok(BTreeMap::new());
    };
    let table: toml::Table = source.text.parse().map_err(|error| format!("not TOML: {error}"))?;
    let Some(entries) = table.get(section).and_then(toml::Value::as_table) else {
        return Ok(BTreeMap::new());
    };
    let lines = |value: &toml::Value| value.as_integer().and_then(|lines| usize::try_from(lines).ok());
    entries
        .iter()
        .map(|(name, value)| Ok((name.clone(), lines(value).ok_or("sizes are whole numbers")?)))
        .collect()
}

/// Name, first line and length of every function that has a body. A brace counter: enough for code that
/// rustfmt has seen, with literals and comments blanked.
fn functions_of(code: &str) -> Vec<(String, usize, usize)> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("fn ") {
        let before = code.get(..at).unwrap_or_default();
        if before.ends_with(|c: char| c.is_alphanumeric() || c == '_') {
            continue;
        }
        let rest = code.get(at..).unwrap_or_default();
        let name: String = rest
            .chars()
            .skip(3)
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect();
        if name.is_empty() {
            continue;
        }
        if let Some(end) = body_end(rest) {
            let first = before.matches('\n').count() + 1;
            let lines = rest.get(..end).unwrap_or_default().matches('\n').count() + 1;
            found.push((name, first, lines));
        }
    }
    found
}

/// Where the body ends; none for a declaration that ends in `;`.
fn body_end(rest: &str) -> Option<usize> {
    let mut braces = 0_usize;
    let mut brackets = 0_usize;
    for (at, c) in rest.char_indices() {
        match c {
            '(' | '[' if braces == 0 => brackets += 1,
            ')' | ']' if braces == 0 => brackets = brackets.saturating_sub(1),
            '{' => braces += 1,
            ';' if braces == 0 && brackets == 0 => return None,
            '}' => {
                braces = braces.checked_sub(1)?;
                if braces == 0 && brackets == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn function(lines: usize) -> String {
        format!("fn long() {{\n{}}}\n", "    x();\n".repeat(lines - 2))
    }

    #[test]
    fn a_long_function_is_found_and_one_at_the_limit_is_not() {
        let house = |lines| House::of(&[("crates/core/src/a.rs", &function(lines))]);
        assert_eq!(functions(&house(FUNCTION_MAX)), []);
        assert_eq!(functions(&house(FUNCTION_MAX + 1)).len(), 1);
    }

    #[test]
    fn a_long_file_is_found_and_its_tests_do_not_count() {
        let long = "x!();\n".repeat(FILE_MAX + 1);
        assert_eq!(files(&House::of(&[("crates/core/src/a.rs", &long)])).len(), 1);
        let tested = format!("x!();\n#[cfg(test)]\nmod tests {{\n{long}}}\n");
        assert_eq!(files(&House::of(&[("crates/core/src/a.rs", &tested)])), []);
    }

    #[test]
    fn an_exception_holds_its_size_and_only_shrinks() {
        let house = |lines: usize, may: usize| {
            let list = format!("[functions]\n\"crates/core/src/a.rs#long\" = {may}\n");
            House::of(&[("crates/core/src/a.rs", &function(lines)), (EXCEPTIONS, &list)])
        };
        assert_eq!(functions(&house(90, 90)), []);
        assert_eq!(functions(&house(91, 90)).len(), 1, "it grew");
        assert_eq!(
            functions(&house(89, 90)).len(),
            1,
            "it shrank, and the list must follow"
        );
        assert_eq!(functions(&house(10, 90)).len(), 1, "it is no longer needed");
    }

    #[test]
    fn signatures_types_and_declarations_are_told_apart() {
        let code = "trait T { fn a(x: [u8; 3]) -> u8; }\nfn b(f: fn(u8) -> u8) -> [u8; 2] {\n  f(1)\n}\n";
        let found = functions_of(code);
        assert_eq!(found, [("b".to_owned(), 2, 3)]);
    }
}
