//! The edge: what stands between the network and the application. It knows HTTP and nothing of learners.
//!
//! [`layers`] says the order in one list; [`server`] accepts connections; [`Decisions`] travels with each request
//! and says what every layer did to it.

pub mod body;
pub mod client_ip;
mod connection;
pub mod decisions;
pub mod headers;
pub mod layers;
#[cfg(test)]
mod network_tests;
pub mod rate;
pub mod redirect;
mod refuse;
pub mod server;
mod stall;
pub mod timeout;
pub mod tls;

pub use body::limit_body;
pub use client_ip::{ClientAddress, Proxies};
pub use decisions::{Decision, Decisions, Layer, Outcome};
pub use headers::Hsts;
pub use layers::{Edge, wrap};
pub use rate::{LimitRate, Rate, RateLimiter};
pub use server::{ConsolePeer, Limits, Peer, serve, serve_unix};
pub use timeout::limit_time;
pub use tls::{Local, TlsError};
