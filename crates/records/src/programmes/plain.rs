//! Free text from people: what is kept of it, and what is refused.

use skillsyms_core::{FieldError, Problem};

/// A line of text: space around it dropped, no control characters, 1 to `max` characters.
pub fn line(text: &str, field: &'static str, max: usize) -> Result<String, FieldError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(error(field, "text.missing", "This has to be given."));
    }
    if text.chars().any(is_hidden) {
        return Err(error(field, "text.character", "Write it without control characters."));
    }
    too_long(text, field, max)?;
    Ok(text.to_owned())
}

/// Text of several lines: as a line, but line breaks and tabs are kept.
pub fn paragraph(text: &str, field: &'static str, max: usize) -> Result<String, FieldError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(error(field, "text.missing", "This has to be given."));
    }
    if text.chars().any(|c| is_hidden(c) && !matches!(c, '\n' | '\r' | '\t')) {
        return Err(error(field, "text.character", "Write it without control characters."));
    }
    too_long(text, field, max)?;
    Ok(text.to_owned())
}

/// Text of several lines that may be absent.
pub fn optional_paragraph(text: Option<&str>, field: &'static str, max: usize) -> Result<Option<String>, Problem> {
    let given = text.filter(|text| !text.trim().is_empty());
    given
        .map(|text| paragraph(text, field, max))
        .transpose()
        .map_err(|error| Problem::invalid(vec![error]))
}

/// Control characters, and the invisible ones that turn the direction of text or hide in it.
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

fn too_long(text: &str, field: &'static str, max: usize) -> Result<(), FieldError> {
    if text.chars().nth(max).is_some() {
        return Err(error(
            field,
            "text.too_long",
            "This is too long. Say it shorter, or bring it as evidence.",
        ));
    }
    Ok(())
}

const fn error(field: &'static str, code: &'static str, message: &'static str) -> FieldError {
    FieldError {
        field: std::borrow::Cow::Borrowed(field),
        code,
        message,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_trimmed_and_bounded() {
        assert_eq!(
            line("  Retail Supervisor ", "/title", 300).unwrap(),
            "Retail Supervisor"
        );
        for (text, code) in [
            ("", "text.missing"),
            (" \t ", "text.missing"),
            ("a\nb", "text.character"),
            ("a\0", "text.character"),
            ("a\u{202e}fdp.exe", "text.character"),
            ("abcdef", "text.too_long"),
        ] {
            assert_eq!(line(text, "/title", 5).unwrap_err().code, code, "{text:?}");
        }
        assert_eq!(line("abcdé", "/title", 5).unwrap(), "abcdé");
    }

    #[test]
    fn paragraphs_keep_their_lines() {
        assert_eq!(paragraph(" one\n\ttwo\r\n", "/reason", 100).unwrap(), "one\n\ttwo");
        assert_eq!(optional_paragraph(Some("  "), "/feedback", 10).unwrap(), None);
        assert!(paragraph("a\u{1b}[31m", "/reason", 100).is_err());
    }
}
