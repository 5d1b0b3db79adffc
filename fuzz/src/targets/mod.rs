//! The targets. A target returns if the bytes were read or refused as they should be, and panics otherwise.
//! `crates/testkit/tests/house/bytes.rs` gives them what it draws in every run of the tests, without libFuzzer.

mod bytes;
mod sealed;
mod text;

/// One thing that reads bytes.
pub type Target = fn(&[u8]);

/// All of them, by the names of their folders in `corpus/`.
pub const TARGETS: [(&str, Target); 9] = [
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
