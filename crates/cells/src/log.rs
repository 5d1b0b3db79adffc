//! Writing SQLite's write-ahead log back to the file, so that readers never search a long one and it stays small.
//!
//! Why in two steps: it takes tens of milliseconds, and every act of a cell waits for its writer. So another thread of the
//! pool writes back what there is, on a reader's connection, while the writer goes on. What came in the meantime is
//! little, and the writer writes that back itself: SQLite begins the log anew only when nothing of it is left.
//!
//! A disk that fails in between ends the cell until the server is started again. The first step is not confirmed before the
//! second is, and a disk tells of a failure once: if the log were begun anew later, what failed would be gone. While the log
//! stands, nothing is: whoever opens the cell next writes all of it back.

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
    /// The disk failed: the log stays as it is.
    GivenUp = 3,
}

/// What is remembered of one cell's log.
#[derive(Default)]
pub(crate) struct Log {
    groups: AtomicU32,
    stage: AtomicU8,
    /// Makes the disk of a test fail.
    #[cfg(test)]
    pub(crate) fails: std::sync::atomic::AtomicBool,
}

impl Log {
    fn stage(&self) -> Stage {
        match self.stage.load(Ordering::Acquire) {
            1 => Stage::Away,
            2 => Stage::Rest,
            3 => Stage::GivenUp,
            _ => Stage::Growing,
        }
    }

    fn set(&self, stage: Stage) {
        self.stage.store(stage as u8, Ordering::Release);
    }

    pub(crate) fn is_given_up(&self) -> bool {
        self.stage() == Stage::GivenUp
    }

    /// True once in so many groups.
    fn is_time_to_look(&self) -> bool {
        let groups = self.groups.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
        groups.is_multiple_of(GROUPS_PER_LOOK)
    }

    /// Writes back what can be.
    fn write_back(&self, db: &mut Db) -> Result<(), CellError> {
        #[cfg(test)]
        if self.fails.load(Ordering::Acquire) {
            return Err(CellError::Engine(diesel::result::Error::NotFound));
        }
        engine::checkpoint(db).map(|_| ())
    }
}

impl<S: Sequencer> CellInner<S> {
    /// After a group, on the writer's thread.
    pub(crate) fn keep_log_short(self: &Arc<Self>, writer: &mut Option<Db>) {
        let Some(db) = writer.as_mut().filter(|_| self.is_in_process()) else {
            return;
        };
        match self.log.stage() {
            Stage::Growing if self.log.is_time_to_look() => self.send_log_back(db),
            Stage::Rest => {
                self.log.set(Stage::Growing);
                self.write_back(db);
            }
            Stage::Growing | Stage::Away | Stage::GivenUp => {}
        }
    }

    /// Hands a long log to another thread. If none can take it, the writer writes it back after its next group.
    fn send_log_back(self: &Arc<Self>, db: &mut Db) {
        let is_long = engine::log_pages(db).is_ok_and(|pages| pages >= CHECKPOINT_PAGES);
        if !is_long {
            return;
        }
        self.log.set(Stage::Away);
        if self.pool.schedule(Call::WriteBack(Arc::clone(self))).is_err() {
            self.log.set(Stage::Rest);
        }
    }

    /// Writes the log back beside the writer, as far as it is when this begins.
    pub(crate) fn write_log_back(&self) {
        match self.take_reader() {
            Ok(mut db) => {
                self.write_back(&mut db);
                self.give_back(db);
            }
            Err(error) => tracing::warn!(%error, "no connection to write the log back"),
        }
        if !self.log.is_given_up() {
            self.log.set(Stage::Rest);
        }
    }

