//! Idempotency keys: a POST that makes something is done at most once for a key, however often it is sent.
//!
//! What was done before answers `200` with the id, and `Idempotency-Replayed: true`. The body of the first answer is
//! not kept: it may have held a secret.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use schemars::JsonSchema;
use serde::Serialize;
use skillsyms_core::problem::Param;
use skillsyms_core::{Code, Problem, problem};
use skillsyms_door::once::KEY_CHARS_MAX;
use skillsyms_door::{Act, Actor, Before, Once, OnceKey};
use skillsyms_vault::{Sha256, sha256};
use uuid::Uuid;

use crate::extract::Caller;
use crate::house::House;
use crate::problem::{HEADER, Refused};

/// The header with the caller's key.
pub const KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// The header that says that it was done before.
pub const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// The first request with this key streams in at this moment.
pub static RUNNING: Code = Code::new(
    "idempotency.running",
    409,
    "The first request with this key is still being done. Wait for its answer, or send this one again later.",
);

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
        self.make_all(act, digest, move |output| id(output).into_iter().collect())
            .await
    }

    /// Does an act that makes several things: once, if the caller sent a key.
    ///
    /// # Errors
    /// What the door refuses.
    pub async fn make_all<A: Act>(
        &self,
        act: A,
        digest: &[u8; 32],
        ids: impl Fn(&A::Output) -> Vec<Uuid> + Send + Sync + 'static,
    ) -> Result<Once<A::Output>, Refused> {
        let Some((key, fingerprint)) = self.once(digest) else {
            return Ok(Once::Done(self.enter().run(act).await?));
        };
        let once = OnceKey {
            key,
            fingerprint,
            resources: Box::new(ids),
        };
        Ok(self.enter().run_once(act, once).await?)
    }

    /// Looks whether a request whose body streams was done before. Its body is known again only when all of it was read,
    /// so whoever asks reads it to its end first, and stores nothing of it.
    ///
    /// # Errors
    /// [`RUNNING`] while the first one with this key is under way; a problem with the credential.
    pub(crate) async fn streams(&self) -> Result<Stream, Refused> {
        let Some((key, _)) = self.once(&[0; 32]) else {
            return Ok(Stream::First(None));
        };
        let turn = Turn::take(self.house(), self.actor(), &key).ok_or(&RUNNING)?;
        Ok(match self.enter().before(key).await? {
            Some(before) => Stream::Again(before),
            None => Stream::First(Some(turn)),
        })
    }
}

impl Caller {
    /// The ids of what was made before, if this request, with this digest, made it.
    ///
    /// # Errors
    /// A problem if the key came with another request.
    pub(crate) fn of(&self, before: Before, digest: &[u8; 32]) -> Result<Vec<Uuid>, Refused> {
        let fingerprint = self.once(digest).map(|(_, fingerprint)| fingerprint);
        Ok(before.of(&fingerprint.unwrap_or_default())?)
    }
}

/// A request whose body streams, as its idempotency key tells.
pub(crate) enum Stream {
    /// It was not done before. Whoever does it holds the turn until it is done.
    First(Option<Turn>),
    /// Something was done before under its key.
    Again(Before),
}

/// The keys of requests that stream in now, each with its actor.
#[derive(Default)]
pub(crate) struct Turns(Mutex<HashSet<(Actor, String)>>);

/// The turn of one request that streams. While it is held, another request of the same actor with the same key waits its own:
/// else both would be done, because a key is kept only at the end. It is kept in memory: it ends with the process.
pub(crate) struct Turn {
    house: House,
    of: (Actor, String),
}

impl Turn {
    fn take(house: &House, actor: Actor, key: &str) -> Option<Self> {
        let of = (actor, key.to_owned());
        let mut turns = house.turns().0.lock().unwrap_or_else(PoisonError::into_inner);
        turns.insert(of.clone()).then(|| Self {
            house: house.clone(),
            of,
        })
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut turns = self.house.turns().0.lock().unwrap_or_else(PoisonError::into_inner);
        turns.remove(&self.of);
    }
}

/// What a streamed request is known by: what it declared and what it held.
pub(crate) fn streamed(declared: &[&[u8]], sha256_of_body: &[u8; 32]) -> [u8; 32] {
    let mut all = Sha256::default();
    for part in declared {
        all.update(&(part.len() as u64).to_be_bytes());
        all.update(part);
    }
    all.update(sha256_of_body);
    all.finish()
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
        Once::Before { resources } => made_before(&resources),
    }
}

/// `200` with the id of what was made before.
pub(crate) fn made_before(resources: &[Uuid]) -> Response {
    match resources.first() {
        Some(id) => again(&Made { id: *id }),
        None => Refused::from(&problem::INTERNAL).into_response(),
    }
}

/// `200` with what a request answers that was done before.
pub(crate) fn again<T: Serialize>(body: &T) -> Response {
    let mut response = axum::Json(body).into_response();
    response
        .headers_mut()
        .insert(REPLAYED, HeaderValue::from_static("true"));
    response
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
