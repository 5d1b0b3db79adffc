//! Which bytes of a file are asked for (RFC 9110 sections 13.1.5 and 14.2).

use axum::extract::FromRequestParts;
use http::request::Parts;
use http::{HeaderMap, Method, header};
use skillsyms_records::evidence::{Span, Wanted};

use crate::problem::Refused;

/// The one range of bytes that is asked for. What is no such range, or several, is as if it were not there: then the whole
/// file is answered, which is always right.
pub struct Ranged(pub Option<Wanted>);

impl<S: Send + Sync> FromRequestParts<S> for Ranged {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refused> {
        // Of any other method it says nothing.
        let is_get = parts.method == Method::GET;
        Ok(Self(is_get.then(|| wanted(&parts.headers)).flatten()))
    }
}

fn wanted(headers: &HeaderMap) -> Option<Wanted> {
    let mut lines = headers.get_all(header::RANGE).iter();
    let (line, None) = (lines.next()?, lines.next()) else {
        return None;
    };
    let (unit, set) = line.to_str().ok()?.split_once('=')?;
    if !unit.eq_ignore_ascii_case("bytes") {
        return None;
    }
    let span = span(set.trim_matches([' ', '\t']))?;
    let only_of = match headers.get(header::IF_RANGE) {
        None => None,
        // A date, or a weak tag, is none of our files: all of it is answered.
        Some(tag) => Some(hash(tag.to_str().ok()?).unwrap_or_default().to_owned()),
    };
    Some(Wanted { span, only_of })
}

fn span(text: &str) -> Option<Span> {
    let (first, last) = text.split_once('-')?;
    let number = |text: &str| {
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        // What no file is as long as is beyond its end.
        is_number.then(|| text.parse().unwrap_or(u64::MAX))
    };
    match (first, last) {
        ("", count) => number(count).map(Span::Last),
        (first, "") => number(first).map(Span::From),
        (first, last) => {
            let (first, last) = (number(first)?, number(last)?);
            (first <= last).then_some(Span::FromTo(first, last))
        }
    }
}

/// The hash in a strong tag of ours.
fn hash(tag: &str) -> Option<&str> {
    tag.trim().strip_prefix('"')?.strip_suffix('"')
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn of(lines: &[(header::HeaderName, &str)]) -> Option<Wanted> {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(name, HeaderValue::from_str(value).unwrap());
        }
        wanted(&headers)
    }

    fn range(text: &str) -> Option<Span> {
        of(&[(header::RANGE, text)]).map(|wanted| wanted.span)
    }

    #[test]
    fn one_range_of_bytes_is_read() {
        assert_eq!(range("bytes=0-"), Some(Span::From(0)));
        assert_eq!(range("Bytes=5-9"), Some(Span::FromTo(5, 9)));
        assert_eq!(range("bytes= 5-9 "), Some(Span::FromTo(5, 9)));
        assert_eq!(range("bytes=-20"), Some(Span::Last(20)));
        assert_eq!(range("bytes=99999999999999999999-"), Some(Span::From(u64::MAX)));
    }

    #[test]
    fn anything_else_is_as_if_it_were_not_there() {
        for text in [
            "bytes",
            "bytes=",
            "bytes=-",
            "bytes=a-b",
            "bytes=9-5",
            "bytes=0-1,3-4",
            "bytes=0-1, 3-4",
            "bytes=+1-2",
            "bytes=1-2-3",
            "items=0-1",
            "bytes=0x1-2",
            "=0-1",
        ] {
            assert_eq!(range(text), None, "{text}");
        }
        assert_eq!(of(&[(header::RANGE, "bytes=0-1"), (header::RANGE, "bytes=2-3")]), None);
    }

    #[test]
    fn the_rest_is_asked_for_of_one_file_only() {
        let only = |tag| of(&[(header::RANGE, "bytes=0-"), (header::IF_RANGE, tag)]).map(|wanted| wanted.only_of);
        assert_eq!(only("\"aa\""), Some(Some("aa".to_owned())));
        for tag in ["W/\"aa\"", "Sun, 22 Nov 2026 10:00:00 GMT", "aa"] {
            assert_eq!(only(tag), Some(Some(String::new())), "{tag}");
        }
    }
}
