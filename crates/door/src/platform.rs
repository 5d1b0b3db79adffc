//! The platform: its own file and cell, and the tenants that it knows.
//!
//! `platform.json` holds what must be known before any cell opens: the instance's cell, its wrapped keyring, its sealed
//! login. Every tenant's keyring and login stand in the platform's cell.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::{Arc, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use skillsyms_cells::schema::tenants;
use skillsyms_cells::{CellKind, CellSpec, Engine, Login};
use skillsyms_core::problem::UNAUTHENTICATED;
use skillsyms_core::{CellId, Code, Instant, Problem, Rng};
use skillsyms_vault::{Keyring, Place, Secret, SystemRng};

use crate::door::{Config, Door, OpenError, below};
use crate::tenants::{NewTenant, Quotas};

/// Name of the platform's file in the data folder.
const FILE: &str = "platform.json";
/// Newest format of the platform's file.
const FORMAT: u32 = 1;
/// Bytes of a login's password: 192 bits.
const LOGIN_BYTES: usize = 24;

/// The tenant was suspended by the operator. Told at the console only: to everybody else a suspended tenant is an
/// unknown one.
pub static SUSPENDED: Code = Code::new(
    "tenant.suspended",
    409,
    "This tenant is suspended, and nothing in it changes. Restore it first: skillsyms tenant restore.",
);
/// The slug is taken.
pub static SLUG_TAKEN: Code = Code::new(
    "tenant.slug_taken",
    409,
    "Another provider has this short name. Choose another.",
);

/// The tenant is in a state in which this cannot be done.
pub static STATE: Code = Code::new(
    "tenant.state",
    409,
    "The provider is not in a state in which this can be done. Read it again.",
);

/// What state a tenant is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TenantState {
    /// Its cell is being made; a repeated create goes on with it.
    Creating,
    /// At work.
    Active,
    /// Closed to everybody but the operator.
    Suspended,
}

impl TenantState {
    /// Word in the table.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Creating => "creating",
            Self::Active => "active",
            Self::Suspended => "suspended",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Creating, Self::Active, Self::Suspended]
            .into_iter()
            .find(|state| state.as_str() == text)
    }
}

#[derive(Serialize, Deserialize)]
struct PlatformFile {
    format: u32,
    cell: CellId,
    /// Wrapped by the root key.
    keyring: String,
    /// Sealed by the platform's keyring.
    login: String,
}

/// The platform's cell, from its file; both made if the data folder is empty.
pub(crate) fn open_or_create_file(config: &Config) -> Result<CellSpec, OpenError> {
    let path = config.data.join(FILE);
    let failed = |error| OpenError::File {
        path: path.clone(),
        error,
    };
    match std::fs::read(&path) {
        Ok(bytes) => read_file(config, &bytes),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            // PostgreSQL keeps no cells here, but every cell's last checkpoint is.
            let has_entries =
                |name| std::fs::read_dir(config.data.join(name)).is_ok_and(|mut all| all.next().is_some());
            let has_cells = has_entries("cells") || has_entries("heads");
            if has_cells {
                return Err(OpenError::Platform(
                    "platform.json is missing from a data folder that has cells: restore it from a backup",
                ));
            }
            create_file(config, &path)
        }
        Err(error) => Err(failed(error)),
    }
}

fn read_file(config: &Config, bytes: &[u8]) -> Result<CellSpec, OpenError> {
    const DAMAGED: OpenError = OpenError::Platform("platform.json is damaged: restore it from a backup");
    let file: PlatformFile = serde_json::from_slice(bytes).map_err(|_| DAMAGED)?;
    if file.format > FORMAT {
        return Err(OpenError::Newer {
            found: file.format,
            known: FORMAT,
        });
    }
    let wrapped = STANDARD.decode(&file.keyring).map_err(|_| DAMAGED)?;
    let keys = Keyring::unwrap(&config.root, file.cell, &wrapped)?;
    let sealed = STANDARD.decode(&file.login).map_err(|_| DAMAGED)?;
    let login = open_login(&keys, file.cell, &sealed).ok_or(DAMAGED)?;
    Ok(spec(file.cell, CellKind::Platform, keys, Some(login)))
}

