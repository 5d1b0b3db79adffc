//! One open cell: its writer, its readers, its queue.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use skillsyms_core::CellId;
use skillsyms_vault::Keyring;
use tokio::sync::{Semaphore, oneshot};

use crate::engine::{Db, Duty, Engine};
use crate::error::CellError;
use crate::group::{Body, Call, Job, QUEUE_LIMIT, Queue, WriterPool};
use crate::log::Log;
use crate::open::{CellSpec, Limits};
use crate::readers::Brief;
use crate::tx::{Read, Tx};

/// Turns the items that jobs leave into rows, once for each group, in the group's own transaction. The ledger is one.
pub trait Sequencer: Send + Sync + 'static {
    /// What a job leaves.
    type Item: Clone + Send + 'static;
    /// What stands at the end of a group, kept for whoever publishes it.
    type Head: Clone + Send + 'static;
    /// What the sequencer needs for one cell.
    type Handle: Send + Sync + 'static;

    /// Prepares for a cell that is being opened.
    ///
    /// # Errors
    /// Whatever makes the cell unfit to open.
    fn open(&self, spec: &CellSpec, tx: &mut Tx<'_>) -> Result<(Self::Handle, Self::Head), CellError>;

    /// Appends the items of a group.
    ///
    /// # Errors
    /// Any error loses the group's transaction.
    fn append(&self, handle: &Self::Handle, tx: &mut Tx<'_>, items: Vec<Self::Item>) -> Result<Self::Head, CellError>;
}

/// How long a reader waits for a connection before the caller is told that the cell is busy.
pub(crate) const READER_PATIENCE: Duration = Duration::from_secs(5);

pub(crate) struct CellInner<S: Sequencer> {
    pub(crate) spec: CellSpec,
    engine: Engine,
    limits: Limits,
    sequencer: Arc<S>,
    handle: S::Handle,
    head: Mutex<S::Head>,
    queue: Mutex<Queue<S::Item>>,
    pub(crate) writer: Mutex<Option<Db>>,
    readers: Mutex<Vec<Db>>,
    pub(crate) pool: WriterPool<S>,
    pub(crate) reading: Arc<Semaphore>,
    pub(crate) brief: Mutex<Brief>,
    used: AtomicU64,
    pub(crate) log: Log,
}

impl<S: Sequencer> CellInner<S> {
    pub(crate) fn queue(&self) -> MutexGuard<'_, Queue<S::Item>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn connect_writer(&self) -> Result<Db, CellError> {
        connect(&self.engine, &self.spec, Duty::Write, self.limits.writer_cache_kib)
    }

    /// True if the engine runs in this process, so that a statement costs no round trip.
    pub(crate) const fn is_in_process(&self) -> bool {
        matches!(self.engine, Engine::Sqlite { .. })
    }

    pub(crate) fn append(&self, tx: &mut Tx<'_>, items: Vec<S::Item>) -> Result<Option<S::Head>, CellError> {
        if items.is_empty() {
            return Ok(None);
        }
        self.sequencer.append(&self.handle, tx, items).map(Some)
    }

    pub(crate) fn set_head(&self, head: S::Head) {
        *self.head.lock().unwrap_or_else(PoisonError::into_inner) = head;
    }

    fn head(&self) -> S::Head {
        self.head.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn take_reader(&self) -> Result<Db, CellError> {
        let free = self.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        match free {
            Some(db) => Ok(db),
            None => connect(&self.engine, &self.spec, Duty::Read, self.limits.reader_cache_kib),
        }
    }

    pub(crate) fn give_back(&self, db: Db) {
        let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        if readers.len() < self.limits.readers {
            readers.push(db);
        }
    }

    /// Runs `body` on a snapshot. A connection that fails is dropped, not reused.
    fn on_snapshot<T>(&self, body: impl FnOnce(&mut Read<'_>) -> T) -> Result<T, CellError> {
        let mut db = self.take_reader()?;
        db.begin_read()?;
        let value = body(&mut Read::new(&mut db));
        if db.commit().is_ok() {
            self.give_back(db);
        }
        Ok(value)
    }

    pub(crate) fn touch(&self, tick: u64) {
        self.used.store(tick, Ordering::Relaxed);
    }

    pub(crate) fn last_used(&self) -> u64 {
        self.used.load(Ordering::Relaxed)
    }

    /// True if nothing waits and nothing runs, and it may be closed to make room: one that the disk failed stays as it is.
    pub(crate) fn is_idle(&self) -> bool {
        let queue = self.queue();
        queue.jobs.is_empty() && !queue.scheduled && !self.log.is_given_up()
    }

    /// Refuses new jobs, writes the log back and closes the connections.
    pub(crate) fn close(&self) {
        self.queue().closed = true;
        if !self.log.is_given_up() {
            self.readers.lock().unwrap_or_else(PoisonError::into_inner).clear();
            let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(db) = writer.as_mut() {
                self.write_back(db);
            }
        }
        if self.log.is_given_up() {
            return self.forget_connections();
        }
        *self.writer.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Lets go of the connections without closing them: SQLite would write the log back and remove it.
    pub(crate) fn forget_connections(&self) {
        let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        std::mem::forget((std::mem::take(&mut *readers), writer));
    }
}

/// An open cell. While one of these is held, the cell is not closed.
pub struct Cell<S: Sequencer>(pub(crate) Arc<CellInner<S>>);

impl<S: Sequencer> Clone for Cell<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<S: Sequencer> Cell<S> {
    pub(crate) fn open(engine: &Engine, spec: CellSpec, shared: &Shared<S>) -> Result<Self, CellError> {
        if let Engine::Postgres(server) = engine {
            let login = spec
                .login
                .as_ref()
                .ok_or(CellError::Damaged("a cell on PostgreSQL has no login"))?;
            if spec.is_new {
                server.provision(login, spec.kind)?;
            }
        }
        let mut db = connect(engine, &spec, Duty::Write, shared.limits.writer_cache_kib)?;
        prepare(&mut db, engine, &spec)?;
        db.begin_write()?;
        let opened = shared.sequencer.open(&spec, &mut Tx::new(&mut db));
        let (handle, head) = match opened {
            Ok(opened) => opened,
            Err(error) => {
                db.rollback();
                return Err(error);
            }
        };
        db.commit()?;
        Ok(Self(Arc::new(CellInner {
            spec,
            engine: engine.clone(),
            limits: shared.limits.clone(),
            sequencer: Arc::clone(&shared.sequencer),
            handle,
            head: Mutex::new(head),
            queue: Mutex::new(Queue::default()),
            writer: Mutex::new(Some(db)),
            readers: Mutex::new(Vec::new()),
            pool: shared.pool.clone(),
            reading: Arc::clone(&shared.reading),
            brief: Mutex::default(),
            used: AtomicU64::new(0),
            log: Log::default(),
        })))
    }

    /// Whose cell it is.
    #[must_use]
    pub fn id(&self) -> CellId {
        self.0.spec.id
    }

    /// The keys of this cell.
    #[must_use]
    pub fn keys(&self) -> Arc<Keyring> {
        Arc::clone(&self.0.spec.keys)
    }

    /// What the sequencer keeps for this cell.
    #[must_use]
    pub fn handle(&self) -> &S::Handle {
        &self.0.handle
    }

    /// What stood at the end of the last committed group.
    #[must_use]
    pub fn head(&self) -> S::Head {
        self.0.head()
    }

    /// Runs `body` on a reader's snapshot, on a thread where waiting is allowed.
    ///
    /// # Errors
    /// [`CellError::Busy`] if no reader came free within five seconds, [`CellError::Panicked`] if the body panicked.
    pub async fn read<T: Send + 'static>(
        &self,
        body: impl FnOnce(&mut Read<'_>) -> T + Send + 'static,
    ) -> Result<T, CellError> {
        let permit = tokio::time::timeout(READER_PATIENCE, Arc::clone(&self.0.reading).acquire_owned());
        let permit = permit
            .await
            .map_err(|_| CellError::Busy)?
            .map_err(|_| CellError::Closed)?;
        let cell = Arc::clone(&self.0);
        let run = tokio::task::spawn_blocking(move || {
            let value = cell.on_snapshot(body);
            drop(permit);
            value
        });
        run.await.map_err(|_| CellError::Panicked)?
    }

    /// Runs `work` on the writer, in a group with whatever else waits, and answers when the group is durable. The work
    /// may be run again, up to five times, and must then do the same.
    ///
    /// # Errors
    /// [`CellError::Busy`] if the queue is full; the work's own engine error; [`CellError::Lost`] after the last try.
    pub async fn write<T: Send + 'static>(
        &self,
        mut work: impl FnMut(&mut Tx<'_>) -> Result<(T, Vec<S::Item>), CellError> + Send + 'static,
    ) -> Result<T, CellError> {
        let slot = Arc::new(Mutex::new(None));
        let filled = Arc::clone(&slot);
        let body = Body::Work(Box::new(move |tx: &mut Tx<'_>| {
            let (value, items) = work(tx)?;
            *filled.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
            Ok(items)
        }));
        self.submit(body).await?;
        let value = slot.lock().unwrap_or_else(PoisonError::into_inner).take();
        value.ok_or(CellError::Damaged("a committed job left no value"))
    }

    /// Leaves items for the sequencer, one after the other, and answers when they are durable.
    ///
    /// # Errors
    /// As [`Cell::write`].
    pub async fn append_all(&self, items: Vec<S::Item>) -> Result<(), CellError> {
        for item in items {
            self.append(item).await?;
        }
        Ok(())
    }

    /// Leaves one item for the sequencer and answers when it is durable.
    ///
    /// # Errors
    /// As [`Cell::write`].
    pub async fn append(&self, item: S::Item) -> Result<(), CellError> {
        self.submit(Body::Item(item)).await
    }

    async fn submit(&self, body: Body<S::Item>) -> Result<(), CellError> {
        let (done, answer) = oneshot::channel();
        let must_schedule = {
            let mut queue = self.0.queue();
            if queue.closed {
                return Err(CellError::Closed);
            }
            if queue.jobs.len() >= QUEUE_LIMIT {
                return Err(CellError::Busy);
            }
            queue.jobs.push_back(Job { body, done });
            !std::mem::replace(&mut queue.scheduled, true)
        };
        if must_schedule {
            self.schedule()?;
        }
        answer.await.map_err(|_| CellError::Closed)?
    }

    fn schedule(&self) -> Result<(), CellError> {
        let scheduled = self.0.pool.schedule(Call::Run(Arc::clone(&self.0)));
        if scheduled.is_err() {
            let mut queue = self.0.queue();
            queue.scheduled = false;
            queue.jobs.clear();
        }
        scheduled
    }
}

/// What all cells of a process share.
pub(crate) struct Shared<S: Sequencer> {
    pub limits: Limits,
    pub sequencer: Arc<S>,
    pub pool: WriterPool<S>,
    pub reading: Arc<Semaphore>,
}

pub(crate) fn path_of(folder: &std::path::Path, id: CellId) -> PathBuf {
    folder.join(format!("{}.cell", id.uuid().simple()))
}

fn connect(engine: &Engine, spec: &CellSpec, duty: Duty, cache_kib: u32) -> Result<Db, CellError> {
    match engine {
        Engine::Sqlite { folder } => {
            let path = path_of(folder, spec.id);
            if !spec.is_new && !path.exists() {
                return Err(CellError::Damaged("the cell's file is missing"));
            }
            Db::sqlite(&path, spec.keys.database_key(), duty, cache_kib)
        }
        Engine::Postgres(server) => {
            let login = spec
                .login
                .as_ref()
                .ok_or(CellError::Damaged("a cell on PostgreSQL has no login"))?;
            Db::postgres(server, login, duty)
        }
    }
}

/// Whether the key or the login of one cell reads another's.
pub(crate) fn reaches(engine: &Engine, from: &CellSpec, to: CellId) -> Result<bool, CellError> {
    match engine {
        Engine::Sqlite { folder } => {
            let path = path_of(folder, to);
            if !path.exists() {
                return Err(CellError::Damaged("the cell's file is missing"));
            }
            match Db::sqlite(&path, from.keys.database_key(), Duty::Read, 1_024) {
                Ok(_) => Ok(true),
                Err(CellError::WrongKey) => Ok(false),
                Err(error) => Err(error),
            }
        }
        Engine::Postgres(_) => {
            let mut db = connect(engine, from, Duty::Read, 0)?;
            let schema = crate::Login::new(to, skillsyms_vault::Secret::new(String::new())).role;
            Ok(db.batch(&format!("SELECT v FROM {schema}.positions")).is_ok())
        }
    }
}

/// Brings a SQLite cell to the newest format. A PostgreSQL cell is migrated by the migration role, since the cell's
/// own may create nothing.
fn prepare(db: &mut Db, engine: &Engine, spec: &CellSpec) -> Result<(), CellError> {
    let found = crate::migrate::format_of(db)?;
    match engine {
        Engine::Sqlite { .. } => crate::migrate::migrate(db, spec.kind),
        Engine::Postgres(_) if found > crate::FORMAT => Err(CellError::Newer {
            found,
            known: crate::FORMAT,
        }),
        Engine::Postgres(server) if found < crate::FORMAT => {
            let login = spec
                .login
                .as_ref()
                .ok_or(CellError::Damaged("a cell on PostgreSQL has no login"))?;
            server.provision(login, spec.kind)
        }
        Engine::Postgres(_) => Ok(()),
    }
}
