//! Pages: server-rendered HTML over the same acts as [`crate::api`], for people with a browser. A slice has the name that it
//! has there, and its handlers have the same four steps: parse, enter, shape, return. They work without script.
//!
//! - [`kit`]: what all of them share;
//! - [`plot`]: figures as pictures, with their tables.

mod enrolments;
mod imports;
pub mod kit;
mod learners;
mod me;
mod people;
pub mod plot;
mod programmes;
pub(crate) mod sessions;
mod statements;

use crate::routes::Route;

/// The pages of every slice.
pub(crate) fn routes() -> Vec<Route> {
    [
        sessions::routes(),
        enrolments::routes(),
        imports::routes(),
        learners::routes(),
        people::routes(),
        programmes::routes(),
        statements::routes(),
        me::routes(),
        kit::assets::routes(),
    ]
    .concat()
}
