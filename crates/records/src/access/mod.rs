//! Questions about accesses: a learner who does not recognise an entry on their record says so, and is answered.
//!
//! What holds here:
//! - a question is about one entry that names the learner, and there is one for each entry;
//! - question and answer are sealed and append-only: nobody takes one back, and nothing is answered twice;
//! - nobody answers their own question.

mod answer;
mod ask;
mod list;
mod rows;
#[cfg(test)]
mod tests;

pub use answer::{AnswerQuery, Answered};
pub use ask::{Asked, QueryAccess};
pub use list::{AccessQuery, ListQueries, QueryState};

use skillsyms_core::Code;
use skillsyms_door::{ActInfo, Shape};

/// Longest question or answer in characters: a page of text.
pub const TEXT_CHARS_MAX: usize = 2_000;

/// The entry was asked about before.
pub static ASKED: Code = Code::new(
    "access.asked",
    409,
    "You asked about this entry before. The answer is shown with your questions.",
);
/// The question was answered before.
pub static ANSWERED: Code = Code::new(
    "access.answered",
    409,
    "Somebody answered this question already. Load the page again to see the answer.",
);

/// The acts of this slice.
pub const ACTS: &[ActInfo] = &[
    ActInfo::act::<QueryAccess>(Shape::One("Learner"), "ask about an entry on one's own record"),
    ActInfo::view::<ListQueries>(Shape::List("Query"), "list questions about entries on records"),
    ActInfo::act::<AnswerQuery>(Shape::One("Query"), "answer a question about an entry on a record"),
];
