//! A limit on bodies, by route: `get(…).post(…).layer(limit_body(n))`.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Body;
use axum::response::Response;
use http::{Request, header};
use http_body_util::Limited;
use skillsyms_core::Reference;
use tower::{Layer, Service};

use crate::decisions::{self, Decisions, Outcome};
use crate::refuse;

/// Refuses a body of more than so many bytes: at once if its length is announced, else when the limit is reached,
/// where reading it fails with [`http_body_util::LengthLimitError`].
#[must_use]
pub const fn limit_body(max_bytes: usize) -> LimitBody {
    LimitBody { max_bytes }
}

/// The layer that [`limit_body`] makes.
#[derive(Clone, Copy, Debug)]
pub struct LimitBody {
    max_bytes: usize,
}

impl<S> Layer<S> for LimitBody {
    type Service = LimitedBody<S>;

    fn layer(&self, inner: S) -> Self::Service {
        LimitedBody {
            inner,
            max_bytes: self.max_bytes,
        }
    }
}

/// The service that [`LimitBody`] makes.
#[derive(Clone, Debug)]
pub struct LimitedBody<S> {
    inner: S,
    max_bytes: usize,
}

impl<S> Service<Request<Body>> for LimitedBody<S>
where
    S: Service<Request<Body>, Response = Response>,
    S::Future: Send + 'static,
    S::Error: Send + 'static,
{
    type Response = Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let decisions = Decisions::in_request(&mut request);
        if announced(&request).is_some_and(|length| length > self.max_bytes as u64) {
            decisions.note(
                decisions::Layer::Body,
                Outcome::Refused,
                "announced length over the limit",
            );
            let reference = request.extensions().get::<Reference>().copied();
            return Box::pin(std::future::ready(Ok(refuse::problem(&refuse::TOO_LARGE, reference))));
        }
        decisions.note(
            decisions::Layer::Body,
            Outcome::Passed,
            "within the limit, or counted while it is read",
        );
        let max_bytes = self.max_bytes;
        Box::pin(
            self.inner
                .call(request.map(|body| Body::new(Limited::new(body, max_bytes)))),
        )
    }
}

fn announced(request: &Request<Body>) -> Option<u64> {
    request
        .headers()
        .get(header::CONTENT_LENGTH)?
        .to_str()
        .ok()?
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::routing::post;
    use http::StatusCode;
    use http_body_util::{BodyExt, LengthLimitError};
    use tower::ServiceExt;

    use super::*;

    async fn read(body: Body) -> StatusCode {
        match body.collect().await {
            Ok(_) => StatusCode::OK,
            Err(error) => {
                let error = error.into_inner();
                assert!(error.downcast_ref::<LengthLimitError>().is_some());
                StatusCode::PAYLOAD_TOO_LARGE
            }
        }
    }

    fn app() -> Router {
        #[expect(clippy::disallowed_methods, reason = "the registry of routes is above this crate")]
        Router::new().route("/", post(read).layer(limit_body(10)))
    }

    async fn status(body: Body, length: Option<&str>) -> StatusCode {
        let mut request = Request::post("/");
        if let Some(length) = length {
            request = request.header(header::CONTENT_LENGTH, length);
        }
        app().oneshot(request.body(body).unwrap()).await.unwrap().status()
    }

    #[tokio::test]
    async fn the_limit_holds_announced_or_not() {
        assert_eq!(status(Body::from("0123456789"), Some("10")).await, StatusCode::OK);
        assert_eq!(status(Body::empty(), Some("11")).await, StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(status(Body::from("0123456789"), None).await, StatusCode::OK);
        assert_eq!(
            status(Body::from("01234567890"), None).await,
            StatusCode::PAYLOAD_TOO_LARGE
        );
        assert_eq!(
            status(Body::from("01234567890"), Some("3")).await,
            StatusCode::PAYLOAD_TOO_LARGE
        );
    }

    #[tokio::test]
    async fn the_refusal_is_a_problem() {
        let request = Request::post("/")
            .header(header::CONTENT_LENGTH, "11")
            .body(Body::empty())
            .unwrap();
        let answer = app().oneshot(request).await.unwrap();
        assert_eq!(answer.headers()[header::CONTENT_TYPE], "application/problem+json");
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        let problem: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(
            (&problem["code"], &problem["status"]),
            (&"body_too_large".into(), &413.into())
        );
    }
}
