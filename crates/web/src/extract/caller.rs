//! Who asks. A handler has no other way to the door than through these two, so none can forget to ask who it is.

use std::net::IpAddr;

use axum::extract::FromRequestParts;
use http::request::Parts;
use http::{HeaderMap, HeaderName, Method, header};
use skillsyms_core::problem::{Param, UNAUTHENTICATED};
use skillsyms_core::{CellId, Problem, Reference};
use skillsyms_door::{Actor, Door, Entrance};
use skillsyms_edge::ClientAddress;
use skillsyms_people::sign_in;
use skillsyms_people::token::Credential;

use crate::house::House;
use crate::problem::{HEADER, Refused};

/// The header that states why something is looked at. Learners see it.
pub const PURPOSE: HeaderName = HeaderName::from_static("skillsyms-purpose");

/// The circumstances of a request that every entry in the ledger tells.
#[derive(Clone)]
struct Circumstances {
    purpose: Option<String>,
    from: Option<IpAddr>,
    reference: Reference,
}

impl Circumstances {
    fn of(parts: &Parts, house: &House) -> Result<Self, Refused> {
        let reference = parts.extensions.get::<Reference>().copied();
        Ok(Self {
            purpose: text_of(&parts.headers, &PURPOSE, "Skillsyms-Purpose")?,
            from: parts.extensions.get::<ClientAddress>().map(|client| client.0),
            reference: reference.unwrap_or_else(|| house.door().reference()),
        })
    }

    fn enter<'h>(&self, house: &'h House, actor: Actor) -> Entrance<'h> {
        house
            .door()
            .enter(actor)
            .purpose(self.purpose.clone())
            .from(self.from)
            .reference(self.reference)
    }

    fn at_sign_in<'h>(&self, house: &'h House, actor: Actor) -> sign_in::Caller<'h> {
        sign_in::Caller::new(house.door(), actor)
            .from(self.from)
            .reference(self.reference)
    }
}

/// Somebody with a session or an API key. The tenant comes from the credential and from nowhere else.
#[derive(Clone)]
pub struct Caller {
    house: House,
    actor: Actor,
    circumstances: Circumstances,
    method: Method,
    path: String,
    once: Option<String>,
}

impl FromRequestParts<House> for Caller {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, house: &House) -> Result<Self, Refused> {
        let actor = credential(&parts.headers).ok_or(&UNAUTHENTICATED)?;
        Ok(Self {
            house: house.clone(),
            actor,
            circumstances: Circumstances::of(parts, house)?,
            method: parts.method.clone(),
            path: parts.uri.path().to_owned(),
            once: crate::idempotency::key(&parts.headers)?,
        })
    }
}

impl Caller {
    /// Somebody with a session in a cookie, as the pages found it.
    pub(crate) fn with_session(parts: &Parts, house: &House, actor: Actor) -> Result<Self, Refused> {
        Ok(Self {
            house: house.clone(),
            actor,
            circumstances: Circumstances::of(parts, house)?,
            method: parts.method.clone(),
            path: parts.uri.path().to_owned(),
            once: None,
        })
    }

    /// The same caller, whose form names the key under which its act is done once.
    #[must_use]
    pub(crate) fn keyed(mut self, key: String) -> Self {
        self.once = Some(key);
        self
    }

