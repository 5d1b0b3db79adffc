//! Reads of a few rows that wait together share one snapshot, or, where they leave an entry, the writer's transaction.
//!
//! Why: a commit makes every other connection to a SQLite file forget its pages, and SQLCipher decrypts each page that
//! is read anew. A look-up reads about eight pages, and its own ledger entry is a commit. The writer's connection alone
//! keeps its pages, so a brief read that must wait for the writer anyway, for its entry, is done there too: decrypted
//! once, and one thread woken instead of two. On PostgreSQL pages are shared and statements travel, so reads run beside
//! each other on snapshots, and BEGIN and COMMIT are sent once for all that wait.
//!
//! What holds here:
//! - a snapshot is taken after each of its reads was asked for, so that nobody misses what was acknowledged to them;
//! - a read that fails or panics takes nothing from its neighbours: they get a snapshot of their own;
//! - long reads do not come this way: they would hold up the short ones.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, oneshot};

use crate::cell::{Cell, CellInner, READER_PATIENCE, Sequencer};
use crate::error::CellError;
use crate::group::QUEUE_LIMIT;
use crate::tx::Read;

/// Reads on one snapshot: a millisecond of work at most, so that the write-ahead log can be written back.
const SNAPSHOT_READS: usize = 16;
/// Snapshots after which other cells have their turn on the shared readers.
const SNAPSHOTS_PER_TURN: usize = 16;

/// A read, and where its answer goes.
type Job = Box<dyn FnOnce(Result<&mut Read<'_>, CellError>) + Send>;

/// Reads that wait for a snapshot.
#[derive(Default)]
pub(crate) struct Brief {
    jobs: VecDeque<Job>,
    /// True while a thread takes from the queue, or is on its way to.
    is_taken: bool,
}

impl<S: Sequencer> Cell<S> {
    /// As [`Cell::read`], for a read of a few rows by their keys: it may share its snapshot with others that wait.
    ///
    /// # Errors
    /// As [`Cell::read`].
    pub async fn read_briefly<T: Send + 'static>(
        &self,
        body: impl FnOnce(&mut Read<'_>) -> T + Send + 'static,
    ) -> Result<T, CellError> {
        let (done, answer) = oneshot::channel();
        let job: Job = Box::new(move |tx| {
            // The caller may be gone.
            let _ = done.send(tx.map(body));
        });
        let must_start = {
            let mut brief = self.0.brief();
            if brief.jobs.len() >= QUEUE_LIMIT {
                return Err(CellError::Busy);
            }
            brief.jobs.push_back(job);
            !std::mem::replace(&mut brief.is_taken, true)
        };
        if must_start {
            start(Arc::clone(&self.0));
        }
        answer.await.map_err(|_| CellError::Panicked)?
    }
}

impl<S: Sequencer> Cell<S> {
    /// A read of a few rows by their keys that leaves items; answers when they are durable. It may be run again, and
    /// must then do the same. It sees what its neighbours of the group wrote, and fails with them.
    ///
    /// # Errors
    /// As [`Cell::read`] and [`Cell::write`].
    pub async fn read_and_append<T: Send + 'static>(
        &self,
        mut body: impl FnMut(&mut Read<'_>) -> Result<(T, Vec<S::Item>), CellError> + Send + 'static,
    ) -> Result<T, CellError> {
        if self.0.is_in_process() {
            return self.write(move |tx| body(&mut tx.read())).await;
        }
        let (value, items) = self.read_briefly(body).await??;
        self.append_all(items).await?;
        Ok(value)
    }
}

/// Puts a thread to the queue, once one of the shared readers is free.
fn start<S: Sequencer>(cell: Arc<CellInner<S>>) {
    // Nothing is awaited here: a caller that goes away must not leave the queue without a thread.
    if let Ok(permit) = Arc::clone(&cell.reading).try_acquire_owned() {
        tokio::task::spawn_blocking(move || take_turn(cell, permit));
        return;
    }
    tokio::spawn(async move {
        let permit = tokio::time::timeout(READER_PATIENCE, Arc::clone(&cell.reading).acquire_owned());
        match permit.await {
            Ok(Ok(permit)) => {
                tokio::task::spawn_blocking(move || take_turn(cell, permit));
            }
            _ => cell.refuse_brief(),
        }
    });
}

fn take_turn<S: Sequencer>(cell: Arc<CellInner<S>>, permit: OwnedSemaphorePermit) {
    for _ in 0..SNAPSHOTS_PER_TURN {
        if !cell.read_some() {
            return;
        }
    }
    drop(permit);
    start(cell);
}

impl<S: Sequencer> CellInner<S> {
    fn brief(&self) -> MutexGuard<'_, Brief> {
        self.brief.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn refuse_brief(&self) {
        let jobs = {
            let mut brief = self.brief();
            brief.is_taken = false;
            std::mem::take(&mut brief.jobs)
        };
        jobs.into_iter().for_each(|job| job(Err(CellError::Busy)));
    }

    /// Runs what waits now; answers whether there was anything.
    fn read_some(&self) -> bool {
        let mut jobs = {
            let mut brief = self.brief();
            if brief.jobs.is_empty() {
                brief.is_taken = false;
                return false;
            }
            let take = brief.jobs.len().min(SNAPSHOT_READS);
            brief.jobs.drain(..take).collect::<VecDeque<Job>>()
        };
        while !jobs.is_empty() {
            self.on_shared_snapshot(&mut jobs);
        }
        true
    }

    /// Takes from the jobs until they are done or one of them fails. Takes one at least.
    fn on_shared_snapshot(&self, jobs: &mut VecDeque<Job>) {
        let opened = self.take_reader().and_then(|mut db| db.begin_brief().map(|()| db));
        let mut db = match opened {
            Ok(db) => db,
            Err(error) => {
                if let Some(job) = jobs.pop_front() {
                    job(Err(error));
                }
                return;
            }
        };
        while let Some(job) = jobs.pop_front() {
            let mut read = Read::new(&mut db);
            let ran = catch_unwind(AssertUnwindSafe(|| job(Ok(&mut read))));
            if ran.is_err() || read.has_failed() {
                // What an engine thinks of a transaction after a failure differs: the next job gets a fresh one.
                db.rollback();
                return;
            }
        }
        if db.commit().is_ok() {
            self.give_back(db);
        }
    }
}
