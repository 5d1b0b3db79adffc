//! What was committed is answered when the disk has it, and not before.
//!
//! Why apart from the commit: the disk takes half a millisecond, in which the writer runs its next group. SQLite puts the
//! pages of a commit at the end of its log without waiting for the disk (`synchronous = NORMAL` on the writer's connection),
//! and one wait for the log covers all commits before it. On PostgreSQL the commit itself waits.
//!
//! What holds here:
//! - nobody is answered, and no head is published, before the log with its commit is on the disk;
//! - groups are answered in the order of their commits;
//! - a disk that does not confirm ends the cell: what the log would hold after that is not known, so nothing more is written.
//!
//! A read on a snapshot may see a commit that the disk does not have yet. Its own entry comes behind that commit, so its answer
//! waits for both.

use std::fs::File;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use crate::cell::{CellInner, Sequencer};
use crate::error::CellError;
use crate::group::{Call, Job, answer};

/// Jobs that must wait for the writer before another thread waits for the disk. With fewer the writer waits itself: more come
/// meanwhile, and one group of sixteen costs less than two of eight (12 was the best of 1, 8, 12, 16 and never).
const HAND_OVER_FROM: usize = 12;
/// Groups that may wait for the disk while it is still busy with those before: with 64 jobs in each, as many as a slow disk
/// lets wait without the writer running far ahead of what is safe.
const AHEAD_MAX: usize = 4;
/// How long the writer waits for them at a time.
const PATIENCE: Duration = Duration::from_millis(100);

/// A group that was committed, and the head that it left, if it left items.
pub(crate) struct Committed<S: Sequencer> {
    pub jobs: Vec<Job<S::Item>>,
    pub head: Option<S::Head>,
}

/// Groups that wait for the disk.
pub(crate) struct Unsettled<S: Sequencer> {
    waiting: Mutex<Waiting<S>>,
    taken: Condvar,
}

struct Waiting<S: Sequencer> {
    groups: Vec<Committed<S>>,
    /// True while a thread settles them, or is on its way to.
    is_taken: bool,
}

impl<S: Sequencer> Default for Unsettled<S> {
    fn default() -> Self {
        let waiting = Waiting {
            groups: Vec::new(),
            is_taken: false,
        };
        Self {
            waiting: Mutex::new(waiting),
            taken: Condvar::new(),
        }
    }
}

impl<S: Sequencer> Unsettled<S> {
    /// Adds a group; answers whether the caller must see to it. Waits if too many are there already.
    fn add(&self, group: Committed<S>) -> bool {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.is_taken && waiting.groups.len() >= AHEAD_MAX {
            let is_long = |waiting: &mut Waiting<S>| waiting.is_taken && waiting.groups.len() >= AHEAD_MAX;
            let waited = self.taken.wait_timeout_while(waiting, PATIENCE, is_long);
            waiting = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        waiting.groups.push(group);
        !std::mem::replace(&mut waiting.is_taken, true)
    }

    /// Takes all that wait; none means that the next one to come is for somebody else.
    fn take(&self) -> Vec<Committed<S>> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let groups = std::mem::take(&mut waiting.groups);
        waiting.is_taken = !groups.is_empty();
        drop(waiting);
        self.taken.notify_one();
        groups
    }

    pub(crate) fn is_empty(&self) -> bool {
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.groups.is_empty() && !waiting.is_taken
    }
}

impl<S: Sequencer> CellInner<S> {
    /// After a commit, on the writer's thread. If much work waits, another thread waits for the disk; if not, handing over would
    /// only cost time.
    pub(crate) fn settle(self: &Arc<Self>, group: Committed<S>) {
        if !self.unsettled.add(group) {
            return;
        }
        let is_handed_over = self.disk.is_ours()
            && self.queue().jobs.len() >= HAND_OVER_FROM
            && self.pool.schedule(Call::Settle(Arc::clone(self))).is_ok();
        if !is_handed_over {
            self.settle_all();
        }
    }

