//! From counters to figures: levels at the end of each month, what was done in each week. No database here.

use jiff::ToSpan as _;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Serialize;
use skillsyms_core::EnrolmentStatus;

use super::count::Counter;
use super::rows::CounterRow;

/// Months that are shown.
pub(super) const MONTHS: i32 = 12;
/// Weeks that are shown.
pub(super) const WEEKS: i32 = 12;

/// How many there were at the end of a month; in the month that runs, how many there are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Month {
    /// The month, for example 2026-11.
    pub month: String,
    /// Learners who are registered.
    pub learners: i64,
    /// Enrolments that are enrolled.
    pub enrolled: i64,
    /// Enrolments that were taken up again.
    pub reinstated: i64,
    /// Enrolments that are interrupted for a time.
    pub suspended: i64,
    /// Enrolments that are completed.
    pub completed: i64,
    /// Enrolments that the learner left.
    pub withdrawn: i64,
    /// Enrolments that the provider ended.
    pub discontinued: i64,
}

impl Month {
    /// Enrolments in which somebody is learning.
    #[must_use]
    pub const fn active(&self) -> i64 {
        self.enrolled.saturating_add(self.reinstated)
    }

    /// Enrolments in any state.
    #[must_use]
    pub const fn enrolments(&self) -> i64 {
        let ended = self.completed.saturating_add(self.withdrawn);
        let open = self.active().saturating_add(self.suspended);
        open.saturating_add(ended).saturating_add(self.discontinued)
    }
}

/// What was done in a week.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Week {
    /// Its Monday, for example 2026-11-16.
    pub from: String,
    /// Files of evidence that came in.
    pub evidence: i64,
    /// Assessments that were recorded.
    pub assessed: i64,
    /// Assessments on which a moderator decided.
    pub moderated: i64,
    /// Statements of results that were issued.
    pub statements: i64,
}

/// The month of a day, as counters keep it.
pub(super) fn month(day: Date) -> String {
    format!("{:04}-{:02}", day.year(), day.month())
}

/// The Monday of a day's week.
pub(super) fn monday(day: Date) -> Date {
    day.saturating_sub(i64::from(day.weekday().to_monday_zero_offset()).days())
}

/// The Monday of the first week that is shown.
pub(super) fn first_monday(today: Date) -> Date {
    monday(today).saturating_sub((WEEKS - 1).weeks())
}

/// The levels of the last months, the oldest first.
pub(super) fn months(rows: &[CounterRow], today: Date) -> Vec<Month> {
    let shown = (0..MONTHS)
        .rev()
        .map(|ago| month(today.first_of_month().saturating_sub(ago.months())));
    shown
        .map(|month| {
            let level = |counter: Counter| -> i64 {
                let of = rows
                    .iter()
                    .filter(|row| row.name == counter.name() && row.period <= month);
                of.map(|row| row.n).sum()
            };
            Month {
                learners: level(Counter::Learners),
                enrolled: level(Counter::Enrolments(EnrolmentStatus::Enrolled)),
                reinstated: level(Counter::Enrolments(EnrolmentStatus::Reinstated)),
                suspended: level(Counter::Enrolments(EnrolmentStatus::Suspended)),
                completed: level(Counter::Enrolments(EnrolmentStatus::Completed)),
                withdrawn: level(Counter::Enrolments(EnrolmentStatus::Withdrawn)),
                discontinued: level(Counter::Enrolments(EnrolmentStatus::Discontinued)),
                month,
            }
        })
        .collect()
}

/// What was done in the last weeks, the oldest first.
pub(super) fn weeks(rows: &[CounterRow], today: Date) -> Vec<Week> {
    let first = first_monday(today);
    let shown = (0..WEEKS).map(|week| first.saturating_add(week.weeks()).to_string());
    shown
        .map(|from| {
            let done = |counter: Counter| -> i64 {
                let of = rows
                    .iter()
                    .filter(|row| row.name == counter.name() && row.period == from);
                of.map(|row| row.n).sum()
            };
            Week {
                evidence: done(Counter::Evidence),
                assessed: done(Counter::Assessments),
                moderated: done(Counter::Moderations),
                statements: done(Counter::Statements),
                from,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn row(counter: Counter, period: &str, n: i64) -> CounterRow {
        CounterRow {
            name: counter.name().to_owned(),
            period: period.to_owned(),
            n,
        }
    }

    #[test]
    fn a_level_is_all_that_came_before() {
        let enrolled = Counter::Enrolments(EnrolmentStatus::Enrolled);
        let rows = [
            row(Counter::Learners, "2019-01", 100),
            row(Counter::Learners, "2026-10", 7),
            row(enrolled, "2026-09", 5),
            row(enrolled, "2026-11", -2),
        ];
        let months = months(&rows, date(2026, 11, 30));
        let learners: Vec<i64> = months.iter().map(|month| month.learners).collect();
        assert_eq!(learners, [vec![100; 10], vec![107; 2]].concat());
        assert_eq!(months[0].month, "2025-12");
        assert_eq!(months[11].month, "2026-11");
        let enrolled: Vec<i64> = months[8..].iter().map(|month| month.enrolled).collect();
        assert_eq!(enrolled, [0, 5, 5, 3]);
    }

    #[test]
    fn months_are_counted_from_a_day_that_others_lack() {
        let months = months(&[], date(2024, 3, 31));
        let names: Vec<&str> = months.iter().map(|month| month.month.as_str()).collect();
        assert_eq!(names[0], "2023-04");
        assert_eq!(&names[9..], ["2024-01", "2024-02", "2024-03"]);
    }

    #[test]
    fn a_week_is_that_of_its_monday() {
        assert_eq!(monday(date(2026, 11, 22)), date(2026, 11, 16));
        assert_eq!(monday(date(2026, 11, 16)), date(2026, 11, 16));
        assert_eq!(monday(date(2027, 1, 1)), date(2026, 12, 28));
        let rows = [
            row(Counter::Evidence, "2026-11-16", 4),
            row(Counter::Evidence, "2026-08-31", 9),
            row(Counter::Evidence, "2026-08-24", 1_000),
        ];
        let weeks = weeks(&rows, date(2026, 11, 22));
        assert_eq!(weeks.len(), 12);
        assert_eq!((weeks[0].from.as_str(), weeks[0].evidence), ("2026-08-31", 9));
        assert_eq!((weeks[11].from.as_str(), weeks[11].evidence), ("2026-11-16", 4));
    }
}
