//! Cells for tests, on the engine that `SKILLSYMS_TEST_ENGINE` names: `sqlite` (also when it is not set) or
//! `postgres`, whose migration role's address stands in `SKILLSYMS_TEST_PG`. `cargo xtask ci` runs every suite on both.

use std::path::Path;
use std::sync::Arc;

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use skillsyms_core::{CellId, Rng as _};
use skillsyms_vault::{Keyring, Secret, SystemRng};

use crate::engine::{self, CHECKPOINT_PAGES, Db, Duty};
use crate::log::GROUPS_PER_LOOK;
use crate::schema::positions;
use crate::{CellError, CellKind, CellSpec, Engine, Login, Postgres, Sequencer, Tx};

/// The engine of this run.
///
/// # Panics
/// If the environment names none, or PostgreSQL without an address: a suite that cannot run must not pass.
#[must_use]
#[expect(
    clippy::expect_used,
    clippy::panic,
    reason = "only tests call this, and a suite that cannot run must not pass"
)]
pub fn engine(folder: &Path) -> Engine {
    let name = std::env::var("SKILLSYMS_TEST_ENGINE").unwrap_or_else(|_| "sqlite".to_owned());
    match name.as_str() {
        "sqlite" => Engine::Sqlite {
            folder: folder.join("cells"),
        },
        "postgres" => {
            let url = std::env::var("SKILLSYMS_TEST_PG").expect("SKILLSYMS_TEST_PG holds the address of PostgreSQL");
            Engine::Postgres(Postgres::parse(&url).expect("SKILLSYMS_TEST_PG is an address"))
        }
        other => panic!("SKILLSYMS_TEST_ENGINE is {other}: use sqlite or postgres"),
    }
}

/// True if this run is on PostgreSQL.
#[must_use]
pub fn is_postgres() -> bool {
    std::env::var("SKILLSYMS_TEST_ENGINE").is_ok_and(|name| name == "postgres")
}

/// A new cell.
#[must_use]
pub fn new_spec(kind: CellKind) -> CellSpec {
    let mut bytes = [0; 16];
    SystemRng.fill(&mut bytes);
    let id = CellId::new(uuid::Uuid::from_bytes(bytes));
    let login = Some(Login::new(id, Secret::new(skillsyms_vault::token(&SystemRng, 24))));
    CellSpec {
        id,
        kind,
        keys: Arc::new(Keyring::generate(id, &SystemRng)),
        login,
        is_new: true,
    }
}

/// A sequencer that only counts: its head is how many items the cell ever kept, by a row that rolls back with its group.
#[derive(Debug, Default)]
pub struct Counting;

impl Sequencer for Counting {
    type Item = u64;
    type Head = u64;
    type Handle = std::sync::atomic::AtomicU64;

    fn open(&self, _: &CellSpec, _: &mut Tx<'_>) -> Result<(Self::Handle, u64), CellError> {
        Ok((Self::Handle::default(), 0))
    }

    fn append(&self, groups: &Self::Handle, tx: &mut Tx<'_>, items: Vec<u64>) -> Result<u64, CellError> {
        groups.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        let counted = positions::table.filter(positions::k.eq("counted"));
        let before: Option<i64> = tx.first(counted.select(positions::v).limit(1))?;
        let now = before.unwrap_or(0) + i64::try_from(items.len()).unwrap_or(i64::MAX);
        let row = (positions::k.eq("counted"), positions::v.eq(now));
        if before.is_none() {
            tx.execute(diesel::insert_into(positions::table).values(row))?;
        } else {
            tx.execute(diesel::update(counted).set(positions::v.eq(now)))?;
        }
        Ok(now.unsigned_abs())
    }
}

/// A line of SQLite's plan.
#[derive(diesel::QueryableByName)]
struct SqliteLine {
    #[diesel(sql_type = diesel::sql_types::Text)]
    detail: String,
}

/// A line of PostgreSQL's plan.
#[derive(diesel::QueryableByName)]
struct PgLine {
    #[diesel(sql_type = diesel::sql_types::Text, column_name = "QUERY PLAN")]
    line: String,
}

/// Of a line of SQLite's plan that reads a range of an index, as `SEARCH tasks USING INDEX … (id>? AND id<?)`: the table, and
/// the columns that bound the range. A line with a column that is equal to something reads few.
fn range_of(line: &str) -> Option<(&str, Vec<&str>)> {
    let (table, how) = line.split_once("SEARCH ")?.1.split_once(' ')?;
    let (_, bounds) = how.rsplit_once('(')?;
    let bounds = bounds.split_once(')')?.0.split(" AND ");
    let columns: Option<Vec<&str>> = bounds
        .map(|bound| bound.split_once(['<', '>']).map(|(column, _)| column))
        .collect();
    Some((table, columns?))
}

/// The columns of a table that stand in these conditions, as Diesel writes them for SQLite.
fn columns_of<'c>(table: &str, conditions: &'c str) -> Vec<&'c str> {
    let begin = format!("`{table}`.`");
    let after = conditions.split(begin.as_str()).skip(1);
    let mut columns: Vec<&str> = after.filter_map(|rest| Some(rest.split_once('`')?.0)).collect();
    columns.sort_unstable();
    columns.dedup();
    columns
}

