//! The ids in a path.

use std::fmt::Display;
use std::str::FromStr;

use axum::extract::{FromRequestParts, RawPathParams};
use http::request::Parts;
use skillsyms_core::{ModuleId, Problem};

use crate::problem::Refused;

/// An id that nothing has. A malformed id goes through the door as this one, so that it is answered, entered and
/// refused exactly like an id of something that is absent.
pub(crate) const OF_NOTHING: &str = "00000000-0000-0000-0000-000000000000";

/// The parameter `{id}` of the path.
pub struct Id<T>(pub T);

impl<S: Send + Sync, T: FromStr + Display> FromRequestParts<S> for Id<T> {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refused> {
        named(parts, state, "id").await.map(Self)
    }
}

/// The parameter `{module}` of the path.
pub struct InModule(pub ModuleId);

impl<S: Send + Sync> FromRequestParts<S> for InModule {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refused> {
        named(parts, state, "module").await.map(Self)
    }
}

async fn named<S: Send + Sync, T: FromStr + Display>(parts: &mut Parts, state: &S, wanted: &str) -> Result<T, Refused> {
    // A path that is no text names nothing either.
    let params = RawPathParams::from_request_parts(parts, state).await.ok();
    let mut params = params.iter().flatten();
    let text = params.find(|(name, _)| *name == wanted).map_or("", |(_, text)| text);
    parse(text)
        .or_else(|| parse(OF_NOTHING))
        .ok_or_else(|| Problem::not_found().into())
}

/// An id has one spelling: as it is written in answers.
fn parse<T: FromStr + Display>(text: &str) -> Option<T> {
    text.parse::<T>().ok().filter(|id| id.to_string() == text)
}

#[cfg(test)]
mod tests {
    use skillsyms_core::LearnerId;

    use super::*;

    #[test]
    fn an_id_has_one_spelling() {
        let text = "019a9d3c-0c1b-7c55-8d2e-5b7d2f6a1e90";
        assert!(parse::<LearnerId>(text).is_some());
        for other in [
            text.to_uppercase(),
            text.replace('-', ""),
            format!("{{{text}}}"),
            "1".to_owned(),
            String::new(),
        ] {
            assert!(parse::<LearnerId>(&other).is_none(), "{other}");
        }
        assert!(parse::<LearnerId>(OF_NOTHING).is_some());
    }
}
