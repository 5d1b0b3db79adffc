//! The two engines, chosen once, below everything.

use std::path::{Path, PathBuf};

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, SqliteConnection};

use crate::error::CellError;
use crate::fixed::Fixed;
use crate::postgres::{Login, Postgres};

/// One connection, to whichever engine is there.
pub(crate) enum Db {
    /// SQLCipher.
    Sqlite(SqliteConnection),
    /// PostgreSQL.
    Pg(PgConnection),
}

/// Runs the same expression on whichever engine is there. Both arms are checked by the compiler.
macro_rules! each {
    ($db:expr, $c:ident => $e:expr) => {
        match $db {
            $crate::engine::Db::Sqlite($c) => $e,
            $crate::engine::Db::Pg($c) => $e,
        }
    };
}

/// Which engine keeps the cells, and where.
#[derive(Clone)]
pub enum Engine {
    /// One encrypted file for each cell, in this folder.
    Sqlite {
        /// Folder that holds the files.
        folder: PathBuf,
    },
    /// One schema and login role for each cell, in this database.
    Postgres(Postgres),
}

impl Engine {
    /// Name for people and logs.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Sqlite { .. } => "SQLite (SQLCipher)",
            Self::Postgres(_) => "PostgreSQL",
        }
    }
}

/// Pages of the write-ahead log after which it is written back: 16 MiB at 4 KiB a page.
pub(crate) const CHECKPOINT_PAGES: i64 = 4_096;

/// How PostgreSQL goes through joins: by index and row by row, as SQLite does, so that a list leads in its own order and ends at
/// its limit; a list of twenty-five was sorted out of thousands by hashes and merges. And never through a whole table that has an
/// index: just after an import there are no statistics, and it takes a table of 100,000 rows for a small one. Compiling a plan
/// costs more than any of these statements, and so does starting a helper for a part of it.
const PLANS: &str = "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET jit = off; \
                     SET max_parallel_workers_per_gather = 0";

/// Which duty a connection has: it decides what the engine lets it do.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Duty {
    Write,
    Read,
}

impl Db {
    /// Opens a cell's file with its raw key.
    pub(crate) fn sqlite(path: &Path, key: &[u8; 32], duty: Duty, cache_kib: u32) -> Result<Self, CellError> {
        let text = path
            .to_str()
            .ok_or(CellError::Damaged("the data folder's path is not UTF-8"))?;
        let mut connection = match keyed(text, key, PageMac::HmacSha256) {
            Err(CellError::WrongKey) => keyed(text, key, PageMac::HmacSha512)?,
            opened => opened?,
        };
        connection.batch_execute(&format!(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0; \
             PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 5000; PRAGMA temp_store = MEMORY; \
             PRAGMA trusted_schema = OFF; PRAGMA cache_size = -{cache_kib};"
        ))?;
        if duty == Duty::Read {
            connection.batch_execute("PRAGMA query_only = ON")?;
        }
        Ok(Self::Sqlite(connection))
    }

    /// Connects to a cell's schema with the cell's own login role.
    pub(crate) fn postgres(server: &Postgres, login: &Login, duty: Duty) -> Result<Self, CellError> {
        let mut connection = PgConnection::establish(&server.conninfo(&login.role, login.password.expose()))?;
        connection.batch_execute(&format!(
            "SET search_path = {}; SET statement_timeout = '60s'; SET idle_in_transaction_session_timeout = '60s'; \
             SET synchronous_commit = on; SET standard_conforming_strings = on; {PLANS}",
            login.role
        ))?;
        if duty == Duty::Read {
            // What is listed is planned for the values that it is asked with: one verifier has five learners, another fifty thousand.
            connection
                .batch_execute("SET default_transaction_read_only = on; SET plan_cache_mode = force_custom_plan")?;
        }
        Ok(Self::Pg(connection))
    }

    /// Runs statements that carry no parameters.
    pub(crate) fn batch(&mut self, sql: &str) -> Result<(), CellError> {
        Ok(each!(self, c => c.batch_execute(sql))?)
    }

