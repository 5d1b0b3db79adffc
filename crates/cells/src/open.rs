//! The set of open cells: opened on first use, at most so many at once, the least used idle one closed first.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use skillsyms_core::CellId;
use skillsyms_vault::Keyring;
use tokio::sync::Semaphore;

use crate::cell::{Cell, Sequencer, Shared};
use crate::engine::Engine;
use crate::error::CellError;
use crate::group::Writers;
use crate::migrate::CellKind;
use crate::postgres::Login;

/// What it takes to open a cell.
#[derive(Clone)]
pub struct CellSpec {
    /// Which.
    pub id: CellId,
    /// For what.
    pub kind: CellKind,
    /// Its keys.
    pub keys: Arc<Keyring>,
    /// Its login, on PostgreSQL.
    pub login: Option<Login>,
    /// True when the cell is to be made. A cell that should be there and is not is damage, not a new cell.
    pub is_new: bool,
}

/// Limits on what the cells of one process use.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Cells open at once. Each holds a few connections and up to its page caches.
    pub open: usize,
    /// Idle readers kept for each cell.
    pub readers: usize,
    /// Reads that run at once in the whole process: more than cores only adds waiting.
    pub reading: usize,
    /// Threads that write, in the whole process. They mostly wait for the disk.
    pub writers: usize,
    /// Page cache of a writer, KiB. Past its cache SQLCipher decrypts each page again and reads six times slower.
    pub writer_cache_kib: u32,
    /// Page cache of a reader, KiB. It is forgotten at every commit, so it serves within one snapshot only.
    pub reader_cache_kib: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            open: 64,
            readers: 4,
            reading: 4,
            writers: 4,
            writer_cache_kib: 32_768,
            reader_cache_kib: 8_192,
        }
    }
}

/// All cells of a process. Not `Clone`: it moves into the door at start, and nothing gives it back.
pub struct Cells<S: Sequencer> {
    engine: Engine,
    shared: Arc<Shared<S>>,
    open: Mutex<HashMap<CellId, Slot<S>>>,
    ticks: AtomicU64,
    /// Dropped last: the cells above are closed by then.
    _writers: Writers<S>,
}

/// The lock makes two first users of a cell open it once.
struct Slot<S: Sequencer>(Arc<tokio::sync::Mutex<Option<Cell<S>>>>);

impl<S: Sequencer> Cells<S> {
    /// Starts the writers. Opens nothing yet.
    ///
    /// # Errors
    /// [`CellError::NotEncrypted`] if this build has no encryption; files otherwise.
    pub fn start(engine: Engine, sequencer: S, limits: Limits) -> Result<Self, CellError> {
        crate::engine::assert_encrypted_engine()?;
        if let Engine::Sqlite { folder } = &engine {
            std::fs::create_dir_all(folder)?;
        }
        let writers = Writers::start(limits.writers.max(1))?;
        let pool = writers.pool();
        let reading = Arc::new(Semaphore::new(limits.reading.max(1)));
        let shared = Arc::new(Shared {
            limits,
            sequencer: Arc::new(sequencer),
            pool,
            reading,
        });
        Ok(Self {
            engine,
            shared,
            open: Mutex::new(HashMap::new()),
            ticks: AtomicU64::new(0),
            _writers: writers,
        })
    }

    /// Which engine keeps the cells.
    pub const fn engine(&self) -> &Engine {
        &self.engine
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.shared.limits
    }

    /// The cell, if it is open.
    pub fn get(&self, id: CellId) -> Option<Cell<S>> {
        // Cloned while the table is held: whoever makes room counts who holds a cell before it closes it.
        let table = self.table();
        let cell = table.get(&id)?.0.try_lock().ok()?.clone()?;
        drop(table);
        cell.0.touch(self.ticks.fetch_add(1, Ordering::Relaxed));
        Some(cell)
    }

    /// Opens a cell, or answers the one that is open already.
    ///
    /// # Errors
    /// [`CellError`] if it does not open. A cell that could not be opened may be tried again.
    pub async fn open(&self, spec: CellSpec) -> Result<Cell<S>, CellError> {
        self.open_if(spec, |_| std::future::ready(Ok(()))).await
    }

    /// As [`Cells::open`], but a cell that is opened now must pass `check` before anybody has it: one that does not is
    /// closed again, and the next who asks for it has it checked anew.
    ///
    /// # Errors
    /// As [`Cells::open`], and whatever `check` answers.
    pub async fn open_if<F>(&self, spec: CellSpec, check: impl FnOnce(Cell<S>) -> F) -> Result<Cell<S>, CellError>
    where
        F: Future<Output = Result<(), CellError>>,
    {
        let id = spec.id;
        let slot = {
            let mut table = self.table();
            let slot = table
                .entry(id)
                .or_insert_with(|| Slot(Arc::new(tokio::sync::Mutex::new(None))));
            Arc::clone(&slot.0)
        };
        let mut place = slot.lock().await;
        if let Some(cell) = place.as_ref() {
            return Ok(cell.clone());
        }
        self.make_room(id);
        let (engine, shared) = (self.engine.clone(), Arc::clone(&self.shared));
        let opening = tokio::task::spawn_blocking(move || Cell::open(&engine, spec, &shared));
        let cell = opening.await.map_err(|_| CellError::Panicked)??;
        if let Err(error) = check(cell.clone()).await {
            cell.0.close();
            return Err(error);
        }
        cell.0.touch(self.ticks.fetch_add(1, Ordering::Relaxed));
        *place = Some(cell.clone());
        Ok(cell)
    }

    /// Whether what opens `from` also reaches `to`: with its key on the other's file, with its login on the other's
    /// schema. Blocks on the engine. The isolation probe asks this of two tenants, and of one and itself.
    ///
    /// # Errors
    /// If the engine cannot be asked at all.
    pub fn reaches(&self, from: &CellSpec, to: CellId) -> Result<bool, CellError> {
        crate::cell::reaches(&self.engine, from, to)
    }

    /// The cells that are open now.
    pub fn all_open(&self) -> Vec<Cell<S>> {
        let slots: Vec<_> = self.table().values().map(|slot| Arc::clone(&slot.0)).collect();
        slots.iter().filter_map(|slot| slot.try_lock().ok()?.clone()).collect()
    }

    /// Closes every cell. Jobs that were accepted are done first by whoever waits for them.
    pub fn close_all(&self) {
        for cell in self.all_open() {
            cell.0.close();
        }
        self.table().clear();
    }

    fn table(&self) -> MutexGuard<'_, HashMap<CellId, Slot<S>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Closes the least used cell that nobody holds, once there are as many as may be open.
    fn make_room(&self, newcomer: CellId) {
        let mut table = self.table();
        if table.len() <= self.shared.limits.open {
            return;
        }
        let mut idle: Vec<(u64, CellId, Cell<S>)> = table
            .iter()
            .filter(|(id, _)| **id != newcomer)
            .filter_map(|(id, slot)| {
                let cell = slot.0.try_lock().ok()?.clone()?;
                // Two: the table's and the one just cloned.
                (Arc::strong_count(&cell.0) == 2 && cell.0.is_idle()).then(|| (cell.0.last_used(), *id, cell))
            })
            .collect();
        idle.sort_by_key(|(used, ..)| *used);
        if let Some((_, id, cell)) = idle.into_iter().next() {
            table.remove(&id);
            cell.0.close();
        }
    }
}
