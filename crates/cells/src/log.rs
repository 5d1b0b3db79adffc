//! Writing SQLite's write-ahead log back to the file, so that readers never search a long one and it stays small.
//!
//! Why in two steps: it takes tens of milliseconds, and every act of a cell waits for its writer. So another thread of the
//! pool writes back what there is, on a reader's connection, while the writer goes on. What came in the meantime is
//! little, and the writer writes that back itself: SQLite begins the log anew only when nothing of it is left.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};

use crate::cell::{CellInner, Sequencer};
use crate::engine::{self, CHECKPOINT_PAGES, Db};
use crate::error::CellError;
use crate::group::Call;

/// Groups between two looks at how long the log is: a look costs as much as a small statement, and a group of 64 jobs
/// writes some 200 pages, so the log passes its limit by less than it is long.
pub(crate) const GROUPS_PER_LOOK: u32 = 16;

/// How far a log is on its way back to the file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// It grows; the writer looks now and then how long it is.
    Growing = 0,
    /// Another thread writes it back.
    Away = 1,
    /// What was added meanwhile is left for the writer.
    Rest = 2,
}

/// What is remembered of one cell's log.
#[derive(Default)]
pub(crate) struct Log {
    groups: AtomicU32,
    stage: AtomicU8,
}

impl Log {
    fn stage(&self) -> Stage {
        match self.stage.load(Ordering::Acquire) {
            1 => Stage::Away,
            2 => Stage::Rest,
            _ => Stage::Growing,
        }
    }

    fn set(&self, stage: Stage) {
        self.stage.store(stage as u8, Ordering::Release);
    }

    /// True once in so many groups.
    fn is_time_to_look(&self) -> bool {
        let groups = self.groups.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
        groups.is_multiple_of(GROUPS_PER_LOOK)
    }
}

impl<S: Sequencer> CellInner<S> {
    /// After a group, on the writer's thread.
    pub(crate) fn keep_log_short(self: &Arc<Self>, writer: &mut Option<Db>) {
        let Some(db) = writer.as_mut().filter(|_| self.is_in_process()) else {
            return;
        };
        let done = match self.log.stage() {
            Stage::Growing if self.log.is_time_to_look() => self.send_log_back(db),
            Stage::Rest => {
                self.log.set(Stage::Growing);
                engine::checkpoint(db).map(|_| ())
            }
            Stage::Growing | Stage::Away => Ok(()),
        };
        told(done);
    }

    /// Hands a long log to another thread. If none can take it, the writer writes it back here.
    fn send_log_back(self: &Arc<Self>, db: &mut Db) -> Result<(), CellError> {
        if engine::log_pages(db)? < CHECKPOINT_PAGES {
            return Ok(());
        }
        self.log.set(Stage::Away);
        if self.pool.schedule(Call::WriteBack(Arc::clone(self))).is_err() {
            self.log.set(Stage::Rest);
        }
        Ok(())
    }

    /// Writes the log back beside the writer, as far as it is when this begins.
    pub(crate) fn write_log_back(&self) {
        let done = self.take_reader().and_then(|mut db| {
            engine::checkpoint(&mut db)?;
            self.give_back(db);
            Ok(())
        });
        told(done);
        self.log.set(Stage::Rest);
    }
}

/// A log that could not be written back is only longer: the next look tries again.
fn told(done: Result<(), CellError>) {
    if let Err(error) = done {
        tracing::warn!(%error, "checkpoint of the write-ahead log");
    }
}
