//! The provider's settings.

use skillsyms_records::settings::{ChangeSettings, ProviderSettings, ReadSettings, Settings};

use crate::etag::{IfMatch, versioned};
use crate::extract::{Caller, Empty, Json};
use crate::problem::Answer;
use crate::routes::Route;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/v1/settings", read)
            .view::<ReadSettings>("The provider's settings, defaults included")
            .gives::<Settings>()
            .etag(),
        Route::put("/api/v1/settings", change)
            .act::<ChangeSettings>("Change the provider's settings. What is left out is no longer set")
            .takes::<ProviderSettings>()
            .gives::<Settings>()
            .if_match(),
    ]
}

async fn read(caller: Caller, _: Empty) -> Answer {
    let settings = caller.enter().view(ReadSettings).await?;
    Ok(versioned(settings.version, &settings))
}

async fn change(caller: Caller, IfMatch(version): IfMatch, Json { value, .. }: Json<ProviderSettings>) -> Answer {
    let act = ChangeSettings {
        expected: Some(version),
        new: value,
    };
    let settings = caller.enter().run(act).await?;
    Ok(versioned(settings.version, &settings))
}
