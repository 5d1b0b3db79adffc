//! What can go wrong below the door. None of it reaches a caller as text.

use diesel::result::{DatabaseErrorKind, Error as DieselError};

/// A failure of a cell or of its engine.
#[derive(Debug, thiserror::Error)]
pub enum CellError {
    /// A unique index refused a row. `on` is `table_firstcolumn`, which is how the indexes are named.
    #[error("unique index {on} refused a row")]
    Unique {
        /// Name of the index, `table_firstcolumn`.
        on: String,
    },
    /// The writer's queue is full, or no connection came free in time.
    #[error("the cell is busy")]
    Busy,
    /// The transaction was lost through no fault of the job; it may be run again.
    #[error("the transaction was lost: {0}")]
    Lost(String),
    /// The disk is full.
    #[error("the disk is full")]
    Full,
    /// The file or schema was made by a newer version of this program.
    #[error("the cell has format {found}, this program knows {known}: use the newer program")]
    Newer {
        /// Format found in the cell.
        found: i64,
        /// Newest format that this program knows.
        known: i64,
    },
    /// The key does not open the file, or the file is not a database.
    #[error("the cell does not open: wrong key or damaged file")]
    WrongKey,
    /// The engine was built without encryption.
    #[error("this build has no SQLCipher: it must not touch data")]
    NotEncrypted,
    /// A job panicked. Its writes were rolled back.
    #[error("a job panicked")]
    Panicked,
    /// The cell is closing.
    #[error("the cell is closed")]
    Closed,
    /// The tables are not as they should be: a row that must be there is missing, or does not parse.
    #[error("damaged: {0}")]
    Damaged(&'static str),
    /// A file operation failed.
    #[error("file: {0}")]
    File(#[from] std::io::Error),
    /// Anything else that the engine says.
    #[error("engine: {0}")]
    Engine(DieselError),
}

impl CellError {
    /// True if the same job may succeed when it is run again by itself.
    #[must_use]
    pub const fn may_rerun(&self) -> bool {
        matches!(self, Self::Lost(_) | Self::Panicked)
    }
}

impl From<DieselError> for CellError {
    fn from(error: DieselError) -> Self {
        let DieselError::DatabaseError(kind, info) = &error else {
            return Self::Engine(error);
        };
        match kind {
            DatabaseErrorKind::UniqueViolation => Self::Unique {
                on: unique_index(info.as_ref()),
            },
            DatabaseErrorKind::SerializationFailure | DatabaseErrorKind::ClosedConnection => {
                Self::Lost(info.message().to_owned())
            }
            _ => by_message(info.message()).unwrap_or(Self::Engine(error)),
        }
    }
}

/// SQLite tells full disks and lost locks by message only.
fn by_message(message: &str) -> Option<CellError> {
    match message {
        "database or disk is full" => Some(CellError::Full),
        "database is locked" => Some(CellError::Lost(message.to_owned())),
        "file is not a database" => Some(CellError::WrongKey),
        other if other.contains("deadlock detected") => Some(CellError::Lost(other.to_owned())),
        other if other.contains("No space left on device") => Some(CellError::Full),
        _ => None,
    }
}

/// PostgreSQL names the index; SQLite names the columns, `table.a, table.b`.
fn unique_index(info: &dyn diesel::result::DatabaseErrorInformation) -> String {
    if let Some(name) = info.constraint_name() {
        return name.to_owned();
    }
    let columns = info.message().rsplit("failed: ").next().unwrap_or_default();
    columns.split(',').next().unwrap_or_default().trim().replace('.', "_")
}

impl From<diesel::ConnectionError> for CellError {
    fn from(error: diesel::ConnectionError) -> Self {
        Self::Engine(DieselError::QueryBuilderError(Box::new(error)))
    }
}