    /// Waits for the disk and answers, until nothing waits any more.
    pub(crate) fn settle_all(&self) {
        loop {
            let groups = self.unsettled.take();
            if groups.is_empty() {
                return;
            }
            match self.disk.confirm() {
                Ok(()) => groups.into_iter().for_each(|group| self.publish(group)),
                Err(error) => self.give_up(groups, &error),
            }
        }
    }

    fn publish(&self, group: Committed<S>) {
        if let Some(head) = group.head {
            self.set_head(head);
        }
        group.jobs.into_iter().for_each(|job| answer(job, Ok(())));
    }

    fn give_up(&self, groups: Vec<Committed<S>>, error: &std::io::Error) {
        tracing::error!(%error, cell = %self.spec.id, "the disk did not confirm what was written: the cell takes nothing more until the server is started again");
        let waiting = {
            let mut queue = self.queue();
            queue.closed = true;
            std::mem::take(&mut queue.jobs)
        };
        let jobs = groups.into_iter().flat_map(|group| group.jobs).chain(waiting);
        jobs.for_each(|job| answer(job, Err(CellError::File(std::io::Error::from(error.kind())))));
    }
}

/// The write-ahead log as the disk has it: nothing to wait for on PostgreSQL.
#[derive(Default)]
pub(crate) struct Disk {
    log: Option<File>,
    #[cfg(test)]
    pub(crate) gate: tests::Gate,
}

impl Disk {
    /// Of the log beside this file. The writer's connection must be open: while it is, SQLite does not make the log anew.
    pub(crate) fn of(cell: &Path) -> Result<Self, CellError> {
        let mut name = cell.as_os_str().to_owned();
        name.push("-wal");
        Ok(Self {
            log: Some(File::open(name)?),
            ..Self::default()
        })
    }

    /// True if it is for us to wait.
    const fn is_ours(&self) -> bool {
        self.log.is_some()
    }

