//! What cells take and how busy they are, in figures. No cell is opened for it: the file system is asked, or the
//! database's catalogue.

use std::collections::HashMap;
use std::path::Path;

use diesel::sql_types::{Array, BigInt, Text};
use diesel::{QueryableByName, RunQueryDsl};
use skillsyms_core::CellId;
use skillsyms_vault::Secret;

use crate::cell::{Sequencer, path_of};
use crate::engine::{Db, Duty, Engine};
use crate::error::CellError;
use crate::open::{CellSpec, Cells};
use crate::postgres::Login;

/// How busy the cells of a process are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
    /// Cells that are open.
    pub open: usize,
    /// Cells that may be open at once.
    pub open_max: usize,
    /// Jobs that wait for a writer, in all cells together.
    pub waiting: usize,
}

#[derive(QueryableByName)]
struct SchemaSize {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = BigInt)]
    bytes: i64,
}

/// Tables with their indexes and what is kept beside them, by schema. The catalogue is open to every role; rows are not.
const SCHEMA_SIZES: &str = "SELECT n.nspname::text AS name, sum(pg_total_relation_size(c.oid))::bigint AS bytes \
                            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
                            WHERE c.relkind = 'r' AND n.nspname = ANY($1) GROUP BY n.nspname";

impl<S: Sequencer> Cells<S> {
    /// How busy they are.
    pub fn load(&self) -> Load {
        let open = self.all_open();
        Load {
            open: open.len(),
            open_max: self.limits().open,
            waiting: open.iter().map(|cell| cell.0.queue().jobs.len()).sum(),
        }
    }

    /// Bytes that each of these cells takes: its file with its write-ahead log, or its schema. One that is not there is
    /// left out. `asking` is the cell whose login asks the database. Blocks.
    ///
    /// # Errors
    /// If the engine cannot be asked.
    pub fn sizes(&self, asking: &CellSpec, of: &[CellId]) -> Result<HashMap<CellId, u64>, CellError> {
        match self.engine() {
            Engine::Sqlite { folder } => {
                let sized = of.iter().filter_map(|id| Some((*id, file_bytes(folder, *id)?)));
                Ok(sized.collect())
            }
            Engine::Postgres(server) => {
                let login = asking
                    .login
                    .as_ref()
                    .ok_or(CellError::Damaged("a cell on PostgreSQL has no login"))?;
                schema_bytes(&mut Db::postgres(server, login, Duty::Read)?, of)
            }
        }
    }
}

fn file_bytes(folder: &Path, id: CellId) -> Option<u64> {
    let path = path_of(folder, id);
    let bytes = std::fs::metadata(&path).ok()?.len();
    let log = path.with_extension("cell-wal");
    Some(bytes.saturating_add(std::fs::metadata(log).map_or(0, |log| log.len())))
}

fn schema_bytes(db: &mut Db, of: &[CellId]) -> Result<HashMap<CellId, u64>, CellError> {
    let Db::Pg(connection) = db else {
        return Ok(HashMap::new());
    };
    let named: HashMap<String, CellId> = of
        .iter()
        .map(|id| (Login::new(*id, Secret::new(String::new())).role, *id))
        .collect();
    let names: Vec<&String> = named.keys().collect();
    let rows: Vec<SchemaSize> = diesel::sql_query(SCHEMA_SIZES)
        .bind::<Array<Text>, _>(names)
        .load(connection)?;
    let sized = rows
        .into_iter()
        .filter_map(|row| Some((*named.get(&row.name)?, u64::try_from(row.bytes).unwrap_or(0))));
    Ok(sized.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Counting, engine, new_spec};
    use crate::{CellKind, Limits};

    #[tokio::test]
    async fn cells_are_measured_without_being_opened() {
        let folder = tempfile::tempdir().unwrap();
        let cells = Cells::start(engine(folder.path()), Counting, Limits::default()).unwrap();
        let (spec, absent) = (new_spec(CellKind::Tenant), new_spec(CellKind::Tenant));
        drop(cells.open(spec.clone()).await.unwrap());
        assert_eq!((cells.load().open, cells.load().waiting), (1, 0));
        cells.close_all();
        let sizes = cells.sizes(&spec, &[spec.id, absent.id]).unwrap();
        assert_eq!(sizes.len(), 1, "{sizes:?}");
        assert!(sizes[&spec.id] > 4_096, "{sizes:?}");
        assert_eq!(cells.load().open, 0, "nothing was opened for it");
    }
}
