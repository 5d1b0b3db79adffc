//! The answers that the edge itself gives: problems as of RFC 9457, with a static code.

use axum::body::Body;
use axum::response::Response;
use http::{HeaderValue, StatusCode, header};
use skillsyms_core::{Code, Reference};

/// The body is longer than the route takes.
pub static TOO_LARGE: Code = Code::new("body_too_large", 413, "This is too large. Send less at once.");
/// Too many requests from one address.
pub static TOO_OFTEN: Code = Code::new(
    "rate_limited",
    429,
    "Too many requests came from this address. Wait as long as Retry-After says.",
);
/// The request took too long.
pub static TOO_SLOW: Code = Code::new(
    "request_timeout",
    408,
    "This took too long and was stopped. Try again, on a faster line if you can.",
);

/// A problem as JSON, with the reference of the request if it has one. `Connection: close` is left to hyper, which
/// closes by itself when a body was not read. The code is an extension of the answer, as `&'static Code`.
pub fn problem(code: &'static Code, reference: Option<Reference>) -> Response {
    let body = serde_json::json!({
        "type": format!("urn:skillsyms:problem:{}", code.name),
        "title": code.title,
        "status": code.status,
        "code": code.name,
        "reference": reference,
    });
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = StatusCode::from_u16(code.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let kind = HeaderValue::from_static("application/problem+json");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    // Whoever shows it in another form, as a page, need not read the text.
    response.extensions_mut().insert(code);
    response
}
