//! What is read as bytes: files of learners, and entries of the ledger.

use skillsyms_ledger::Entry;
use skillsyms_records::imports::header::COLUMNS_MAX;
use skillsyms_records::imports::parse::Rows;

/// A file is read to its end or to its first fault. No row has more cells than a file may have columns, and lines only
/// go forward.
pub fn csv(data: &[u8]) {
    let Ok(mut rows) = Rows::open(data) else { return };
    assert!(!rows.header().columns().is_empty());
    let mut line = 0;
    while let Ok(Some(row)) = rows.next_row() {
        assert!(row.cells.len() <= COLUMNS_MAX);
        assert!(row.line > line, "line {} after line {line}", row.line);
        line = row.line;
        assert!(row.cells.len() == rows.header().columns().len() || !row.errors.is_empty());
    }
}

/// What is taken for an entry is one in the one form that it has.
pub fn entry(data: &[u8]) {
    let Ok(entry) = Entry::from_bytes(data) else { return };
    let again = entry.to_bytes().expect("what was read can be written");
    assert_eq!(again, data, "an entry with two forms");
}