    /// Runs one statement without parameters that comes again and again: SQLite prepares it once for a connection.
    pub(crate) fn again(&mut self, sql: &'static str) -> Result<(), CellError> {
        match self {
            Self::Sqlite(c) => {
                let statement = Fixed {
                    text: &[sql],
                    values: &[],
                };
                statement.execute(c).map(|_| ())?;
            }
            Self::Pg(c) => c.batch_execute(sql)?,
        }
        Ok(())
    }

    /// Opens the writer's transaction. On PostgreSQL the row lock keeps every other writer of this cell out, in
    /// this process or another, so that the acts of a cell are serial on both engines.
    pub(crate) fn begin_write(&mut self) -> Result<(), CellError> {
        match self {
            Self::Sqlite(_) => self.again("BEGIN IMMEDIATE"),
            Self::Pg(_) => self.again("BEGIN; SELECT v FROM positions WHERE k = 'writer' FOR UPDATE"),
        }
    }

    /// Opens a reader's snapshot.
    pub(crate) fn begin_read(&mut self) -> Result<(), CellError> {
        match self {
            Self::Sqlite(_) => self.again("BEGIN"),
            Self::Pg(_) => self.again("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"),
        }
    }

    /// Opens a snapshot for brief reads: they go by keys, whatever the values, so PostgreSQL may keep their plans.
    pub(crate) fn begin_brief(&mut self) -> Result<(), CellError> {
        match self {
            Self::Sqlite(_) => self.begin_read(),
            Self::Pg(_) => {
                self.again("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL plan_cache_mode = auto")
            }
        }
    }

    pub(crate) fn commit(&mut self) -> Result<(), CellError> {
        self.again("COMMIT")
    }

    pub(crate) fn rollback(&mut self) {
        if let Err(error) = self.batch("ROLLBACK") {
            tracing::warn!(%error, "rollback");
        }
    }

    /// True while the connection can be used again.
    pub(crate) fn is_alive(&mut self) -> bool {
        match self {
            Self::Sqlite(_) => true,
            Self::Pg(c) => c.batch_execute("SELECT 1").is_ok(),
        }
    }
}

/// With what SQLCipher authenticates each page. Both take a key that only the cell has.
#[derive(Clone, Copy)]
pub(crate) enum PageMac {
    /// Of new cells: processors have instructions for it, and a page takes less than half the time.
    HmacSha256,
    /// SQLCipher's own choice, of cells made before decision 9.
    HmacSha512,
}

/// A connection to this file with this key, and with a first page that was read.
pub(crate) fn keyed(path: &str, key: &[u8; 32], mac: PageMac) -> Result<SqliteConnection, CellError> {
    let mut connection = SqliteConnection::establish(path)?;
    // The log level comes before the key: a wrong key would otherwise be reported on standard error.
    let mut pragma = zeroizing_key_pragma(key);
    let keyed = connection.batch_execute(&pragma);
    zeroize::Zeroize::zeroize(&mut pragma);
    keyed?;
    let hmac = match mac {
        PageMac::HmacSha256 => "PRAGMA cipher_hmac_algorithm = HMAC_SHA256",
        PageMac::HmacSha512 => "PRAGMA cipher_hmac_algorithm = HMAC_SHA512",
    };
    connection.batch_execute(hmac)?;
    connection
        .batch_execute("SELECT count(*) FROM sqlite_master")
        .map_err(|error| match CellError::from(error) {
            CellError::Engine(_) => CellError::WrongKey,
            other => other,
        })?;
    Ok(connection)
}

fn zeroizing_key_pragma(key: &[u8; 32]) -> String {
    use std::fmt::Write as _;
    let mut pragma = String::with_capacity(128);
    pragma.push_str("PRAGMA cipher_log_level = NONE; PRAGMA key = \"x'");
    for byte in key {
        let _ = write!(pragma, "{byte:02x}");
    }
    pragma.push_str("'\"");
    pragma
}

#[derive(QueryableByName)]
struct CipherVersion {
    #[diesel(sql_type = diesel::sql_types::Text)]
    cipher_version: String,
}

/// Refuses a build whose SQLite has no encryption. Start-up calls this before it touches a data folder.
///
/// # Errors
/// [`CellError::NotEncrypted`].
pub fn assert_encrypted_engine() -> Result<String, CellError> {
    let mut connection = SqliteConnection::establish(":memory:")?;
    let rows: Vec<CipherVersion> = diesel::sql_query("PRAGMA cipher_version").load(&mut connection)?;
    match rows.into_iter().next() {
        Some(row) if !row.cipher_version.is_empty() => Ok(row.cipher_version),
        _ => Err(CellError::NotEncrypted),
    }
}

