//! The days to which a list is narrowed.

use skillsyms_core::date::parse_date;
use skillsyms_core::{Instant, Problem};
use uuid::Uuid;

use crate::page::Bounds;

/// Seconds in a day: South Africa has no summer time.
const DAY_SECONDS: i64 = 24 * 60 * 60;

/// From one instant on and before another; what is not given does not matter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// Not before this instant.
    pub from: Option<Instant>,
    /// Before this instant.
    pub until: Option<Instant>,
}

impl Span {
    /// Of a first and a last day as they are typed, for example 2026-01-31: days of South Africa, the last one to its end. Nothing
    /// or space is no day.
    ///
    /// # Errors
    /// A problem with the field `from` or `until` if it is no day.
    pub fn of_days(from: Option<&str>, until: Option<&str>) -> Result<Self, Problem> {
        let until = midnight("until", until)?;
        Ok(Self {
            from: midnight("from", from)?,
            until: until.map(|day| day.plus_seconds(DAY_SECONDS)),
        })
    }

    /// Between which ids lies what was made in it: ids begin with their time in milliseconds.
    #[must_use]
    pub fn ids(self) -> Bounds {
        let bound = |at: Instant| {
            let millis = u64::try_from(at.micros() / 1_000).unwrap_or(0);
            Uuid::from_u128(u128::from(millis) << 80)
        };
        (self.from.map(bound), self.until.map(bound))
    }
}

/// The beginning of a day in South Africa.
fn midnight(field: &'static str, text: Option<&str>) -> Result<Option<Instant>, Problem> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let wrong = || Problem::field(field, "list.day", "Write the day as year, month and day: 2026-01-31.");
    let day = parse_date(text).map_err(|_| wrong())?;
    let at = Instant::parse(&format!("{day}T00:00:00+02:00")).ok_or_else(wrong)?;
    Ok(Some(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(at: &str) -> Uuid {
        let millis = u64::try_from(Instant::parse(at).unwrap().micros() / 1_000).unwrap();
        uuid::Builder::from_unix_timestamp_millis(millis, &[7; 10]).into_uuid()
    }

    #[test]
    fn days_are_south_african_and_the_last_one_counts_to_its_end() {
        let span = Span::of_days(Some("2026-01-30"), Some(" 20260131 ")).unwrap();
        assert_eq!(span.from, Instant::parse("2026-01-29T22:00:00Z"));
        assert_eq!(span.until, Instant::parse("2026-01-31T22:00:00Z"));
        let (Some(low), Some(high)) = span.ids() else { panic!() };
        assert!(id("2026-01-29T21:59:59.999Z") < low && low < id("2026-01-29T22:00:00Z"));
        assert!(id("2026-01-31T21:59:59.999Z") < high && high < id("2026-01-31T22:00:00Z"));
    }

    #[test]
    fn no_day_narrows_nothing_and_what_is_none_is_said() {
        assert_eq!(Span::of_days(None, Some("  ")).unwrap(), Span::default());
        assert_eq!(Span::default().ids(), (None, None));
        for (from, until, field) in [("31/01/2026", "", "from"), ("", "2026-02-30", "until")] {
            let problem = Span::of_days(Some(from), Some(until)).unwrap_err();
            assert_eq!(problem.fields[0].field, field);
        }
    }
}
