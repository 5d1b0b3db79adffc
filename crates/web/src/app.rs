//! The application: the registry of routes behind the layers of the edge.

use std::sync::Arc;

use axum::extract::Request;
use axum::middleware::from_fn;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Router};
use http::{Method, StatusCode};
use skillsyms_edge::{Edge, Hsts, Proxies, rate::Rate, wrap};

use crate::house::House;
use crate::pages::kit::frame;
use crate::problem::{METHOD, NO_ROUTE};
use crate::routes::{self, Routes};
use crate::watch::watch;

/// What the operator decides about the edge of the application.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Proxies that are believed about the client's address.
    pub proxies: Proxies,
    /// How long browsers are told to use TLS only.
    pub hsts: Hsts,
    /// How often one address may ask.
    pub rate: Option<Rate>,
    /// How often one address may try a password or a one-time secret.
    pub guarded_rate: Option<Rate>,
}

/// The whole application, ready to be served.
pub fn app(house: House, settings: Settings) -> Router {
    let door = house.door().clone();
    let edge = Edge {
        reference: Arc::new(move || door.reference()),
        proxies: settings.proxies,
        hsts: settings.hsts,
        rate: settings.rate,
        body_ceiling: routes::body_ceiling_bytes(),
        time_ceiling: routes::time_ceiling(),
    };
    // What no route takes has no state: the page that says so knows the house by this.
    let known = Extension(house.clone());
    let routes = Routes::all().router(settings.guarded_rate, &house);
    wrap(around(routes).layer(known).with_state(house), edge)
}

/// Fallbacks and the watch: every answer that leaves is one of ours.
pub(crate) fn around<S: Clone + Send + Sync + 'static>(router: Router<S>) -> Router<S> {
    router
        .fallback(no_route)
        .method_not_allowed_fallback(method)
        .layer(from_fn(watch))
}

async fn no_route(request: Request) -> Response {
    frame::stray(request, &NO_ROUTE)
}

/// A path that is there, with a method that it does not take. The router adds `Allow`.
async fn method(request: Request) -> Response {
    if request.method() == Method::OPTIONS {
        return StatusCode::NO_CONTENT.into_response();
    }
    frame::stray(request, &METHOD)
}
