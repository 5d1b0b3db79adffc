//! What a page knows of the request before its handler runs: whose page, which language, which session, the nonce of
//! the answer.

use std::sync::{Arc, OnceLock};

use axum::extract::FromRequestParts;
use http::request::Parts;
use http::{HeaderMap, Method};
use skillsyms_core::problem::INTERNAL;
use skillsyms_core::{CellId, Problem, Reference};
use skillsyms_door::Actor;
use skillsyms_people::token::Credential;
use skillsyms_vault::{Carried, Secret, SystemRng, token};

use super::carry::Sent;
use super::cookie;
use super::place::Place;
use super::words::Words;
use crate::house::House;
use crate::problem::Refused;

/// Random bytes of a nonce (CSP level 3 asks for 128 bits).
const NONCE_BYTES: usize = 16;

/// What is known of the request. Cheap to clone.
#[derive(Clone)]
pub struct Asked(Arc<Known>);

struct Known {
    words: Words,
    nonce: String,
    place: Option<Place>,
    cell: Option<CellId>,
    session: Option<Session>,
    method: Method,
    path: String,
    query: String,
    reference: Option<Reference>,
    sent: OnceLock<Sent>,
}

/// The session of the cookie. Nothing of it is believed yet: the door looks it up.
pub struct Session {
    /// Who the door is told that it is.
    pub actor: Actor,
    /// The hash under which it is kept.
    pub hash: [u8; 32],
    token: Secret<String>,
}

impl Session {
    /// Of a token that was just made.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        match Credential::parse(text)? {
            actor @ Actor::Session { hash, .. } => Some(Self {
                actor,
                hash,
                token: Secret::new(text.to_owned()),
            }),
            _ => None,
        }
    }

    /// What is bound to this session.
    #[must_use]
    pub fn carried(&self) -> Carried {
        Carried::by(self.token.expose())
    }
}

impl Asked {
    /// Of a request that stands nowhere: an address that is not there.
    pub(crate) fn stray(request: &Parts) -> Self {
        Self::with(request, None, None)
    }

    /// Of a request for a page.
    pub(crate) async fn of(house: &House, request: &Parts) -> Result<Self, Problem> {
        let cell = match Place::of(request.uri.path()) {
            None => None,
            Some(Place::Platform) => Some(house.door().platform()),
            Some(Place::Tenant(slug)) => match house.door().tenant_at_work(&slug).await {
                Ok(cell) => Some(cell),
                // A name that nobody has, or that is suspended, reads no cookie, and all goes on as for somebody without one.
                Err(problem) if problem == Problem::not_found() => None,
                Err(problem) => return Err(problem),
            },
        };
        let session = cell.and_then(|cell| session(&request.headers, cell));
        Ok(Self::with(request, cell, session))
    }

    fn with(request: &Parts, cell: Option<CellId>, session: Option<Session>) -> Self {
        Self(Arc::new(Known {
            words: Words::of(&request.headers),
            nonce: token(&SystemRng, NONCE_BYTES),
            place: Place::of(request.uri.path()),
            cell,
            session,
            method: request.method.clone(),
            path: request.uri.path().to_owned(),
            query: request.uri.query().unwrap_or_default().to_owned(),
            reference: request.extensions.get::<Reference>().copied(),
            sent: OnceLock::new(),
        }))
    }

    /// The language.
    #[must_use]
    pub fn words(&self) -> Words {
        self.0.words
    }

    /// The nonce of the answer's script.
    #[must_use]
    pub fn nonce(&self) -> &str {
        &self.0.nonce
    }

    /// Whose page it is; none for what is public.
    #[must_use]
    pub fn place(&self) -> Option<&Place> {
        self.0.place.as_ref()
    }

    /// The cell that the address names, if there is one of that name. It chooses the cookie and nothing else.
    #[must_use]
    pub fn cell(&self) -> Option<CellId> {
        self.0.cell
    }

    /// The session of the cookie, if there is one of this place.
    #[must_use]
    pub fn session(&self) -> Option<&Session> {
        self.0.session.as_ref()
    }

    /// Path of the request.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.0.path
    }

    /// Query of the request, as it came.
    #[must_use]
    pub fn query(&self) -> &str {
        &self.0.query
    }

    /// Path and query, to come back to.
    #[must_use]
    pub fn address(&self) -> String {
        if self.0.query.is_empty() {
            self.0.path.clone()
        } else {
            format!("{}?{}", self.0.path, self.0.query)
        }
    }

    /// Whether the request only reads.
    #[must_use]
    pub fn reads(&self) -> bool {
        [Method::GET, Method::HEAD].contains(&self.0.method)
    }

    /// Names the request to people.
    #[must_use]
    pub fn reference(&self) -> Option<Reference> {
        self.0.reference
    }

    /// The form that was sent, once it was read.
    #[must_use]
    pub(crate) fn sent(&self) -> Option<&Sent> {
        self.0.sent.get()
    }

    pub(crate) fn keep(&self, sent: Sent) {
        // A request has one body, so there is nothing in it yet.
        let _ = self.0.sent.set(sent);
    }
}

/// The session in the cookie of this cell. A token of another cell is none: the address and the records would differ.
fn session(headers: &HeaderMap, cell: CellId) -> Option<Session> {
    let text = cookie::read(headers, &cookie::session_name(cell))?;
    Session::of(text).filter(|session| session.actor.cell() == cell)
}

impl<S: Send + Sync> FromRequestParts<S> for Asked {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refused> {
        let asked = parts.extensions.get::<Self>().cloned();
        asked.ok_or_else(|| Refused::from(&INTERNAL))
    }
}
