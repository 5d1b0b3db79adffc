//! The start page of administrators: figures of the whole provider, what to do first, and each table as a file.

use askama::Template;
use skillsyms_records::dashboard::{Dashboard, ImportLine, Month, ReadDashboard, WaitingByAge, Week};

use super::kit::{Address, Layout, SignedIn, When, Words, csv, html, when};
use super::learners::called;
use super::plot::{Kind, Plot, Series};
use crate::problem::Answer;

/// Digits that stand together in a large number.
const DIGITS_TOGETHER: usize = 3;
/// Letters of a month below a plot.
const MONTH_LETTERS: usize = 3;

#[derive(Template)]
#[template(path = "dashboard/home.html")]
struct DashboardPage {
    l: Layout,
    at: When,
    is_begun: bool,
    steps: Vec<Step>,
    tiles: Vec<Tile>,
    parts: Vec<Part>,
    imports_none: bool,
    reasons: Vec<Reason>,
    reasons_csv: String,
}

/// What a new provider does first.
struct Step {
    title: String,
    text: String,
    href: String,
    is_done: bool,
}

/// One number, and where it leads.
struct Tile {
    number: String,
    text: String,
    hint: String,
    href: String,
    is_bad: bool,
}

/// A plot, where one acts on it, and its table as a file.
struct Part {
    title: String,
    plot: Plot,
    href: String,
    act: String,
    csv: String,
}

/// Why rows were refused.
struct Reason {
    /// What the page calls the column.
    called: String,
    /// Its name in a file.
    column: String,
    code: String,
    message: String,
    count: i64,
}

/// The page, or with `format=csv` the table that `table` names.
pub(super) async fn show(page: &SignedIn, l: Layout) -> Answer {
    let found = page.enter().view(ReadDashboard).await?;
    let address = Address::of(page.asked());
    let show = Show {
        l: &l,
        address: &address,
    };
    let parts = show.parts(&found);
    let reasons = show.reasons(&found);
    if address.wants_csv() {
        return Ok(file(page.words(), address.get("table"), &parts, &reasons));
    }
    let is_begun = found.steps.learners;
    let steps = show.steps(&found);
    html(&DashboardPage {
        at: found.at.into(),
        is_begun,
        steps,
        tiles: show.tiles(&found),
        parts,
        imports_none: found.imports.is_empty(),
        reasons,
        reasons_csv: show.csv("reasons"),
        l,
    })
}

/// What all parts are made with.
struct Show<'a> {
    l: &'a Layout,
    address: &'a Address,
}

