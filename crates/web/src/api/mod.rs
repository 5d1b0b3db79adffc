//! The JSON API, `/api/v1`. One file for each slice; each gives its routes, and its handlers have four steps: parse,
//! enter, shape, return. A fifth step belongs in an act.

mod access;
mod answer;
mod api_keys;
mod ask;
mod assessments;
mod dashboard;
mod enrolments;
pub(crate) mod evidence;
mod factors;
mod imports;
mod learners;
mod learning;
mod ledger;
mod me;
mod moderation;
mod operators;
mod people;
mod permissions;
mod platform;
mod programmes;
mod reset;
mod results;
mod root;
mod sessions;
mod settings;
pub(crate) mod statements;
mod stream;
mod tasks;
mod uploads;

use crate::routes::Route;

/// The routes of every slice.
pub(crate) fn routes() -> Vec<Route> {
    [
        root::routes(),
        sessions::routes(),
        factors::routes(),
        me::routes(),
        people::routes(),
        reset::routes(),
        permissions::routes(),
        api_keys::routes(),
        learners::routes(),
        access::routes(),
        learning::routes(),
        imports::routes(),
        programmes::routes(),
        enrolments::routes(),
        evidence::routes(),
        uploads::routes(),
        assessments::routes(),
        moderation::routes(),
        results::routes(),
        tasks::routes(),
        statements::routes(),
        ledger::routes(),
        settings::routes(),
        dashboard::routes(),
        platform::routes(),
        operators::routes(),
    ]
    .concat()
}
