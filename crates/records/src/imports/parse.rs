//! From bytes to rows: header first, then one row after the other, each with what its form alone says is wrong.

use std::fmt;
use std::io::Read;

use csv::{ByteRecord, Reader, ReaderBuilder};
use skillsyms_core::FieldError;

use super::fault::FileFault;
use super::header::{self, Columns, Header};
use super::source::{READ_AHEAD_BYTES, RECORD_BYTES_MAX, Source};

/// Most rows in a file.
pub const ROWS_MAX: u64 = 1_000_000;

/// What stands for the column in an error of the row as a whole.
pub const WHOLE_ROW: &str = "row";

/// One row of a file, not yet checked as a learner.
#[derive(Clone, PartialEq, Eq)]
pub struct RawRow {
    /// The line of the file on which it begins, from 1.
    pub line: u64,
    /// Its cells, in the order of the header.
    pub cells: Vec<String>,
    /// What is wrong with its form. If there is anything, it is refused.
    pub errors: Vec<FieldError>,
}

impl fmt::Debug for RawRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawRow")
            .field("line", &self.line)
            .field("errors", &self.errors.len())
            .finish_non_exhaustive()
    }
}

/// Reads the rows of a file, with a block and a record in memory and nothing more.
pub struct Rows<R> {
    reader: Reader<Source<R>>,
    record: ByteRecord,
    header: Header,
    count: u64,
}

/// A file whose first line was read, and of which nobody said yet what its columns mean.
pub struct Sheet<R> {
    reader: Reader<Source<R>>,
    record: ByteRecord,
}

impl<R: Read> Sheet<R> {
    /// Reads the first line.
    ///
    /// # Errors
    /// [`FileFault`] if there is none, or it is no line of columns.
    pub fn open(file: R) -> Result<Self, FileFault> {
        let mut source = Source::new(file);
        let separator = header::separator(source.first_line()?)?;
        let mut reader = ReaderBuilder::new()
            .delimiter(separator)
            .has_headers(false)
            .flexible(true)
            .terminator(csv::Terminator::Any(b'\n'))
            .buffer_capacity(READ_AHEAD_BYTES)
            .from_reader(source);
        let mut record = ByteRecord::new();
        if !advance(&mut reader, &mut record)? {
            return Err(FileFault::Empty);
        }
        Ok(Self { reader, record })
    }

    /// The cells of the first line.
    pub fn headings(&self) -> impl Iterator<Item = &str> + Clone {
        self.record
            .iter()
            .map(|cell| std::str::from_utf8(cell).unwrap_or_default())
    }

    /// The rows, with these columns.
    #[must_use]
    pub fn rows(self, header: Header) -> Rows<R> {
        Rows {
            reader: self.reader,
            record: self.record,
            header,
            count: 0,
        }
    }
}

impl<R: Read> Rows<R> {
    /// Reads the header.
    ///
    /// # Errors
    /// [`FileFault`] if it is not one.
    pub fn open(file: R) -> Result<Self, FileFault> {
        let sheet = Sheet::open(file)?;
        let header = Header::read(sheet.headings())?;
        Ok(sheet.rows(header))
    }

    /// The rows of a file whose columns somebody named.
    ///
    /// # Errors
    /// [`FileFault`] if the file has no such columns.
    pub fn said(file: R, columns: &Columns) -> Result<Self, FileFault> {
        let sheet = Sheet::open(file)?;
        let header = Header::said(columns, sheet.headings().count())?;
        Ok(sheet.rows(header))
    }

    /// Which column is which.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// The next row; `None` at the end. Rows without any text are skipped: spreadsheets leave them at the end.
    ///
    /// # Errors
    /// [`FileFault`] where the file as a whole goes wrong.
    pub fn next_row(&mut self) -> Result<Option<RawRow>, FileFault> {
        while advance(&mut self.reader, &mut self.record)? {
            if self.record.iter().all(|cell| cell.trim_ascii().is_empty()) {
                continue;
            }
            self.count = self.count.saturating_add(1);
            if self.count > ROWS_MAX {
                return Err(FileFault::TooManyRows);
            }
            return Ok(Some(self.row()));
        }
        Ok(None)
    }

