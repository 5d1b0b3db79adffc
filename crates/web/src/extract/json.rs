//! JSON bodies.

use axum::extract::{FromRequest, Request};
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use skillsyms_core::Problem;
use skillsyms_core::problem::Param;
use skillsyms_vault::sha256;

use super::{body, shape};
use crate::problem::{MALFORMED, MEDIA, Refused};

/// The media type that is taken.
const JSON: &str = "application/json";

/// A JSON body, with the digest by which an idempotency key knows it again.
pub struct Json<T> {
    /// What it says.
    pub value: T,
    /// SHA-256 of the body as it was sent.
    pub digest: [u8; 32],
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Refused;

    async fn from_request(request: Request, _: &S) -> Result<Self, Refused> {
        if body::media_type(&request) != JSON {
            return Err(Problem::new(&MEDIA).with("accepts", Param::Word(JSON)).into());
        }
        let bytes = body::whole(request.into_body()).await?;
        Ok(Self {
            value: parse(&bytes)?,
            digest: sha256(&bytes),
        })
    }
}

/// Reads one document. `serde_json` stops at a depth of 128.
fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Refused> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| match error.inner().classify() {
        Category::Data => shape::problem(error.path(), &error.inner().to_string()).into(),
        Category::Syntax | Category::Eof | Category::Io => Refused::from(&MALFORMED),
    })?;
    reader.end().map_err(|_| Refused::from(&MALFORMED))?;
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(bytes: &[u8]) -> &'static str {
        parse::<serde_json::Map<String, serde_json::Value>>(bytes)
            .map_or_else(|refused| refused.0.code.name, |_| "read")
    }

    #[test]
    fn what_is_no_json_is_malformed() {
        let deep = "[".repeat(100_000);
        let cases: [&[u8]; 7] = [
            b"",
            b"{",
            b"{}{}",
            b"{\"a\":\xff}",
            b"{'a':1}",
            b"{\"a\":1,}",
            deep.as_bytes(),
        ];
        for bytes in cases {
            assert!(["body_malformed", "invalid"].contains(&code(bytes)), "{bytes:?}");
        }
        assert_eq!(code(format!("{{\"a\":{deep}").as_bytes()), "body_malformed");
        assert_eq!(code(b" {\"a\": [1]} "), "read");
        assert_eq!(code(b"7"), "invalid");
    }
}
