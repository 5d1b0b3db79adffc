//! The one registry of routes. What is mounted is here and nowhere else; the limits, the tests, the API-key scopes in
//! the documentation and the OpenAPI document are all made from it.
//!
//! [`Route`] says what a route is; each file of `api/` gives its own; [`Routes::all`] collects them and
//! [`Routes::router`] mounts them.

mod route;

use std::time::Duration;

use axum::Router;
use axum::middleware::from_fn_with_state;
use skillsyms_edge::rate::{Rate, RateLimiter};
use skillsyms_edge::{limit_body, limit_time};

pub use route::{
    Access, BODY_MAX_BYTES, Face, Gives, Nav, Pace, Repeats, Route, SchemaOf, Takes, Versions, Whom, schema_of,
};

use crate::house::House;
use crate::pages::kit::frame::{self, Framing};
use crate::{api, pages, public};

/// Bytes of the largest body that any route takes.
#[must_use]
pub fn body_ceiling_bytes() -> usize {
    Routes::all()
        .iter()
        .map(|route| route.body_max_bytes)
        .max()
        .unwrap_or(0)
}

/// The longest that any route may take.
#[must_use]
pub fn time_ceiling() -> Duration {
    Routes::all()
        .iter()
        .map(|route| route.time_max)
        .max()
        .unwrap_or(route::TIME_MAX)
}

/// Every route of the house.
pub struct Routes(Vec<Route>);

impl Routes {
    /// Collects the routes of all slices.
    #[must_use]
    pub fn all() -> Self {
        Self([api::routes(), pages::routes(), public::routes()].concat())
    }

    /// Those of the API.
    pub fn api(&self) -> impl Iterator<Item = &Route> {
        self.iter().filter(|route| route.face == Face::Api)
    }

    /// Those of the pages.
    pub fn pages(&self) -> impl Iterator<Item = &Route> {
        self.iter().filter(|route| route.face == Face::Page)
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &Route> {
        self.0.iter()
    }

    /// Mounts all of them, each behind its own limits on body and time. `guarded` says how often one address may try
    /// the routes that take passwords; they share it.
    pub fn router(&self, guarded: Option<Rate>, house: &House) -> Router<House> {
        let guard = guarded.map(RateLimiter::new);
        self.0.iter().fold(Router::new(), |router, route| {
            let handler = route.handler.clone();
            let limited = handler
                .route_layer(limit_body(route.body_max_bytes))
                .route_layer(limit_time(route.time_max));
            let limited = match &guard {
                Some(guard) if route.pace == Pace::Guarded => limited.route_layer(guard.layer()),
                _ => limited,
            };
            // Outermost, so that what the limits refuse is a page too.
            let limited = if route.face == Face::Page {
                let framing = Framing::new(house.clone(), route.access);
                limited.route_layer(from_fn_with_state(framing, frame::around))
            } else {
                limited
            };
            #[expect(clippy::disallowed_methods, reason = "this is the registry of routes")]
            router.route(route.path, limited)
        })
    }
}
