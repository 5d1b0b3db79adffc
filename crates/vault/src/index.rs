//! The blind index: equal values have equal indexes within one cell, and nobody without the key can compute one.
//! It is personal information all the same: erased with the learner, never in ledger, logs or exports.

use std::fmt;

use aws_lc_rs::hmac;
use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::Binary;

/// Length of an index in bytes: HMAC-SHA-256.
const INDEX_LEN: usize = 32;

/// The blind index of a value, as a column. It prints masked and has no `Serialize`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = Binary)]
pub struct BlindIndex([u8; INDEX_LEN]);

impl BlindIndex {
    /// Wraps what `Keyring::index` computed.
    #[must_use]
    pub const fn new(index: [u8; INDEX_LEN]) -> Self {
        Self(index)
    }

    /// Its bytes, as SQL keeps them.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; INDEX_LEN] {
        &self.0
    }
}

impl fmt::Debug for BlindIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BlindIndex([masked])")
    }
}

impl<DB: Backend> ToSql<Binary, DB> for BlindIndex
where
    [u8]: ToSql<Binary, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        <[u8] as ToSql<Binary, DB>>::to_sql(self.0.as_slice(), out)
    }
}

impl<DB: Backend> FromSql<Binary, DB> for BlindIndex
where
    Vec<u8>: FromSql<Binary, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        let bytes = <Vec<u8> as FromSql<Binary, DB>>::from_sql(bytes)?;
        bytes
            .try_into()
            .map(Self)
            .map_err(|_| "a blind index of the wrong length".into())
    }
}

/// HMAC-SHA-256 over kind and value. The kind ends with a zero byte, so that no kind and value can be read as another.
pub fn compute(key: &[u8; 32], kind: &str, normalised: &[u8]) -> [u8; INDEX_LEN] {
    let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, key));
    context.update(kind.as_bytes());
    context.update(&[0]);
    context.update(normalised);
    let tag = context.sign();
    let mut out = [0; INDEX_LEN];
    // Both are 32 bytes: HMAC-SHA-256 has no other length.
    for (to, from) in out.iter_mut().zip(tag.as_ref()) {
        *to = *from;
    }
    out
}
