//! Files that no row names: a process ended between storing a file and attaching it. They are found and removed.
//!
//! Never removed is a file that is coming in (it lies in another folder until it is whole), one that may still be attached
//! (an upload ends within a day, and it is younger), one that a row names, and one whose cell cannot be asked.

use std::collections::HashMap;
use std::time::Duration;

use skillsyms_cells::{Read, Tx};
use skillsyms_core::{CellId, EvidenceId, Instant, Problem};
use skillsyms_door::{Act, Actor, Cx, Disclosure, Door, Fault, Note, Target};

use super::receive::blocking;
use super::store::{FileError, FileStore};
use super::{RESUMABLE_SECONDS, rows};
use crate::imports::held;

/// Seconds after which a file that no row names is left over: an upload that comes in parts is ended within a day, the request
/// that ends it takes an hour at most, and another leaves room for clocks.
pub const LEFT_OVER_SECONDS: i64 = RESUMABLE_SECONDS + 2 * 3_600;
/// How often the store is swept.
const SWEEP_EVERY: Duration = Duration::from_secs(3_600);
/// Files that are asked about at once: as many as one entry can name.
const ASKED_AT_ONCE: usize = 1_000;

/// Says which of these files no row names, and forgets the uploads that were not ended in time: so none of the files can
/// still be attached. It shows nothing of anybody; the platform does it before it removes the files.
#[derive(Clone, Debug)]
pub struct FindLeftOver {
    /// Files that lie in the store, at most 1,000.
    pub ids: Vec<EvidenceId>,
}

impl Act for FindLeftOver {
    const NAME: &'static str = "evidence.sweep";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Ready = ();
    type Output = Vec<EvidenceId>;

    fn prepare(&self, _: &Cx) -> Result<(), Fault> {
        if self.ids.len() > ASKED_AT_ONCE {
            return Err(Problem::field("/ids", "evidence.sweep", "Ask about at most 1,000 files.").into());
        }
        Ok(())
    }

    fn target(&self, _: &mut Read<'_>) -> Result<Target, Fault> {
        Ok(Target::tenant())
    }

    fn run(&self, cx: &Cx, (): &(), tx: &mut Tx<'_>) -> Result<Vec<EvidenceId>, Fault> {
        rows::forget_uploads(tx, cx.now())?;
        let named = rows::named(&mut tx.read(), &self.ids)?;
        let left = self.ids.iter().filter(|id| !named.contains(id));
        Ok(left.copied().collect())
    }

    fn entry(&self, output: &Vec<EvidenceId>) -> Note {
        let on = output.iter().map(|id| ("Evidence", id.uuid())).collect();
        let note = Note { on, ..Note::none() };
        note.count(u64::try_from(self.ids.len()).unwrap_or(u64::MAX))
    }
}

/// What was swept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Files that a cell was asked about.
    pub asked: usize,
    /// Files that no row named, and that are gone.
    pub removed: usize,
    /// Uploads that came in parts and were not ended within a day; what came of them is gone.
    pub parts: usize,
}

/// Sweeps the store, again and again.
pub struct Sweeper {
    door: Door,
    files: FileStore,
    /// Until which age each cell was asked. A file that a row names stays named, so it is asked about once.
    done: HashMap<CellId, Instant>,
}

impl Sweeper {
    /// For the store of this house.
    #[must_use]
    pub fn new(door: Door, files: FileStore) -> Self {
        let done = HashMap::new();
        Self { door, files, done }
    }

    /// Sweeps now and every hour, until the handle is dropped or aborted.
    pub fn start(mut self) -> tokio::task::JoinHandle<()> {
        tokio::spawn(async move {
            loop {
                let swept = self.sweep().await;
                if swept.removed > 0 {
                    tracing::warn!(removed = swept.removed, "files that no row named were removed");
                }
                tokio::time::sleep(SWEEP_EVERY).await;
            }
        })
    }

    /// Sweeps once. A cell that cannot be asked keeps its files, and is asked again the next time.
    pub async fn sweep(&mut self) -> Swept {
        let until = self.door.clock().now().plus_seconds(-LEFT_OVER_SECONDS);
        let files = self.files.clone();
        let cells = blocking(move || Ok(files.cells()?)).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "the store of files cannot be swept");
            Vec::new()
        });
        let mut all = Swept {
            parts: self.sweep_parts().await,
            ..Swept::default()
        };
        for cell in cells {
            match self.sweep_cell(cell, until).await {
                Ok(swept) => {
                    self.done.insert(cell, until);
                    all.asked = all.asked.saturating_add(swept.asked);
                    all.removed = all.removed.saturating_add(swept.removed);
                }
                Err(problem) => tracing::warn!(%cell, code = problem.code.name, "files that are not swept"),
            }
        }
        all
    }

    /// What came of uploads that nobody may end any more, and files of learners that nobody looked at: their ids tell.
    async fn sweep_parts(&self) -> usize {
        let now = self.door.clock().now();
        let until = now.plus_seconds(-RESUMABLE_SECONDS);
        let waited = now.plus_seconds(-held::HELD_SECONDS);
        let files = self.files.clone();
        let removed = blocking(move || {
            let parts = files.remove_parts(until)?;
            Ok(parts.saturating_add(held::sweep(&files, waited)?))
        })
        .await;
        removed.unwrap_or_else(|error| {
            tracing::warn!(%error, "parts of files cannot be swept");
            0
        })
    }

    async fn sweep_cell(&self, cell: CellId, until: Instant) -> Result<Swept, Problem> {
        let since = self.done.get(&cell).copied().unwrap_or(Instant::from_micros(i64::MIN));
        let files = self.files.clone();
        let stored = blocking(move || Ok(files.stored(cell, since, until)?)).await;
        let stored = stored.map_err(|error| error.problem())?;
        let mut swept = Swept::default();
        for some in stored.chunks(ASKED_AT_ONCE) {
            let ask = FindLeftOver { ids: some.to_vec() };
            let left = self.door.enter(Actor::System(cell)).run(ask).await?;
            swept.asked = swept.asked.saturating_add(some.len());
            swept.removed = swept.removed.saturating_add(left.len());
            let files = self.files.clone();
            let removed = blocking(move || Ok(left.into_iter().try_for_each(|id| files.remove(cell, id))?)).await;
            removed.map_err(|error: FileError| error.problem())?;
        }
        Ok(swept)
    }
}
