//! What the platform knows of its promises. It reads its own evidence, once a minute at most, and not in the name of whoever
//! looks at the trust page: nobody can fill its ledger by reloading that page.

use std::sync::Arc;

use skillsyms_assurance::controls::{Catalogue, Control, ReadEvidence, Report, Row};
use skillsyms_core::{Instant, Problem};
use skillsyms_door::{Actor, Door};
use tokio::sync::Mutex;

use crate::problem::Refused;

/// Seconds for which what was read is shown. Probes look every 15 minutes at most.
const KEPT_SECONDS: i64 = 60;

/// One promise, as it was read.
pub(crate) struct Promise {
    /// What is promised.
    pub(crate) control: Control,
    /// What it is now, as everybody may see it.
    pub(crate) row: Row,
}

/// The promises as they were last read.
#[derive(Default)]
pub(crate) struct Promises(Mutex<Option<(Instant, Arc<Vec<Promise>>)>>);

impl Promises {
    /// Forgets what was read: the probes looked since.
    pub(crate) async fn forget(&self) {
        *self.0.lock().await = None;
    }

    /// When they were read, and what they were.
    pub(crate) async fn now(&self, door: &Door) -> Result<(Instant, Arc<Vec<Promise>>), Refused> {
        let now = door.clock().now();
        // Held while one reads: else all who come as the minute ends would read, and each would leave an entry.
        let mut kept = self.0.lock().await;
        if let Some((at, promises)) = kept.as_ref()
            && (0..KEPT_SECONDS).contains(&now.seconds_since(*at))
        {
            return Ok((*at, Arc::clone(promises)));
        }
        let promises = Arc::new(read(door, now).await?);
        *kept = Some((now, Arc::clone(&promises)));
        Ok((now, promises))
    }
}

async fn read(door: &Door, now: Instant) -> Result<Vec<Promise>, Refused> {
    let evidence = door.enter(Actor::System(door.platform())).view(ReadEvidence).await?;
    let catalogue = Catalogue::load().map_err(|error| {
        tracing::error!(%error, "the catalogue of promises");
        Problem::internal()
    })?;
    let report = Report::of(&catalogue, &evidence, now).public();
    let pairs = catalogue.all().cloned().zip(report.controls);
    Ok(pairs.map(|(control, row)| Promise { control, row }).collect())
}
