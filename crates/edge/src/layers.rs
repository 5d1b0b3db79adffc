//! The order of the layers, in one list. Outermost first:
//!
//! 1. connection and head limits, [`crate::server`]
//! 2. TLS 1.3, [`crate::tls`]
//! 3. the request's reference
//! 4. security headers, [`crate::headers`]: outside of everything that can refuse, so that refusals have them too
//! 5. the client's real address, [`crate::client_ip`]
//! 6. how often one address may ask, [`crate::rate`]; routes that take credentials have a tighter one of their own
//! 7. a ceiling on bodies and one on time; each route has tighter ones ([`crate::limit_body`], [`crate::limit_time`])
//!
//! The blocklist comes before 6; bot defence and the firewall come after it.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use http::{HeaderName, HeaderValue, Request};
use skillsyms_core::Reference;
use tower::ServiceBuilder;

use crate::body::limit_body;
use crate::client_ip::{self, ClientAddress, Proxies};
use crate::decisions::{Decisions, Layer, Outcome};
use crate::headers::{self, Hsts};
use crate::rate::{Rate, RateLimiter};
use crate::server::Peer;
use crate::timeout::limit_time;

/// Names the request to the client and in the logs.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What the layers need to know.
#[derive(Clone)]
pub struct Edge {
    /// Makes the reference of a request. It is never taken from the client.
    pub reference: Arc<dyn Fn() -> Reference + Send + Sync>,
    /// Proxies that are believed about the client's address.
    pub proxies: Proxies,
    /// How long browsers are told to use TLS only.
    pub hsts: Hsts,
    /// How often one address may ask, over all routes. `None`: no limit, for a bench or behind a proxy that has one.
    pub rate: Option<Rate>,
    /// No route takes a longer body, in bytes.
    pub body_ceiling: usize,
    /// No request takes longer.
    pub time_ceiling: Duration,
}

/// Puts the layers around an application: the list above, from 3 on.
pub fn wrap(app: Router, edge: Edge) -> Router {
    let (body, time) = (limit_body(edge.body_ceiling), limit_time(edge.time_ceiling));
    let rate = edge.rate.map(|rate| RateLimiter::new(rate).layer());
    let edge = Arc::new(edge);
    app.layer(
        ServiceBuilder::new()
            .layer(from_fn_with_state(Arc::clone(&edge), reference))
            .layer(from_fn_with_state(Arc::clone(&edge), security_headers))
            .layer(from_fn_with_state(edge, client_address))
            .option_layer(rate)
            .layer(time)
            .layer(body),
    )
}

