//! Learners: registering them, seeing them masked, finding them by number, and who looked.
//!
//! What holds here:
//! - the ID number, contact details and profile are sealed before a transaction opens, and bound to their row;
//! - a number is found through its blind index only, which is unique: that index is what refuses a duplicate;
//! - everything shown here is masked, but for [`RevealId`], which needs a fresh confirmation and a purpose;
//! - what is in a list is what the single read of it would show: both ask the same question of `enrolments`.
//!
//! Start with `sealing` for how a learner is kept and [`shown`] for what is seen of one.

pub mod accesses;
pub mod correct;
pub mod lookup;
pub mod profile;
pub mod read;
pub mod register;
pub mod reveal;
pub(crate) mod rows;
pub(crate) mod sealing;
pub mod shown;
pub mod update;

#[cfg(test)]
mod assigned_tests;
#[cfg(test)]
pub(crate) mod house;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_correct;
#[cfg(test)]
mod tests_list;
#[cfg(test)]
mod tests_reveal;

use skillsyms_core::Code;
use skillsyms_door::{ActInfo, Shape};

pub use accesses::{Access, AccessPage, ReadAccesses};
pub use correct::{CorrectId, IdCorrection};
pub use lookup::{LookupAnswer, LookupAsk, LookupLearner};
pub use profile::{FormerId, LearnerDetails, LearnerProfile, ReadProfile};
pub use read::{ListLearners, ReadLearner, Side, Sort};
pub use register::{RegisterLearner, Registered};
pub use reveal::{RevealId, RevealedId};
pub use shown::{Learner, Warning};
pub use update::{LearnerChange, UpdateLearner, Updated};

/// The acts of this slice.
pub const ACTS: &[ActInfo] = &[
    ActInfo::act::<RegisterLearner>(Shape::Tenant, "register a learner"),
    ActInfo::view::<ReadLearner>(Shape::One(ENTITY), "see a learner, ID number masked"),
    ActInfo::view::<ListLearners>(Shape::List(ENTITY), "see the list of learners, ID numbers masked"),
    ActInfo::view::<ReadProfile>(Shape::One(ENTITY), "see a learner's contact details and profile"),
    ActInfo::act::<UpdateLearner>(
        Shape::One(ENTITY),
        "change a learner's names, contact details or profile",
    ),
    ActInfo::act::<CorrectId>(Shape::One(ENTITY), "correct a learner's ID number"),
    ActInfo::view::<LookupLearner>(Shape::List(ENTITY), "find a learner by ID number"),
    ActInfo::view::<RevealId>(Shape::One(ENTITY), "see a learner's full ID number"),
    ActInfo::view::<ReadAccesses>(Shape::One(ENTITY), "see who looked at a learner's record"),
];

/// The entity type of the policies, and the kind in ledger entries.
pub(crate) const ENTITY: &str = "Learner";

/// Categories of data, in the words of `docs/data-inventory.toml`.
pub(crate) mod category {
    /// Names and ID numbers, masked or not as the act says.
    pub(crate) const IDENTITY: &str = "identity";
    /// Ways to reach somebody.
    pub(crate) const CONTACT: &str = "contact";
    /// Birth date, equity, disability and the other codes of the load files.
    pub(crate) const PROFILE: &str = "profile";
    /// Who looked at a record.
    pub(crate) const ACCESS: &str = "access";
}

/// The same ID number again.
pub static DUPLICATE: Code = Code::new(
    "learner.duplicate",
    409,
    "A learner with this ID number is registered already. Look the number up and use that record.",
);
