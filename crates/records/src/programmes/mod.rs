//! Programmes: what the provider teaches, module by module.
//!
//! What holds here:
//! - a SAQA id is registered once in a cell;
//! - a programme has at least one module, module codes are unique in it, and the modules' credits reach the programme's;
//! - sampling rule and attempts limit are data of the programme: no source gives one number for all of them.
//!
//! Read on in `create.rs`; `sample.rs` holds a registered qualification for demonstrations and tests.

mod create;
pub(crate) mod plain;
mod read;
pub mod rows;
pub mod sample;

pub use create::{CreateProgramme, NewModule, NewProgramme};
pub use read::{ListProgrammes, Module, Programme, ProgrammeLine, ReadProgramme};

use skillsyms_core::Code;
use skillsyms_door::{ActInfo, Shape};

/// The SAQA id is registered already.
pub static DUPLICATE: Code = Code::new(
    "programme.duplicate",
    409,
    "A programme with this SAQA id is registered already. Use that one, or check the id.",
);

/// The acts of this slice.
pub const ACTS: &[ActInfo] = &[
    ActInfo::act::<CreateProgramme>(Shape::Tenant, "register a programme with its modules"),
    ActInfo::view::<ListProgrammes>(Shape::List("Programme"), "list programmes"),
    ActInfo::view::<ReadProgramme>(Shape::One("Programme"), "read a programme with its modules"),
];
