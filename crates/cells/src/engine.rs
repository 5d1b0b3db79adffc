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
        let mut connection = SqliteConnection::establish(text)?;
        // The log level comes before the key: a wrong key would otherwise be reported on standard error.
        let mut pragma = zeroizing_key_pragma(key);
        let keyed = connection.batch_execute(&pragma);
        zeroize::Zeroize::zeroize(&mut pragma);
        keyed?;
        connection
            .batch_execute("SELECT count(*) FROM sqlite_master")
            .map_err(|error| match CellError::from(error) {
                CellError::Engine(_) => CellError::WrongKey,
                other => other,
            })?;
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
             SET synchronous_commit = on; SET standard_conforming_strings = on",
            login.role
        ))?;
        if duty == Duty::Read {
            connection.batch_execute("SET default_transaction_read_only = on")?;
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