fn create_file(config: &Config, path: &Path) -> Result<CellSpec, OpenError> {
    let cell = fresh_cell();
    let keys = Keyring::generate(cell, &SystemRng);
    let (login, sealed) = new_login(&keys, cell).ok_or(OpenError::Platform("a login could not be sealed"))?;
    let file = PlatformFile {
        format: FORMAT,
        cell,
        keyring: STANDARD.encode(keys.wrap(&config.root, &SystemRng)?),
        login: STANDARD.encode(sealed),
    };
    let text =
        serde_json::to_vec_pretty(&file).map_err(|_| OpenError::Platform("platform.json could not be written"))?;
    write_new(path, &text).map_err(|error| OpenError::File {
        path: path.to_owned(),
        error,
    })?;
    let mut spec = spec(cell, CellKind::Platform, keys, Some(login));
    spec.is_new = true;
    Ok(spec)
}

/// Writes a file that must not exist, durably, for the owner only.
fn write_new(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    match path.parent() {
        Some(folder) => std::fs::File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

fn spec(id: CellId, kind: CellKind, keys: Keyring, login: Option<Login>) -> CellSpec {
    // The platform's file may exist without its cell when the first start was interrupted: opening makes it.
    CellSpec {
        id,
        kind,
        keys: Arc::new(keys),
        login,
        is_new: kind == CellKind::Platform,
    }
}

fn fresh_cell() -> CellId {
    // All random: a cell's id must not say when the tenant joined.
    let mut random = [0_u8; 16];
    SystemRng.fill(&mut random);
    CellId::new(uuid::Builder::from_random_bytes(random).into_uuid())
}

fn login_place(cell: &CellId) -> Place<'static> {
    Place {
        table: "tenants",
        column: "login",
        row: *cell.bytes(),
    }
}

fn new_login(sealer: &Keyring, cell: CellId) -> Option<(Login, Vec<u8>)> {
    let password = skillsyms_vault::token(&SystemRng, LOGIN_BYTES);
    let sealed = sealer.seal(login_place(&cell), password.as_bytes(), &SystemRng).ok()?;
    Some((Login::new(cell, Secret::new(password)), sealed))
}

fn open_login(sealer: &Keyring, cell: CellId, sealed: &[u8]) -> Option<Login> {
    let plain = sealer.open(login_place(&cell), sealed).ok()?;
    let password = String::from_utf8(plain.to_vec()).ok()?;
    Some(Login::new(cell, Secret::new(password)))
}

/// One tenant, as the operator sees it: nothing of its records.
#[derive(Clone, Debug, Serialize)]
pub struct Tenant {
    /// Its cell.
    pub id: CellId,
    /// Its short name in addresses.
    pub slug: String,
    /// Its registered name.
    pub name: String,
    /// `creating`, `active` or `suspended`.
    pub state: String,
    /// Since when.
    pub created_at: Instant,
}

/// Keyring, login, and the quotas.
type SpecRow = (Vec<u8>, Option<Vec<u8>>, Option<i64>, Option<i64>, Option<i64>);
type TenantRow = (CellId, String, String, String, Instant);

impl From<TenantRow> for Tenant {
    fn from((id, slug, name, state, created_at): TenantRow) -> Self {
        Self {
            id,
            slug,
            name,
            state,
            created_at,
        }
    }
}

const TENANT_COLUMNS: (
    tenants::id,
    tenants::slug,
    tenants::name,
    tenants::state,
    tenants::created_at,
) = (
    tenants::id,
    tenants::slug,
    tenants::name,
    tenants::state,
    tenants::created_at,
);

impl Door {
    /// The tenant with this short name.
    ///
    /// # Errors
    /// [`Problem::not_found`] if there is none.
    pub async fn tenant(&self, slug: &str) -> Result<CellId, Problem> {
        let known = self
            .0
            .slugs
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(slug)
            .copied();
        if let Some(id) = known {
            return Ok(id);
        }
        let wanted = slug.to_owned();
        let found = self.0.platform.read(move |tx| {
            tx.first::<CellId, _>(
                tenants::table
                    .filter(tenants::slug.eq(wanted))
                    .select(tenants::id)
                    .limit(1),
            )
        });
        let found = found
            .await
            .and_then(|found| found)
            .map_err(|error| below(&error, uuid::Uuid::nil()))?;
        let id = found.ok_or_else(Problem::not_found)?;
        self.0
            .slugs
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(slug.to_owned(), id);
        Ok(id)
    }

    /// The tenant with this short name, if people may sign in to it.
    ///
    /// # Errors
    /// [`Problem::not_found`] if there is none, and alike if it is suspended or not made yet.
    pub async fn tenant_at_work(&self, slug: &str) -> Result<CellId, Problem> {
        let id = self.tenant(slug).await?;
        match self.tenant_state(id).await {
            Ok(TenantState::Active) => Ok(id),
            Ok(TenantState::Creating | TenantState::Suspended) => Err(Problem::not_found()),
            Err(problem) if problem.code == &UNAUTHENTICATED => Err(Problem::not_found()),
            Err(problem) => Err(problem),
        }
    }

    /// The tenant whose cell this is.
    ///
    /// # Errors
    /// [`Problem::not_found`] if there is none.
    pub async fn tenant_of(&self, id: CellId) -> Result<Tenant, Problem> {
        let row = self.0.platform.read(move |tx| {
            tx.first::<TenantRow, _>(
                tenants::table
                    .filter(tenants::id.eq(id))
                    .select(TENANT_COLUMNS)
                    .limit(1),
            )
        });
        let row = row
            .await
            .and_then(|row| row)
            .map_err(|error| below(&error, uuid::Uuid::nil()))?;
        row.map(Tenant::from).ok_or_else(Problem::not_found)
    }

    /// All tenants, in order of their short names.
    ///
    /// # Errors
    /// If the platform's cell fails.
    pub async fn tenants(&self) -> Result<Vec<Tenant>, Problem> {
        let rows = self.0.platform.read(|tx| {
            tx.load::<TenantRow, _>(tenants::table.select(TENANT_COLUMNS).order(tenants::slug).limit(10_000))
        });
        let rows = rows
            .await
            .and_then(|rows| rows)
            .map_err(|error| below(&error, uuid::Uuid::nil()))?;
        Ok(rows.into_iter().map(Tenant::from).collect())
    }

    pub(crate) async fn tenant_state(&self, id: CellId) -> Result<TenantState, Problem> {
        if let Some(state) = self.known_state(id) {
            return Ok(state);
        }
        let row = self.0.platform.read(move |tx| {
            tx.first::<String, _>(
                tenants::table
                    .filter(tenants::id.eq(id))
                    .select(tenants::state)
                    .limit(1),
            )
        });
        let row = row
            .await
            .and_then(|row| row)
            .map_err(|error| below(&error, uuid::Uuid::nil()))?;
        // A token that names no cell is no credential.
        let unknown = || Problem::new(&UNAUTHENTICATED);
        let state = row.as_deref().and_then(TenantState::parse).ok_or_else(unknown)?;
        if state == TenantState::Creating {
            return Err(unknown());
        }
        self.learn_state(id, state);
        Ok(state)
    }

    /// What it takes to open a tenant's cell. Its quotas are remembered.
    pub(crate) async fn load_spec(&self, id: CellId) -> Result<CellSpec, Problem> {
        // As in `refresh_tenant`: quotas that were read before a change must not be remembered after it.
        let turn = self.0.refreshing.lock().await;
        let row = self.0.platform.read(move |tx| {
            tx.first::<SpecRow, _>(
                tenants::table
                    .filter(tenants::id.eq(id))
                    .select((
                        tenants::keyring,
                        tenants::login,
                        tenants::quota_learners,
                        tenants::quota_people,
                        tenants::quota_evidence_bytes,
                    ))
                    .limit(1),
            )
        });
        let row = row
            .await
            .and_then(|row| row)
            .map_err(|error| below(&error, uuid::Uuid::nil()))?;
        let (keyring, login, learners, people, evidence_bytes) = row.ok_or_else(Problem::not_found)?;
        let quotas = Quotas {
            learners,
            people,
            evidence_bytes,
        };
        self.remember_quotas(id, quotas);
        drop(turn);
        let keys = Keyring::unwrap(&self.0.root, id, &keyring).map_err(|error| {
            tracing::error!(cell = %id, %error, "keyring");
            Problem::internal()
        })?;
        let login = login.and_then(|sealed| open_login(&self.0.platform.keys(), id, &sealed));
        Ok(spec(id, CellKind::Tenant, keys, login))
    }

    /// Draws the keys and the login of a new tenant.
    ///
    /// # Errors
    /// If a key cannot be wrapped.
    pub fn draw_tenant(&self) -> Result<NewTenant, Problem> {
        let id = fresh_cell();
        let keyring = Keyring::generate(id, &SystemRng)
            .wrap(&self.0.root, &SystemRng)
            .map_err(|error| {
                tracing::error!(%error, "a tenant's keys");
                Problem::internal()
            })?;
        let (_, login) = new_login(&self.0.platform.keys(), id).ok_or_else(Problem::internal)?;
        let login = self.is_postgres().then_some(login);
        Ok(NewTenant { id, keyring, login })
    }

    /// True if the cells are kept by PostgreSQL.
    pub(crate) fn is_postgres(&self) -> bool {
        matches!(self.0.cells.engine(), Engine::Postgres(_))
    }
}
