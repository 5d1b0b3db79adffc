//! Everything that reads bytes from outside, given whatever libFuzzer comes up with. `cargo xtask fuzz` builds and runs it.
//!
//! One program for all targets, so that it is linked once: `SKILLSYMS_FUZZ` says which one runs. A target returns if the
//! bytes were read or refused as they should be, and panics otherwise.
#![no_main]

mod bytes;
mod sealed;
mod text;

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;

/// One thing that reads bytes.
type Target = fn(&[u8]);

/// All of them, by the names of their folders in `corpus/`.
const TARGETS: [(&str, Target); 9] = [
    ("csv", bytes::csv),
    ("cursor", text::cursor),
    ("entry", bytes::entry),
    ("keyring", sealed::keyring),
    ("note", text::note),
    ("said", text::said),
    ("sealed_file", sealed::file),
    ("sealed_value", sealed::value),
    ("token", text::token),
];

static CHOSEN: OnceLock<Target> = OnceLock::new();

fn chosen() -> Target {
    let name = std::env::var("SKILLSYMS_FUZZ").unwrap_or_default();
    let found = TARGETS.into_iter().find(|(known, _)| *known == name);
    found.unwrap_or_else(|| panic!("SKILLSYMS_FUZZ={name} is none of the targets")).1
}

fuzz_target!(|data: &[u8]| {
    CHOSEN.get_or_init(chosen)(data);
});
