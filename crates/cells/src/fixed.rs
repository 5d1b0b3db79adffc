//! Statements whose text never varies: they are prepared once for a connection, by that text.
//!
//! Why: Diesel prepares every update and upsert anew, since a set of changes could leave columns out. On SQLite that costs more
//! than running them; on PostgreSQL it is a round trip. Only what comes with most acts is worth giving up Diesel's check of
//! the columns: a test runs each on both engines.

use diesel::backend::Backend;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{BigInt, Binary, HasSqlType, Text};
use diesel::{QueryResult, RunQueryDsl};

/// A value in a statement.
#[derive(Clone, Copy, Debug)]
pub enum Value<'v> {
    /// A number, or an instant in microseconds.
    Number(i64),
    /// Text.
    Text(&'v str),
    /// Bytes.
    Bytes(&'v [u8]),
}

/// A statement: its text, cut where its values stand, and the values.
#[derive(Clone, Copy, Debug)]
pub struct Fixed<'v> {
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
