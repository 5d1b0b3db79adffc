//! Migrations: one set with placeholders, rendered for each engine, forward only.
//!
//! | placeholder | SQLite | PostgreSQL |
//! |---|---|---|
//! | `{i64}` | `INTEGER` | `BIGINT` |
//! | `{bytes}` | `BLOB` | `BYTEA` |
//! | `{bool}` | `INTEGER` | `BOOLEAN` |
//! | `{text}` | `TEXT` | `TEXT COLLATE "C"` |
//! | `{strict}` | `STRICT` | |
//! | `{strict_keyed}`, for short rows that are only found by their key | `STRICT, WITHOUT ROWID` | |
//! | `{append_only T}` | triggers that refuse UPDATE and DELETE | no such grant to the cell's role |
//!
//! Both renderings of every version are committed below `migrations/rendered/` and compared by a test.

use diesel::QueryableByName;
use diesel::RunQueryDsl;

use crate::engine::Db;
use crate::error::CellError;

/// The newest format of a cell that this program knows.
pub const FORMAT: i64 = 1;

/// What a cell is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CellKind {
    /// The platform's own.
    Platform,
    /// A tenant's.
    Tenant,
}

/// For which engine a migration is rendered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// SQLite with SQLCipher.
    Sqlite,
    /// PostgreSQL 15 or newer.
    Postgres,
}

impl Dialect {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Sqlite, Self::Postgres];

    /// Name of its folder of renderings.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }
}

struct Migration {
    format: i64,
    base: &'static str,
    tenant: &'static str,
    platform: &'static str,
}

static MIGRATIONS: &[Migration] = &[Migration {
    format: 1,
    base: include_str!("../migrations/0001_house/base.sql"),
    tenant: include_str!("../migrations/0001_house/tenant.sql"),
    platform: include_str!("../migrations/0001_house/platform.sql"),
}];

impl Migration {
    fn sources(&self, kind: CellKind) -> [&'static str; 2] {
        match kind {
            CellKind::Tenant => [self.base, self.tenant],
            CellKind::Platform => [self.base, self.platform],
        }
    }
}

/// The SQL that brings an empty cell of this kind to the newest format.
#[must_use]
pub fn render(kind: CellKind, dialect: Dialect) -> String {
    MIGRATIONS
        .iter()
        .map(|migration| render_one(migration, kind, dialect))
        .collect()
}

fn render_one(migration: &Migration, kind: CellKind, dialect: Dialect) -> String {
    let source = migration.sources(kind).concat();
    source.lines().map(|line| render_line(line, dialect) + "\n").collect()
}

fn render_line(line: &str, dialect: Dialect) -> String {
    if let Some(table) = append_only_table(line) {
        return match dialect {
            Dialect::Sqlite => refuse_changes(table),
            Dialect::Postgres => format!("-- {table}: append-only, the cell's role has INSERT and SELECT"),
        };
    }
    let words = match dialect {
        Dialect::Sqlite => [
            ("{i64}", "INTEGER"),
            ("{bytes}", "BLOB"),
            ("{bool}", "INTEGER"),
            ("{text}", "TEXT"),
            (" {strict}", " STRICT"),
            (" {strict_keyed}", " STRICT, WITHOUT ROWID"),
        ],
        Dialect::Postgres => [
            ("{i64}", "BIGINT"),
            ("{bytes}", "BYTEA"),
            ("{bool}", "BOOLEAN"),
            ("{text}", "TEXT COLLATE \"C\""),
            (" {strict}", ""),
            (" {strict_keyed}", ""),
        ],
    };
    words
        .iter()
        .fold(line.to_owned(), |text, (from, to)| text.replace(from, to))
}

fn append_only_table(line: &str) -> Option<&str> {
    line.strip_prefix("{append_only ")?.strip_suffix('}')
}

fn refuse_changes(table: &str) -> String {
    ["UPDATE", "DELETE"]
        .map(|verb| {
            let name = verb.to_lowercase();
            format!(
                "CREATE TRIGGER {table}_no_{name} BEFORE {verb} ON {table} BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END;"
            )
        })
        .join("\n")
}

