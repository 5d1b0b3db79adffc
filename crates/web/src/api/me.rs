//! The caller's own account.

use skillsyms_people::sessions::{Me, ReadMe};

use super::answer::json;
use crate::extract::{Caller, Empty};
use crate::problem::Answer;
use crate::routes::Route;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/v1/me", read)
            .view::<ReadMe>("Who you are here, and what you may do")
            .gives::<Me>(),
    ]
}

async fn read(caller: Caller, _: Empty) -> Answer {
    Ok(json(&caller.enter().view(ReadMe).await?))
}
