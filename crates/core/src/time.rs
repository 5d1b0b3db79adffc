//! Instants: 64-bit microseconds since 1970-01-01T00:00:00Z, and the clocks that give them.

use std::fmt;
use std::sync::atomic::{AtomicI64, Ordering};

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::BigInt;

/// Microseconds since the Unix epoch, UTC. Written as RFC 3339 in JSON.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = BigInt)]
pub struct Instant(i64);

/// Microseconds in a second.
const MICROS_PER_SECOND: i64 = 1_000_000;
/// Seconds by which South Africa is ahead of UTC, all year.
const SAST_SECONDS: i64 = 2 * 60 * 60;
/// Seconds of a day.
const DAY_SECONDS: i64 = 24 * 60 * 60;

impl Instant {
    /// From microseconds since the epoch.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since the epoch.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// This instant moved by whole seconds, later if positive.
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(MICROS_PER_SECOND)))
    }

    /// Seconds from `earlier` to this instant, negative if it is later.
    #[must_use]
    pub const fn seconds_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0) / MICROS_PER_SECOND
    }

    /// The calendar day in South Africa (UTC+2, no daylight saving) at this instant.
    #[must_use]
    pub fn south_african_date(self) -> jiff::civil::Date {
        let shifted = self.plus_seconds(SAST_SECONDS);
        shifted.timestamp().to_zoned(jiff::tz::TimeZone::UTC).date()
    }

    /// The instant at which the calendar day in South Africa began.
    #[must_use]
    pub const fn south_african_midnight(self) -> Self {
        let shifted = self.plus_seconds(SAST_SECONDS).0;
        let since = shifted.rem_euclid(DAY_SECONDS * MICROS_PER_SECOND);
        Self(shifted.saturating_sub(since)).plus_seconds(-SAST_SECONDS)
    }

    /// Reads RFC 3339, for example `2026-11-22T10:00:00Z`.
    ///
    /// # Errors
    /// `None` if the text is not an RFC 3339 instant.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        text.parse::<jiff::Timestamp>().ok().map(|at| Self(at.as_microsecond()))
    }

    fn timestamp(self) -> jiff::Timestamp {
        jiff::Timestamp::from_microsecond(self.0).unwrap_or(jiff::Timestamp::MAX)
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.timestamp())
    }
}

impl fmt::Debug for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl serde::Serialize for Instant {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Instant {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not an RFC 3339 instant"))
    }
}

impl schemars::JsonSchema for Instant {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Instant".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "format": "date-time" })
    }
}

impl<DB: Backend> ToSql<BigInt, DB> for Instant
where
    i64: ToSql<BigInt, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        self.0.to_sql(out)
    }
}

impl<DB: Backend> FromSql<BigInt, DB> for Instant
where
    i64: FromSql<BigInt, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        i64::from_sql(bytes).map(Self)
    }
}

/// Where the time comes from.
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> Instant;
}

/// The operating system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        #[expect(clippy::disallowed_methods, reason = "the one place where the system clock is read")]
        let now = jiff::Timestamp::now();
        Instant(now.as_microsecond())
    }
}

/// A clock that stands still until it is told to move, for tests.
#[derive(Debug)]
pub struct ManualClock(AtomicI64);

impl ManualClock {
    /// A clock that stands at `at`.
    #[must_use]
    pub const fn at(at: Instant) -> Self {
        Self(AtomicI64::new(at.0))
    }

    /// Moves the clock by whole seconds, back if negative.
    pub fn advance_seconds(&self, seconds: i64) {
        self.0
            .fetch_add(seconds.saturating_mul(MICROS_PER_SECOND), Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Instant {
        Instant(self.0.load(Ordering::SeqCst))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_reads_what_it_writes() {
        let at = Instant::from_micros(1_795_341_600_123_456);
        assert_eq!(Instant::parse(&at.to_string()), Some(at));
    }

    #[test]
    fn the_south_african_day_starts_two_hours_before_utc() {
        let at = Instant::parse("2026-11-21T22:30:00Z").unwrap();
        assert_eq!(at.south_african_date().to_string(), "2026-11-22");
        let midnight = Instant::parse("2026-11-21T22:00:00Z").unwrap();
        assert_eq!(at.south_african_midnight(), midnight);
        assert_eq!(midnight.south_african_midnight(), midnight);
        let before = Instant::parse("2026-11-21T21:59:59Z").unwrap();
        assert_eq!(before.south_african_midnight(), midnight.plus_seconds(-24 * 60 * 60));
    }
}
