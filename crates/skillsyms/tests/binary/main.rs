//! The binary from outside, as an operator uses it: commands, exit codes, the data folder, signals, a full disk, the
//! demo. Every test has a data folder of its own and free ports. `cargo xtask ci` runs this on both engines.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a step that fails must stop the test where it failed; a check that cannot run is said aloud"
)]

mod commands;
mod demo;
mod disk;
mod folder;
mod imports;
mod keys;
mod learners;
mod mail;
mod stand;
mod stop;
mod uploads;
