//! What a file of learners would become: its columns as they are understood, and its first rows held against the rules.
//!
//! Nothing is written, and no blind index is asked: whether somebody is there already is known when the file is imported.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Read;

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Serialize;
use skillsyms_core::FieldError;

use super::chunk::checked;
use super::failures::shown;
use super::fault::FileFault;
use super::header::{COLUMNS_MAX, Columns, Header};
use super::parse::{RawRow, Sheet};

/// Rows that are held against the rules: some tens of milliseconds, and mistakes that a system makes are in the first of them.
pub const ROWS_CHECKED: usize = 1_000;
/// Rows whose cells are shown.
const SAMPLES: usize = 3;
/// Characters of a heading or a cell that are shown.
const SHOWN_CHARS: usize = 60;
/// Reasons for which rows would be refused, the commonest first.
const REASONS: usize = 10;

/// What a file would become.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Preview {
    /// Its columns, in its order; 64 at most.
    pub columns: Vec<PreviewColumn>,
    /// What is wrong with the columns as a whole: then no row was looked at.
    pub problem: Option<PreviewProblem>,
    /// Rows that were looked at; 1,000 at most.
    pub rows_checked: u64,
    /// Whether the file has more rows than were looked at.
    pub has_more: bool,
    /// Rows of these that would be refused.
    pub rows_wrong: u64,
    /// Why, the commonest reason first; ten at most.
    pub reasons: Vec<PreviewReason>,
}

/// A column of a file.
#[derive(Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PreviewColumn {
    /// What its first line says, shortened; numbers of persons masked.
    pub heading: String,
    /// Which of our columns it is; nothing if it is left out.
    pub column: Option<&'static str>,
    /// Its cells in the first rows, shortened; numbers of persons masked.
    pub samples: Vec<String>,
}

impl fmt::Debug for PreviewColumn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PreviewColumn")
            .field("column", &self.column)
            .finish_non_exhaustive()
    }
}

/// What is wrong with the columns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PreviewProblem {
    /// Stable name.
    pub code: String,
    /// What is wrong and what to do.
    pub message: String,
    /// The columns of ours that it is about.
    pub columns: Vec<String>,
}

/// A reason for which rows would be refused.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct PreviewReason {
    /// Our column, or `row` for the row as a whole.
    pub column: String,
    /// Stable name.
    pub code: String,
    /// What is wrong and what would be right.
    pub message: String,
    /// How many of the rows.
    pub rows: u64,
    /// The first line with it.
    pub line: u64,
}

impl Preview {
    /// Looks at a file: with the columns that somebody says, or as its first line is understood. Blocks.
    ///
    /// # Errors
    /// [`FileFault`] if the file is none of learners at all, or it goes wrong within the rows that are looked at.
    pub fn of(file: impl Read, said: Option<&Columns>, today: Date) -> Result<Self, FileFault> {
        let sheet = Sheet::open(file)?;
        let headings: Vec<String> = sheet.headings().map(str::to_owned).collect();
        if headings.len() > COLUMNS_MAX {
            return Err(FileFault::TooManyColumns);
        }
        let columns = match said {
            Some(said) => said.clone(),
            None => Columns::guess(headings.iter().map(String::as_str)),
        };
        let (header, problem) = match Header::said(&columns, headings.len()) {
            Ok(header) => (header, None),
            Err(fault @ FileFault::OtherColumns { .. }) => return Err(fault),
            Err(fault) => (Header::unread(headings.len()), Some(fault)),
        };
        let mut rows = sheet.rows(header.clone());
        let (some, end) = rows.some(if problem.is_some() { SAMPLES } else { ROWS_CHECKED });
        end?;
        let mut preview = Self {
            columns: of_columns(&headings, &columns, &some),
            problem: problem.as_ref().map(PreviewProblem::of),
            rows_checked: 0,
            has_more: false,
            rows_wrong: 0,
            reasons: Vec::new(),
        };
        if problem.is_none() {
            preview.check(&header, &some, today);
            preview.has_more = some.len() == ROWS_CHECKED && rows.next_row()?.is_some();
        }
        Ok(preview)
    }

    fn check(&mut self, header: &Header, rows: &[RawRow], today: Date) {
        let mut reasons: BTreeMap<(String, &str), PreviewReason> = BTreeMap::new();
        for row in rows {
            self.rows_checked = self.rows_checked.saturating_add(1);
            let Err(errors) = checked(header, row, today) else {
                continue;
            };
            self.rows_wrong = self.rows_wrong.saturating_add(1);
            for error in errors {
                let key = (error.field.clone().into_owned(), error.code);
                let reason = reasons
                    .entry(key)
                    .or_insert_with(|| PreviewReason::of(&error, row.line));
                reason.rows = reason.rows.saturating_add(1);
            }
        }
        self.reasons = reasons.into_values().collect();
        self.reasons.sort_by_key(|reason| std::cmp::Reverse(reason.rows));
        self.reasons.truncate(REASONS);
    }
}

impl PreviewProblem {
    fn of(fault: &FileFault) -> Self {
        let problem = fault.problem();
        Self {
            code: problem.code.name.to_owned(),
            message: problem.code.title.to_owned(),
            columns: problem.fields.iter().map(|field| field.field.to_string()).collect(),
        }
    }
}

