//! View: the refused rows of an import, with what is wrong and with their content. Numbers stay masked.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;
use skillsyms_cells::Read;
use skillsyms_core::ImportId;
use skillsyms_door::{Cx, Disclosure, Fault, Note, Target, View};
use skillsyms_people::page::{Cursor, Page, PageAsk};
use skillsyms_vault::{Json, Sealed, mask};

use super::ENTITY;
use super::chunk::{Content, RowError, place};
use super::rows::{self, FailureRow};
use crate::learners::category;

/// Columns whose text is masked whatever it is.
const MASKED_COLUMNS: [&str; 2] = ["id_number", "alternate_id"];
/// A cell with this many digits may hold an ID number in the wrong column, with a digit lost.
const DIGITS_MASKED_FROM: usize = 12;
/// Characters that a mask shows, to find the row in the file.
const SHOWN_CHARS: usize = 3;

/// Sees the refused rows of an import.
#[derive(Clone, Copy, Debug)]
pub struct ReadFailures {
    /// Of which import.
    pub id: ImportId,
    /// Which page.
    pub page: PageAsk,
}

/// A refused row.
#[derive(Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FailedRow {
    /// The line of the file.
    pub line: i64,
    /// What is wrong with it.
    pub errors: Vec<RowError>,
    /// Its cells, ID numbers masked. Empty for what is wrong with the file as a whole.
    pub cells: Vec<FailedCell>,
}

impl fmt::Debug for FailedRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FailedRow")
            .field("line", &self.line)
            .field("errors", &self.errors)
            .finish_non_exhaustive()
    }
}

/// A cell of a refused row.
#[derive(Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FailedCell {
    /// The column; empty for a cell beyond the last one.
    pub column: String,
    /// Its text.
    pub value: String,
}

impl fmt::Debug for FailedCell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FailedCell")
            .field("column", &self.column)
            .finish_non_exhaustive()
    }
}

impl View for ReadFailures {
    const NAME: &'static str = "import.failures";
    const DISCLOSES: Disclosure = Disclosure::Masked;
    type Output = Page<FailedRow>;

    fn target(&self, tx: &mut Read<'_>) -> Result<Target, Fault> {
        super::target(tx, self.id)
    }

    fn run(&self, cx: &Cx, tx: &mut Read<'_>) -> Result<Page<FailedRow>, Fault> {
        let after = self.page.cursor.map_or(Ok(-1), Cursor::number)?;
        let lines = rows::failed_lines(tx, self.id, after, self.page.limit.rows())?;
        let page = Page::cut(lines, self.page.limit, |line| Cursor::after_number(*line));
        let (Some(first), Some(last)) = (page.items.first(), page.items.last()) else {
            return Ok(Page {
                items: Vec::new(),
                next: None,
            });
        };
        let errors = rows::failures(tx, self.id, *first, *last)?;
        page.try_map(|line| failed(cx, line, &errors))
    }

    fn entry(&self, output: &Page<FailedRow>) -> Note {
        let note = Note::on(ENTITY, self.id.uuid()).count(u64::try_from(output.items.len()).unwrap_or(0));
        note.category(category::IDENTITY)
            .category(category::CONTACT)
            .category(category::PROFILE)
    }
}

fn failed(cx: &Cx, line: i64, errors: &[FailureRow]) -> Result<FailedRow, Fault> {
    let of_line = || errors.iter().filter(|error| error.line == line);
    let mut cells = Vec::new();
    for error in of_line().filter(|error| !error.content.is_empty()) {
        let sealed: Sealed<Json<Content>> = Sealed::from_bytes(error.content.clone());
        let Json(content) = sealed.open(cx.keys(), place(error.import, line))?;
        cells.extend(content.into_iter().map(masked));
    }
    Ok(FailedRow {
        line,
        errors: of_line().map(RowError::of).collect(),
        cells,
    })
}

fn masked((column, value): (String, String)) -> FailedCell {
    let value = if column.is_empty() && !value.is_empty() {
        mask::tail(&value, SHOWN_CHARS)
    } else {
        shown(&column, value)
    };
    FailedCell { column, value }
}

/// What is shown of a cell in this column, if it is known which one it is.
pub(super) fn shown(column: &str, value: String) -> String {
    let digits = value.chars().filter(char::is_ascii_digit).count();
    let is_masked = MASKED_COLUMNS.contains(&column) || digits >= DIGITS_MASKED_FROM;
    if is_masked && !value.is_empty() {
        mask::tail(&value, SHOWN_CHARS)
    } else {
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_masked_wherever_they_stand() {
        let show = |column: &str, value: &str| masked((column.to_owned(), value.to_owned())).value;
        assert_eq!(show("id_number", "9001014800088"), "•••088");
        assert_eq!(show("id_number", "9.00101E+12"), "•••+12");
        assert_eq!(show("id_number", ""), "");
        assert_eq!(show("alternate_id", "A1"), "•••");
        assert_eq!(show("last_name", "900101 4800 088"), "•••088");
        assert_eq!(show("", "anything"), "•••");
        assert_eq!(show("cell", "+27 82 123 4567"), "+27 82 123 4567");
        assert_eq!(show("first_name", "Thandi"), "Thandi");
    }
}
