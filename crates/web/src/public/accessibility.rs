//! The accessibility statement.

use askama::Template;

use crate::extract::Empty;
use crate::pages::kit::{Asked, Layout, html};
use crate::problem::Answer;
use crate::routes::Route;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::page("/accessibility", page)
            .public()
            .about("The accessibility statement"),
    ]
}

#[derive(Template)]
#[template(path = "public/accessibility.html")]
struct AccessibilityPage {
    l: Layout,
}

async fn page(asked: Asked, _: Empty) -> Answer {
    let l = Layout::open(&asked, asked.words().get("accessibility-title"));
    html(&AccessibilityPage { l })
}