impl PreviewReason {
    fn of(error: &FieldError, line: u64) -> Self {
        Self {
            column: error.field.to_string(),
            code: error.code.to_owned(),
            message: error.message.to_owned(),
            rows: 0,
            line,
        }
    }
}

fn of_columns(headings: &[String], columns: &Columns, rows: &[RawRow]) -> Vec<PreviewColumn> {
    let of = |(at, heading): (usize, &String)| {
        let column = columns.meaning(at);
        let cell = |row: &RawRow| {
            short(shown(
                column.unwrap_or_default(),
                row.cells.get(at).cloned().unwrap_or_default(),
            ))
        };
        PreviewColumn {
            heading: short(shown("", heading.clone())),
            column,
            samples: rows.iter().take(SAMPLES).map(cell).collect(),
        }
    };
    headings.iter().enumerate().map(of).collect()
}

fn short(text: String) -> String {
    match text.char_indices().nth(SHOWN_CHARS) {
        None => text,
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imports::tests::{file, row};
    use crate::learners::house::number;

    const TODAY: Date = jiff::civil::date(2026, 11, 22);

    fn renamed(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
        String::from_utf8(bytes.to_vec())
            .unwrap()
            .replacen(from, to, 1)
            .into_bytes()
    }

    fn at(preview: &Preview, column: &str) -> usize {
        preview
            .columns
            .iter()
            .position(|one| one.column == Some(column))
            .unwrap()
    }

    #[test]
    fn columns_rows_and_reasons_are_told_and_numbers_masked() {
        let rows = [
            row(&number(1), &[]),
            row(&number(2), &[("province", "77")]),
            row("9001014800089", &[("province", "78")]),
        ];
        let preview = Preview::of(file(&rows).as_slice(), None, TODAY).unwrap();
        assert_eq!(preview.problem, None);
        assert!((preview.rows_checked, preview.has_more) == (3, false));
        assert_eq!(preview.rows_wrong, 2, "{:?}", preview.reasons);
        assert_eq!(
            (
                preview.reasons[0].column.as_str(),
                preview.reasons[0].rows,
                preview.reasons[0].line
            ),
            ("province", 2, 3)
        );
        let ids = &preview.columns[at(&preview, "id_number")];
        assert!(
            ids.samples
                .iter()
                .all(|cell| cell.starts_with("•••") && cell.chars().count() == 6),
            "{:?}",
            ids.samples
        );
        assert_eq!(preview.columns[at(&preview, "first_name")].samples, ["Thandi"; 3]);
        let said = serde_json::to_string(&preview).unwrap();
        assert!(rows.iter().all(|row| !said.contains(row.split(',').next().unwrap())));
    }

    #[test]
    fn what_the_first_line_does_not_say_is_asked_for() {
        let bytes = renamed(&file(&[row(&number(1), &[])]), "last_name", "van");
        let preview = Preview::of(bytes.as_slice(), None, TODAY).unwrap();
        let problem = preview.problem.as_ref().unwrap();
        assert_eq!(
            (problem.code.as_str(), problem.columns.as_slice()),
            ("import.missing_columns", ["last_name".to_owned()].as_slice())
        );
        let van = preview.columns.iter().position(|one| one.heading == "van").unwrap();
        assert_eq!(
            (preview.columns[van].column, preview.columns[van].samples.as_slice()),
            (None, ["Dlámini".to_owned()].as_slice())
        );
        let mut names: Vec<&str> = preview
            .columns
            .iter()
            .map(|one| one.column.unwrap_or_default())
            .collect();
        names[van] = "last_name";
        let said = Columns::parse(&names).unwrap();
        let preview = Preview::of(bytes.as_slice(), Some(&said), TODAY).unwrap();
        assert_eq!(
            (preview.problem, preview.rows_wrong, preview.rows_checked),
            (None, 0, 1)
        );
        let few = Columns::parse(&names[1..]).unwrap();
        let other = Preview::of(bytes.as_slice(), Some(&few), TODAY).unwrap_err();
        assert_eq!(other, FileFault::OtherColumns { count: names.len() });
    }

    #[test]
    fn a_file_without_a_first_line_shows_no_number() {
        let bytes = format!("9001014800089,Thandi\n{},Zola\n", number(1)).into_bytes();
        let preview = Preview::of(bytes.as_slice(), None, TODAY).unwrap();
        let said = serde_json::to_string(&preview).unwrap();
        assert!(
            preview.problem.is_some() && !said.contains("9001014800089") && !said.contains(&number(1)),
            "{said}"
        );
    }

    #[test]
    fn only_the_first_rows_are_looked_at() {
        let mut rows: Vec<String> = (0..ROWS_CHECKED).map(|_| row("", &[])).collect();
        let of = |rows: &[String]| Preview::of(file(rows).as_slice(), None, TODAY).unwrap();
        let all = of(&rows);
        assert!((all.rows_checked, all.rows_wrong, all.has_more) == (1_000, 1_000, false));
        assert!(all.reasons.len() <= REASONS);
        rows.push(row("", &[]));
        assert!(of(&rows).has_more);
        let long = of(&[row(&number(1), &[("first_name", &"a".repeat(200))])]);
        assert_eq!(
            long.columns[at(&long, "first_name")].samples[0].chars().count(),
            SHOWN_CHARS + 1
        );
    }
}
