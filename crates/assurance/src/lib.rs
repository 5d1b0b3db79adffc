//! Assurance: what is promised, and whether it holds now.

pub mod controls;
pub mod registry;
