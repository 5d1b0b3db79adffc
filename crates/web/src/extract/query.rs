//! Query strings.

use axum::extract::FromRequestParts;
use http::request::Parts;
use serde::de::DeserializeOwned;

use super::shape;
use crate::problem::Refused;

/// The parameters of the query string. Unknown ones, and one given twice, are refused.
pub struct Query<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refused> {
        parse(parts.uri.query().unwrap_or_default()).map(Self)
    }
}

fn parse<T: DeserializeOwned>(text: &str) -> Result<T, Refused> {
    let reader = serde_urlencoded::Deserializer::new(form_urlencoded::parse(text.as_bytes()));
    serde_path_to_error::deserialize(reader).map_err(|error| {
        let mut problem = shape::problem(error.path(), &error.inner().to_string());
        // A parameter has a name, not a place in a document.
        for refused in &mut problem.fields {
            refused.field = refused.field.trim_start_matches('/').to_owned().into();
        }
        problem.into()
    })
}

#[cfg(test)]
mod tests {
    use skillsyms_people::PageAsk;

    use super::*;

    #[test]
    fn the_parameter_is_named() {
        let refused = |text| parse::<PageAsk>(text).unwrap_err().0.fields[0].field.to_string();
        assert!(parse::<PageAsk>("").is_ok());
        assert_eq!(parse::<PageAsk>("limit=7").unwrap().limit.get(), 7);
        assert_eq!(refused("limit=0"), "limit");
        assert_eq!(refused("limit=x"), "limit");
        assert_eq!(refused("cursor=x"), "cursor");
        assert_eq!(refused("page=2"), "page");
        assert_eq!(refused("limit=1&limit=2"), "limit");
    }
}