impl Show<'_> {
    fn csv(&self, table: &str) -> String {
        format!("{}?table={table}&format=csv", self.address.plain())
    }

    /// The steps of a new provider, until all of them are done.
    fn steps(&self, found: &Dashboard) -> Vec<Step> {
        let (l, done) = (self.l, found.steps);
        let all = [
            (
                l.get("dashboard-step-settings"),
                l.get("dashboard-step-settings-text"),
                "settings",
                done.settings,
            ),
            (
                l.get("dashboard-step-people"),
                l.get("dashboard-step-people-text"),
                "people/invite",
                done.people,
            ),
            (
                l.get("dashboard-step-programmes"),
                l.get("dashboard-step-programmes-text"),
                "programmes/new",
                done.programmes,
            ),
            (
                l.get("dashboard-step-learners"),
                l.get("dashboard-step-learners-text"),
                "imports/new",
                done.learners,
            ),
        ];
        if all.iter().all(|(.., is_done)| *is_done) {
            return Vec::new();
        }
        all.into_iter()
            .map(|(title, text, rest, is_done)| Step {
                title,
                text,
                href: l.href(rest),
                is_done,
            })
            .collect()
    }

    fn tiles(&self, found: &Dashboard) -> Vec<Tile> {
        let l = self.l;
        let (now, before) = (month(found, 0), month(found, 1));
        let waits = |at: usize| found.waiting.get(at).map_or(0, |waiting| waiting.all);
        let new = now.learners.saturating_sub(before.learners);
        let overdue: i64 = found.waiting.iter().map(WaitingByAge::overdue).sum();
        let tile = |n: i64, text: String, hint: String, rest: &str| Tile {
            number: grouped(n),
            text,
            hint,
            href: l.href(rest),
            is_bad: false,
        };
        let came = if new < 0 {
            l.get("dashboard-learners-fewer")
        } else {
            l.with("dashboard-learners-new", "count", new)
        };
        let parts = l.with2(
            "dashboard-waiting-parts",
            &("assess", waits(0)),
            &("moderate", waits(1)),
        );
        vec![
            tile(
                now.learners,
                l.with("dashboard-learners", "count", now.learners),
                came,
                "learners",
            ),
            tile(
                now.active(),
                l.with("dashboard-active", "count", now.active()),
                l.with("dashboard-active-before", "count", before.active()),
                "groups",
            ),
            tile(
                waits(0).saturating_add(waits(1)),
                l.get("dashboard-waiting"),
                parts,
                "queue",
            ),
            Tile {
                is_bad: overdue > 0,
                ..tile(
                    overdue,
                    l.get("dashboard-overdue"),
                    l.get("dashboard-overdue-hint"),
                    "queue?age=overdue",
                )
            },
        ]
    }

    fn parts(&self, found: &Dashboard) -> Vec<Part> {
        let mut parts = vec![
            self.ages(&found.waiting),
            self.weeks(&found.weeks),
            self.states(&found.months),
        ];
        if !found.imports.is_empty() {
            parts.push(self.imports(&found.imports));
        }
        parts
    }

    fn series<T>(&self, key: &str, of: &[T], value: impl Fn(&T) -> i64) -> Series {
        Series {
            name: self.l.get(key),
            values: of.iter().map(|item| u64::try_from(value(item)).unwrap_or(0)).collect(),
        }
    }

    fn states(&self, months: &[Month]) -> Part {
        let l = self.l;
        let now = months.last();
        let figure = |of: fn(&Month) -> i64| now.map_or(0, of);
        let args = [
            ("active", figure(Month::active).into()),
            ("all", figure(Month::enrolments).into()),
            ("completed", figure(|month| month.completed).into()),
        ];
        Part {
            title: l.get("dashboard-states"),
            href: l.href("groups"),
            act: l.get("dashboard-states-act"),
            csv: self.csv("months"),
            plot: Plot {
                id: "months",
                title: l.get("dashboard-states-title"),
                summary: l.words().args("dashboard-states-summary", args),
                unit: l.get("dashboard-month"),
                table: l.get("plot-table"),
                kind: Kind::Stacked,
                labels: months.iter().map(|month| short_month(&month.month)).collect(),
                series: vec![
                    self.series("enrolment-status-enrolled", months, |month| month.enrolled),
                    self.series("enrolment-status-reinstated", months, |month| month.reinstated),
                    self.series("enrolment-status-suspended", months, |month| month.suspended),
                    self.series("enrolment-status-completed", months, |month| month.completed),
                    self.series("enrolment-status-withdrawn", months, |month| month.withdrawn),
                    self.series("enrolment-status-discontinued", months, |month| month.discontinued),
                ],
            },
        }
    }

    fn weeks(&self, weeks: &[Week]) -> Part {
        let l = self.l;
        let week = |ago: usize, of: fn(&Week) -> i64| weeks.iter().rev().nth(ago).map_or(0, of);
        let args = [
            ("evidence", week(0, |week| week.evidence).into()),
            ("assessed", week(0, |week| week.assessed).into()),
            ("evidence-before", week(1, |week| week.evidence).into()),
            ("assessed-before", week(1, |week| week.assessed).into()),
        ];
        Part {
            title: l.get("dashboard-weeks"),
            href: l.href("queue"),
            act: l.get("dashboard-weeks-act"),
            csv: self.csv("weeks"),
            plot: Plot {
                id: "weeks",
                title: l.get("dashboard-weeks-title"),
                summary: l.words().args("dashboard-weeks-summary", args),
                unit: l.get("dashboard-week"),
                table: l.get("plot-table"),
                kind: Kind::Bars,
                labels: weeks.iter().map(|week| short_day(&week.from)).collect(),
                series: vec![
                    self.series("dashboard-evidence", weeks, |week| week.evidence),
                    self.series("dashboard-assessed", weeks, |week| week.assessed),
                    self.series("dashboard-moderated", weeks, |week| week.moderated),
                    self.series("dashboard-statements", weeks, |week| week.statements),
                ],
            },
        }
    }

    fn ages(&self, waiting: &[WaitingByAge]) -> Part {
        let l = self.l;
        let all: i64 = waiting.iter().map(|waiting| waiting.all).sum();
        let overdue: i64 = waiting.iter().map(WaitingByAge::overdue).sum();
        let since = waiting.iter().filter_map(|waiting| waiting.since.as_deref()).min();
        let since = when::day_of(since.unwrap_or_default());
        let summary = match (all, overdue) {
            (0, _) => l.get("dashboard-ages-none"),
            (_, 0) => l.with("dashboard-ages-fine", "since", since),
            _ => {
                let args = [
                    ("overdue", overdue.into()),
                    ("all", all.into()),
                    ("since", since.into()),
                ];
                l.words().args("dashboard-ages-late", args)
            }
        };
        let (rest, act) = if overdue > 0 {
            ("queue?age=overdue", l.get("dashboard-ages-act"))
        } else {
            ("queue", l.get("dashboard-ages-act-all"))
        };
        let labels = [
            l.get("dashboard-age-7"),
            l.get("dashboard-age-14"),
            l.get("dashboard-age-28"),
            l.get("dashboard-age-older"),
        ];
        let bands = |at: usize| -> Vec<i64> {
            let of = waiting.get(at);
            of.map_or_else(Vec::new, |of| vec![of.days_7, of.days_14, of.days_28, of.older])
        };
        Part {
            title: l.get("dashboard-ages"),
            href: l.href(rest),
            act,
            csv: self.csv("waiting"),
            plot: Plot {
                id: "waiting",
                title: l.get("dashboard-ages-title"),
                summary,
                unit: l.get("dashboard-age"),
                table: l.get("plot-table"),
                kind: Kind::Stacked,
                labels: labels.to_vec(),
                series: vec![
                    self.series("dashboard-assess", &bands(0), |n| *n),
                    self.series("dashboard-moderate", &bands(1), |n| *n),
                ],
            },
        }
    }

    fn imports(&self, imports: &[ImportLine]) -> Part {
        let l = self.l;
        let kept: i64 = imports.iter().map(|import| import.kept).sum();
        let refused: i64 = imports.iter().map(|import| import.refused).sum();
        let args = [
            ("kept", kept.into()),
            ("refused", refused.into()),
            ("all", kept.saturating_add(refused).into()),
        ];
        Part {
            title: l.get("dashboard-imports"),
            href: l.href("imports"),
            act: l.get("dashboard-imports-act"),
            csv: self.csv("imports"),
            plot: Plot {
                id: "imports",
                title: l.get("dashboard-imports-title"),
                summary: l.words().args("dashboard-imports-summary", args),
                unit: l.get("import-at"),
                table: l.get("plot-table"),
                kind: Kind::Stacked,
                labels: imports.iter().map(begun).collect(),
                series: vec![
                    self.series("import-kept", imports, |import| import.kept),
                    self.series("import-refused", imports, |import| import.refused),
                ],
            },
        }
    }

    fn reasons(&self, found: &Dashboard) -> Vec<Reason> {
        let column = |column: &str| match column {
            "row" | "" => self.l.get("import-whole-row"),
            "file" => self.l.get("dashboard-file"),
            column => column.to_owned(),
        };
        let reasons = found.reasons.iter().map(|reason| Reason {
            called: called(self.l.words(), &reason.column).unwrap_or_else(|| column(&reason.column)),
            column: column(&reason.column),
            code: reason.code.clone(),
            message: reason.message.clone(),
            count: reason.count,
        });
        reasons.collect()
    }
}

