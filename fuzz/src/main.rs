//! Everything that reads bytes from outside, given whatever libFuzzer comes up with. `cargo xtask fuzz` builds and runs it.
//!
//! One program for all targets, so that it is linked once: `SKILLSYMS_FUZZ` says which one runs.
#![no_main]

mod targets;

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use targets::{TARGETS, Target};

static CHOSEN: OnceLock<Target> = OnceLock::new();

fn chosen() -> Target {
    let name = std::env::var("SKILLSYMS_FUZZ").unwrap_or_default();
    let found = TARGETS.into_iter().find(|(known, _)| *known == name);
    found
        .unwrap_or_else(|| panic!("SKILLSYMS_FUZZ={name} is none of the targets"))
        .1
}

fuzz_target!(|data: &[u8]| {
    CHOSEN.get_or_init(chosen)(data);
});
