//! What is public: the front page, the promises and their proofs, the accessibility statement, the parts of all pages.

mod accessibility;
mod api;
mod check;
mod controls;
mod design;
mod front;

use crate::routes::Route;

/// The public pages.
pub(crate) fn routes() -> Vec<Route> {
    [
        front::routes(),
        check::routes(),
        controls::routes(),
        accessibility::routes(),
        api::routes(),
        design::routes(),
    ]
    .concat()
}