    /// Enters the door as this caller, with the purpose, the address and the reference of the request.
    #[must_use]
    pub fn enter(&self) -> Entrance<'_> {
        self.circumstances.enter(&self.house, self.actor)
    }

    /// The same caller with a purpose that stands in the body.
    #[must_use]
    pub fn because(mut self, purpose: String) -> Self {
        self.circumstances.purpose = Some(purpose);
        self
    }

    /// The services of the house that stand before the door.
    #[must_use]
    pub const fn house(&self) -> &House {
        &self.house
    }

    /// The door, for services that enter it several times, each with [`Caller::actor`].
    #[must_use]
    pub fn door(&self) -> &Door {
        self.house.door()
    }

    /// Who the door is told that it is.
    #[must_use]
    pub const fn actor(&self) -> Actor {
        self.actor
    }

    /// The same caller, for what takes more than one step with a password between them.
    #[must_use]
    pub fn at_sign_in(&self) -> sign_in::Caller<'_> {
        self.circumstances.at_sign_in(&self.house, self.actor)
    }

    /// The caller's address, for services.
    #[must_use]
    pub const fn from(&self) -> Option<IpAddr> {
        self.circumstances.from
    }

    /// The request's reference, for services.
    #[must_use]
    pub const fn reference(&self) -> Reference {
        self.circumstances.reference
    }

    /// The idempotency key, with the fingerprint of this request.
    pub(crate) fn once(&self, digest: &[u8; 32]) -> Option<(String, [u8; 32])> {
        let key = self.once.clone()?;
        Some((key, crate::idempotency::fingerprint(&self.method, &self.path, digest)))
    }
}

/// Somebody without a credential, on a route that is for everybody.
#[derive(Clone)]
pub struct Visitor {
    house: House,
    circumstances: Circumstances,
}

impl FromRequestParts<House> for Visitor {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, house: &House) -> Result<Self, Refused> {
        Ok(Self {
            house: house.clone(),
            circumstances: Circumstances::of(parts, house)?,
        })
    }
}

impl Visitor {
    /// Nobody, in this cell, for what takes more than one step with a password between them.
    #[must_use]
    pub fn at(&self, cell: CellId) -> sign_in::Caller<'_> {
        self.circumstances.at_sign_in(&self.house, Actor::Nobody(cell))
    }

    /// Enters the door of this cell as nobody.
    #[must_use]
    pub fn enter(&self, cell: CellId) -> Entrance<'_> {
        self.circumstances.enter(&self.house, Actor::Nobody(cell))
    }

    /// The services of the house that stand before the door.
    #[must_use]
    pub const fn house(&self) -> &House {
        &self.house
    }
}

/// The one credential of a request: `Authorization: Bearer …` (RFC 6750 section 2.1). Two are none.
fn credential(headers: &HeaderMap) -> Option<Actor> {
    let mut lines = headers.get_all(header::AUTHORIZATION).iter();
    let (line, None) = (lines.next()?, lines.next()) else {
        return None;
    };
    let (scheme, text) = line.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return None;
    }
    Credential::parse(text.trim_start_matches(' '))
}

/// A header's text in UTF-8, if it is there.
pub(super) fn text_of(headers: &HeaderMap, name: &HeaderName, shown: &'static str) -> Result<Option<String>, Refused> {
    let Some(value) = headers.get(name) else {
        return Ok(None);
    };
    let text = std::str::from_utf8(value.as_bytes());
    let text = text.map_err(|_| Problem::new(&HEADER).with("name", Param::Word(shown)))?;
    Ok(Some(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use skillsyms_people::token::{Minted, TokenKind};
    use skillsyms_vault::SystemRng;
    use uuid::Uuid;

    use super::*;

    fn headers(lines: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(header::AUTHORIZATION, HeaderValue::from_str(line).unwrap());
        }
        headers
    }

    #[test]
    fn one_bearer_credential_is_taken() {
        let made = Minted::new(TokenKind::Session, CellId::new(Uuid::from_u128(7)), &SystemRng);
        let text = made.text.expose();
        for line in [format!("Bearer {text}"), format!("bearer  {text}")] {
            let actor = credential(&headers(&[&line])).unwrap();
            assert_eq!(actor.cell(), CellId::new(Uuid::from_u128(7)));
        }
        let bearer = format!("Bearer {text}");
        let cases: [&[&str]; 6] = [
            &[],
            &["Bearer"],
            &["Bearer x"],
            &["Basic dTpw"],
            &[text],
            &[bearer.as_str(), bearer.as_str()],
        ];
        for lines in cases {
            assert!(credential(&headers(lines)).is_none(), "{lines:?}");
        }
    }
}
