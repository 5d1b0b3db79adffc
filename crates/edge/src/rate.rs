//! Limits on how often one address may ask: the generic cell rate algorithm, one instant kept for each address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use axum::body::Body;
use axum::response::Response;
use http::{HeaderValue, Request, header};
use skillsyms_core::Reference;
use tokio::time::Instant;
use tower::{Layer, Service};

use crate::client_ip::{ClientAddress, customer};
use crate::decisions::{self, Decisions, Outcome};
use crate::refuse;

/// Addresses that are remembered at once: about 3 MB. Past it, new addresses share one allowance.
const ADDRESSES_MAX: usize = 65_536;
/// Microseconds in a minute.
const MINUTE_US: u64 = 60_000_000;
/// Microseconds in a second.
const SECOND_US: u64 = 1_000_000;

/// How often one address may ask.
#[derive(Clone, Copy, Debug)]
pub struct Rate {
    /// Requests at once, after a pause.
    pub burst: u32,
    /// Requests a minute, in the long run.
    pub per_minute: u32,
}

/// Counts the requests of each address (IPv6: of each /64) and refuses those above the rate. One limiter may stand on
/// several routes, which then share its allowance.
#[derive(Debug)]
pub struct RateLimiter {
    /// Microseconds that one request costs.
    cost_us: u64,
    /// How far ahead of now an address may be.
    ahead_us: u64,
    start: Instant,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// When each address will have paid for what it asked, in microseconds after the limiter's start.
    paid_us: HashMap<IpAddr, u64>,
    /// The same for all that found no room.
    others_us: u64,
    swept_us: u64,
}

impl RateLimiter {
    /// A limiter. A rate of zero counts as one.
    #[must_use]
    pub fn new(rate: Rate) -> Arc<Self> {
        let cost_us = MINUTE_US / u64::from(rate.per_minute.max(1));
        let ahead_us = cost_us.saturating_mul(u64::from(rate.burst.max(1)));
        Arc::new(Self {
            cost_us,
            ahead_us,
            start: Instant::now(),
            state: Mutex::default(),
        })
    }

    /// The layer for a route or a router.
    #[must_use]
    pub fn layer(self: &Arc<Self>) -> LimitRate {
        LimitRate(Arc::clone(self))
    }

    /// Takes one request from an address. When refused, says after how many seconds the next one is taken.
    fn admit(&self, address: IpAddr, now_us: u64) -> Result<(), u64> {
        let address = customer(address);
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.paid_us.len() >= ADDRESSES_MAX {
            state.sweep(now_us);
        }
        let room = state.paid_us.len() < ADDRESSES_MAX || state.paid_us.contains_key(&address);
        let paid_us = match room {
            true => state.paid_us.entry(address).or_default(),
            false => &mut state.others_us,
        };
        let next_us = now_us.max(*paid_us).saturating_add(self.cost_us);
        let limit_us = now_us.saturating_add(self.ahead_us);
        if next_us > limit_us {
            return Err((next_us - limit_us).div_ceil(SECOND_US));
        }
        *paid_us = next_us;
        Ok(())
    }

    fn now_us(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_micros()).unwrap_or(u64::MAX)
    }
}

impl State {
    /// Forgets addresses that owe nothing, at most once a second, because it looks at all of them.
    fn sweep(&mut self, now_us: u64) {
        if now_us.saturating_sub(self.swept_us) >= SECOND_US {
            self.swept_us = now_us;
            self.paid_us.retain(|_, paid_us| *paid_us > now_us);
        }
    }
}

/// The layer of a [`RateLimiter`].
#[derive(Clone, Debug)]
pub struct LimitRate(Arc<RateLimiter>);

impl<S> Layer<S> for LimitRate {
    type Service = LimitedRate<S>;

    fn layer(&self, inner: S) -> Self::Service {
        LimitedRate {
            inner,
            limiter: Arc::clone(&self.0),
        }
    }
}

