//! Imports of learners' files: a CSV streams in, fifty rows an act; good rows are kept, bad ones are named and sealed.
//!
//! What holds here:
//! - memory is a block, a record and a few chunks, whatever is sent ([`source`], [`parse`]);
//! - a row is kept whole or refused whole; a file that goes wrong on the way keeps what came before;
//! - a crash leaves the import `running` with what was kept, and uploading the file again is safe: a number that is
//!   there already is refused by its blind index, within the file too;
//! - a file may wait, sealed, until whoever sent it said what its columns mean ([`held`], [`preview`], [`waiting`]);
//! - a refused row's content is sealed; the ledger, the log and the errors name line, column and reason, never a value.
//!
//! [`service::Importer`] drives the acts; the command line and the API both use it.

pub mod begin;
pub mod chunk;
pub mod failures;
pub mod fault;
pub mod finish;
pub mod header;
pub mod held;
pub mod parse;
pub mod preview;
pub mod read;
pub(crate) mod rows;
pub mod service;
pub mod source;
mod spelling;
pub mod waiting;

#[cfg(test)]
pub(crate) mod tests;
#[cfg(test)]
mod tests_waiting;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skillsyms_cells::Read;
use skillsyms_core::{Code, ImportId, PersonId, Problem};
use skillsyms_door::{ActInfo, Cx, Fault, Shape, Target};

pub use begin::{BeginImport, ImportBegun};
pub use chunk::{ChunkDone, ImportChunk, RowError};
pub use failures::{FailedCell, FailedRow, ReadFailures};
pub use fault::FileFault;
pub use finish::{FinishImport, ImportEnd};
pub use header::Columns;
pub use held::{HELD_MAX, HELD_SECONDS, Held};
pub use preview::{Preview, PreviewColumn, PreviewProblem, PreviewReason};
pub use read::{ImportSummary, ListImports, ReadImport};
pub use service::{FileKey, Importer, Pipe, PipeReader, Progress, Started};
pub use waiting::{GiveUpImport, HoldImport, PreviewImport, ReceiveImport, StartImport, Waiting};

/// The acts of this slice.
pub const ACTS: &[ActInfo] = &[
    ActInfo::act::<BeginImport>(Shape::Tenant, "begin to import a file of learners"),
    ActInfo::act::<ImportChunk>(Shape::One(ENTITY), "import some rows of a file"),
    ActInfo::act::<FinishImport>(Shape::One(ENTITY), "finish an import"),
    ActInfo::view::<ReadImport>(Shape::One(ENTITY), "see how an import went"),
    ActInfo::view::<ListImports>(Shape::List(ENTITY), "see the list of imports"),
    ActInfo::view::<ReadFailures>(Shape::One(ENTITY), "see the refused rows of an import"),
    ActInfo::view::<ReceiveImport>(Shape::Tenant, "send a file of learners that waits to be looked at"),
    ActInfo::act::<HoldImport>(Shape::Tenant, "keep a file of learners until it is looked at"),
    ActInfo::view::<PreviewImport>(Shape::One(ENTITY), "look into a file of learners before it is imported"),
    ActInfo::act::<StartImport>(Shape::One(ENTITY), "import a file that waited"),
    ActInfo::act::<GiveUpImport>(Shape::One(ENTITY), "give up a file that waits"),
];

/// The entity type of the policies, and the kind in ledger entries.
pub(crate) const ENTITY: &str = "Import";

/// The import is over.
pub static NOT_RUNNING: Code = Code::new(
    "import.not_running",
    409,
    "This import is over. Begin a new one; rows that were kept are not doubled.",
);
/// The file does not wait any more.
pub static NOT_WAITING: Code = Code::new(
    "import.not_waiting",
    409,
    "This file does not wait any more: it was imported or given up. Look at the import to see what came of it.",
);
/// Too many files wait.
pub static TOO_MANY: Code = Code::new(
    "import.too_many",
    409,
    "Ten files wait already. Import one of them or give it up, and send this one again.",
);
/// More rows at once than one act takes.
pub static CHUNK_TOO_LARGE: Code = Code::new("import.chunk_too_large", 413, "Send at most 50 rows at once.");

/// How an import stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ImportState {
    /// The file waits, for a day, until somebody says what its columns mean.
    Waiting,
    /// The file was given up before a row was read.
    GivenUp,
    /// Rows come in, or the server stopped in the middle: upload the file again to add the rest.
    Running,
    /// The whole file was read.
    Finished,
    /// The file went wrong on the way; what came before was kept.
    Stopped,
}

impl ImportState {
    /// All of them, in the order in which an import goes through them.
    pub const ALL: [Self; 5] = [
        Self::Waiting,
        Self::Running,
        Self::Finished,
        Self::Stopped,
        Self::GivenUp,
    ];

    /// The word that is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::GivenUp => "given_up",
            Self::Running => "running",
            Self::Finished => "finished",
            Self::Stopped => "stopped",
        }
    }

    /// Reads the stored word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// One import as a target: whoever began it.
pub(crate) fn target(read: &mut Read<'_>, id: ImportId) -> Result<Target, Fault> {
    let row = rows::by_id(read, id)?.ok_or_else(Problem::not_found)?;
    let target = Target::of(ENTITY, id.uuid());
    Ok(match row.created_by {
        Some(person) => target.of_person(person),
        None => target,
    })
}

/// The import, if it still runs and this actor began it: a person, a key, or the console.
pub(crate) fn running(cx: &Cx, read: &mut Read<'_>, id: ImportId) -> Result<rows::Row, Fault> {
    let row = rows::by_id(read, id)?.ok_or_else(Problem::not_found)?;
    if row.created_by.map(PersonId::uuid) != cx.actor().id() {
        return Err(Problem::not_found().into());
    }
    if row.state != ImportState::Running.as_str() {
        return Err(Problem::new(&NOT_RUNNING).into());
    }
    Ok(row)
}
