//! [`Tx`] writes, [`Read`] cannot; both hide which engine is below.

use diesel::query_builder::{AsQuery, SelectQuery};
use diesel::query_dsl::methods::ExecuteDsl;
use diesel::query_dsl::{LoadQuery, RunQueryDsl};
use diesel::{PgConnection, SqliteConnection};

use crate::engine::Db;
use crate::error::CellError;

/// A transaction, seen as one that cannot write: it takes SELECT and nothing else. On a reader's connection the engine below is
/// told to refuse writes too; a brief read on the writer's has the type alone.
///
/// ```compile_fail,E0277
/// use diesel::prelude::*;
/// use skillsyms_cells::{Read, schema::positions};
///
/// fn sneak(read: &mut Read<'_>) {
///     let row = (positions::k.eq("sneaked"), positions::v.eq(1_i64));
///     let insert = diesel::insert_into(positions::table).values(row);
///     let _ = read.load::<String, _>(insert.returning(positions::k));
/// }
/// ```
///
/// ```
/// use diesel::prelude::*;
/// use skillsyms_cells::{Read, schema::positions};
///
/// fn look(read: &mut Read<'_>) {
///     let _ = read.load::<String, _>(positions::table.select(positions::k));
/// }
/// ```
pub struct Read<'a> {
    db: &'a mut Db,
    has_failed: bool,
}

impl<'a> Read<'a> {
    pub(crate) const fn new(db: &'a mut Db) -> Self {
        Self { db, has_failed: false }
    }

    /// True if the engine refused a query: on PostgreSQL the transaction then takes no other.
    pub(crate) const fn has_failed(&self) -> bool {
        self.has_failed
    }

    /// All rows of a query.
    ///
    /// # Errors
    /// [`CellError`] if the engine refuses.
    pub fn load<'q, U, Q>(&mut self, query: Q) -> Result<Vec<U>, CellError>
    where
        Q: AsQuery<Query: SelectQuery> + LoadQuery<'q, SqliteConnection, U> + LoadQuery<'q, PgConnection, U>,
    {
        self.rows(query)
    }

    /// All rows of a query that Diesel types for one engine: [`load_boxed!`](crate::load_boxed) makes it for both.
    ///
    /// # Errors
    /// [`CellError`] if the engine refuses.
    pub fn load_either<'q, U, S, P>(
        &mut self,
        sqlite: impl FnOnce() -> S,
        postgres: impl FnOnce() -> P,
    ) -> Result<Vec<U>, CellError>
    where
        S: AsQuery<Query: SelectQuery> + LoadQuery<'q, SqliteConnection, U>,
        P: AsQuery<Query: SelectQuery> + LoadQuery<'q, PgConnection, U>,
    {
        let rows = match self.db {
            Db::Sqlite(c) => RunQueryDsl::load::<U>(sqlite(), c),
            Db::Pg(c) => RunQueryDsl::load::<U>(postgres(), c),
        };
        self.has_failed |= rows.is_err();
        Ok(rows?)
    }

    /// Whatever returns rows, for tests: of what the engine refuses, and of what lies in every column.
    ///
    /// # Errors
    /// [`CellError`] if the engine refuses.
    #[cfg(any(test, feature = "testing"))]
    pub fn load_any<'q, U, Q>(&mut self, query: Q) -> Result<Vec<U>, CellError>
    where
        Q: LoadQuery<'q, SqliteConnection, U> + LoadQuery<'q, PgConnection, U>,
    {
        self.rows(query)
    }

    fn rows<'q, U, Q>(&mut self, query: Q) -> Result<Vec<U>, CellError>
    where
        Q: LoadQuery<'q, SqliteConnection, U> + LoadQuery<'q, PgConnection, U>,
    {
        let rows = each!(self.db, c => RunQueryDsl::load::<U>(query, c));
        self.has_failed |= rows.is_err();
        Ok(rows?)
    }

    /// The first row of a query, if there is one. The query says `limit(1)` itself.
    ///
    /// # Errors
    /// [`CellError`] if the engine refuses.
    pub fn first<'q, U, Q>(&mut self, query: Q) -> Result<Option<U>, CellError>
    where
        Q: AsQuery<Query: SelectQuery> + LoadQuery<'q, SqliteConnection, U> + LoadQuery<'q, PgConnection, U>,
    {
        Ok(self.load(query)?.into_iter().next())
    }
}

/// Loads a query that is put together at run time, so that it says what is asked and nothing else: conditions that are always true
/// mislead PostgreSQL's planner, and one statement for each case takes long to compile. In the query, `DB` is the engine:
/// `into_boxed::<DB>()`. Statements are still prepared once for each text.
#[macro_export]
macro_rules! load_boxed {
    ($read:expr, $query:expr) => {
        $read.load_either(
            || {
                type DB = diesel::sqlite::Sqlite;
                $query
            },
            || {
                type DB = diesel::pg::Pg;
                $query
            },
        )
    };
}

/// A transaction on the cell's writer.
pub struct Tx<'a> {
    db: &'a mut Db,
}

impl<'a> Tx<'a> {
    pub(crate) const fn new(db: &'a mut Db) -> Self {
        Self { db }
    }

    /// True if a statement costs no round trip. Then many small ones that the connection has prepared already are
    /// cheaper than a large one that it must prepare anew.
    #[must_use]
    pub const fn is_in_process(&self) -> bool {
        matches!(self.db, Db::Sqlite(_))
    }

    /// The same transaction, seen as one that cannot write.
    pub const fn read(&mut self) -> Read<'_> {
        Read::new(self.db)
    }

    /// All rows of a query.
    ///
    /// # Errors
    /// [`CellError`] if the engine refuses.
    pub fn load<'q, U, Q>(&mut self, query: Q) -> Result<Vec<U>, CellError>
    where
        Q: AsQuery<Query: SelectQuery> + LoadQuery<'q, SqliteConnection, U> + LoadQuery<'q, PgConnection, U>,
    {
        self.read().load(query)
    }

    /// The first row of a query, if there is one. The query says `limit(1)` itself.
    ///
    /// # Errors
    /// [`CellError`] if the engine refuses.
    pub fn first<'q, U, Q>(&mut self, query: Q) -> Result<Option<U>, CellError>
    where
        Q: AsQuery<Query: SelectQuery> + LoadQuery<'q, SqliteConnection, U> + LoadQuery<'q, PgConnection, U>,
    {
        self.read().first(query)
    }

    /// Runs an insert, update or delete; answers how many rows it touched.
    ///
    /// # Errors
    /// [`CellError::Unique`] if a unique index refuses, others as the engine says. After an error on PostgreSQL
    /// nothing more runs until the enclosing savepoint is rolled back, so return it.
    pub fn execute<Q>(&mut self, statement: Q) -> Result<usize, CellError>
    where
        Q: ExecuteDsl<SqliteConnection> + ExecuteDsl<PgConnection>,
    {
        Ok(each!(self.db, c => ExecuteDsl::execute(statement, c))?)
    }

    /// Runs `body` so that its writes are undone if it answers an error, and what was before stays.
    ///
    /// # Errors
    /// The outer error is the engine's; the inner result is the body's own.
    pub fn savepoint<T, E>(
        &mut self,
        body: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<Result<T, E>, CellError> {
        self.db.again("SAVEPOINT act")?;
        let result = body(&mut Tx { db: self.db });
        match &result {
            Ok(_) => self.db.again("RELEASE SAVEPOINT act")?,
            Err(_) => self.db.batch("ROLLBACK TO SAVEPOINT act; RELEASE SAVEPOINT act")?,
        }
        Ok(result)
    }
}
