//! View: the counters compared with the rows that they count. It looks at every row, so it is the operator's, at night.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use skillsyms_cells::{CellError, Read};
use skillsyms_core::Instant;
use skillsyms_door::{Cx, Disclosure, Fault, Note, Target, View};

use super::count::Counter;
use super::rows;
use crate::enrolments::names;

/// What stands for all months of a level: rows do not tell in which month they came into their state.
const ALL: &str = "all";

/// Compares the counters of the dashboard with the rows that they count.
#[derive(Clone, Copy, Debug)]
pub struct CheckCounters;

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CountersChecked {
    /// How many counters and periods were compared.
    pub compared: usize,
    /// Those that are not what the rows say.
    pub differences: Vec<Difference>,
}

/// A counter that is not what its rows say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Difference {
    /// Which counter.
    pub counter: String,
    /// Which month, week or day; `all` for a level.
    pub period: String,
    /// What was counted.
    pub counted: i64,
    /// How many rows there are.
    pub rows: i64,
}

impl View for CheckCounters {
    const NAME: &'static str = "dashboard.check";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Output = CountersChecked;

    fn target(&self, _: &mut Read<'_>) -> Result<Target, Fault> {
        Ok(Target::tenant())
    }

    fn run(&self, _: &Cx, tx: &mut Read<'_>) -> Result<CountersChecked, Fault> {
        let mut pairs = counted(tx)?;
        for ((name, period), n) in there(tx)? {
            pairs.entry((name, period)).or_default().1 = n;
        }
        // No counter, but kept in the same way.
        pairs.insert(("team_names".to_owned(), ALL.to_owned()), names::compare(tx)?);
        let compared = pairs.len();
        let wrong = pairs.into_iter().filter(|(_, (counted, rows))| counted != rows);
        let differences = wrong.map(|((counter, period), (counted, rows))| Difference {
            counter,
            period,
            counted,
            rows,
        });
        Ok(CountersChecked {
            compared,
            differences: differences.collect(),
        })
    }

    fn entry(&self, output: &CountersChecked) -> Note {
        Note::none().count(u64::try_from(output.differences.len()).unwrap_or(0))
    }
}

/// By counter and period: what was counted, and what the rows say.
type Compared = BTreeMap<(String, String), (i64, i64)>;

/// What was counted, and no rows yet.
fn counted(tx: &mut Read<'_>) -> Result<Compared, CellError> {
    let mut found = Compared::new();
    for row in rows::since(tx, &Counter::LEVELS, "")? {
        let (counted, _) = found.entry((row.name, ALL.to_owned())).or_default();
        *counted = counted.saturating_add(row.n);
    }
    let by_period = [Counter::FLOWS.as_slice(), &Counter::WAITING].concat();
    for row in rows::since(tx, &by_period, "")? {
        found.insert((row.name, row.period), (row.n, 0));
    }
    Ok(found)
}

/// What the rows say.
fn there(tx: &mut Read<'_>) -> Result<BTreeMap<(String, String), i64>, CellError> {
    let mut found: BTreeMap<(String, String), i64> = BTreeMap::new();
    let mut add = |counter: Counter, period: String, n: i64| {
        let rows = found.entry((counter.name().to_owned(), period)).or_default();
        *rows = rows.saturating_add(n);
    };
    add(Counter::Learners, ALL.to_owned(), rows::all_learners(tx)?);
    add(Counter::EvidenceBytes, ALL.to_owned(), rows::all_evidence_bytes(tx)?);
    for (status, n) in rows::all_enrolments(tx)? {
        add(Counter::Enrolments(status), ALL.to_owned(), n);
    }
    for (kind, since) in rows::all_tasks(tx)? {
        let counter = Counter::Waiting(kind);
        add(counter, counter.period(since), 1);
    }
    let flows: [(Counter, Vec<Instant>); 4] = [
        (Counter::Evidence, rows::all_evidence(tx)?),
        (Counter::Assessments, rows::all_assessments(tx)?),
        (Counter::Moderations, rows::all_moderations(tx)?),
        (Counter::Statements, rows::all_statements(tx)?),
    ];
    for (counter, instants) in flows {
        for at in instants {
            add(counter, counter.period(at), 1);
        }
    }
    Ok(found)
}
