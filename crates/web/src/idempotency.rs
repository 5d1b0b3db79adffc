//! Idempotency keys: a POST that makes something is done at most once for a key, however often it is sent.
//!
//! What was done before answers `200` with the id, and `Idempotency-Replayed: true`. The body of the first answer is
//! not kept: it may have held a secret.

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use schemars::JsonSchema;
use serde::Serialize;
use skillsyms_core::problem::Param;
use skillsyms_core::{Problem, problem};
use skillsyms_door::once::KEY_CHARS_MAX;
use skillsyms_door::{Act, Once, OnceKey};
use skillsyms_vault::sha256;
use uuid::Uuid;

use crate::extract::Caller;
use crate::problem::{HEADER, Refused};

/// The header with the caller's key.
pub const KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// The header that says that it was done before.
pub const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// What was made.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Made {
    /// Its id.
    #[schemars(with = "skillsyms_core::Reference")]
    pub id: Uuid,
}

/// The key of a request, if it has one.
pub(crate) fn key(headers: &HeaderMap) -> Result<Option<String>, Refused> {
    let mut lines = headers.get_all(KEY).iter();
    let Some(line) = lines.next() else { return Ok(None) };
    let text = line
        .to_str()
        .ok()
        .filter(|text| (1..=KEY_CHARS_MAX).contains(&text.len()));
    match (text, lines.next()) {
        (Some(text), None) => Ok(Some(text.to_owned())),
        _ => Err(Problem::new(&HEADER)
            .with("name", Param::Word("Idempotency-Key"))
            .into()),
    }
}

/// By what a request is known again: SHA-256 of method, path and the digest of the body.
pub(crate) fn fingerprint(method: &Method, path: &str, digest: &[u8; 32]) -> [u8; 32] {
    sha256(
        &[
            method.as_str().as_bytes(),
            b"\0",
            path.as_bytes(),
            b"\0",
            digest.as_slice(),
        ]
        .concat(),
    )
}

impl Caller {
    /// Does an act that makes something: once, if the caller sent a key.
    ///
    /// # Errors
    /// What the door refuses.
    pub async fn make<A: Act>(
        &self,
        act: A,
        digest: &[u8; 32],
        id: fn(&A::Output) -> Option<Uuid>,
    ) -> Result<Once<A::Output>, Refused> {
        let Some((key, fingerprint)) = self.once(digest) else {
            return Ok(Once::Done(self.enter().run(act).await?));
        };
        Ok(self
            .enter()
            .run_once(
                act,
                OnceKey {
                    key,
                    fingerprint,
                    resource: id,
                },
            )
            .await?)
    }
}

/// `201` with what was made and where it is, or `200` with the id of what was made before.
pub(crate) fn made<T, U: Serialize>(once: Once<T>, folder: &str, shape: impl FnOnce(T) -> (Uuid, U)) -> Response {
    match once {
        Once::Done(output) => {
            let (id, body) = shape(output);
            let mut response = (StatusCode::CREATED, axum::Json(body)).into_response();
            if let Ok(place) = HeaderValue::from_str(&format!("{folder}/{id}")) {
                response.headers_mut().insert(header::LOCATION, place);
            }
            response
        }
        Once::Before { resource: Some(id) } => {
            let mut response = axum::Json(Made { id }).into_response();
            response
                .headers_mut()
                .insert(REPLAYED, HeaderValue::from_static("true"));
            response
        }
        Once::Before { resource: None } => Refused::from(&problem::INTERNAL).into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_known_again_by_all_that_it_says() {
        let of = |method, path, body: &[u8]| fingerprint(&method, path, &sha256(body));
        let first = of(Method::POST, "/a", b"{}");
        assert_eq!(first, of(Method::POST, "/a", b"{}"));
        assert_ne!(first, of(Method::PUT, "/a", b"{}"));
        assert_ne!(first, of(Method::POST, "/b", b"{}"));
        assert_ne!(first, of(Method::POST, "/a", b"{ }"));
    }

    #[test]
    fn a_key_is_one_line_of_128_characters_at_most() {
        let read = |lines: &[&str]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(KEY, HeaderValue::from_str(line).unwrap());
            }
            key(&headers)
        };
        assert!(read(&[]).unwrap().is_none());
        assert_eq!(read(&["abc"]).unwrap().unwrap(), "abc");
        assert!(read(&[""]).is_err());
        assert!(read(&["a", "b"]).is_err());
        assert!(read(&[&"x".repeat(129)]).is_err());
    }
}