/// Figures of a month, counted back from the present one.
fn month(found: &Dashboard, ago: usize) -> Month {
    found.months.iter().rev().nth(ago).cloned().unwrap_or(Month {
        month: String::new(),
        learners: 0,
        enrolled: 0,
        reinstated: 0,
        suspended: 0,
        completed: 0,
        withdrawn: 0,
        discontinued: 0,
    })
}

/// A table as a file; the reasons if it is none of the plots'.
fn file(words: Words, table: &str, parts: &[Part], reasons: &[Reason]) -> axum::response::Response {
    if let Some(part) = parts.iter().find(|part| part.plot.id == table) {
        return csv::file(part.plot.id, &part.plot.lines());
    }
    let heads = [
        "dashboard-column",
        "dashboard-code",
        "dashboard-reason",
        "dashboard-times",
    ];
    let mut rows = vec![heads.map(|key| words.get(key)).to_vec()];
    rows.extend(reasons.iter().map(|reason| {
        vec![
            reason.column.clone(),
            reason.code.clone(),
            reason.message.clone(),
            reason.count.to_string(),
        ]
    }));
    csv::file("reasons", &rows)
}

/// `12 345`: groups of three, with a space that does not break, as South Africa writes.
fn grouped(n: i64) -> String {
    let digits = n.unsigned_abs().to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(DIGITS_TOGETHER) {
            text.push('\u{a0}');
        }
        text.push(digit);
    }
    if n < 0 { format!("−{text}") } else { text }
}

/// `16 Nov` of `2026-11-16`.
fn short_day(day: &str) -> String {
    let long = when::day_of(day);
    let mut words = long.split(' ');
    match (words.next(), words.next()) {
        (Some(day), Some(month)) => format!("{day} {}", month.chars().take(MONTH_LETTERS).collect::<String>()),
        _ => long,
    }
}

/// `Nov 2026` of `2026-11`.
fn short_month(month: &str) -> String {
    let long = when::day_of(&format!("{month}-01"));
    let mut words = long.split(' ').skip(1);
    match (words.next(), words.next()) {
        (Some(month), Some(year)) => format!("{} {year}", month.chars().take(MONTH_LETTERS).collect::<String>()),
        _ => month.to_owned(),
    }
}

/// `22 Nov, 10:05`: when an import was begun.
fn begun(import: &ImportLine) -> String {
    let text = When::from(import.begun_at).text();
    let hour = text.split(", ").nth(1).unwrap_or_default();
    format!(
        "{}, {hour}",
        short_day(&import.begun_at.south_african_date().to_string())
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_days_are_short() {
        for (n, text) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1\u{a0}000"),
            (1_234_567, "1\u{a0}234\u{a0}567"),
            (-5, "−5"),
        ] {
            assert_eq!(grouped(n), text);
        }
        assert_eq!(short_day("2026-11-16"), "16 Nov");
        assert_eq!(short_month("2026-11"), "Nov 2026");
        assert_eq!(short_month("no month"), "no month");
    }
}