/// A connection straight to an engine, set as a cell's writer is: no queue, no ledger, no door. The bench holds it
/// beside the house.
pub struct Bare {
    db: Db,
    groups: u64,
}

impl Bare {
    /// Makes the database of a new cell and connects to it.
    ///
    /// # Errors
    /// What the engine says.
    pub fn create(engine: &Engine, spec: &CellSpec, cache_kib: u32) -> Result<Self, CellError> {
        let lacking = CellError::Damaged("a cell on PostgreSQL has no login");
        let db = match engine {
            Engine::Sqlite { folder } => {
                std::fs::create_dir_all(folder)?;
                let path = folder.join(format!("{}.bare", spec.id.uuid().simple()));
                let mut db = Db::sqlite(&path, spec.keys.database_key(), Duty::Write, cache_kib)?;
                crate::migrate::migrate(&mut db, spec.kind)?;
                db
            }
            Engine::Postgres(server) => {
                let login = spec.login.as_ref().ok_or(lacking)?;
                server.provision(login, spec.kind)?;
                Db::postgres(server, login, Duty::Write)?
            }
        };
        Ok(Self { db, groups: 0 })
    }

    /// Tables that this statement would read from end to end, by the engine's own plan. Its parameters are left open. The first
    /// page of everything, in the order of an index, is not among them.
    ///
    /// # Errors
    /// What the engine says.
    pub fn scans(&mut self, sql: &str) -> Result<Vec<String>, CellError> {
        let table = |line: &String| {
            let (_, rest) = line.split_once("Seq Scan on ").or_else(|| line.split_once("SCAN "))?;
            rest.split_whitespace().next().map(str::to_owned)
        };
        let plan = self.plan(sql)?;
        // What is asked of everything, in the order of an index, ends at its limit.
        let is_sorted = plan
            .iter()
            .any(|line| line.contains("TEMP B-TREE") || line.contains("Sort"));
        if sql.contains(" LIMIT ") && !sql.contains(" WHERE ") && !is_sorted {
            return Ok(Vec::new());
        }
        Ok(plan.iter().filter_map(table).collect())
    }

    /// Columns, as `table.column`, by which this statement filters what it reads from one end of an index to the other, or to
    /// a cursor: when what fits is rare, it reads all of it. PostgreSQL is told by its statistics what is rare; of tables
    /// without rows it is not asked, and the answer is empty.
    ///
    /// # Errors
    /// What the engine says.
    pub fn filters(&mut self, sql: &str) -> Result<Vec<String>, CellError> {
        if matches!(self.db, Db::Pg(_)) {
            return Ok(Vec::new());
        }
        let begin = sql.find(" WHERE ").unwrap_or(sql.len());
        let end = sql.rfind(" ORDER BY ").filter(|end| *end > begin).unwrap_or(sql.len());
        let conditions = sql.get(begin..end).unwrap_or_default();
        let plan = self.plan(sql)?;
        let ranges = plan.iter().filter_map(|line| range_of(line));
        let filters = ranges.flat_map(|(table, led)| {
            let others = columns_of(table, conditions).into_iter();
            others
                .filter(move |column| !led.contains(column))
                .map(move |column| format!("{table}.{column}"))
        });
        Ok(filters.collect())
    }

    /// The engine's plan, line by line.
    fn plan(&mut self, sql: &str) -> Result<Vec<String>, CellError> {
        match &mut self.db {
            Db::Sqlite(c) => {
                let lines: Vec<SqliteLine> = diesel::sql_query(format!("EXPLAIN QUERY PLAN {sql}")).load(c)?;
                Ok(lines.into_iter().map(|line| line.detail).collect())
            }
            Db::Pg(c) => {
                // The parameters are not known here, so that it plans for any.
                let parameters = sql.matches('$').count();
                let values = if parameters == 0 {
                    String::new()
                } else {
                    format!("({})", vec!["NULL"; parameters].join(", "))
                };
                c.batch_execute("SET plan_cache_mode = force_generic_plan")?;
                c.batch_execute(&format!("PREPARE look AS {sql}"))?;
                let lines = diesel::sql_query(format!("EXPLAIN EXECUTE look{values}")).load::<PgLine>(c);
                c.batch_execute("DEALLOCATE look")?;
                Ok(lines?.into_iter().map(|line| line.line).collect())
            }
        }
    }

    /// One durable transaction.
    ///
    /// # Errors
    /// What the body or the engine says.
    pub fn transaction<T>(&mut self, body: impl FnOnce(&mut Tx<'_>) -> Result<T, CellError>) -> Result<T, CellError> {
        self.db.again("BEGIN")?;
        let value = body(&mut Tx::new(&mut self.db));
        if value.is_err() {
            self.db.rollback();
            return value;
        }
        self.db.commit()?;
        self.groups += 1;
        // As often as the writer of a cell looks, and at the same length.
        let is_time = self.groups.is_multiple_of(u64::from(GROUPS_PER_LOOK));
        if is_time && engine::log_pages(&mut self.db)? >= CHECKPOINT_PAGES {
            engine::checkpoint(&mut self.db)?;
        }
        value
    }
}
