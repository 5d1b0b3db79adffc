//! The figures of the whole provider.

use skillsyms_records::dashboard::{Dashboard, ReadDashboard};

use super::answer::json;
use crate::extract::{Caller, Empty};
use crate::problem::Answer;
use crate::routes::Route;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/v1/dashboard", read)
            .view::<ReadDashboard>("Figures of the whole provider: states by month, work by week, what waits, imports")
            .gives::<Dashboard>(),
    ]
}

async fn read(caller: Caller, _: Empty) -> Answer {
    Ok(json(&caller.enter().view(ReadDashboard).await?))
}
