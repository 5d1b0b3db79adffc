//! The fuzz targets, with what proptest draws: bytes as they come, and the committed inputs with pieces changed. Fewer and
//! blinder than what `cargo xtask fuzz` tries, but in every run.

#[path = "../../../../fuzz/src/targets/mod.rs"]
mod targets;

use std::path::Path;

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, TestRunner};
use targets::TARGETS;

/// Most bytes that are drawn or put in.
const DRAWN_MAX: usize = 300;
/// Most changes to one input.
const CHANGES_MAX: usize = 4;
/// Cases for each target: some seconds for all of them in a debug build.
const CASES: u32 = 400;

fn inputs(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz/corpus")
        .join(target);
    let files = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{target} has no inputs: {error}"));
    let mut paths: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| std::fs::read(path).unwrap()).collect()
}

/// From where to where, and what comes there instead.
type Change = (Index, usize, Vec<u8>);

fn changed(input: &[u8], changes: &[Change]) -> Vec<u8> {
    let mut bytes = input.to_vec();
    for (at, gone, new) in changes {
        let from = at.index(bytes.len() + 1);
        let until = (from + gone).min(bytes.len());
        bytes.splice(from..until, new.iter().copied());
    }
    bytes
}

#[test]
fn what_reads_bytes_from_outside_reads_or_refuses_them() {
    for (name, target) in TARGETS {
        let inputs = inputs(name);
        inputs.iter().for_each(|input| target(input));
        let drawn = prop::collection::vec(any::<u8>(), 0..DRAWN_MAX);
        let change = (any::<Index>(), 0..8_usize, prop::collection::vec(any::<u8>(), 0..8));
        let damaged = (
            prop::sample::select(inputs),
            prop::collection::vec(change, 1..=CHANGES_MAX),
        )
            .prop_map(|(input, changes)| changed(&input, &changes));
        let config = Config {
            cases: CASES,
            failure_persistence: None,
            ..Config::default()
        };
        let ran = TestRunner::new(config).run(&prop_oneof![drawn, damaged], |bytes| {
            target(&bytes);
            Ok(())
        });
        ran.unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}
