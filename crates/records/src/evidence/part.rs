//! Which bytes of a file are wanted, and which of them there are (RFC 9110 section 14).

use std::ops::Range;

/// One range of bytes, as it is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    /// From this byte to the end.
    From(u64),
    /// From this byte to that one, both of them too.
    FromTo(u64, u64),
    /// So many at the end.
    Last(u64),
}

/// What of a file is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Which bytes.
    pub span: Span,
    /// The hash of the file of which the rest is there already, in hexadecimal: of any other file all of it is wanted.
    pub only_of: Option<String>,
}

/// What of a file is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// All of it.
    Whole,
    /// These bytes.
    Some(Range<u64>),
    /// None: it has no such bytes.
    Beyond,
}

impl Part {
    /// Of a file that has so many bytes and this hash.
    #[must_use]
    pub fn of(wanted: Option<&Wanted>, size: u64, sha256: &str) -> Self {
        let Some(wanted) = wanted else { return Self::Whole };
        if wanted.only_of.as_ref().is_some_and(|only| only != sha256) {
            return Self::Whole;
        }
        let range = match wanted.span {
            Span::From(first) => first..size,
            Span::FromTo(first, last) => first..last.saturating_add(1).min(size),
            Span::Last(count) => size.saturating_sub(count)..size,
        };
        if range.is_empty() {
            Self::Beyond
        } else {
            Self::Some(range)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(span: Span) -> Part {
        Part::of(Some(&Wanted { span, only_of: None }), 10, "aa")
    }

    #[test]
    fn a_range_is_cut_to_what_there_is() {
        assert_eq!(of(Span::From(0)), Part::Some(0..10));
        assert_eq!(of(Span::From(9)), Part::Some(9..10));
        assert_eq!(of(Span::From(10)), Part::Beyond);
        assert_eq!(of(Span::FromTo(2, 4)), Part::Some(2..5));
        assert_eq!(of(Span::FromTo(2, u64::MAX)), Part::Some(2..10));
        assert_eq!(of(Span::FromTo(4, 2)), Part::Beyond);
        assert_eq!(of(Span::Last(3)), Part::Some(7..10));
        assert_eq!(of(Span::Last(30)), Part::Some(0..10));
        assert_eq!(of(Span::Last(0)), Part::Beyond);
    }

    #[test]
    fn of_another_file_all_is_given() {
        let wanted = |only: &str| Wanted {
            span: Span::From(5),
            only_of: Some(only.to_owned()),
        };
        assert_eq!(Part::of(Some(&wanted("aa")), 10, "aa"), Part::Some(5..10));
        assert_eq!(Part::of(Some(&wanted("bb")), 10, "aa"), Part::Whole);
        assert_eq!(Part::of(None, 10, "aa"), Part::Whole);
    }
}