    /// Up to `most` rows; none at the end.
    ///
    /// # Errors
    /// [`FileFault`] where the file as a whole goes wrong. The rows before that are lost with it: ask for them first.
    pub fn some(&mut self, most: usize) -> (Vec<RawRow>, Result<(), FileFault>) {
        let mut rows = Vec::with_capacity(most);
        while rows.len() < most {
            match self.next_row() {
                Ok(Some(row)) => rows.push(row),
                Ok(None) => break,
                Err(fault) => return (rows, Err(fault)),
            }
        }
        (rows, Ok(()))
    }

    fn row(&self) -> RawRow {
        // The reader stands after this record's line feed; those inside its cells are kept in them.
        let inside = self.record.as_slice().iter().filter(|byte| **byte == b'\n').count();
        let line = self
            .reader
            .position()
            .line()
            .saturating_sub(1)
            .saturating_sub(u64::try_from(inside).unwrap_or(0));
        let text = |cell: &[u8]| String::from_utf8_lossy(cell).into_owned();
        let cells: Vec<String> = self.record.iter().take(header::COLUMNS_MAX).map(text).collect();
        let mut errors: Vec<FieldError> = Vec::new();
        if self.record.len() != self.header.columns().len() {
            errors.push(FieldError {
                field: WHOLE_ROW.into(),
                code: "import.cells",
                message: CELLS,
            });
        }
        let is_wanted = |at: usize| !self.header.is_left_out(at);
        for (at, _) in cells
            .iter()
            .enumerate()
            .filter(|(at, cell)| is_wanted(*at) && is_formula(cell))
        {
            errors.push(FieldError {
                field: self.header.name(at).into(),
                code: "import.formula",
                message: FORMULA,
            });
        }
        RawRow { line, cells, errors }
    }
}

const CELLS: &str =
    "This row has more or fewer cells than the first line. Look for a separator or a quotation mark inside a cell.";
const FORMULA: &str = "This begins like a spreadsheet formula. Write the text itself.";

/// Takes the next record, and holds it against the limit.
fn advance<R: Read>(reader: &mut Reader<Source<R>>, record: &mut ByteRecord) -> Result<bool, FileFault> {
    let (begun, line) = (reader.position().byte(), reader.position().line());
    let is_there = reader.read_byte_record(record).map_err(|error| match fault(error) {
        FileFault::TooLong { .. } => FileFault::TooLong { line },
        other => other,
    })?;
    let length = reader.position().byte().saturating_sub(begun);
    if length > u64::try_from(RECORD_BYTES_MAX).unwrap_or(u64::MAX) {
        return Err(FileFault::TooLong { line });
    }
    reader.get_mut().record_done();
    Ok(is_there)
}

fn fault(error: csv::Error) -> FileFault {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => {
            let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<FileFault>());
            inner.cloned().unwrap_or(FileFault::Interrupted)
        }
        _ => FileFault::Interrupted,
    }
}

