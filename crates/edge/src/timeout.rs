//! A limit on the whole time of a request, by route. It runs until the answer's head is there, so a slow upload counts.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use http::Request;
use skillsyms_core::Reference;
use tower::{Layer, Service};

use crate::decisions::{self, Decisions, Outcome};
use crate::refuse;

/// Stops a request that has no answer after so long.
#[must_use]
pub const fn limit_time(limit: Duration) -> LimitTime {
    LimitTime { limit }
}

/// The layer that [`limit_time`] makes.
#[derive(Clone, Copy, Debug)]
pub struct LimitTime {
    limit: Duration,
}

impl<S> Layer<S> for LimitTime {
    type Service = LimitedTime<S>;

    fn layer(&self, inner: S) -> Self::Service {
        LimitedTime {
            inner,
            limit: self.limit,
        }
    }
}

/// The service that [`LimitTime`] makes.
#[derive(Clone, Debug)]
pub struct LimitedTime<S> {
    inner: S,
    limit: Duration,
}

impl<S> Service<Request<Body>> for LimitedTime<S>
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
        let reference = request.extensions().get::<Reference>().copied();
        let answer = tokio::time::timeout(self.limit, self.inner.call(request));
        Box::pin(async move {
            if let Ok(answer) = answer.await {
                return answer;
            }
            decisions.note(decisions::Layer::Time, Outcome::Refused, "no answer in time");
            Ok(refuse::problem(&refuse::TOO_SLOW, reference))
        })
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::routing::get;
    use http::StatusCode;
    use tower::ServiceExt;

    use super::*;

    #[tokio::test]
    async fn a_request_that_hangs_is_stopped() {
        #[expect(clippy::disallowed_methods, reason = "the registry of routes is above this crate")]
        let app = Router::new()
            .route("/hangs", get(std::future::pending::<()>))
            .route("/answers", get(async || "done"))
            .layer(limit_time(Duration::from_millis(20)));
        let status = async |path: &str| {
            let request = Request::get(path).body(Body::empty()).unwrap();
            app.clone().oneshot(request).await.unwrap().status()
        };
        assert_eq!(status("/hangs").await, StatusCode::REQUEST_TIMEOUT);
        assert_eq!(status("/answers").await, StatusCode::OK);
    }
}
