//! A cell with a ledger, for tests: on SQLite, or on the PostgreSQL that `SKILLSYMS_TEST_PG` names if
//! `SKILLSYMS_TEST_ENGINE` is `postgres`.

use std::sync::Arc;

use diesel::sql_query;
use skillsyms_cells::{Cell, CellError, CellKind, CellSpec, Cells, Engine, Limits, Login, Postgres, Read, Tx};
use skillsyms_core::{CellId, Rng};
use skillsyms_vault::{Keyring, Secret, SystemRng, token};
use tempfile::TempDir;
use uuid::Uuid;

use crate::entry::Entry;
use crate::entry::tests::sample;
use crate::store::Ledger;

/// An open cell of its own.
pub(crate) struct Bench {
    pub(crate) cell: Cell<Ledger>,
    engine: Engine,
    spec: CellSpec,
    _folder: Option<TempDir>,
    _cells: Cells<Ledger>,
}

impl Bench {
    /// A cell on the engine that the tests run on.
    pub(crate) async fn new() -> Self {
        if std::env::var("SKILLSYMS_TEST_ENGINE").is_ok_and(|engine| engine == "postgres") {
            let url = std::env::var("SKILLSYMS_TEST_PG").expect("SKILLSYMS_TEST_PG names the database");
            return Self::open(Engine::Postgres(Postgres::parse(&url).unwrap()), None).await;
        }
        Self::on_sqlite().await
    }

    /// A cell that can be tampered with: on PostgreSQL its role may not.
    pub(crate) async fn on_sqlite() -> Self {
        let folder = TempDir::new().unwrap();
        Self::open(
            Engine::Sqlite {
                folder: folder.path().to_owned(),
            },
            Some(folder),
        )
        .await
    }

    async fn open(engine: Engine, folder: Option<TempDir>) -> Self {
        let mut bytes = [0; 16];
        SystemRng.fill(&mut bytes);
        let id = CellId::new(Uuid::from_bytes(bytes));
        let keys = Arc::new(Keyring::generate(id, &SystemRng));
        let login = folder
            .is_none()
            .then(|| Login::new(id, Secret::new(token(&SystemRng, 24))));
        let spec = CellSpec {
            id,
            kind: CellKind::Tenant,
            keys,
            login,
            is_new: true,
        };
        let cells = start(&engine, Ledger::keeping());
        let cell = cells.open(spec.clone()).await.unwrap();
        Self {
            cell,
            engine,
            spec: CellSpec { is_new: false, ..spec },
            _folder: folder,
            _cells: cells,
        }
    }

    /// A bench whose ledger holds the entries 0 to `count`, in groups of 100.
    pub(crate) async fn with_entries(count: u64) -> Self {
        Self::new().await.filled(count).await
    }

    /// This bench with the entries 0 to `count`, in groups of 100.
    pub(crate) async fn filled(self, count: u64) -> Self {
        for from in (0..count).step_by(100) {
            self.append((from..count.min(from + 100)).map(sample).collect())
                .await
                .unwrap();
        }
        self
    }

    /// Opens the same cell once more, as a process does that starts anew.
    pub(crate) async fn reopen(&self, ledger: Ledger) -> Result<(Cells<Ledger>, Cell<Ledger>), CellError> {
        let cells = start(&self.engine, ledger);
        let cell = cells.open(self.spec.clone()).await?;
        Ok((cells, cell))
    }

    pub(crate) async fn append(&self, entries: Vec<Entry>) -> Result<(), CellError> {
        self.cell.write(move |_| Ok(((), entries.clone()))).await
    }

    pub(crate) async fn read<T: Send + 'static>(&self, body: impl FnOnce(&mut Read<'_>) -> T + Send + 'static) -> T {
        self.cell.read(body).await.unwrap()
    }

    pub(crate) async fn write<T: Send + 'static>(
        &self,
        mut body: impl FnMut(&mut Tx<'_>) -> Result<T, CellError> + Send + 'static,
    ) -> Result<T, CellError> {
        self.cell.write(move |tx| Ok((body(tx)?, Vec::new()))).await
    }

    /// What somebody with the file and the key may do to it.
    pub(crate) async fn tamper(&self, statements: &'static [&'static str]) {
        const TRIGGERS: [&str; 4] = [
            "DROP TRIGGER IF EXISTS ledger_entries_no_update",
            "DROP TRIGGER IF EXISTS ledger_entries_no_delete",
            "DROP TRIGGER IF EXISTS ledger_nodes_no_update",
            "DROP TRIGGER IF EXISTS ledger_nodes_no_delete",
        ];
        let done = self.write(move |tx| {
            for statement in TRIGGERS.iter().chain(statements) {
                tx.execute(sql_query(*statement))?;
            }
            Ok(())
        });
        done.await.unwrap();
    }
}

fn start(engine: &Engine, ledger: Ledger) -> Cells<Ledger> {
    Cells::start(
        engine.clone(),
        ledger,
        Limits {
            readers: 1,
            writers: 1,
            ..Limits::default()
        },
    )
    .unwrap()
}
