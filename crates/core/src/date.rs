//! Calendar dates as they are typed: ISO 8601 and the form of the load files, and nothing that can be read in two ways.

use jiff::civil::Date;

use crate::words::reasons;

/// Seconds in a civil day.
const SECONDS_PER_DAY: i64 = 86_400;

reasons! {
    /// Why a date was refused.
    DateError {
        /// Nothing was given.
        Missing = "date.missing", "Give the date as year-month-day, for example 1999-11-22.";
        /// Not one of the two forms.
        Form = "date.form",
            "Write the date as year-month-day, for example 1999-11-22 or 19991122. Other orders can be read in two ways.";
        /// A number of days, as spreadsheets keep dates.
        Serial = "date.serial",
            "This is a spreadsheet's count of days, not a date. Format the column as text and write 1999-11-22.";
        /// No such day.
        Calendar = "date.calendar", "There is no such day in the calendar. Check the month and the day.";
        /// After today.
        Future = "date.future", "This date lies in the future. Check the year.";
    }
}

/// Reads `1999-11-22` or `19991122`; space around it is dropped.
///
/// # Errors
/// If the text has another form, or there is no such day.
pub fn parse_date(text: &str) -> Result<Date, DateError> {
    let text = text.trim();
    let bytes = text.as_bytes();
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    match (bytes.len(), bytes.get(4), bytes.get(7)) {
        (0, _, _) => Err(DateError::Missing),
        (8, _, _) if digits => civil(text.get(..4), text.get(4..6), text.get(6..8)),
        (10, Some(b'-'), Some(b'-')) => civil(text.get(..4), text.get(5..7), text.get(8..10)),
        (4 | 5, _, _) if digits => Err(DateError::Serial),
        _ => Err(DateError::Form),
    }
}

/// The day so many days later, earlier if negative; the last or first day of the calendar if it does not reach so far.
#[must_use]
pub fn plus_days(date: Date, days: i64) -> Date {
    date.saturating_add(jiff::SignedDuration::from_secs(days.saturating_mul(SECONDS_PER_DAY)))
}

/// Whole years from `birth` to `today`; negative if `birth` lies ahead.
#[must_use]
pub fn age_on(birth: Date, today: Date) -> i16 {
    let years = today.year().saturating_sub(birth.year());
    let before_birthday = (today.month(), today.day()) < (birth.month(), birth.day());
    if before_birthday {
        years.saturating_sub(1)
    } else {
        years
    }
}

fn civil(year: Option<&str>, month: Option<&str>, day: Option<&str>) -> Result<Date, DateError> {
    let year = number(year)?;
    let month = i8::try_from(number(month)?).map_err(|_| DateError::Calendar)?;
    let day = i8::try_from(number(day)?).map_err(|_| DateError::Calendar)?;
    Date::new(year, month, day).map_err(|_| DateError::Calendar)
}

fn number(text: Option<&str>) -> Result<i16, DateError> {
    let digits = text
        .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))
        .ok_or(DateError::Form)?;
    digits.parse().map_err(|_| DateError::Form)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn two_forms_are_read() {
        for text in ["1999-11-22", "19991122", " 1999-11-22 "] {
            assert_eq!(parse_date(text), Ok(date(1999, 11, 22)), "{text}");
        }
    }

    #[test]
    fn everything_else_says_why() {
        let cases = [
            ("", DateError::Missing),
            ("22/11/1999", DateError::Form),
            ("11-22-1999", DateError::Form),
            ("1999/11/22", DateError::Form),
            ("22 Nov 1999", DateError::Form),
            ("+999-11-22", DateError::Form),
            ("1999-11-2é", DateError::Form),
            ("991122", DateError::Form),
            ("36486", DateError::Serial),
            ("1999-02-30", DateError::Calendar),
            ("1999-13-01", DateError::Calendar),
            ("19990001", DateError::Calendar),
            ("1900-02-29", DateError::Calendar),
        ];
        for (text, error) in cases {
            assert_eq!(parse_date(text), Err(error), "{text}");
        }
    }

    #[test]
    fn age_turns_on_the_birthday() {
        let birth = date(2004, 2, 29);
        assert_eq!(age_on(birth, date(2026, 2, 28)), 21);
        assert_eq!(age_on(birth, date(2026, 3, 1)), 22);
        assert_eq!(age_on(birth, date(2004, 2, 29)), 0);
        assert!(age_on(birth, date(2003, 1, 1)) < 0);
    }

    #[test]
    fn days_are_counted_across_leap_years() {
        assert_eq!(plus_days(date(2024, 2, 28), 2), date(2024, 3, 1));
        assert_eq!(plus_days(date(2026, 1, 1), -1), date(2025, 12, 31));
        assert_eq!(plus_days(date(1960, 1, 1), 17_897), date(2008, 12, 31));
        assert_eq!(plus_days(date(2026, 1, 1), i64::MAX), Date::MAX);
    }

    proptest! {
        #[test]
        fn any_text_is_refused_or_read_back(text in "\\PC{0,14}") {
            if let Ok(read) = parse_date(&text) {
                prop_assert_eq!(parse_date(&read.to_string()), Ok(read));
            }
        }
    }
}