/// The service that [`LimitRate`] makes.
#[derive(Clone, Debug)]
pub struct LimitedRate<S> {
    inner: S,
    limiter: Arc<RateLimiter>,
}

impl<S> Service<Request<Body>> for LimitedRate<S>
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
        // Without an address it comes from the operators' socket, which has no limit.
        let Some(ClientAddress(address)) = request.extensions().get::<ClientAddress>().copied() else {
            decisions.note(decisions::Layer::Rate, Outcome::Passed, "not from the network");
            return Box::pin(self.inner.call(request));
        };
        let Err(seconds) = self.limiter.admit(address, self.limiter.now_us()) else {
            decisions.note(decisions::Layer::Rate, Outcome::Passed, "within the rate");
            return Box::pin(self.inner.call(request));
        };
        decisions.note(
            decisions::Layer::Rate,
            Outcome::Refused,
            "above the rate of one address",
        );
        let mut response = refuse::problem(&refuse::TOO_OFTEN, request.extensions().get::<Reference>().copied());
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        Box::pin(std::future::ready(Ok(response)))
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::routing::get;
    use http::StatusCode;
    use tower::ServiceExt;

    use super::*;

    fn ip(n: u32) -> IpAddr {
        IpAddr::V4(n.into())
    }

    #[test]
    fn a_burst_passes_then_the_rate_holds() {
        let limiter = RateLimiter::new(Rate {
            burst: 3,
            per_minute: 6,
        });
        for _ in 0..3 {
            assert_eq!(limiter.admit(ip(1), 0), Ok(()));
        }
        assert_eq!(limiter.admit(ip(1), 0), Err(10));
        assert_eq!(limiter.admit(ip(1), 9 * SECOND_US), Err(1));
        assert_eq!(limiter.admit(ip(2), 0), Ok(()));
        assert_eq!(limiter.admit(ip(1), 10 * SECOND_US), Ok(()));
        assert_eq!(limiter.admit(ip(1), 10 * SECOND_US), Err(10));
        let passed = (0..60)
            .filter(|second| limiter.admit(ip(1), (100 + second) * SECOND_US).is_ok())
            .count();
        assert_eq!(passed, 3 + 5);
    }

    #[test]
    fn many_addresses_need_bounded_memory_and_do_not_go_free() {
        let limiter = RateLimiter::new(Rate {
            burst: 1,
            per_minute: 1,
        });
        let most = u32::try_from(ADDRESSES_MAX).unwrap();
        assert!((0..most).all(|n| limiter.admit(ip(n), 2 * SECOND_US).is_ok()));
        assert_eq!(limiter.admit(ip(most), 2 * SECOND_US), Ok(()));
        assert!(limiter.admit(ip(most + 1), 2 * SECOND_US).is_err());
        assert_eq!(limiter.state.lock().unwrap().paid_us.len(), ADDRESSES_MAX);
        assert_eq!(limiter.admit(ip(most + 2), 70 * SECOND_US), Ok(()));
        assert_eq!(limiter.state.lock().unwrap().paid_us.len(), 1);
    }

    #[tokio::test]
    async fn the_refusal_says_when_to_come_back() {
        let limiter = RateLimiter::new(Rate {
            burst: 1,
            per_minute: 1,
        });
        #[expect(clippy::disallowed_methods, reason = "the registry of routes is above this crate")]
        let app = Router::new().route("/", get(async || "in")).layer(limiter.layer());
        let ask = async |address: Option<IpAddr>| {
            let mut request = Request::get("/").body(Body::empty()).unwrap();
            if let Some(address) = address {
                request.extensions_mut().insert(ClientAddress(address));
            }
            app.clone().oneshot(request).await.unwrap()
        };
        assert_eq!(ask(Some(ip(1))).await.status(), StatusCode::OK);
        let refused = ask(Some(ip(1))).await;
        assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(refused.headers()[header::RETRY_AFTER], "60");
        assert_eq!(ask(None).await.status(), StatusCode::OK);
        assert_eq!(ask(None).await.status(), StatusCode::OK);
    }
}