/// Whether a spreadsheet would run this cell if it were exported again. A number with a sign is a number, and so is a
/// telephone number.
fn is_formula(cell: &str) -> bool {
    if cell.starts_with('\t') {
        return true;
    }
    let text = cell.trim();
    let Some(first) = text.chars().next() else { return false };
    let is_number = |text: &str| {
        text.bytes()
            .skip(1)
            .all(|byte| byte.is_ascii_digit() || b" ()-./".contains(&byte))
    };
    match first {
        '=' | '@' => true,
        '+' | '-' => text.len() > 1 && !is_number(text),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use skillsyms_core::person::CSV_COLUMNS;

    use super::*;

    fn file(rows: &str) -> Vec<u8> {
        format!("{}\n{rows}", CSV_COLUMNS.join(",")).into_bytes()
    }

    fn row(first_name: &str) -> String {
        CSV_COLUMNS
            .iter()
            .map(|column| if *column == "first_name" { first_name } else { "x" })
            .collect::<Vec<_>>()
            .join(",")
    }

    fn all(bytes: &[u8]) -> (Vec<RawRow>, Result<(), FileFault>) {
        match Rows::open(bytes) {
            Ok(mut rows) => rows.some(usize::MAX >> 40),
            Err(fault) => (Vec::new(), Err(fault)),
        }
    }

    #[test]
    fn lines_are_those_of_the_file() {
        let text = format!(
            "{}\r\n\r\n{}\r\n{}\r\n,,,\r\n",
            row("Thandi"),
            row("\"Nom\r\nsa\""),
            row("Zola")
        );
        let (rows, end) = all(&file(&text));
        assert_eq!(end, Ok(()));
        assert_eq!(rows.iter().map(|row| row.line).collect::<Vec<_>>(), [2, 4, 6]);
        assert!(rows.iter().all(|row| row.errors.is_empty()));
        assert_eq!(rows[1].cells[4], "Nom\nsa");
        let (lf, _) = all(&file(&text.replace("\r\n", "\n")));
        let (cr, _) = all(&file(&text.replace("\r\n", "\r")));
        assert!(rows == lf && rows == cr);
    }

    #[test]
    fn rows_of_another_width_are_refused_alone() {
        let text = format!("{},more\n{}\na,b\n", row("Thandi"), row("Zola"));
        let (rows, end) = all(&file(&text));
        assert_eq!(end, Ok(()));
        let codes: Vec<_> = rows
            .iter()
            .map(|row| row.errors.first().map(|error| error.code))
            .collect();
        assert_eq!(codes, [Some("import.cells"), None, Some("import.cells")]);
    }

    #[test]
    fn formulas_are_refused_and_telephones_are_not() {
        for cell in [
            "=1+1",
            "@SUM(A1)",
            "+cmd|x",
            "-2+3+cmd",
            "\t=1",
            " =HYPERLINK(1)",
            "+=1",
        ] {
            assert!(is_formula(cell), "{cell}");
        }
        for cell in [
            "",
            "-",
            "+27 82 123 4567",
            "-1",
            "Thandi",
            "a=b",
            "+27 (0)82 123-4567",
            "thandi@example.org",
        ] {
            assert!(!is_formula(cell), "{cell}");
        }
        let (rows, _) = all(&file(&row("=cmd|'/c calc'!A0")));
        assert_eq!(
            (rows[0].errors[0].code, rows[0].errors[0].field.as_ref()),
            ("import.formula", "first_name")
        );
    }

    #[test]
    fn an_unclosed_quote_stops_at_the_limit() {
        let text = format!("{}\n\"{}", row("Thandi"), "Dlamini,\n".repeat(50_000));
        let (rows, end) = all(&file(&text));
        assert_eq!(rows.len(), 1);
        assert!(matches!(end, Err(FileFault::TooLong { .. })), "{end:?}");
        let long = format!("{}\n{}\n", row("Thandi"), row(&"a".repeat(10_000_000)));
        let (rows, end) = all(&file(&long));
        assert_eq!((rows.len(), end), (1, Err(FileFault::TooLong { line: 3 })));
        let just_over = format!("{}\n{}\n", row("Thandi"), row(&"a".repeat(RECORD_BYTES_MAX)));
        assert_eq!(all(&file(&just_over)).1, Err(FileFault::TooLong { line: 3 }));
    }

    #[test]
    fn nothing_of_a_row_is_printed() {
        let (rows, _) = all(&file(&row("9001014800089")));
        assert!(!format!("{rows:?}").contains("9001014800089"));
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_end_without_a_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..400)) {
            let _ = all(&bytes);
            let _ = all(&[file("").as_slice(), &bytes].concat());
        }

        #[test]
        fn any_text_is_cut_into_rows_of_this_file(text in "[a,;\"\n\r =+x]{0,200}") {
            let (rows, end) = all(&file(&text));
            proptest::prop_assert_eq!(end, Ok(()));
            proptest::prop_assert!(rows.len() <= text.len());
        }
    }
}
