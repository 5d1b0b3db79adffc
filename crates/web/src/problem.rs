//! Problems as they leave the house: RFC 9457, made of static codes and typed parameters only.
//!
//! A handler answers a [`Refused`]; the text is written in one place, by [`render`], which knows the reference that
//! the request was given. No text from below reaches it, because a [`Problem`] cannot carry any.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::{Map, Value, json};
use skillsyms_core::problem::{Param, UNAUTHENTICATED};
use skillsyms_core::{Code, Problem, Reference};
use skillsyms_records::evidence::FileError;

/// The media type of problems, RFC 9457 section 3.
pub const MEDIA_TYPE: &str = "application/problem+json";
/// What every problem's `type` begins with. The code follows, for example `urn:skillsyms:problem:stale`.
pub const TYPE_PREFIX: &str = "urn:skillsyms:problem:";
/// Seconds after which a caller may try again who was told that the house is busy.
const RETRY_AFTER_SECONDS: HeaderValue = HeaderValue::from_static("1");

/// No such path.
pub static NO_ROUTE: Code = Code::new(
    "no_route",
    404,
    "There is no such address. The API is described at /api/v1/openapi.json.",
);
/// The path exists, but not with this method.
pub static METHOD: Code = Code::new(
    "method_not_allowed",
    405,
    "This address does not take that method. The header Allow says which it takes.",
);
/// The body is not JSON.
pub static MALFORMED: Code = Code::new(
    "body_malformed",
    400,
    "The body is not JSON, or is nested too deep. Send one JSON document in UTF-8.",
);
/// The body broke off.
pub static BROKEN: Code = Code::new("body_broken", 400, "The body broke off. Send the request again.");
/// The body is longer than the route takes.
pub static TOO_LARGE: Code = Code::new("body_too_large", 413, "This is too large. Send less at once.");
/// The body is of another media type.
pub static MEDIA: Code = Code::new(
    "media_type",
    415,
    "This address takes another kind of content. The parameter accepts says which.",
);
/// The answer cannot be given in the form that is asked for.
pub static NOT_ACCEPTABLE: Code = Code::new(
    "not_acceptable",
    406,
    "This is not to be had in that form. The parameter offers says in which.",
);
/// A header that cannot be read.
pub static HEADER: Code = Code::new("header", 400, "A header cannot be read. The parameter name says which.");
/// A change without `If-Match`.
pub static PRECONDITION: Code = Code::new(
    "precondition_required",
    428,
    "Say which version you change: read the record, and send its ETag in the header If-Match.",
);

/// A problem on its way out of a handler.
#[derive(Clone, Debug)]
pub struct Refused(pub Problem);

/// What a handler gives.
pub type Answer = Result<Response, Refused>;

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl From<FileError> for Refused {
    fn from(error: FileError) -> Self {
        Self(error.into())
    }
}

impl From<&'static Code> for Refused {
    fn from(code: &'static Code) -> Self {
        Self(Problem::new(code))
    }
}

/// The problem of an answer whose text is not written yet.
#[derive(Clone, Debug)]
struct Unwritten(Problem);

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = status(&self.0);
        response.extensions_mut().insert(Unwritten(self.0));
        response
    }
}

/// Writes the text of an answer that a handler left as a problem; any other answer stays as it is.
pub fn write(mut response: Response, reference: Option<Reference>) -> Response {
    let Some(Unwritten(problem)) = response.extensions_mut().remove::<Unwritten>() else {
        return response;
    };
    let mut written = render(&problem, reference);
    // What was set around the handler, for example `Allow`, stays.
    for (name, value) in response.headers() {
        if name != header::CONTENT_LENGTH {
            written.headers_mut().entry(name).or_insert(value.clone());
        }
    }
    written
}

/// The problem of an answer: one that a handler left, or one that a layer of the edge gave.
pub(crate) fn take(response: &mut Response) -> Option<Problem> {
    let extensions = response.extensions_mut();
    if let Some(Unwritten(problem)) = extensions.remove::<Unwritten>() {
        return Some(problem);
    }
    extensions.remove::<&'static Code>().map(Problem::new)
}

/// The whole answer for a problem.
#[must_use]
pub fn render(problem: &Problem, reference: Option<Reference>) -> Response {
    let mut response = Response::new(Body::from(body(problem, reference).to_string()));
    *response.status_mut() = status(problem);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    if problem.code.status == UNAUTHENTICATED.status {
        headers.insert(
            header::WWW_AUTHENTICATE,
            HeaderValue::from_static("Bearer realm=\"skillsyms\""),
        );
    }
    if problem.code.status == 503 {
        headers.insert(header::RETRY_AFTER, RETRY_AFTER_SECONDS);
    }
    response
}

