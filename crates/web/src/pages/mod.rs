//! Pages: server-rendered HTML over the same acts as [`crate::api`], for people with a browser. A slice has the name that it
//! has there, and its handlers have the same four steps: parse, enter, shape, return. They work without script.
//!
//! - [`kit`]: what all of them share;
//! - [`plot`]: figures as pictures, with their tables.

mod api_keys;
pub mod kit;
mod ledger;
mod me;
mod people;
mod permissions;
pub mod plot;
pub(crate) mod sessions;
mod settings;

use crate::routes::Route;

/// The pages of every slice.
pub(crate) fn routes() -> Vec<Route> {
    [
        sessions::routes(),
        api_keys::routes(),
        ledger::routes(),
        people::routes(),
        permissions::routes(),
        settings::routes(),
        me::routes(),
        kit::assets::routes(),
    ]
    .concat()
}
