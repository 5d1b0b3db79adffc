//! Group commit: what arrives together is committed together.
//!
//! A cell's jobs wait in a bounded queue. A thread of the shared pool takes what is there, opens one transaction,
//! runs each job in it, lets the sequencer append the items that the jobs left, commits once, and only then tells
//! the callers. If the transaction is lost, each job is run again by itself.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot;

use crate::cell::{CellInner, Sequencer};
use crate::engine::Db;
use crate::error::CellError;
use crate::tx::Tx;

/// Jobs that may wait for one cell's writer. At 2,000 a second that is half a second of work; more would only grow
/// the wait past what a caller has patience for.
pub(crate) const QUEUE_LIMIT: usize = 1_024;

/// Jobs in one group: enough to spread the cost of a durable commit, few enough to hold the writer some milliseconds.
const GROUP_LIMIT: usize = 64;

/// Times a job is run before the caller is told to come back later.
const TRIES: u32 = 5;

/// Cells that may wait for a thread of the pool. Each waits at most once, so this bounds open cells, not jobs.
const POOL_QUEUE: usize = 4_096;

/// A job's work: it may be run more than once, and leaves items for the sequencer.
pub(crate) type Work<I> = Box<dyn FnMut(&mut Tx<'_>) -> Result<Vec<I>, CellError> + Send>;

pub(crate) enum Body<I> {
    /// Runs statements and leaves items.
    Work(Work<I>),
    /// Leaves one item and touches nothing else.
    Item(I),
}

pub(crate) struct Job<I> {
    pub body: Body<I>,
    pub done: oneshot::Sender<Result<(), CellError>>,
}

pub(crate) struct Queue<I> {
    pub jobs: VecDeque<Job<I>>,
    /// True while the cell waits for, or is on, a thread of the pool.
    pub scheduled: bool,
    pub closed: bool,
}

impl<I> Default for Queue<I> {
    fn default() -> Self {
        Self {
            jobs: VecDeque::new(),
            scheduled: false,
            closed: false,
        }
    }
}

/// The shared writers: a bounded number of threads for any number of cells.
pub(crate) struct WriterPool<S: Sequencer> {
    sender: SyncSender<Arc<CellInner<S>>>,
}

impl<S: Sequencer> WriterPool<S> {
    pub(crate) fn start(threads: usize) -> Result<Self, CellError> {
        let (sender, receiver) = sync_channel(POOL_QUEUE);
        let receiver = Arc::new(Mutex::new(receiver));
        for n in 0..threads {
            let receiver = Arc::clone(&receiver);
            let again = sender.clone();
            std::thread::Builder::new()
                .name(format!("writer-{n}"))
                .spawn(move || writer(&receiver, &again))?;
        }
        Ok(Self { sender })
    }

    pub(crate) fn schedule(&self, cell: Arc<CellInner<S>>) -> Result<(), CellError> {
        self.sender.try_send(cell).map_err(|_| CellError::Busy)
    }
}

impl<S: Sequencer> Clone for WriterPool<S> {
    fn clone(&self) -> Self {
        Self {
            sender: self.sender.clone(),
        }
    }
}

fn writer<S: Sequencer>(cells: &Mutex<Receiver<Arc<CellInner<S>>>>, again: &SyncSender<Arc<CellInner<S>>>) {
    loop {
        let next = cells.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(cell) = next else { return };
        if run_next_group(&cell) && again.try_send(Arc::clone(&cell)).is_err() {
            while run_next_group(&cell) {}
        }
    }
}

/// Runs one group of the cell; answers whether more waits.
fn run_next_group<S: Sequencer>(cell: &CellInner<S>) -> bool {
    let jobs: Vec<Job<S::Item>> = {
        let mut queue = cell.queue();
        let take = queue.jobs.len().min(GROUP_LIMIT);
        queue.jobs.drain(..take).collect()
    };
    if !jobs.is_empty() {
        let mut writer = cell.writer.lock().unwrap_or_else(PoisonError::into_inner);
        run_group(cell, &mut writer, jobs);
        cell.keep_log_short(&mut writer);
    }
    let mut queue = cell.queue();
    queue.scheduled = !queue.jobs.is_empty();
    queue.scheduled
}

fn run_group<S: Sequencer>(cell: &CellInner<S>, writer: &mut Option<Db>, mut jobs: Vec<Job<S::Item>>) {
    match attempt(cell, writer, &mut jobs) {
        Ok(()) => jobs.into_iter().for_each(|job| answer(job, Ok(()))),
        Err(_) if jobs.len() > 1 => jobs.into_iter().for_each(|job| run_alone(cell, writer, job, TRIES)),
        Err(error) if error.may_rerun() => jobs.into_iter().for_each(|job| run_alone(cell, writer, job, TRIES - 1)),
        Err(error) => {
            if let Some(job) = jobs.pop() {
                answer(job, Err(error));
            }
        }
    }
}

fn run_alone<S: Sequencer>(cell: &CellInner<S>, writer: &mut Option<Db>, job: Job<S::Item>, tries: u32) {
    let mut alone = vec![job];
    let mut result = Err(CellError::Busy);
    for _ in 0..tries {
        result = attempt(cell, writer, &mut alone);
        match &result {
            Err(error) if error.may_rerun() => {}
            _ => break,
        }
    }
    if let Some(job) = alone.pop() {
        answer(job, result);
    }
}

fn answer<I>(job: Job<I>, result: Result<(), CellError>) {
    // The caller may be gone; what was committed stays committed.
    let _ = job.done.send(result);
}

/// One transaction for all these jobs. On any error nothing of it is left.
fn attempt<S: Sequencer>(
    cell: &CellInner<S>,
    writer: &mut Option<Db>,
    jobs: &mut [Job<S::Item>],
) -> Result<(), CellError> {
    if writer.is_none() {
        *writer = Some(cell.connect_writer()?);
    }
    let Some(db) = writer.as_mut() else {
        return Err(CellError::Closed);
    };
    let result = transaction(cell, db, jobs);
    match result {
        Ok(head) => {
            cell.set_head(head);
            Ok(())
        }
        Err(error) => {
            db.rollback();
            if !db.is_alive() {
                *writer = None;
            }
            Err(error)
        }
    }
}

fn transaction<S: Sequencer>(
    cell: &CellInner<S>,
    db: &mut Db,
    jobs: &mut [Job<S::Item>],
) -> Result<S::Head, CellError> {
    db.begin_write()?;
    let mut items = Vec::with_capacity(jobs.len());
    for job in jobs {
        match &mut job.body {
            Body::Item(item) => items.push(item.clone()),
            Body::Work(work) => {
                let left =
                    catch_unwind(AssertUnwindSafe(|| work(&mut Tx::new(db)))).unwrap_or(Err(CellError::Panicked))?;
                items.extend(left);
            }
        }
    }
    let head = cell.append(&mut Tx::new(db), items)?;
    db.commit()?;
    Ok(head)
}
