//! What is wrong with a file as a whole. It stops the import; rows that were kept before stay kept.

use std::borrow::Cow;

use skillsyms_core::{Code, FieldError, Param, Problem};
use skillsyms_door::QUOTA_REACHED;

/// Not UTF-8.
pub static ENCODING: Code = Code::new(
    "import.encoding",
    422,
    "The file is not UTF-8 from this line on. Save it as \"CSV UTF-8\" and upload it again; rows that were kept are not doubled.",
);
/// No separator that is accepted.
pub static DELIMITER: Code = Code::new(
    "import.delimiter",
    422,
    "The columns are not separated by commas or semicolons. Save the file as CSV with commas and upload it again.",
);
/// Columns that must be there are not.
pub static MISSING_COLUMNS: Code = Code::new(
    "import.missing_columns",
    422,
    "The first line does not name all columns that are needed. Add the columns named here; the template has them all.",
);
/// Columns that nobody knows.
pub static UNKNOWN_COLUMNS: Code = Code::new(
    "import.unknown_columns",
    422,
    "Some columns are not known: their positions are named here. Remove them, or name them as in the template.",
);
/// One column twice.
pub static DUPLICATE_COLUMNS: Code = Code::new(
    "import.duplicate_columns",
    422,
    "Some columns are there twice. Keep one of each and upload the file again.",
);
/// More columns than any file of learners has.
pub static TOO_MANY_COLUMNS: Code = Code::new(
    "import.too_many_columns",
    422,
    "The file has more than 64 columns. Keep those of the template.",
);
/// A record that does not end.
pub static TOO_LONG: Code = Code::new(
    "import.line_too_long",
    422,
    "The row that begins near this line is longer than 64 KiB. Look for a missing quotation mark, and upload the file again.",
);
/// Larger than a file may be.
pub static TOO_LARGE: Code = Code::new(
    "import.file_too_large",
    413,
    "The file is larger than 256 MiB. Split it and upload the parts.",
);
/// More rows than a file may have.
pub static TOO_MANY_ROWS: Code = Code::new(
    "import.too_many_rows",
    413,
    "The file has more than 1,000,000 rows. Split it and upload the parts.",
);
/// Nothing in it.
pub static EMPTY: Code = Code::new(
    "import.empty",
    422,
    "The file is empty. The first line names the columns, as in the template.",
);
/// Somebody spoke of another number of columns than the file has.
pub static OTHER_COLUMNS: Code = Code::new(
    "import.other_columns",
    422,
    "The file has another number of columns. Say for each of them what it means, in their order.",
);
/// The file that waited is no longer there.
pub static GONE: Code = Code::new(
    "import.gone",
    410,
    "The file is no longer kept: it waits for a day. Send it again.",
);
/// The upload broke off.
pub static INTERRUPTED: Code = Code::new(
    "import.interrupted",
    400,
    "The upload broke off. Rows that were kept stay; upload the same file again to add the rest.",
);

/// What is wrong with a file as a whole.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileFault {
    /// Not UTF-8.
    #[error("not UTF-8 at line {line}")]
    Encoding {
        /// Where.
        line: u64,
    },
    /// Separated by something else.
    #[error("not separated by commas or semicolons")]
    Delimiter,
    /// Columns that must be there are not.
    #[error("columns are missing")]
    MissingColumns(Vec<&'static str>),
    /// Columns that nobody knows, by position from 1.
    #[error("columns are not known")]
    UnknownColumns(Vec<usize>),
    /// Columns that are there twice.
    #[error("columns are there twice")]
    DuplicateColumns(Vec<&'static str>),
    /// Another number of columns was spoken of.
    #[error("the file has {count} columns")]
    OtherColumns {
        /// How many the file has.
        count: usize,
    },
    /// Too many columns.
    #[error("too many columns")]
    TooManyColumns,
    /// A record that does not end.
    #[error("the record near line {line} is too long")]
    TooLong {
        /// Where.
        line: u64,
    },
    /// Too many bytes.
    #[error("the file is too large")]
    TooLarge,
    /// Too many rows.
    #[error("the file has too many rows")]
    TooManyRows,
    /// No header.
    #[error("the file is empty")]
    Empty,
    /// The bytes stopped coming.
    #[error("the upload broke off")]
    Interrupted,
    /// The provider has as many learners as it may.
    #[error("the quota of learners is reached")]
    Quota,
}

impl FileFault {
    /// The kind of problem.
    #[must_use]
    pub const fn code(&self) -> &'static Code {
        match self {
            Self::Encoding { .. } => &ENCODING,
            Self::Delimiter => &DELIMITER,
            Self::MissingColumns(_) => &MISSING_COLUMNS,
            Self::UnknownColumns(_) => &UNKNOWN_COLUMNS,
            Self::DuplicateColumns(_) => &DUPLICATE_COLUMNS,
            Self::OtherColumns { .. } => &OTHER_COLUMNS,
            Self::TooManyColumns => &TOO_MANY_COLUMNS,
            Self::TooLong { .. } => &TOO_LONG,
            Self::TooLarge => &TOO_LARGE,
            Self::TooManyRows => &TOO_MANY_ROWS,
            Self::Empty => &EMPTY,
            Self::Interrupted => &INTERRUPTED,
            Self::Quota => &QUOTA_REACHED,
        }
    }

    /// The line where it was found, if it has one.
    #[must_use]
    pub fn line(&self) -> Option<i64> {
        match self {
            Self::Encoding { line } | Self::TooLong { line } => Some(i64::try_from(*line).unwrap_or(i64::MAX)),
            Self::MissingColumns(_) | Self::UnknownColumns(_) | Self::DuplicateColumns(_) | Self::Delimiter => Some(1),
            _ => None,
        }
    }

    /// What the caller is told. Nothing of the file is in it but names of ours, lines and positions.
    #[must_use]
    pub fn problem(&self) -> Problem {
        let mut problem = Problem::new(self.code());
        if let Some(line) = self.line() {
            problem = problem.with("line", Param::Int(line));
        }
        if let Self::OtherColumns { count } = self {
            problem = problem.with("columns", Param::Int(i64::try_from(*count).unwrap_or(i64::MAX)));
        }
        problem.fields = match self {
            Self::MissingColumns(names) => names
                .iter()
                .map(|name| field(*name, "import.missing_column", MISSING))
                .collect(),
            Self::DuplicateColumns(names) => names
                .iter()
                .map(|name| field(*name, "import.duplicate_column", TWICE))
                .collect(),
            // The name itself is not repeated: in a file without a header it is somebody's data.
            Self::UnknownColumns(at) => at
                .iter()
                .map(|at| field(format!("column {at}"), "import.unknown_column", UNKNOWN))
                .collect(),
            _ => Vec::new(),
        };
        problem
    }
}

const MISSING: &str = "This column is needed.";
const TWICE: &str = "This column is there twice.";
const UNKNOWN: &str = "This column is not one of the template's.";

fn field(field: impl Into<Cow<'static, str>>, code: &'static str, message: &'static str) -> FieldError {
    FieldError {
        field: field.into(),
        code,
        message,
    }
}
