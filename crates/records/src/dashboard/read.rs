//! View: the figures of the whole provider, from counters.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Serialize;
use skillsyms_cells::{CellError, Read};
use skillsyms_core::{ImportId, Instant, TaskId, TaskKind};
use skillsyms_door::{Cx, Disclosure, Fault, Note, Target, View};

use super::count::Counter;
use super::figures::{self, Month, Week};
use super::rows::{self, CounterRow};
use crate::imports::{self, ImportState, rows::ReasonRow};
use crate::tasks::{self, OVERDUE_DAYS, first_of};

/// Imports that are shown, the latest.
const IMPORTS: i64 = 10;
/// Reasons that are shown, the commonest.
const REASONS: usize = 8;
/// Days that part what waits: one week, what is overdue, four weeks.
const AGES_DAYS: [i64; 3] = [7, OVERDUE_DAYS, 28];
/// Seconds of a day.
const DAY_SECONDS: i64 = 24 * 60 * 60;

/// The figures of the whole provider. Days, weeks and months are those of South Africa.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Dashboard {
    /// The instant of these figures.
    pub at: Instant,
    /// What is set up already.
    pub steps: Steps,
    /// The last twelve months, the oldest first.
    pub months: Vec<Month>,
    /// The last twelve weeks, the oldest first. The last one still runs.
    pub weeks: Vec<Week>,
    /// What waits for assessors, and what for moderators.
    pub waiting: Vec<WaitingByAge>,
    /// The latest imports, at most ten, the oldest of them first.
    pub imports: Vec<ImportLine>,
    /// Why rows of these imports were refused: at most eight reasons, the commonest first.
    pub reasons: Vec<RefusalReason>,
}

/// What a new provider does first, and whether it was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Steps {
    /// The provider's own details were set.
    pub settings: bool,
    /// Somebody besides the first administrator has an account.
    pub people: bool,
    /// There is a programme.
    pub programmes: bool,
    /// There is a learner.
    pub learners: bool,
}

/// What waits for one kind of decision, by how long it waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct WaitingByAge {
    /// To assess, or to moderate.
    pub kind: TaskKind,
    /// All of it.
    pub all: i64,
    /// For 7 days at most.
    pub days_7: i64,
    /// For more than 7 days, 14 at most.
    pub days_14: i64,
    /// For more than 14 days, 28 at most: overdue.
    pub days_28: i64,
    /// For more than 28 days: overdue.
    pub older: i64,
    /// The day since which the oldest of it waits; null if nothing does.
    pub since: Option<String>,
}

impl WaitingByAge {
    /// What waits for more than 14 days.
    #[must_use]
    pub const fn overdue(&self) -> i64 {
        self.days_28.saturating_add(self.older)
    }
}

/// How an import went. The file's name may name a person, so it is not here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ImportLine {
    /// Its id.
    pub id: ImportId,
    /// When it was begun.
    pub begun_at: Instant,
    /// How it stands.
    pub state: ImportState,
    /// Rows that were kept.
    pub kept: i64,
    /// Rows that were refused.
    pub refused: i64,
}

/// Why rows were refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RefusalReason {
    /// The column, `row` for the row as a whole, or `file` for what stopped an import.
    pub column: String,
    /// Stable name of the reason.
    pub code: String,
    /// What is wrong and what would be right.
    pub message: String,
    /// How often.
    pub count: i64,
}

/// Sees the figures of the whole provider.
#[derive(Clone, Copy, Debug)]
pub struct ReadDashboard;

impl View for ReadDashboard {
    const NAME: &'static str = "dashboard.read";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Output = Dashboard;

    fn target(&self, _: &mut Read<'_>) -> Result<Target, Fault> {
        Ok(Target::tenant())
    }

