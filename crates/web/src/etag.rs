//! Versions of records: `ETag` on what is read, `If-Match` on what is changed (RFC 9110 sections 8.8.3 and 13.1.1).

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Serialize;
use skillsyms_core::problem::STALE;

use crate::problem::{PRECONDITION, Refused};

/// The version that the caller read and means to change. Required: to change what one has not seen is to overwrite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IfMatch(pub i64);

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refused> {
        read(&parts.headers)
    }
}

/// The version that the caller read, if they say it: for what must not fail because somebody changed something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MayMatch(pub Option<i64>);

impl<S: Send + Sync> FromRequestParts<S> for MayMatch {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refused> {
        if !parts.headers.contains_key(header::IF_MATCH) {
            return Ok(Self(None));
        }
        read(&parts.headers).map(|IfMatch(version)| Self(Some(version)))
    }
}

/// `*` is no version: it means whatever is there.
fn read(headers: &HeaderMap) -> Result<IfMatch, Refused> {
    let mut lines = headers.get_all(header::IF_MATCH).iter();
    let Some(line) = lines.next().filter(|line| line.as_bytes() != b"*") else {
        return Err((&PRECONDITION).into());
    };
    // A tag that is not ours cannot be the record's.
    let version = line.to_str().ok().and_then(parse).filter(|_| lines.next().is_none());
    version.map(IfMatch).ok_or_else(|| (&STALE).into())
}

fn parse(text: &str) -> Option<i64> {
    let digits = text.trim().strip_prefix('"')?.strip_suffix('"')?;
    digits
        .parse()
        .ok()
        .filter(|version: &i64| *version > 0 && version.to_string() == digits)
}

/// `200` with a record and its version.
pub(crate) fn versioned<T: Serialize>(version: i64, body: &T) -> Response {
    with(StatusCode::OK, version, body)
}

fn with<T: Serialize>(status: StatusCode, version: i64, body: &T) -> Response {
    let mut response = (status, axum::Json(body)).into_response();
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{version}\"")) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_required_and_has_one_spelling() {
        let read = |lines: &[&str]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(header::IF_MATCH, HeaderValue::from_str(line).unwrap());
            }
            read(&headers).map_err(|refused| refused.0.code.status)
        };
        assert_eq!(read(&["\"3\""]), Ok(IfMatch(3)));
        assert_eq!(read(&[]), Err(428));
        assert_eq!(read(&["*"]), Err(428));
        for other in ["3", "W/\"3\"", "\"03\"", "\"x\"", "\"-1\"", "\"1\", \"2\""] {
            assert_eq!(read(&[other]), Err(412), "{other}");
        }
        assert_eq!(read(&["\"1\"", "\"2\""]), Err(412));
    }

    #[test]
    fn what_is_read_carries_the_tag_that_a_change_takes() {
        let response = versioned(7, &"x");
        let mut headers = HeaderMap::new();
        headers.insert(header::IF_MATCH, response.headers()[header::ETAG].clone());
        assert_eq!(read(&headers).unwrap(), IfMatch(7));
    }
}