    /// Writes back what can be. A log that could not be for want of room or of a lock is only longer: the next look tries again.
    pub(crate) fn write_back(&self, db: &mut Db) {
        match self.log.write_back(db) {
            Ok(()) => {}
            Err(error @ (CellError::Full | CellError::Lost(_) | CellError::Busy)) => {
                tracing::warn!(%error, "the write-ahead log was not written back");
            }
            Err(error) => {
                tracing::error!(%error, cell = %self.spec.id, "the disk failed: the cell takes nothing more until the server is started again");
                self.log.set(Stage::GivenUp);
                let mut queue = self.queue();
                queue.closed = true;
                queue.jobs.clear();
            }
        }
    }
}

impl<S: Sequencer> Drop for CellInner<S> {
    /// The last connection that is closed writes the log back and removes it, unless it is not closed at all.
    fn drop(&mut self) {
        if self.log.is_given_up() {
            self.forget_connections();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering;

    use diesel::prelude::*;

    use crate::schema::positions;
    use crate::testing::{Counting, engine, is_postgres, new_spec};
    use crate::{Cell, CellError, CellKind, CellSpec, Cells, Limits};

    async fn put(cell: &Cell<Counting>, n: i64) -> Result<(), CellError> {
        let key = format!("{n}{}", "x".repeat(60_000));
        let write = cell.write(move |tx| {
            let row = (positions::k.eq(&key), positions::v.eq(n));
            tx.execute(diesel::insert_into(positions::table).values(row))?;
            Ok(((), vec![1]))
        });
        write.await
    }

    #[tokio::test]
    async fn a_disk_that_fails_ends_the_cell_and_loses_nothing() {
        if is_postgres() {
            return;
        }
        let folder = tempfile::TempDir::new().unwrap();
        let spec = new_spec(CellKind::Tenant);
        let mut kept = 0;
        {
            let cells = Cells::start(engine(folder.path()), Counting, Limits::default()).unwrap();
            let cell = cells.open(spec.clone()).await.unwrap();
            cell.0.log.fails.store(true, Ordering::Release);
            let refused = loop {
                match put(&cell, kept).await {
                    Ok(()) => kept += 1,
                    Err(error) => break error,
                }
                assert!(kept < 2_000, "the log was never written back");
            };
            assert!(matches!(refused, CellError::Closed), "{refused:?}");
            cell.0.log.fails.store(false, Ordering::Release);
            assert!(matches!(put(&cell, -1).await, Err(CellError::Closed)));
            drop(cell);
            cells.close_all();
        }
        let log = folder
            .path()
            .join("cells")
            .join(format!("{}.cell-wal", spec.id.uuid().simple()));
        assert!(
            std::fs::metadata(log).unwrap().len() > 4_000_000,
            "the log was begun anew"
        );
        let cells = Cells::start(engine(folder.path()), Counting, Limits::default()).unwrap();
        let cell = cells.open(CellSpec { is_new: false, ..spec }).await.unwrap();
        let all = cell.read(|tx| tx.first::<i64, _>(positions::table.filter(positions::v.ge(0)).count().limit(1)));
        assert!(all.await.unwrap().unwrap() >= Some(kept));
        put(&cell, -2).await.unwrap();
    }

    #[tokio::test]
    async fn a_disk_that_fails_when_a_cell_is_closed_leaves_the_log() {
        if is_postgres() {
            return;
        }
        let folder = tempfile::TempDir::new().unwrap();
        let spec = new_spec(CellKind::Tenant);
        let log = folder
            .path()
            .join("cells")
            .join(format!("{}.cell-wal", spec.id.uuid().simple()));
        // A healthy disk first: the log is then written back whole, and removed.
        for fails in [false, true] {
            let cells = Cells::start(engine(folder.path()), Counting, Limits::default()).unwrap();
            let is_new = !fails;
            let cell = cells.open(CellSpec { is_new, ..spec.clone() }).await.unwrap();
            put(&cell, i64::from(fails)).await.unwrap();
            cell.0.log.fails.store(fails, Ordering::Release);
            drop(cell);
            cells.close_all();
            let kept = std::fs::metadata(&log).is_ok_and(|file| file.len() > 60_000);
            assert_eq!(kept, fails, "whether the log is kept");
        }
    }
}
