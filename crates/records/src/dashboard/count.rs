//! What is counted, and how: one small upsert for each counter that an act moves.

use skillsyms_cells::{CellError, Read, Tx};
use skillsyms_core::{EnrolmentStatus, Instant, TaskKind};

use super::figures;
use super::rows;

/// What acts count. The names are closed: they are the keys of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counter {
    /// Learners: how many more there are, by month.
    Learners,
    /// Enrolments in a state: how many more there are, by month; less than none if more left the state than came.
    Enrolments(EnrolmentStatus),
    /// What waits now, by the day since which it waits.
    Waiting(TaskKind),
    /// Files of evidence that came in, by week.
    Evidence,
    /// Bytes of all files of evidence, by month. A quota is held against it.
    EvidenceBytes,
    /// Assessments that were recorded, by week.
    Assessments,
    /// Assessments on which a moderator decided, by week.
    Moderations,
    /// Statements of results that were issued, by week.
    Statements,
}

impl Counter {
    /// All that has a level: its sum over all months is how many there are.
    pub(super) const LEVELS: [Self; 8] = [
        Self::Learners,
        Self::EvidenceBytes,
        Self::Enrolments(EnrolmentStatus::Enrolled),
        Self::Enrolments(EnrolmentStatus::Reinstated),
        Self::Enrolments(EnrolmentStatus::Suspended),
        Self::Enrolments(EnrolmentStatus::Completed),
        Self::Enrolments(EnrolmentStatus::Withdrawn),
        Self::Enrolments(EnrolmentStatus::Discontinued),
    ];
    /// All that is done week by week.
    pub(super) const FLOWS: [Self; 4] = [Self::Evidence, Self::Assessments, Self::Moderations, Self::Statements];
    /// All that waits.
    pub(super) const WAITING: [Self; 2] = [Self::Waiting(TaskKind::Assess), Self::Waiting(TaskKind::Moderate)];

    /// Its name in the table.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Learners => "learners",
            Self::Enrolments(EnrolmentStatus::Enrolled) => "enrolments.enrolled",
            Self::Enrolments(EnrolmentStatus::Suspended) => "enrolments.suspended",
            Self::Enrolments(EnrolmentStatus::Completed) => "enrolments.completed",
            Self::Enrolments(EnrolmentStatus::Withdrawn) => "enrolments.withdrawn",
            Self::Enrolments(EnrolmentStatus::Discontinued) => "enrolments.discontinued",
            Self::Enrolments(EnrolmentStatus::Reinstated) => "enrolments.reinstated",
            Self::Waiting(TaskKind::Assess) => "waiting.assess",
            Self::Waiting(TaskKind::Moderate) => "waiting.moderate",
            Self::Evidence => "evidence",
            Self::EvidenceBytes => "evidence.bytes",
            Self::Assessments => "assessments",
            Self::Moderations => "moderations",
            Self::Statements => "statements",
        }
    }

    /// The period of an instant: its month, its week or its day. Each kind is short enough to be read whole: a decade has 120
    /// months, a week's figures are read for twelve weeks, and a day on which nothing waits any more has no row.
    pub(super) fn period(self, at: Instant) -> String {
        let day = at.south_african_date();
        match self {
            Self::Learners | Self::EvidenceBytes | Self::Enrolments(_) => figures::month(day),
            Self::Waiting(_) => day.to_string(),
            Self::Evidence | Self::Assessments | Self::Moderations | Self::Statements => {
                figures::monday(day).to_string()
            }
        }
    }
}

/// Counts `n` more of something at an instant, less if negative, in the transaction of the act that causes it. An act that
/// changes many rows counts them at once.
pub(crate) fn count(tx: &mut Tx<'_>, counter: Counter, at: Instant, n: i64) -> Result<(), CellError> {
    if n == 0 {
        return Ok(());
    }
    let period = counter.period(at);
    tx.add_to_counter(counter.name(), &period, n)?;
    if n < 0 && matches!(counter, Counter::Waiting(_)) {
        rows::drop_empty(tx, counter.name(), &period)?;
    }
    Ok(())
}

/// The same of so many rows.
pub(crate) fn count_all(tx: &mut Tx<'_>, counter: Counter, at: Instant, rows: usize) -> Result<(), CellError> {
    count(tx, counter, at, i64::try_from(rows).unwrap_or(i64::MAX))
}

/// How many there are of what has a level.
pub(crate) fn total(tx: &mut Read<'_>, counter: Counter) -> Result<i64, CellError> {
    let months = rows::since(tx, &[counter], "")?;
    Ok(months.iter().fold(0, |sum, row| sum.saturating_add(row.n)))
}
