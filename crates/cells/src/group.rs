//! Group commit: what arrives together is committed together.
//!
//! A cell's jobs wait in a bounded queue. A thread of the shared pool takes what is there, opens one transaction,
//! runs each job in it, lets the sequencer append the items that the jobs left, commits once, and only then tells
//! the callers. If the transaction is lost, each job is run again by itself.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

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

/// Calls that may wait for a thread of the pool. Each cell waits at most twice, to be run and to have its log written back; so
/// this bounds open cells, not jobs.
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

/// What a thread of the pool is told.
pub(crate) enum Call<S: Sequencer> {
    /// Run a group of this cell.
    Run(Arc<CellInner<S>>),
    /// Write this cell's write-ahead log back to its file.
    WriteBack(Arc<CellInner<S>>),
    /// Go home.
    Stop,
}

/// The way to the shared writers: a bounded number of threads for any number of cells.
pub(crate) struct WriterPool<S: Sequencer> {
    sender: SyncSender<Call<S>>,
    /// Calls that wait for a thread.
    waiting: Arc<AtomicUsize>,
    /// Threads that wait for a call.
    idle: Arc<AtomicUsize>,
}

/// The threads themselves. Whoever drops this waits for them, so that no connection is still being closed on one of them
/// while the process ends: the engine's cryptography is torn down by then, and would crash.
pub(crate) struct Writers<S: Sequencer> {
    pool: WriterPool<S>,
    threads: Vec<JoinHandle<()>>,
}

impl<S: Sequencer> Writers<S> {
    pub(crate) fn start(threads: usize) -> Result<Self, CellError> {
        let (sender, receiver) = sync_channel(POOL_QUEUE);
        let receiver = Arc::new(Mutex::new(receiver));
        let pool = WriterPool {
            sender,
            waiting: Arc::default(),
            idle: Arc::default(),
        };
        let start = |n: usize| {
            let (receiver, pool) = (Arc::clone(&receiver), pool.clone());
            let thread = std::thread::Builder::new().name(format!("writer-{n}"));
            thread.spawn(move || writer(&receiver, &pool))
        };
        let threads = (0..threads).map(start).collect::<std::io::Result<_>>()?;
        Ok(Self { pool, threads })
    }

    pub(crate) fn pool(&self) -> WriterPool<S> {
        self.pool.clone()
    }
}

impl<S: Sequencer> Drop for Writers<S> {
    fn drop(&mut self) {
        let here = std::thread::current().id();
        for _ in &self.threads {
            let _ = self.pool.sender.send(Call::Stop);
        }
        for thread in self.threads.drain(..) {
            // The last to let go of the house may be a job, on one of these threads: it does not wait for itself.
            if thread.thread().id() != here {
                let _ = thread.join();
            }
        }
    }
}

impl<S: Sequencer> WriterPool<S> {
    pub(crate) fn schedule(&self, call: Call<S>) -> Result<(), CellError> {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        self.sender.try_send(call).map_err(|_| {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
            CellError::Busy
        })
    }

    /// True if a call waits for which no thread is free.
    fn is_awaited(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) > self.idle.load(Ordering::Relaxed)
    }
}

impl<S: Sequencer> Clone for WriterPool<S> {
    fn clone(&self) -> Self {
        Self {
            sender: self.sender.clone(),
            waiting: Arc::clone(&self.waiting),
            idle: Arc::clone(&self.idle),
        }
    }
}

fn writer<S: Sequencer>(calls: &Mutex<Receiver<Call<S>>>, pool: &WriterPool<S>) {
    loop {
        pool.idle.fetch_add(1, Ordering::Relaxed);
        let next = calls.lock().unwrap_or_else(PoisonError::into_inner).recv();
        pool.idle.fetch_sub(1, Ordering::Relaxed);
        match next {
            Ok(Call::Run(cell)) => {
                pool.waiting.fetch_sub(1, Ordering::Relaxed);
                run_groups(&cell, pool);
            }
            Ok(Call::WriteBack(cell)) => {
                pool.waiting.fetch_sub(1, Ordering::Relaxed);
                cell.write_log_back();
            }
            Ok(Call::Stop) | Err(_) => return,
        }
    }
}

/// Runs groups of the cell while it has some. The thread stays with a cell while nothing else waits for one: handing it
/// on would wake another thread for nothing.
fn run_groups<S: Sequencer>(cell: &Arc<CellInner<S>>, pool: &WriterPool<S>) {
    while run_next_group(cell) {
        if pool.is_awaited() && pool.schedule(Call::Run(Arc::clone(cell))).is_ok() {
            return;
        }
    }
}

/// Runs one group of the cell; answers whether more waits.
fn run_next_group<S: Sequencer>(cell: &Arc<CellInner<S>>) -> bool {
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
    let mut jobs = vec![job];
    let mut result = Err(CellError::Busy);
    for _ in 0..tries {
        result = attempt(cell, writer, &mut jobs);
        match &result {
            Err(error) if error.may_rerun() => {}
            _ => break,
        }
    }
    if let Some(job) = jobs.pop() {
        answer(job, result);
    }
}

fn answer<I>(job: Job<I>, result: Result<(), CellError>) {
    let Job { body, done } = job;
    // What the work holds is let go of first: once the caller has its answer, it may end the process.
    drop(body);
    // The caller may be gone; what was committed stays committed.
    let _ = done.send(result);
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
            if let Some(head) = head {
                cell.set_head(head);
            }
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
) -> Result<Option<S::Head>, CellError> {
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
    // A panic here would end a thread that all cells share, and leave this one waiting for it for ever.
    let appended = catch_unwind(AssertUnwindSafe(|| cell.append(&mut Tx::new(db), items)));
    let head = appended.unwrap_or(Err(CellError::Panicked))?;
    db.commit()?;
    Ok(head)
}
