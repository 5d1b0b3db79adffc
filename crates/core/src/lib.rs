//! The words of the domain, without I/O: ids, instants, problems, South African ID numbers, code lists.
//!
//! Nothing here opens a file, a socket or a database, reads a clock or draws a random number: those are
//! parameters ([`Clock`], [`Rng`]) that the layers above hand in.

pub mod alternate_id;
pub mod codes;
pub mod date;
pub mod id;
pub mod order;
pub mod outcome;
pub mod person;
pub mod problem;
pub mod programme;
pub mod roles;
pub mod sa_id;
pub mod time;
pub mod words;

pub use alternate_id::{AlternateId, AlternateIdError, AlternateIdKind};
pub use codes::CodeList;
pub use id::*;
pub use jiff::civil::Date;
pub use order::ByAge;
pub use outcome::{
    AssessmentKind, AttemptLimit, Decision, EnrolmentChange, EnrolmentStatus, Outcome, SamplingRule, SplitMix64,
    StateError, TaskKind,
};
pub use person::{CheckedLearner, Identity, NewAlternateId, NewLearner};
pub use problem::{Code, FieldError, Param, Problem};
pub use programme::{Credits, ModuleCode, ModuleKind, NqfLevel, ProgrammeError, ProgrammeKind, SaqaId};
pub use roles::Role;
pub use sa_id::{BirthDate, BirthDateError, SaId, SaIdError, SaIdWarning};
pub use time::{Clock, Instant, ManualClock, SystemClock};

/// A source of random bytes. The one in production is the operating system's, by way of the vault.
pub trait Rng: Send + Sync {
    /// Fills `out` with random bytes.
    fn fill(&self, out: &mut [u8]);
}
