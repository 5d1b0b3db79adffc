//! Pages: server-rendered HTML over the same acts as [`crate::api`], for people with a browser. A slice has the name that it
//! has there, and its handlers have the same four steps: parse, enter, shape, return. They work without script.
//!
//! - [`kit`]: what all of them share;
//! - [`plot`]: figures as pictures, with their tables.

mod access;
mod api_keys;
mod assessments;
mod dashboard;
mod enrolments;
mod factors;
mod held;
mod imports;
pub mod kit;
mod learners;
mod learning;
mod ledger;
mod me;
mod moderation;
mod people;
mod permissions;
mod platform;
pub mod plot;
mod programmes;
mod reset;
pub(crate) mod sessions;
mod settings;
mod statements;
mod tasks;

use crate::routes::Route;

/// The pages of every slice.
pub(crate) fn routes() -> Vec<Route> {
    [
        sessions::routes(),
        factors::routes(),
        reset::routes(),
        enrolments::routes(),
        imports::routes(),
        learners::routes(),
        access::routes(),
        learning::routes(),
        people::routes(),
        assessments::routes(),
        moderation::routes(),
        tasks::routes(),
        programmes::routes(),
        statements::routes(),
        api_keys::routes(),
        ledger::routes(),
        permissions::routes(),
        settings::routes(),
        me::routes(),
        platform::routes(),
        kit::assets::routes(),
    ]
    .concat()
}