/// Tables of a kind of cell that its login role may add to but never change.
pub(crate) fn append_only(kind: CellKind) -> Vec<&'static str> {
    MIGRATIONS
        .iter()
        .flat_map(|migration| migration.sources(kind))
        .flat_map(str::lines)
        .filter_map(append_only_table)
        .collect()
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    n: i64,
}

fn number(db: &mut Db, sql: &str) -> Result<Option<i64>, CellError> {
    let rows: Vec<Number> = each!(db, c => diesel::sql_query(sql).load(c))?;
    Ok(rows.first().map(|row| row.n))
}

/// The format of a cell, 0 if it is empty.
pub(crate) fn format_of(db: &mut Db) -> Result<i64, CellError> {
    let there = match db {
        Db::Sqlite(_) => number(db, "SELECT count(*) AS n FROM sqlite_master WHERE name = 'positions'")?,
        Db::Pg(_) => number(
            db,
            "SELECT count(*) AS n FROM pg_tables WHERE schemaname = current_schema() AND tablename = 'positions'",
        )?,
    };
    if there.unwrap_or(0) == 0 {
        return Ok(0);
    }
    Ok(number(db, "SELECT v AS n FROM positions WHERE k = 'format'")?.unwrap_or(0))
}

/// Brings a cell to the newest format, each version in a transaction of its own.
///
/// # Errors
/// [`CellError::Newer`] if the cell is ahead of this program; the engine's otherwise.
pub(crate) fn migrate(db: &mut Db, kind: CellKind) -> Result<(), CellError> {
    let found = format_of(db)?;
    if found > FORMAT {
        return Err(CellError::Newer { found, known: FORMAT });
    }
    let dialect = match db {
        Db::Sqlite(_) => Dialect::Sqlite,
        Db::Pg(_) => Dialect::Postgres,
    };
    for migration in MIGRATIONS.iter().filter(|migration| migration.format > found) {
        db.batch("BEGIN")?;
        let done = apply(db, migration, kind, dialect);
        if let Err(error) = done {
            db.rollback();
            return Err(error);
        }
        db.commit()?;
    }
    Ok(())
}

fn apply(db: &mut Db, migration: &Migration, kind: CellKind, dialect: Dialect) -> Result<(), CellError> {
    db.batch(&render_one(migration, kind, dialect))?;
    let format = migration.format;
    db.batch(&format!(
        "DELETE FROM positions WHERE k = 'format'; INSERT INTO positions (k, v) VALUES ('format', {format})"
    ))?;
    if format == 1 {
        db.batch("INSERT INTO positions (k, v) VALUES ('writer', 0)")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(kind: CellKind, dialect: Dialect) -> std::path::PathBuf {
        let name = if kind == CellKind::Tenant { "tenant" } else { "platform" };
        std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
            .join(format!("migrations/rendered/{}/{name}.sql", dialect.name()))
    }

    /// `SKILLSYMS_BLESS=1 cargo test -p skillsyms-cells renderings` writes them anew.
    #[test]
    fn the_committed_renderings_are_what_the_migrations_render_to() {
        for kind in [CellKind::Tenant, CellKind::Platform] {
            for dialect in Dialect::ALL {
                let path = rendered(kind, dialect);
                let now = render(kind, dialect);
                if std::env::var_os("SKILLSYMS_BLESS").is_some() {
                    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                    std::fs::write(&path, &now).unwrap();
                }
                assert_eq!(
                    std::fs::read_to_string(&path).unwrap(),
                    now,
                    "{} is stale",
                    path.display()
                );
            }
        }
    }

    #[test]
    fn no_placeholder_is_left_over() {
        for kind in [CellKind::Tenant, CellKind::Platform] {
            for dialect in Dialect::ALL {
                assert!(!render(kind, dialect).contains('{'));
            }
        }
    }

    #[test]
    fn the_history_tables_are_append_only() {
        let tables = append_only(CellKind::Tenant);
        for table in [
            "ledger_entries",
            "ledger_nodes",
            "assessments",
            "moderations",
            "results",
            "statements",
        ] {
            assert!(tables.contains(&table), "{table}");
        }
    }
}
