//! How the platform is: what an operator looks at first.

use askama::Template;
use skillsyms_assurance::platform::{Platform, ReadPlatform};
use skillsyms_people::sessions::ReadMe;

use super::size;
use crate::extract::Empty;
use crate::pages::kit::{Layout, SignedIn, When, html, see};
use crate::problem::Answer;
use crate::routes::Route;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::page("/platform", bare)
            .public()
            .about("The way to the operators' start page"),
        Route::page("/platform/", overview)
            .view::<ReadPlatform>("How the platform is")
            .then_view::<ReadMe>()
            .nav("nav-platform", 0),
    ]
}

async fn bare(_: Empty) -> Answer {
    Ok(see("/platform/"))
}

#[derive(Template)]
#[template(path = "platform/overview.html")]
struct OverviewPage {
    l: Layout,
    tenants: Platform,
    version: String,
    since: When,
    engine: String,
    disk: String,
    is_disk_low: bool,
    cells: String,
    waiting: usize,
    promises: Vec<(&'static str, String, usize)>,
    at: When,
}

/// The least part of a disk that should be free: below it somebody should act before writes are refused.
const DISK_FREE_PERCENT_MIN: u64 = 10;

async fn overview(page: SignedIn, _: Empty) -> Answer {
    let tenants = page.enter().view(ReadPlatform).await?;
    let house = page.caller().house();
    let health = house.platform().health(house).await;
    let (at, promises) = house.promises().now(house.door()).await?;
    let words = page.words();
    let disk = health.disk_free_bytes.zip(health.disk_bytes);
    let counts = super::controls::STATES.map(|state| {
        let count = promises
            .iter()
            .filter(|promise| promise.row.state.as_str() == state)
            .count();
        (state, super::controls::state_text(words, state), count)
    });
    let l = page.layout(words.get("platform-title")).await?;
    html(&OverviewPage {
        disk: disk.map_or_else(
            || words.get("platform-disk-unknown"),
            |(free, all)| l.with2("platform-disk-free", &("free", size(free)), &("all", size(all))),
        ),
        is_disk_low: disk.is_some_and(|(free, all)| free < all / 100 * DISK_FREE_PERCENT_MIN),
        cells: l.with2(
            "platform-cells-open",
            &("open", health.cells_open),
            &("most", health.cells_open_max),
        ),
        promises: counts.into_iter().filter(|(.., count)| *count > 0).collect(),
        version: health.version,
        since: health.since.into(),
        engine: health.engine,
        waiting: health.writes_waiting,
        at: at.into(),
        tenants,
        l,
    })
}