    fn run(&self, cx: &Cx, tx: &mut Read<'_>) -> Result<Dashboard, Fault> {
        let today = cx.today();
        let levels = rows::since(tx, &Counter::LEVELS, "")?;
        let flows = rows::since(tx, &Counter::FLOWS, &figures::first_monday(today).to_string())?;
        let months = figures::months(&levels, today);
        let found = imports::rows::latest_read(tx, IMPORTS)?;
        let ids: Vec<ImportId> = found.iter().map(|row| row.id).collect();
        let reasons = imports::rows::reasons(tx, &ids)?;
        Ok(Dashboard {
            at: cx.now(),
            steps: Steps {
                settings: rows::has_settings(tx)?,
                people: rows::has_people(tx)?,
                programmes: rows::has_programmes(tx)?,
                learners: months.last().is_some_and(|month| month.learners > 0),
            },
            weeks: figures::weeks(&flows, today),
            waiting: waiting(tx, cx.now())?,
            imports: found.iter().rev().map(line).collect::<Result<_, _>>()?,
            reasons: commonest(reasons),
            months,
        })
    }

    fn entry(&self, _: &Dashboard) -> Note {
        Note::none()
    }
}

fn line(row: &imports::rows::Row) -> Result<ImportLine, Fault> {
    Ok(ImportLine {
        id: row.id,
        begun_at: row.created_at,
        state: ImportState::parse(&row.state).ok_or(CellError::Damaged("the state of an import"))?,
        kept: row.rows_kept,
        refused: row.rows_refused,
    })
}

/// One line for each reason, the commonest first.
fn commonest(rows: Vec<ReasonRow>) -> Vec<RefusalReason> {
    let mut reasons: Vec<RefusalReason> = Vec::new();
    for row in rows {
        let same = |reason: &&mut RefusalReason| reason.column == row.column_name && reason.code == row.code;
        match reasons.iter_mut().find(same) {
            Some(reason) => reason.count = reason.count.saturating_add(row.n),
            None => reasons.push(RefusalReason {
                column: row.column_name,
                code: row.code,
                message: row.message,
                count: row.n,
            }),
        }
    }
    reasons.sort_by(|a, b| {
        b.count
            .cmp(&a.count)
            .then_with(|| (&a.column, &a.code).cmp(&(&b.column, &b.code)))
    });
    reasons.truncate(REASONS);
    reasons
}

fn waiting(tx: &mut Read<'_>, now: Instant) -> Result<Vec<WaitingByAge>, Fault> {
    let days = rows::since(tx, &Counter::WAITING, "")?;
    // Counters know days; an age ends within one. What waits since that day is the only part that is counted by its rows.
    let mut cuts: Vec<(Date, Vec<(TaskKind, i64)>)> = Vec::new();
    for age in AGES_DAYS {
        let cut = now.plus_seconds(-age.saturating_mul(DAY_SECONDS));
        let from = TaskId::new(first_of(cut.south_african_midnight()));
        let found = tasks::rows::between(tx, from, TaskId::new(first_of(cut)))?;
        cuts.push((cut.south_african_date(), found));
    }
    Ok(TaskKind::ALL.iter().map(|kind| ages(*kind, &days, &cuts)).collect())
}

/// What waits for one kind of decision: what is older than each cut, taken from each other.
fn ages(kind: TaskKind, days: &[CounterRow], cuts: &[(Date, Vec<(TaskKind, i64)>)]) -> WaitingByAge {
    let name = Counter::Waiting(kind).name();
    let mine: Vec<&CounterRow> = days.iter().filter(|row| row.name == name).collect();
    let all: i64 = mine.iter().map(|row| row.n).sum();
    let older = |at: usize| -> i64 {
        let Some((day, of_day)) = cuts.get(at) else { return 0 };
        let day = day.to_string();
        let before: i64 = mine.iter().filter(|row| row.period < day).map(|row| row.n).sum();
        let of_day = of_day.iter().filter(|(of, _)| *of == kind);
        before.saturating_add(of_day.map(|(_, n)| n).sum())
    };
    let (week, overdue, month) = (older(0), older(1), older(2));
    WaitingByAge {
        kind,
        all,
        days_7: all.saturating_sub(week),
        days_14: week.saturating_sub(overdue),
        days_28: overdue.saturating_sub(month),
        older: month,
        since: mine.iter().filter(|row| row.n > 0).map(|row| row.period.clone()).min(),
    }
}