/// The document.
#[must_use]
pub fn body(problem: &Problem, reference: Option<Reference>) -> Value {
    let mut document = Map::new();
    let code = problem.code;
    document.insert("type".to_owned(), format!("{TYPE_PREFIX}{}", code.name).into());
    document.insert("title".to_owned(), code.title.into());
    document.insert("status".to_owned(), code.status.into());
    document.insert("code".to_owned(), code.name.into());
    if let Some(reference) = reference {
        document.insert("instance".to_owned(), format!("urn:uuid:{reference}").into());
        document.insert("reference".to_owned(), reference.to_string().into());
    }
    if !problem.params.is_empty() {
        let params = problem
            .params
            .iter()
            .map(|(name, value)| ((*name).to_owned(), param(value)));
        document.insert("params".to_owned(), Value::Object(params.collect()));
    }
    if !problem.fields.is_empty() {
        let errors = problem
            .fields
            .iter()
            .map(|error| json!({ "field": error.field, "code": error.code, "message": error.message }));
        document.insert("errors".to_owned(), errors.collect());
    }
    Value::Object(document)
}

fn status(problem: &Problem) -> StatusCode {
    StatusCode::from_u16(problem.code.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

fn param(value: &Param) -> Value {
    match value {
        Param::Int(number) => (*number).into(),
        Param::Word(word) => (*word).into(),
        Param::Id(id) => id.to_string().into(),
        Param::At(at) => at.to_string().into(),
        Param::Words(words) => words.iter().copied().map(Value::from).collect(),
    }
}

/// The schema of problems, for the OpenAPI document.
#[must_use]
pub fn schema() -> Value {
    json!({
        "type": "object",
        "description": "What went wrong (RFC 9457). Match on `code`; show `title`; quote `reference`.",
        "required": ["type", "title", "status", "code"],
        "properties": {
            "type": { "type": "string", "format": "uri", "description": "`urn:skillsyms:problem:` and the code." },
            "title": { "type": "string", "description": "What happened and what to do next." },
            "status": { "type": "integer" },
            "code": { "type": "string", "description": "Stable name of what happened." },
            "instance": { "type": "string", "format": "uri", "description": "This occurrence." },
            "reference": { "type": "string", "format": "uuid", "description": "Names the request; quote it when you report it." },
            "params": { "type": "object", "description": "Typed parameters of the problem." },
            "errors": {
                "type": "array",
                "description": "The values that were refused.",
                "items": {
                    "type": "object",
                    "required": ["field", "code", "message"],
                    "properties": {
                        "field": { "type": "string", "description": "JSON pointer into the body (RFC 6901), or the name of a parameter or column." },
                        "code": { "type": "string" },
                        "message": { "type": "string" }
                    }
                }
            }
        },
        "examples": [{
            "type": "urn:skillsyms:problem:stale",
            "title": skillsyms_core::problem::STALE.title,
            "status": 412,
            "code": "stale",
            "instance": "urn:uuid:019a9d3c-0c1b-7c55-8d2e-5b7d2f6a1e90",
            "reference": "019a9d3c-0c1b-7c55-8d2e-5b7d2f6a1e90"
        }]
    })
}

#[cfg(test)]
mod tests {
    use skillsyms_core::problem::{BUSY, STALE};
    use uuid::Uuid;

    use super::*;

    const REFERENCE: Reference = Reference::new(Uuid::from_u128(7));

    #[test]
    fn a_problem_is_written_whole() {
        let problem = Problem::field("/title", "text.missing", "This has to be given.")
            .with("limit", Param::Int(3))
            .with("offers", Param::Words(vec!["a", "b"]));
        let expected = json!({
            "type": "urn:skillsyms:problem:invalid",
            "title": skillsyms_core::problem::INVALID.title,
            "status": 422,
            "code": "invalid",
            "instance": format!("urn:uuid:{REFERENCE}"),
            "reference": REFERENCE.to_string(),
            "params": { "limit": 3, "offers": ["a", "b"] },
            "errors": [{ "field": "/title", "code": "text.missing", "message": "This has to be given." }],
        });
        assert_eq!(body(&problem, Some(REFERENCE)), expected);
    }

    #[test]
    fn headers_follow_the_code() {
        let answer = |code| write(Refused::from(code).into_response(), None);
        assert_eq!(
            answer(&UNAUTHENTICATED).headers()[header::WWW_AUTHENTICATE],
            "Bearer realm=\"skillsyms\""
        );
        assert_eq!(answer(&BUSY).headers()[header::RETRY_AFTER], "1");
        let stale = answer(&STALE);
        assert_eq!(stale.status(), 412);
        assert_eq!(stale.headers()[header::CONTENT_TYPE], MEDIA_TYPE);
    }

    #[test]
    fn other_answers_stay_as_they_are() {
        let response = write(StatusCode::NOT_FOUND.into_response(), Some(REFERENCE));
        assert_eq!(response.status(), 404);
        assert!(!response.headers().contains_key(header::CONTENT_TYPE));
    }
}
