//! From the errors of `serde` to the fields of a problem. The text of those errors may repeat what was sent, so only
//! their kind is taken, and only such parts of the path as can be names of ours.

use serde_path_to_error::{Path, Segment};
use skillsyms_core::{FieldError, Problem};

/// Longest part of a path that is repeated: the longest name of a field of ours is shorter.
const NAME_CHARS_MAX: usize = 40;

/// The problem for a value that does not fit.
pub(crate) fn problem(path: &Path, error: &str) -> Problem {
    let (code, message) = kind(error);
    let mut field = pointer(path);
    if let Some(name) = named(error) {
        field.push('/');
        field.push_str(name);
    }
    Problem::invalid(vec![FieldError {
        field: field.into(),
        code,
        message,
    }])
}

fn kind(error: &str) -> (&'static str, &'static str) {
    const KINDS: &[(&str, &str, &str)] = &[
        (
            "unknown field",
            "field.unknown",
            "There is no such field. Leave it out, or check its spelling.",
        ),
        ("missing field", "field.missing", "This has to be given."),
        ("duplicate field", "field.twice", "This is given twice. Give it once."),
        (
            "invalid type",
            "field.type",
            "This is of another type than it has to be. The OpenAPI document says which.",
        ),
        (
            "unknown variant",
            "field.word",
            "This is not one of the words that are taken. The OpenAPI document lists them.",
        ),
    ];
    let found = KINDS.iter().find(|(begin, _, _)| error.starts_with(begin));
    found.map_or(
        (
            "field.value",
            "This value is not right. The OpenAPI document says what it has to be.",
        ),
        |(_, code, message)| (code, message),
    )
}

/// The field that is missing or given twice: the path ends above it, and only the name of a field of ours stands in
/// the backticks.
fn named(error: &str) -> Option<&str> {
    let rest = error
        .strip_prefix("missing field `")
        .or_else(|| error.strip_prefix("duplicate field `"))?;
    let name = rest.split('`').next()?;
    is_name(name).then_some(name)
}

/// A JSON pointer (RFC 6901), cut at the first part that cannot be a name of ours.
fn pointer(path: &Path) -> String {
    let mut pointer = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => {
                pointer.push('/');
                pointer.push_str(&index.to_string());
            }
            Segment::Map { key } if is_name(key) => {
                pointer.push('/');
                pointer.push_str(key);
            }
            Segment::Enum { .. } => {}
            Segment::Map { .. } | Segment::Unknown => break,
        }
    }
    pointer
}

fn is_name(text: &str) -> bool {
    text.len() <= NAME_CHARS_MAX && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Outer {
        #[expect(dead_code, reason = "read by serde only")]
        inner: Vec<Inner>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        #[expect(dead_code, reason = "read by serde only")]
        count: u8,
    }

    fn refused(text: &str) -> (String, &'static str) {
        let mut reader = serde_json::Deserializer::from_str(text);
        let error = serde_path_to_error::deserialize::<_, Outer>(&mut reader).unwrap_err();
        let problem = problem(error.path(), &error.inner().to_string());
        (problem.fields[0].field.to_string(), problem.fields[0].code)
    }

    #[test]
    fn the_place_and_the_kind_are_named() {
        assert_eq!(refused(r#"{}"#), ("/inner".to_owned(), "field.missing"));
        assert_eq!(
            refused(r#"{"inner":[{"count":1},{}]}"#),
            ("/inner/1/count".to_owned(), "field.missing")
        );
        assert_eq!(
            refused(r#"{"inner":[{"count":"1"}]}"#),
            ("/inner/0/count".to_owned(), "field.type")
        );
        assert_eq!(
            refused(r#"{"inner":[{"count":300}]}"#),
            ("/inner/0/count".to_owned(), "field.value")
        );
        assert_eq!(
            refused(r#"{"inner":[{"coont":3}]}"#),
            ("/inner/0/coont".to_owned(), "field.unknown")
        );
        assert_eq!(
            refused(r#"{"inner":[],"inner":[]}"#),
            ("/inner".to_owned(), "field.twice")
        );
    }

    #[test]
    fn what_was_sent_is_not_repeated() {
        assert_eq!(refused(r#"{"8001015009087":1}"#), (String::new(), "field.unknown"));
        assert_eq!(refused(r#"{"Thandi Nkosi":1}"#), (String::new(), "field.unknown"));
    }
}