#[derive(QueryableByName)]
struct WalFrames {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    log: i64,
}

/// Writes the log's pages back to the file as far as readers allow; answers how many pages the log holds.
pub(crate) fn checkpoint(db: &mut Db) -> Result<i64, CellError> {
    wal(db, "PRAGMA wal_checkpoint(PASSIVE)")
}

/// How many pages the log holds.
pub(crate) fn log_pages(db: &mut Db) -> Result<i64, CellError> {
    wal(db, "PRAGMA wal_checkpoint(NOOP)")
}

fn wal(db: &mut Db, pragma: &'static str) -> Result<i64, CellError> {
    let Db::Sqlite(connection) = db else { return Ok(0) };
    let rows: Vec<WalFrames> = diesel::sql_query(pragma).load(connection)?;
    Ok(rows.first().map_or(0, |row| row.log))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: [u8; 32] = [7; 32];

    fn write(connection: &mut SqliteConnection) {
        connection
            .batch_execute("CREATE TABLE IF NOT EXISTS t (v TEXT); INSERT INTO t VALUES ('kept')")
            .unwrap();
    }

    #[derive(QueryableByName)]
    struct Rows {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        n: i64,
    }

    fn rows(connection: &mut SqliteConnection) -> i64 {
        let counted: Vec<Rows> = diesel::sql_query("SELECT count(*) AS n FROM t WHERE v = 'kept'")
            .load(connection)
            .unwrap();
        counted[0].n
    }

    fn open(path: &Path) -> SqliteConnection {
        match Db::sqlite(path, &KEY, Duty::Write, 1_024).unwrap() {
            Db::Sqlite(connection) => connection,
            Db::Pg(_) => unreachable!(),
        }
    }

    fn is_wrong(opened: Result<SqliteConnection, CellError>) -> bool {
        matches!(opened, Err(CellError::WrongKey))
    }

    #[test]
    fn a_cell_keeps_the_authentication_of_its_pages_and_new_ones_get_the_faster() {
        let folder = tempfile::TempDir::new().unwrap();
        for (name, made, other) in [
            ("old", PageMac::HmacSha512, PageMac::HmacSha256),
            ("new", PageMac::HmacSha256, PageMac::HmacSha512),
        ] {
            let path = folder.path().join(name);
            let text = path.to_str().unwrap();
            if name == "old" {
                write(&mut keyed(text, &KEY, made).unwrap());
            }
            for _ in 0..2 {
                write(&mut open(&path));
            }
            assert!(is_wrong(keyed(text, &KEY, other)), "{name}");
            assert!(is_wrong(keyed(text, &[8; 32], made)), "{name}");
            let written = if name == "old" { 3 } else { 2 };
            assert_eq!(rows(&mut keyed(text, &KEY, made).unwrap()), written, "{name}");
            assert!(matches!(
                Db::sqlite(&path, &[8; 32], Duty::Read, 1_024),
                Err(CellError::WrongKey)
            ));
        }
    }
    /// Opening tries the newer way first: that must not cost an older cell what only its log has.
    #[test]
    fn the_log_of_an_older_cell_survives_a_crash() {
        let folder = tempfile::TempDir::new().unwrap();
        let (live, crashed) = (folder.path().join("live"), folder.path().join("crashed"));
        let beside = |path: &Path| path.with_extension("-wal").to_string_lossy().replace(".-wal", "-wal");
        write(&mut keyed(live.to_str().unwrap(), &KEY, PageMac::HmacSha512).unwrap());
        let mut running = open(&live);
        write(&mut running);
        write(&mut running);
        std::fs::copy(&live, &crashed).unwrap();
        let log = std::fs::copy(beside(&live), beside(&crashed)).unwrap();
        assert!(log > 4_096, "nothing stands in the log alone");
        assert!(is_wrong(keyed(
            crashed.to_str().unwrap(),
            &[8; 32],
            PageMac::HmacSha256
        )));
        assert_eq!(rows(&mut open(&crashed)), 3);
    }
}
