//! The door itself: it owns the cells, the policies and the platform's own cell.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use skillsyms_cells::{Cell, CellError, CellSpec, Cells, Engine, Limits};
use skillsyms_core::problem::{BUSY, INTERNAL, STORAGE, UNAUTHENTICATED};
use skillsyms_core::{CellId, Clock, Problem, Reference};
use skillsyms_ledger::Ledger;
use skillsyms_vault::{KeyError, RootKey, SystemRng};
use uuid::Uuid;

use crate::actor::{Actor, Directory};
use crate::enter::Entrance;
use crate::explain::Matrix;
use crate::heads;
use crate::platform::{self, TenantState};
use crate::policy::{Policies, PolicyError};
use crate::registry::{Registry, RegistryError};
use crate::tenants::Quotas;

/// What it takes to open the house.
pub struct Config {
    /// The data folder.
    pub data: PathBuf,
    /// Which engine keeps the cells.
    pub engine: Engine,
    /// The root key.
    pub root: RootKey,
    /// Where the time comes from.
    pub clock: Arc<dyn Clock>,
    /// All acts.
    pub registry: Registry,
    /// Looks credentials up.
    pub directory: Arc<dyn Directory>,
    /// Limits on what the cells use.
    pub limits: Limits,
    /// For `ledger verify`: opens cells whose ledger is damaged, and takes no entry in them.
    pub inspect: Inspect,
}

/// Whether the house opens to work or to be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inspect {
    /// To work: a cell with a damaged ledger does not open.
    No,
    /// To be verified.
    Yes,
}

/// The house does not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A cell.
    #[error(transparent)]
    Cell(#[from] CellError),
    /// A key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The policies.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// The registry.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// The platform's own file.
    #[error("{0}")]
    Platform(&'static str),
    /// The data folder is newer than this program.
    #[error("the data folder has format {found}, this program knows {known}: use the newer program")]
    Newer {
        /// Format found.
        found: u32,
        /// Newest format known.
        known: u32,
    },
    /// A file operation.
    #[error("{path}: {error}")]
    File {
        /// Which file.
        path: PathBuf,
        /// What happened.
        error: std::io::Error,
    },
}

/// Who is who, and who may do what: all that a job on a writer's thread needs of the door. A job does not hold the door
/// itself: were it the last to do so, the cells would be closed on that thread, behind the back of whoever ends the process.
pub(crate) struct Rules {
    pub(crate) policies: Policies,
    pub(crate) directory: Arc<dyn Directory>,
    /// The matrix, made when it is first asked for: policies do not change while the program runs.
    pub(crate) matrix: OnceLock<Matrix>,
}

pub(crate) struct Inner {
    pub(crate) cells: Cells<Ledger>,
    pub(crate) platform: Cell<Ledger>,
    pub(crate) root: RootKey,
    pub(crate) data: PathBuf,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) registry: Registry,
    pub(crate) rules: Arc<Rules>,
    pub(crate) tenants: RwLock<HashMap<CellId, TenantState>>,
    pub(crate) slugs: RwLock<HashMap<String, CellId>>,
    pub(crate) quotas: RwLock<HashMap<CellId, Quotas>>,
    /// Held while a tenant's row is read to be remembered.
    pub(crate) refreshing: tokio::sync::Mutex<()>,
    pub(crate) platform_spec: CellSpec,
    pub(crate) published: heads::Published,
    pub(crate) inspect: Inspect,
}

/// The one way to the data. Cheap to clone; what it owns is not.
#[derive(Clone)]
pub struct Door(pub(crate) Arc<Inner>);

impl Door {
    /// Opens the house: the platform's file and cell, made if the data folder is empty.
    ///
    /// # Errors
    /// [`OpenError`] says what to do.
    pub async fn open(config: Config) -> Result<Self, OpenError> {
        let policies = Policies::load(&config.registry)?;
        let spec = platform::open_or_create_file(&config)?;
        let ledger = if config.inspect == Inspect::Yes {
            Ledger::inspecting()
        } else {
            Ledger::keeping()
        };
        let cells = Cells::start(config.engine, ledger, config.limits)?;
        let platform_spec = spec.clone();
        let platform = cells.open(spec).await?;
        let published = heads::Published::in_folder(&config.data)?;
        let door = Self(Arc::new(Inner {
            cells,
            platform,
            root: config.root,
            data: config.data,
            clock: config.clock,
            registry: config.registry,
            rules: Arc::new(Rules {
                policies,
                directory: config.directory,
                matrix: OnceLock::new(),
            }),
            tenants: RwLock::default(),
            slugs: RwLock::default(),
            quotas: RwLock::default(),
            refreshing: tokio::sync::Mutex::default(),
            platform_spec,
            published,
            inspect: config.inspect,
        }));
        door.check_head(&door.0.platform).await?;
        door.check_kept().await?;
        Ok(door)
    }

