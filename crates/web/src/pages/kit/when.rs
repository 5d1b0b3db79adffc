//! Times as people read them: the day and hour in South Africa, in the language of the page, with the exact instant at hand.

use askama::Template;
use askama::filters::HtmlSafe;
use skillsyms_core::Instant;

use super::words::Words;

/// Seconds by which South Africa is ahead of UTC, all year.
const SAST_SECONDS: i64 = 2 * 60 * 60;

/// An instant as `<time>`. Put it into a template with `{{ when }}`.
#[derive(Clone, Copy, Debug, Template)]
#[template(path = "parts/time.html")]
pub struct When(Instant);

impl HtmlSafe for When {}

impl From<Instant> for When {
    fn from(at: Instant) -> Self {
        Self(at)
    }
}

impl When {
    /// RFC 3339, UTC, to the second: for the attribute `datetime`.
    #[must_use]
    pub fn iso(&self) -> String {
        let whole = self.0.micros().div_euclid(1_000_000).saturating_mul(1_000_000);
        Instant::from_micros(whole).to_string()
    }

    /// The whole instant, for the title.
    #[must_use]
    pub fn exact(&self) -> String {
        self.0.to_string()
    }

    /// `22 November 2026, 10:05`, South African time.
    #[must_use]
    pub fn text(&self) -> String {
        let minutes = self
            .0
            .plus_seconds(SAST_SECONDS)
            .micros()
            .div_euclid(60_000_000)
            .rem_euclid(24 * 60);
        let (hour, minute) = (minutes / 60, minutes % 60);
        format!("{}, {hour:02}:{minute:02}", day(self.0.south_african_date()))
    }

    /// `22 November 2026, 10:05:09`, South African time: for titles, which tell one thing from the next.
    #[must_use]
    pub fn to_the_second(&self) -> String {
        let second = self.0.micros().div_euclid(1_000_000).rem_euclid(60);
        format!("{}:{second:02}", self.text())
    }
}

/// `22 November 2026`, in the language in which is answered.
#[must_use]
pub fn day(date: jiff::civil::Date) -> String {
    let words = Words::spoken();
    let parts = [
        ("day", date.day().to_string().into()),
        ("month", words.get(&format!("month-{}", date.month())).into()),
        ("year", date.year().to_string().into()),
    ];
    words.args("date-day", parts)
}

/// The same of a date as it is kept, `2026-11-22`. What is no date stays what it is.
#[must_use]
pub fn day_of(text: &str) -> String {
    text.parse().map_or_else(|_| text.to_owned(), day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> When {
        Instant::parse(text).unwrap().into()
    }

    #[test]
    fn the_hour_is_that_of_south_africa() {
        assert_eq!(at("2026-11-22T08:05:07.25Z").text(), "22 November 2026, 10:05");
        assert_eq!(
            at("2026-11-22T08:05:07.25Z").to_the_second(),
            "22 November 2026, 10:05:07"
        );
        assert_eq!(at("2026-12-31T22:00:00Z").text(), "1 January 2027, 00:00");
        assert_eq!(at("1969-12-31T21:59:00Z").text(), "31 December 1969, 23:59");
    }

    #[tokio::test]
    async fn the_month_is_in_the_language_of_the_page() {
        let read = |tag| {
            Words::named(tag)
                .unwrap()
                .while_answering(async { day_of("2026-05-03") })
        };
        assert_eq!(read("en-ZA").await, "3 May 2026");
        assert_eq!(read("af").await, "3 Mei 2026");
        assert_eq!(read("zu").await, "3 Meyi 2026");
        assert_eq!(day_of("2026-05-03"), "3 May 2026");
        assert_eq!(day_of("unknown"), "unknown");
    }

    #[test]
    fn the_exact_instant_is_at_hand() {
        let html = at("2026-11-22T08:05:07.25Z").to_string();
        assert!(html.contains("datetime=\"2026-11-22T08:05:07Z\""), "{html}");
        assert!(html.contains("2026-11-22T08:05:07.25Z"), "{html}");
    }
}
