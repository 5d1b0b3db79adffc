//! Answers plain HTTP with the way to the encrypted address, and with nothing else.

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use http::{HeaderValue, Method, Request, StatusCode, header};
use skillsyms_core::Code;

use crate::refuse;

/// A request that must not be repeated by itself: what it carried went over the line in clear.
static NOT_ENCRYPTED: Code = Code::new(
    "not_encrypted",
    403,
    "Use https. What was sent here was not encrypted: change any password or key in it.",
);

/// An application that redirects every page to the same path at `origin`, for example `https://records.example.co.za`.
/// The host that the client names is not believed. Only what reads is redirected.
pub fn redirect(origin: String) -> Router {
    Router::new().fallback(async move |request: Request<Body>| answer(&origin, &request))
}

fn answer(origin: &str, request: &Request<Body>) -> Response {
    if ![Method::GET, Method::HEAD].contains(request.method()) {
        return refuse::problem(&NOT_ENCRYPTED, None);
    }
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let path = if path.starts_with('/') { path } else { "/" };
    let mut response = Response::new(Body::empty());
    match HeaderValue::from_str(&format!("{}{path}", origin.trim_end_matches('/'))) {
        Ok(location) => {
            *response.status_mut() = StatusCode::PERMANENT_REDIRECT;
            response.headers_mut().insert(header::LOCATION, location);
        }
        Err(_) => *response.status_mut() = StatusCode::BAD_REQUEST,
    }
    response
}

#[cfg(test)]
mod tests {
    use tower::ServiceExt;

    use super::*;

    async fn ask(method: Method, uri: &str) -> Response {
        let request = Request::builder()
            .method(method)
            .uri(uri)
            .header(header::HOST, "evil.example");
        redirect("https://records.example/".to_owned())
            .oneshot(request.body(Body::empty()).unwrap())
            .await
            .unwrap()
    }

    #[tokio::test]
    async fn what_reads_is_redirected_to_our_own_host() {
        let response = ask(Method::GET, "/a?b=c").await;
        assert_eq!(response.status(), StatusCode::PERMANENT_REDIRECT);
        assert_eq!(response.headers()[header::LOCATION], "https://records.example/a?b=c");
        let absolute = ask(Method::GET, "http://evil.example/a").await;
        assert_eq!(absolute.headers()[header::LOCATION], "https://records.example/a");
    }

    #[tokio::test]
    async fn what_writes_is_refused() {
        assert_eq!(ask(Method::POST, "/").await.status(), StatusCode::FORBIDDEN);
    }
}
