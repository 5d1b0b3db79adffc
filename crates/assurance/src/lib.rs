//! Assurance: what is promised, and whether it holds now; and the platform as its operators see it.

pub mod controls;
pub mod platform;
pub mod registry;