async fn reference(State(edge): State<Arc<Edge>>, mut request: Request<Body>, next: Next) -> Response {
    let decisions = Decisions::in_request(&mut request);
    let theirs = request.headers_mut().remove(REQUEST_ID).is_some();
    let why = if theirs {
        "given, the client's own thrown away"
    } else {
        "given"
    };
    decisions.note(Layer::Reference, Outcome::Changed, why);
    let reference = (edge.reference)();
    request.extensions_mut().insert(reference);
    let mut response = next.run(request).await;
    if let Ok(value) = HeaderValue::from_str(&reference.to_string()) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

async fn security_headers(State(edge): State<Arc<Edge>>, mut request: Request<Body>, next: Next) -> Response {
    let decisions = Decisions::in_request(&mut request);
    let mut response = next.run(request).await;
    headers::secure(&mut response, edge.hsts);
    decisions.note(Layer::Headers, Outcome::Changed, "set on the answer");
    // Whoever writes the access log reads them from the answer.
    response.extensions_mut().insert(decisions);
    response
}

async fn client_address(State(edge): State<Arc<Edge>>, mut request: Request<Body>, next: Next) -> Response {
    let decisions = Decisions::in_request(&mut request);
    let peer = request.extensions().get::<Peer>().map(|peer| peer.0.ip());
    let client = peer.map(|peer| edge.proxies.client(peer, request.headers()));
    let stripped = client_ip::strip(request.headers_mut());
    if let Some(client) = client {
        request.extensions_mut().insert(ClientAddress(client));
    }
    let (outcome, why) = explain(peer, client, stripped);
    decisions.note(Layer::ClientAddress, outcome, why);
    next.run(request).await
}

fn explain(peer: Option<IpAddr>, client: Option<IpAddr>, stripped: bool) -> (Outcome, &'static str) {
    match (peer, client) {
        (Some(peer), Some(client)) if peer.to_canonical() != client => (Outcome::Changed, "named by a trusted proxy"),
        (Some(_), _) if stripped => (Outcome::Changed, "the peer; headers about the address thrown away"),
        (Some(_), _) => (Outcome::Passed, "the peer"),
        (None, _) => (Outcome::Passed, "not from the network"),
    }
}

#[cfg(test)]
mod tests {
    use axum::Extension;
    use axum::routing::get;
    use http::StatusCode;
    use http_body_util::BodyExt;
    use skillsyms_core::Reference;
    use tower::ServiceExt;
    use uuid::Uuid;

    use super::*;

    const GIVEN: Reference = Reference::new(Uuid::from_u128(7));

    fn app() -> Router {
        let edge = Edge {
            reference: Arc::new(|| GIVEN),
            proxies: Proxies::new(vec!["10.0.0.0/8".parse().unwrap()]),
            hsts: Hsts::TwoYears,
            rate: None,
            body_ceiling: 10,
            time_ceiling: Duration::from_secs(10),
        };
        let seen =
            async |Extension(address): Extension<ClientAddress>,
                   Extension(reference): Extension<Reference>,
                   headers: http::HeaderMap| { format!("{} {reference} {}", address.0, headers.len()) };
        #[expect(clippy::disallowed_methods, reason = "the registry of routes is above this crate")]
        let app = Router::new().route("/", get(seen).post(async || "taken"));
        wrap(app, edge)
    }

    fn request(method: &str) -> http::request::Builder {
        Request::builder()
            .method(method)
            .uri("/")
            .extension(Peer("10.1.1.1:5".parse().unwrap()))
    }

    #[tokio::test]
    async fn the_application_sees_our_reference_and_the_real_address_only() {
        let request = request("GET")
            .header("x-request-id", "theirs")
            .header("x-forwarded-for", "198.51.100.7")
            .header("x-real-ip", "1.1.1.1");
        let response = app().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(response.headers()[REQUEST_ID], GIVEN.to_string());
        let decisions = response.extensions().get::<Decisions>().unwrap().clone();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(body, format!("198.51.100.7 {GIVEN} 0"));
        let layers: Vec<_> = decisions.list().iter().map(|decision| decision.layer).collect();
        assert_eq!(
            layers,
            [Layer::Reference, Layer::ClientAddress, Layer::Body, Layer::Headers]
        );
        assert_eq!(
            decisions.of(Layer::ClientAddress).unwrap().why,
            "named by a trusted proxy"
        );
    }

    #[tokio::test]
    async fn refusals_and_unknown_paths_have_the_headers_too() {
        let large = request("POST")
            .header("content-length", "11")
            .body(Body::empty())
            .unwrap();
        let unknown = Request::get("/unknown").body(Body::empty()).unwrap();
        for (request, status) in [(large, StatusCode::PAYLOAD_TOO_LARGE), (unknown, StatusCode::NOT_FOUND)] {
            let response = app().oneshot(request).await.unwrap();
            assert_eq!(response.status(), status);
            assert_eq!(response.headers()["x-content-type-options"], "nosniff");
            assert_eq!(response.headers()[REQUEST_ID], GIVEN.to_string());
        }
    }

    #[tokio::test]
    async fn a_refusal_quotes_the_reference() {
        let request = request("POST")
            .header("content-length", "11")
            .body(Body::empty())
            .unwrap();
        let body = app()
            .oneshot(request)
            .await
            .unwrap()
            .into_body()
            .collect()
            .await
            .unwrap()
            .to_bytes();
        let problem: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(problem["reference"], GIVEN.to_string());
    }
}
