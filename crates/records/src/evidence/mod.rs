//! Evidence: the files of a learner's portfolio.
//!
//! The way of a file: `evidence.begin` asks the policy before the first byte and answers an [`Upload`]; the [`FileStore`]
//! takes the bytes, tells the type by the first of them, hashes and seals them chunk by chunk and makes the file durable;
//! `evidence.attach` names it in a row. On the way back `evidence.read` leaves its entry before the first byte.
//!
//! A file may also come in parts, over a line that breaks: `evidence.announce` says how long it will be, `evidence.resume`
//! where to go on, `evidence.discard` gives it up, and at the end it is attached as every other one.
//!
//! What holds here:
//! - a file is a PDF, a Word document, a JPEG, a PNG or an MP4, by its bytes, of at most 25 MB;
//! - whoever began an upload ends it, within an hour, or within a day if it comes in parts;
//! - evidence comes while the learner is learning, and until the module has a locked result;
//! - a name names nothing in storage; it is sealed, and free of characters that hide or steer.

mod content;
mod media;
mod name;
mod part;
mod partial;
mod read;
pub(crate) mod receive;
mod resume;
pub(crate) mod rows;
pub(crate) mod store;
mod sweep;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_resume;
#[cfg(test)]
mod tests_sweep;
mod turn;
mod upload;

pub use content::Content;
pub use media::MediaType;
pub use name::NAME_CHARS_MAX;
pub use part::{Part, Span, Wanted};
pub use partial::{Partial, Whole, Writing};
pub use read::{DescribeEvidence, Download, Evidence, ListEvidence, ReadEvidence};
pub use receive::{FILE_BYTES_MAX, Receiving, Stored, Upload};
pub(crate) use resume::unfinished;
pub use resume::{
    ANNOUNCED_BYTES_MAX, AnnounceUpload, Announced, DiscardUpload, Discarded, RESUMABLE_SECONDS, ResumeUpload, Resumed,
    Resuming, Unfinished,
};
pub use store::{BROKEN, EMPTY, FileError, FileStore, LENGTH, OFFSET, TOO_LARGE, TYPE};
pub use sweep::{FindLeftOver, LEFT_OVER_SECONDS, Sweeper, Swept};
pub use turn::Called;
pub use upload::{AttachEvidence, Attached, BeginUpload};

use skillsyms_core::Code;
use skillsyms_door::{ActInfo, Shape};

/// Seconds from the beginning of an upload to its end: 25 MB over a line of 60 kbit/s.
pub const UPLOAD_SECONDS: i64 = 3_600;
/// Uploads that one person or key may have open, announced ones too. More is a fault or an attack on the disk.
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
    ActInfo::act::<AnnounceUpload>(Shape::One("Enrolment"), "announce a file that comes in parts"),
    ActInfo::view::<ResumeUpload>(Shape::One("Evidence"), "go on with an upload that stopped"),
    ActInfo::act::<DiscardUpload>(Shape::One("Evidence"), "give up an upload that is not complete"),
    ActInfo::view::<ListEvidence>(Shape::List("Evidence"), "list evidence"),
    ActInfo::view::<DescribeEvidence>(
        Shape::One("Evidence"),
        "see what a file of evidence is, without its content",
    ),
    ActInfo::view::<ReadEvidence>(Shape::One("Evidence"), "read a file of evidence"),
    ActInfo::act::<FindLeftOver>(Shape::Tenant, "find files of evidence that no row names"),
];
