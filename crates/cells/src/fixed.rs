//! Statements whose text never varies: they are prepared once for a connection, by that text.
//!
//! Why: Diesel prepares every update and upsert anew, since a set of changes could leave columns out. On SQLite that costs more
//! than running them; on PostgreSQL it is a round trip. Only what comes with most acts is worth giving up Diesel's check of
//! the columns, so these few are all there are, and no text comes from outside this crate.

use diesel::backend::Backend;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{BigInt, Binary, HasSqlType, Text};
use diesel::{QueryResult, RunQueryDsl};

use crate::error::CellError;
use crate::tx::Tx;

/// A value in a statement.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Value<'v> {
    /// A number, or an instant in microseconds.
    Number(i64),
    /// Text.
    Text(&'v str),
    /// Bytes.
    Bytes(&'v [u8]),
}

/// A statement: its text, cut where its values stand, and the values.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fixed<'v> {
    /// Text before each value, and behind the last one.
    pub text: &'v [&'static str],
    /// One fewer than there are pieces of text.
    pub values: &'v [Value<'v>],
}

impl QueryId for Fixed<'_> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<DB> QueryFragment<DB> for Fixed<'_>
where
    DB: Backend + HasSqlType<BigInt> + HasSqlType<Text> + HasSqlType<Binary>,
    i64: ToSql<BigInt, DB>,
    str: ToSql<Text, DB>,
    [u8]: ToSql<Binary, DB>,
{
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        let mut values = self.values.iter();
        for text in self.text {
            pass.push_sql(text);
            match values.next() {
                Some(Value::Number(number)) => pass.push_bind_param::<BigInt, i64>(number)?,
                Some(Value::Text(text)) => pass.push_bind_param::<Text, str>(text)?,
                Some(Value::Bytes(bytes)) => pass.push_bind_param::<Binary, [u8]>(bytes)?,
                None => {}
            }
        }
        Ok(())
    }
}

impl<Conn> RunQueryDsl<Conn> for Fixed<'_> {}

/// The head of a cell's ledger, as its one row holds it.
#[derive(Clone, Copy, Debug)]
pub struct LedgerHead<'v> {
    /// Entries that it covers.
    pub size: i64,
    /// The roots of its whole subtrees.
    pub frontier: &'v [u8],
    /// The time of the last entry, in microseconds.
    pub last_at: i64,
    /// The signed checkpoint.
    pub checkpoint: &'v str,
}

impl Tx<'_> {
    /// Adds to a counter in one period, and makes it if there is none.
    ///
    /// # Errors
    /// As [`Tx::execute`].
    pub fn add_to_counter(&mut self, name: &str, period: &str, n: i64) -> Result<(), CellError> {
        self.execute(Fixed {
            text: &[
                "INSERT INTO counters (name, period, n) VALUES (",
                ", ",
                ", ",
                ") ON CONFLICT (name, period) DO UPDATE SET n = counters.n + excluded.n",
            ],
            values: &[Value::Text(name), Value::Text(period), Value::Number(n)],
        })?;
        Ok(())
    }

    /// Replaces the ledger's head, if the one that is there covers so many entries; answers how many rows it replaced.
    ///
    /// # Errors
    /// As [`Tx::execute`].
    pub fn replace_ledger_head(&mut self, old_size: i64, head: LedgerHead<'_>) -> Result<usize, CellError> {
        self.execute(Fixed {
            text: &[
                "UPDATE ledger_head SET size = ",
                ", frontier = ",
                ", last_at = ",
                ", checkpoint = ",
                " WHERE one = 1 AND size = ",
                "",
            ],
            values: &[
                Value::Number(head.size),
                Value::Bytes(head.frontier),
                Value::Number(head.last_at),
                Value::Text(head.checkpoint),
                Value::Number(old_size),
            ],
        })
    }
}
