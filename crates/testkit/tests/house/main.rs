//! What holds the house up, over the API of a whole house. Every test makes a world of its own: none needs an order, a
//! pause or the network. `cargo xtask ci` runs this binary on both engines.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a step that fails must stop the test where it failed"
)]

mod bytes;
mod canary;
mod disclosure;
mod duties;
mod etag;
mod factors;
mod idempotency;
mod invariants;
mod job;
mod keys;
mod lists;
mod mounted;
mod order;
mod plans;
mod platform;
mod policy;
mod registry;
mod search;
mod sessions;
mod tamper;
mod together;
mod world;