    /// Enters as this actor. Nothing is believed of it until the act's own transaction has looked it up.
    #[must_use]
    pub fn enter(&self, actor: Actor) -> Entrance<'_> {
        Entrance::new(self, actor)
    }

    /// The cell of the platform itself.
    #[must_use]
    pub fn platform(&self) -> CellId {
        self.0.platform.id()
    }

    /// The registry of all acts.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.0.registry
    }

    /// The loaded policies.
    #[must_use]
    pub fn policies(&self) -> &Policies {
        &self.0.rules.policies
    }

    /// The data folder.
    #[must_use]
    pub fn data(&self) -> &Path {
        &self.0.data
    }

    /// Where the time comes from.
    #[must_use]
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.0.clock
    }

    /// Name of the engine.
    #[must_use]
    pub fn engine(&self) -> &'static str {
        self.0.cells.engine().name()
    }

    /// A reference for a caller who came without one.
    #[must_use]
    pub fn reference(&self) -> Reference {
        use skillsyms_core::Rng as _;
        let mut random = [0_u8; 10];
        SystemRng.fill(&mut random);
        let millis = u64::try_from(self.0.clock.now().micros() / 1_000).unwrap_or(0);
        Reference::new(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
    }

    /// The cell an actor names, opened if it is not. A suspended tenant answers people, keys and nobody as if it were not
    /// there; the machine's own actors may look.
    pub(crate) async fn cell(&self, actor: &Actor) -> Result<Cell<Ledger>, Problem> {
        let id = actor.cell();
        if id == self.platform() {
            return Ok(self.0.platform.clone());
        }
        let state = self.tenant_state(id).await?;
        if state == TenantState::Suspended && !matches!(actor, Actor::Console(_) | Actor::System(_)) {
            return Err(Problem::new(&UNAUTHENTICATED));
        }
        self.tenant_cell(id).await
    }

    /// Refuses a change in a suspended tenant, also at the console: what is suspended stays as it is.
    pub(crate) async fn check_at_work(&self, actor: &Actor) -> Result<(), Problem> {
        let id = actor.cell();
        if id != self.platform() && self.tenant_state(id).await? == TenantState::Suspended {
            return Err(Problem::new(&platform::SUSPENDED));
        }
        Ok(())
    }

    /// An open cell, whoever asks.
    pub(crate) async fn tenant_cell(&self, id: CellId) -> Result<Cell<Ledger>, Problem> {
        if id == self.platform() {
            return Ok(self.0.platform.clone());
        }
        if let Some(cell) = self.0.cells.get(id) {
            return Ok(cell);
        }
        let spec = self.load_spec(id).await?;
        // Checked before anybody has it: a cell that lost entries must not be there for the second who asks.
        let opened = self
            .0
            .cells
            .open_if(spec, async move |cell| self.check_head(&cell).await);
        opened.await.map_err(|error| below(&error, id.uuid()))
    }

    /// A cell whose ledger does not go on from its checkpoint outside has lost entries or is another: never silent, and
    /// no further entry hides it.
    async fn check_head(&self, cell: &Cell<Ledger>) -> Result<(), CellError> {
        if self.0.inspect == Inspect::Yes {
            return Ok(());
        }
        // Taken before the snapshot: with several servers on one cell, the ledger may only be ahead of it.
        let outside = self.outside(cell.id()).await?;
        if outside.larger().is_none() && cell.head().tree.size > 0 {
            alert(
                cell.id(),
                "no checkpoint is kept outside the cell: entries that were cut off would not show",
            );
        }
        if let Some(finding) = outside.finding() {
            alert(cell.id(), &finding.to_string());
        }
        for note in outside.into_notes() {
            let verifier = cell.handle().verifier().clone();
            let held = cell.read(move |tx| heads::follows(tx, &note, &verifier)).await?;
            held.inspect_err(|error| alert(cell.id(), &format!("the cell stays closed: {error}")))?;
        }
        Ok(())
    }

    /// What is kept of a cell outside it.
    pub(crate) async fn outside(&self, cell: CellId) -> Result<heads::Outside, CellError> {
        let recorded = if cell == self.platform() {
            None
        } else {
            self.0.platform.read(move |tx| heads::recorded(tx, cell)).await??
        };
        Ok(heads::Outside {
            // After the row: a file may only be ahead of it.
            file: self.0.published.note_in_file(cell)?,
            recorded,
        })
    }

    /// Says at the start of which cells the checkpoint is gone from its file: most cells open later, or not at all today.
    async fn check_kept(&self) -> Result<(), CellError> {
        if self.0.inspect == Inspect::Yes {
            return Ok(());
        }
        let found = self.check_heads().await;
        let found = found.map_err(|_| CellError::Damaged("the checkpoints kept outside the cells cannot be read"))?;
        for (cell, finding) in &found {
            alert(*cell, &finding.to_string());
        }
        Ok(())
    }

    pub(crate) fn known_state(&self, id: CellId) -> Option<TenantState> {
        self.0
            .tenants
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&id)
            .copied()
    }

    /// Keeps what was read. A change that was remembered since the row was read is newer, and stays: else a tenant
    /// suspended at that moment would go on.
    pub(crate) fn learn_state(&self, id: CellId, state: TenantState) {
        let mut tenants = self.0.tenants.write().unwrap_or_else(PoisonError::into_inner);
        tenants.entry(id).or_insert(state);
    }

    pub(crate) fn remember_state(&self, id: CellId, state: TenantState) {
        self.0
            .tenants
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(id, state);
    }

    /// Publishes the last heads and closes all cells. What was acknowledged is on disk already.
    pub async fn close(&self) {
        if let Err(problem) = self.publish_heads().await {
            tracing::warn!(code = problem.code.name, "heads at close");
        }
        self.0.cells.close_all();
    }
}

/// Something about a checkpoint that somebody has to look at: in the log, and counted.
fn alert(cell: CellId, what: &str) {
    metrics::counter!("skillsyms_head_alerts_total").increment(1);
    tracing::error!(%cell, what, "a checkpoint outside");
}

/// Logs a failure below the door, once, and answers what the caller is told of it.
pub(crate) fn below(error: &CellError, reference: Uuid) -> Problem {
    match error {
        CellError::Busy | CellError::Lost(_) | CellError::Closed => Problem::new(&BUSY),
        CellError::Full => {
            tracing::error!(%error, %reference, "storage");
            Problem::new(&STORAGE)
        }
        _ => {
            tracing::error!(%error, %reference, "cell");
            Problem::new(&INTERNAL)
        }
    }
}
