//! A cell with a ledger, for tests.

use std::sync::Arc;

use diesel::sql_query;
use skillsyms_cells::{Cell, CellError, CellKind, CellSpec, Cells, Engine, Limits, Read, Tx};
use skillsyms_core::{CellId, Rng};
use skillsyms_vault::{Keyring, SystemRng};
use tempfile::TempDir;
use uuid::Uuid;

use crate::entry::Entry;
use crate::entry::tests::sample;
use crate::store::Ledger;

/// An open cell in a folder of its own.
pub(crate) struct Bench {
    pub(crate) cell: Cell<Ledger>,
    pub(crate) spec: CellSpec,
    pub(crate) folder: TempDir,
    _cells: Cells<Ledger>,
}

impl Bench {
    pub(crate) async fn new() -> Self {
        let mut bytes = [0; 16];
        SystemRng.fill(&mut bytes);
        let id = CellId::new(Uuid::from_bytes(bytes));
        let keys = Arc::new(Keyring::generate(id, &SystemRng));
        let spec = CellSpec {
            id,
            kind: CellKind::Tenant,
            keys,
            login: None,
            is_new: true,
        };
        let folder = TempDir::new().unwrap();
        let cells = start(&folder, Ledger::keeping());
        let cell = cells.open(spec.clone()).await.unwrap();
        Self {
            cell,
            spec: CellSpec { is_new: false, ..spec },
            folder,
            _cells: cells,
        }
    }

    /// A bench whose ledger holds the entries 0 to `count`, in groups of 100.
    pub(crate) async fn with_entries(count: u64) -> Self {
        let bench = Self::new().await;
        for from in (0..count).step_by(100) {
            bench
                .append((from..count.min(from + 100)).map(sample).collect())
                .await
                .unwrap();
        }
        bench
    }

    /// Opens the same folder once more, as a process does that starts anew.
    pub(crate) async fn reopen(&self, ledger: Ledger) -> Result<(Cells<Ledger>, Cell<Ledger>), CellError> {
        let cells = start(&self.folder, ledger);
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

fn start(folder: &TempDir, ledger: Ledger) -> Cells<Ledger> {
    let engine = Engine::Sqlite {
        folder: folder.path().to_owned(),
    };
    Cells::start(
        engine,
        ledger,
        Limits {
            readers: 1,
            writers: 1,
            ..Limits::default()
        },
    )
    .unwrap()
}
