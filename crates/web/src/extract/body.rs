//! Bodies that are no JSON: files that stream through, and none.

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use http::header;
use http_body_util::{BodyExt, LengthLimitError};
use skillsyms_core::Problem;
use skillsyms_core::problem::Param;
use skillsyms_vault::{Sha256, sha256};

use crate::problem::{BROKEN, MEDIA, Refused, TOO_LARGE};

/// A body that is not read as a whole: it streams, and its route limits it.
pub struct Upload {
    body: Body,
    media: String,
}

impl<S: Send + Sync> FromRequest<S> for Upload {
    type Rejection = Refused;

    async fn from_request(request: Request, _: &S) -> Result<Self, Refused> {
        Ok(Self {
            media: media_type(&request),
            body: request.into_body(),
        })
    }
}

impl Upload {
    /// Of one file in a form.
    pub(crate) const fn part(body: Body) -> Self {
        Self {
            body,
            media: String::new(),
        }
    }

    /// Refuses a body that is said to be of another media type.
    ///
    /// # Errors
    /// A problem that names the one that is taken.
    pub fn must_be(&self, media: &'static str) -> Result<(), Refused> {
        if self.media == media {
            return Ok(());
        }
        Err(Problem::new(&MEDIA).with("accepts", Param::Word(media)).into())
    }

    /// The next piece, or none at the end.
    ///
    /// # Errors
    /// A problem if it broke off or is longer than the route takes.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Refused> {
        loop {
            let Some(frame) = self.body.frame().await else {
                return Ok(None);
            };
            // Trailers carry nothing for us.
            if let Ok(piece) = frame.map_err(|error| broken(&error))?.into_data() {
                return Ok(Some(piece));
            }
        }
    }
}

impl Upload {
    /// Reads the body to its end and keeps nothing of it but its hash.
    ///
    /// # Errors
    /// As [`Upload::next`].
    pub async fn sha256(&mut self) -> Result<[u8; 32], Refused> {
        let mut hash = Sha256::default();
        while let Some(piece) = self.next().await? {
            hash.update(&piece);
        }
        Ok(hash.finish())
    }
}

/// No body, or an empty one. The limit of such a route is 0 bytes.
pub struct Empty;

impl Empty {
    /// The digest by which an idempotency key knows the request again.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        sha256(b"")
    }
}

impl<S: Send + Sync> FromRequest<S> for Empty {
    type Rejection = Refused;

    async fn from_request(request: Request, _: &S) -> Result<Self, Refused> {
        whole(request.into_body()).await.map(|_| Self)
    }
}

/// The whole body. Its size is limited by the route.
pub(crate) async fn whole(body: Body) -> Result<Bytes, Refused> {
    Ok(body.collect().await.map_err(|error| broken(&error))?.to_bytes())
}

/// The media type without its parameters, in lower case.
pub(crate) fn media_type(request: &Request) -> String {
    let named = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    named
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase()
}

/// Why a body cannot be read: it is over a limit, or the line broke.
pub(crate) fn broken(error: &(dyn std::error::Error + 'static)) -> Refused {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.is::<LengthLimitError>() {
            return (&TOO_LARGE).into();
        }
        cause = error.source();
    }
    (&BROKEN).into()
}
