//! The dates of an enrolment.

use jiff::ToSpan;
use jiff::civil::Date;
use skillsyms_core::date::{DateError, parse_date};
use skillsyms_core::{FieldError, Problem};

/// How far ahead an enrolment may begin, in years: learners are registered before the training starts.
const AHEAD_YEARS: i64 = 1;

/// Checked dates, as they are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dates {
    /// First day.
    pub enrolled_on: String,
    /// Last day that is expected.
    pub expected_on: Option<String>,
}

/// Checks the dates of an enrolment.
pub fn check(enrolled_on: &str, expected_on: Option<&str>, today: Date) -> Result<Dates, Problem> {
    let enrolled = day(enrolled_on, "/enrolled_on")?;
    if enrolled > today.saturating_add(AHEAD_YEARS.years()) {
        return Err(Problem::invalid(vec![DateError::Future.at("/enrolled_on")]));
    }
    let expected = expected_on.map(|text| day(text, "/expected_on")).transpose()?;
    if expected.is_some_and(|expected| expected < enrolled) {
        return Err(Problem::invalid(vec![FieldError {
            field: "/expected_on".into(),
            code: "enrolment.order",
            message: "The expected end lies before the enrolment. Check both dates.",
        }]));
    }
    Ok(Dates {
        enrolled_on: enrolled.to_string(),
        expected_on: expected.map(|day| day.to_string()),
    })
}

/// A date that was typed.
pub fn day(text: &str, field: &'static str) -> Result<Date, Problem> {
    parse_date(text).map_err(|error| Problem::invalid(vec![error.at(field)]))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn dates_have_an_order_and_a_horizon() {
        let today = date(2026, 11, 22);
        let dates = check("2026-02-01", Some("20270131"), today).unwrap();
        assert_eq!(
            dates,
            Dates {
                enrolled_on: "2026-02-01".into(),
                expected_on: Some("2027-01-31".into())
            }
        );
        assert_eq!(
            check("2026-02-01", Some("2026-01-31"), today).unwrap_err().fields[0].code,
            "enrolment.order"
        );
        assert_eq!(
            check("2028-01-01", None, today).unwrap_err().fields[0].code,
            "date.future"
        );
        assert_eq!(
            check("01/02/2026", None, today).unwrap_err().fields[0].code,
            "date.form"
        );
        assert_eq!(
            check("9999-12-31", None, date(9999, 1, 1)).unwrap().enrolled_on,
            "9999-12-31"
        );
    }
}