    /// Returns when everything that was written to the log before is on the disk.
    pub(crate) fn confirm(&self) -> std::io::Result<()> {
        #[cfg(test)]
        self.gate.pass()?;
        self.log.as_ref().map_or(Ok(()), File::sync_data)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::{Condvar, Mutex, PoisonError};
    use std::time::Duration;

    use diesel::prelude::*;

    use crate::schema::positions;
    use crate::testing::{Counting, engine, is_postgres, new_spec};
    use crate::{Cell, CellError, CellKind, Cells, Limits, Tx};

    /// How a disk of a test behaves.
    #[derive(Clone, Copy, Default, PartialEq, Eq)]
    pub(crate) enum Way {
        #[default]
        Open,
        Slow,
        /// Lets one pass, and is slow again.
        Once,
        Broken,
    }

    /// Holds up what waits for the disk.
    #[derive(Default)]
    pub(crate) struct Gate {
        way: Mutex<(Way, u32)>,
        changed: Condvar,
    }

    impl Gate {
        pub(crate) fn pass(&self) -> std::io::Result<()> {
            let mut way = self.way.lock().unwrap_or_else(PoisonError::into_inner);
            way.1 += 1;
            let passed = self.changed.wait_while(way, |way| way.0 == Way::Slow);
            let mut way = passed.unwrap_or_else(PoisonError::into_inner);
            match way.0 {
                Way::Broken => return Err(std::io::Error::from(std::io::ErrorKind::StorageFull)),
                Way::Once => way.0 = Way::Slow,
                Way::Open | Way::Slow => {}
            }
            Ok(())
        }

        fn let_one_pass(&self) {
            self.set(Way::Once);
        }

        fn set(&self, way: Way) {
            self.way.lock().unwrap_or_else(PoisonError::into_inner).0 = way;
            self.changed.notify_all();
        }

        fn passed(&self) -> u32 {
            self.way.lock().unwrap_or_else(PoisonError::into_inner).1
        }
    }

    struct Fixture {
        _folder: tempfile::TempDir,
        cell: Cell<Counting>,
        _cells: Cells<Counting>,
    }

    async fn fixture() -> Fixture {
        let folder = tempfile::TempDir::new().unwrap();
        let cells = Cells::start(engine(folder.path()), Counting, Limits::default()).unwrap();
        let cell = cells.open(new_spec(CellKind::Tenant)).await.unwrap();
        Fixture {
            _folder: folder,
            cell,
            _cells: cells,
        }
    }

    fn put(tx: &mut Tx<'_>, n: i64) -> Result<usize, CellError> {
        tx.execute(diesel::insert_into(positions::table).values((positions::k.eq(format!("n{n}")), positions::v.eq(n))))
    }

    fn write(cell: &Cell<Counting>, n: i64) -> tokio::task::JoinHandle<Result<u64, CellError>> {
        let cell = cell.clone();
        tokio::spawn(async move {
            cell.write(move |tx| Ok((put(tx, n)?, vec![1]))).await?;
            Ok(cell.head())
        })
    }

    async fn a_moment() {
        tokio::time::sleep(Duration::from_millis(200)).await;
    }

    #[tokio::test]
    async fn nobody_is_answered_before_the_disk_has_it_and_the_writer_goes_on() {
        if is_postgres() {
            return;
        }
        let house = fixture().await;
        let gate = &house.cell.0.disk.gate;
        gate.set(Way::Slow);
        // The first waits for the disk on the writer's thread: nothing else waited for the writer then.
        let first = write(&house.cell, 0);
        a_moment().await;
        let others: Vec<_> = (1..200).map(|n| write(&house.cell, n)).collect();
        a_moment().await;
        assert!(!first.is_finished() && others.iter().all(|job| !job.is_finished()));
        assert_eq!(house.cell.head(), 0, "a head was published that the disk does not have");
        // One group at a time passes: the next is committed while another thread waits for the disk.
        gate.let_one_pass();
        a_moment().await;
        assert!(first.is_finished());
        let committed = house.cell.read(|tx| {
            let counted = positions::table.filter(positions::k.eq("counted"));
            tx.first::<i64, _>(counted.select(positions::v).limit(1))
        });
        let committed = committed.await.unwrap().unwrap().unwrap();
        assert!(
            committed > 1 + 64,
            "the writer waited for the disk: {committed} committed"
        );
        assert!(others.iter().all(|job| !job.is_finished()));
        assert_eq!(house.cell.head(), 1, "a head was published that the disk does not have");
        gate.set(Way::Open);
        assert!(first.await.unwrap().unwrap() >= 1);
        for job in others {
            assert!(job.await.unwrap().unwrap() >= 2, "answered before its head stood");
        }
        assert_eq!(house.cell.head(), 200);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn groups_that_wait_together_wait_for_the_disk_once() {
        if is_postgres() {
            return;
        }
        let house = fixture().await;
        let gate = &house.cell.0.disk.gate;
        for round in 0..30_i64 {
            let jobs: Vec<_> = (0..40).map(|n| write(&house.cell, round * 40 + n)).collect();
            for job in jobs {
                job.await.unwrap().unwrap();
            }
        }
        assert_eq!(house.cell.head(), 1_200);
        assert!(gate.passed() < 1_200, "{} waits for 1,200 jobs", gate.passed());
    }

    #[tokio::test]
    async fn a_disk_that_does_not_confirm_ends_the_cell() {
        let house = fixture().await;
        write(&house.cell, 0).await.unwrap().unwrap();
        let before = house.cell.head();
        house.cell.0.disk.gate.set(Way::Broken);
        let refused = write(&house.cell, 1).await.unwrap();
        assert!(matches!(refused, Err(CellError::File(_))), "{refused:?}");
        assert_eq!(
            house.cell.head(),
            before,
            "a head was published that the disk does not have"
        );
        house.cell.0.disk.gate.set(Way::Open);
        let after = write(&house.cell, 2).await.unwrap();
        assert!(matches!(after, Err(CellError::Closed)), "{after:?}");
    }
}
