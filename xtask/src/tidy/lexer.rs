//! Just enough of Rust's lexical rules to tell code from comments and literals.

/// The same text with comments and the insides of string and character literals replaced by spaces.
/// Line breaks stay, so line numbers hold.
pub fn code_only(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let end = literal_end(bytes, at);
        if end > at {
            blank(&mut out, at, end);
            at = end;
        } else {
            at += word_or_byte(bytes, at);
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// The byte at which the in-file test module begins: a `#[cfg(test)]` whose item is a module with a body.
pub fn test_module(code: &str) -> Option<usize> {
    test_items(code)
        .find(|(_, item)| ends_first(item, '{'))
        .map(|(at, _)| at)
}

/// The modules that are for tests only and have files of their own: `#[cfg(test)] mod name;`.
pub fn test_files(code: &str) -> impl Iterator<Item = &str> {
    test_items(code)
        .filter(|(_, item)| ends_first(item, ';'))
        .filter_map(|(_, item)| item.split(';').next())
}

/// Each module behind `#[cfg(test)]`: the byte of the attribute, and the text from the module's name on.
fn test_items(code: &str) -> impl Iterator<Item = (usize, &str)> {
    const ATTRIBUTE: &str = "#[cfg(test)]";
    code.match_indices(ATTRIBUTE).filter_map(|(at, _)| {
        let rest = code.get(at + ATTRIBUTE.len()..)?.trim_start();
        let rest = rest
            .strip_prefix("pub(crate) ")
            .or_else(|| rest.strip_prefix("pub "))
            .unwrap_or(rest);
        Some((at, rest.strip_prefix("mod ")?))
    })
}

fn ends_first(item: &str, end: char) -> bool {
    item.find(['{', ';'])
        .is_some_and(|at| item.get(at..).is_some_and(|rest| rest.starts_with(end)))
}

fn blank(out: &mut [u8], from: usize, to: usize) {
    for byte in out.iter_mut().take(to).skip(from) {
        if *byte != b'\n' {
            *byte = b' ';
        }
    }
}

/// How far to step over a word, so that the `r` of `for"` is not taken for a raw string.
fn word_or_byte(bytes: &[u8], at: usize) -> usize {
    let word = bytes.iter().skip(at).take_while(|byte| is_word(**byte)).count();
    word.max(1)
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// Where the comment or literal that begins at `at` ends; `at` itself if none begins there.
fn literal_end(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    match rest {
        [b'/', b'/', ..] => at + rest.iter().take_while(|byte| **byte != b'\n').count(),
        [b'/', b'*', ..] => at + block_comment(rest),
        [b'"', ..] => at + quoted(rest, 1),
        [b'b' | b'c', b'"', ..] => at + quoted(rest, 2),
        [b'b', b'\'', ..] => at + 1 + character(rest.get(1..).unwrap_or_default()),
        [b'\'', ..] => at + character(rest),
        [b'r', b'"' | b'#', ..] => at + raw(rest, 1),
        [b'b' | b'c', b'r', b'"' | b'#', ..] => at + raw(rest, 2),
        _ => at,
    }
}

fn block_comment(rest: &[u8]) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < rest.len() {
        match rest.get(at..at + 2) {
            Some(b"/*") => {
                depth += 1;
                at += 2;
            }
            Some(b"*/") => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    rest.len()
}

fn quoted(rest: &[u8], open: usize) -> usize {
    let mut at = open;
    while let Some(byte) = rest.get(at) {
        match byte {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

/// A raw string: as many `#` at its end as at its beginning. Raw identifiers (`r#type`) are no literals.
fn raw(rest: &[u8], prefix: usize) -> usize {
    let hashes = rest.iter().skip(prefix).take_while(|byte| **byte == b'#').count();
    if rest.get(prefix + hashes) != Some(&b'"') {
        return 0;
    }
    let mut end = vec![b'"'];
    end.extend(std::iter::repeat_n(b'#', hashes));
    let body = prefix + hashes + 1;
    let tail = rest.get(body..).unwrap_or_default();
    tail.windows(end.len())
        .position(|window| window == end)
        .map_or(rest.len(), |found| body + found + end.len())
}

/// A character literal; a lifetime (`'a`) is none.
fn character(rest: &[u8]) -> usize {
    if rest.get(1) == Some(&b'\\') {
        let tail = rest.iter().skip(3).take_while(|byte| **byte != b'\'').count();
        return (tail + 4).min(rest.len());
    }
    let width = match rest.get(1) {
        Some(0..=0x7f) => 1,
        Some(0xc0..=0xdf) => 2,
        Some(0xe0..=0xef) => 3,
        Some(_) => 4,
        None => return 0,
    };
    if rest.get(1 + width) == Some(&b'\'') {
        width + 2
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clean(text: &str) -> String {
        code_only(text).split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn comments_go_and_lines_stay() {
        let code = code_only("a // {\nb /* { /* } */\n */ c");
        assert_eq!(code.lines().map(str::trim).collect::<Vec<_>>(), ["a", "b", "c"]);
    }

    #[test]
    fn literals_go() {
        assert_eq!(
            clean(r###"f("{ \" }", '{', b'{', r#"} " "#, br"{", '\'', '\u{7d}')"###),
            "f( , , , , , , )"
        );
    }

    #[test]
    fn lifetimes_and_raw_identifiers_stay() {
        assert_eq!(clean("fn f<'a>(r#type: &'a str) {}"), "fn f<'a>(r#type: &'a str) {}");
    }

    #[test]
    fn the_test_module_is_found_and_a_test_only_item_is_not() {
        let code = "#[cfg(test)]\nuse x;\n#[cfg(test)]\nmod far;\n#[cfg(test)]\nmod tests {}";
        assert_eq!(test_module(code), code.rfind("#[cfg(test)]"));
        assert_eq!(test_files(code).collect::<Vec<_>>(), ["far"]);
    }
}
