//! Evidence: the files of a learner's portfolio.
//!
//! The way of a file: `evidence.begin` asks the policy before the first byte and answers an [`Upload`]; the [`FileStore`]
//! takes the bytes, tells the type by the first of them, hashes and seals them chunk by chunk and makes the file durable;
//! `evidence.attach` names it in a row. On the way back `evidence.read` leaves its entry before the first byte.
//!
//! What holds here:
//! - a file is a PDF, a Word document, a JPEG, a PNG or an MP4, by its bytes, of at most 25 MB;
//! - whoever began an upload ends it, within an hour;
//! - evidence comes while the learner is learning, and until the module has a locked result;
//! - a name names nothing in storage; it is sealed, and free of characters that hide or steer.

mod content;
mod media;
mod name;
mod read;
mod receive;
pub(crate) mod rows;
mod store;
mod sweep;
#[cfg(test)]
mod tests;
mod upload;

pub use content::Content;
pub use media::MediaType;
pub use name::NAME_CHARS_MAX;
pub use read::{DescribeEvidence, Download, Evidence, ListEvidence, ReadEvidence};
pub use receive::{FILE_BYTES_MAX, Receiving, Stored, Upload};
pub use store::{EMPTY, FileError, FileStore, TOO_LARGE, TYPE};
pub use sweep::{FindLeftOver, LEFT_OVER_SECONDS, Sweeper, Swept};
pub use upload::{AttachEvidence, Attached, BeginUpload};

use skillsyms_core::Code;
use skillsyms_door::{ActInfo, Shape};

/// Seconds from the beginning of an upload to its end: 25 MB over a line of 60 kbit/s.
pub const UPLOAD_SECONDS: i64 = 3_600;
/// Uploads that one person or key may have open. More is a fault or an attack on the disk.
const UPLOADS_MAX: i64 = 20;
/// Files of one module in one enrolment. Portfolios have tens.
const FILES_MAX: i64 = 200;

/// The module has a locked result.
pub static CLOSED: Code = Code::new(
    "evidence.closed",
    409,
    "This module has a locked result, so no more evidence is taken. An administrator can reverse the result.",
);
/// The upload took too long.
pub static LATE: Code = Code::new(
    "evidence.late",
    409,
    "This upload was begun too long ago. Begin it again.",
);
/// Too many files.
pub static MANY: Code = Code::new(
    "evidence.many",
    409,
    "There are too many files or open uploads here. Finish the uploads, or join several files into one.",
);

/// The acts of this slice.
pub const ACTS: &[ActInfo] = &[
    ActInfo::act::<BeginUpload>(Shape::One("Enrolment"), "begin to upload evidence"),
    ActInfo::act::<AttachEvidence>(Shape::One("Evidence"), "attach an uploaded file to a module"),
    ActInfo::view::<ListEvidence>(Shape::List("Evidence"), "list evidence"),
    ActInfo::view::<DescribeEvidence>(
        Shape::One("Evidence"),
        "see what a file of evidence is, without its content",
    ),
    ActInfo::view::<ReadEvidence>(Shape::One("Evidence"), "read a file of evidence"),
    ActInfo::act::<FindLeftOver>(Shape::Tenant, "find files of evidence that no row names"),
];
