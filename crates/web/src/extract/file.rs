//! The name of a file that is sent.

use axum::extract::FromRequestParts;
use http::HeaderName;
use http::request::Parts;

use super::caller::text_of;
use crate::problem::Refused;

/// The header with the file's name, in UTF-8. A name may tell of a person, and addresses end in logs.
pub const FILE_NAME: HeaderName = HeaderName::from_static("skillsyms-file-name");

/// The name of the file that is sent, if it has one.
pub struct FileName(pub Option<String>);

impl<S: Send + Sync> FromRequestParts<S> for FileName {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refused> {
        text_of(&parts.headers, &FILE_NAME, "Skillsyms-File-Name").map(Self)
    }
}
