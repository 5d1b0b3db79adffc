//! `cargo xtask tidy`: the rules of the house that the compiler does not know.
//!
//! A rule is a function from the [`House`] (the files as text) to its findings. It never touches the disk,
//! so its test shows on a small house of its own that it can fail.

mod acts;
mod controls;
mod edges;
mod engines;
mod house;
mod inventory;
mod lexer;
mod links;
mod manifest;
mod size;
mod words;

use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;

pub use house::{Finding, House};

/// A rule: its name and what it finds.
struct Rule {
    name: &'static str,
    check: fn(&House) -> Vec<Finding>,
}

const RULES: &[Rule] = &[
    Rule {
        name: "edges: crates depend downwards only",
        check: edges::check,
    },
    Rule {
        name: "manifests: every crate inherits the lints",
        check: manifest::lints_inherited,
    },
    Rule {
        name: "manifests: every dependency says what for",
        check: manifest::dependencies_explained,
    },
    Rule {
        name: "size: files",
        check: size::files,
    },
    Rule {
        name: "size: functions",
        check: size::functions,
    },
    Rule {
        name: "words: no lint is allowed away",
        check: words::no_allow,
    },
    Rule {
        name: "words: no paths of a machine",
        check: words::no_machine_paths,
    },
    Rule {
        name: "words: nothing is left to do",
        check: words::nothing_left_to_do,
    },
    Rule {
        name: "engines: named in cells only",
        check: engines::named_in_cells_only,
    },
    Rule {
        name: "engines: raw SQL in cells only",
        check: engines::raw_sql_in_cells_only,
    },
    Rule {
        name: "engines: inserts say that None is NULL",
        check: engines::none_is_null,
    },
    Rule {
        name: "routes: mounted by the registry only",
        check: engines::routes_in_registry_only,
    },
    Rule {
        name: "acts: every act and view is registered",
        check: acts::check,
    },
    Rule {
        name: "inventory: every column has its row",
        check: inventory::check,
    },
    Rule {
        name: "controls: all 207 promises, once each",
        check: controls::check,
    },
    Rule {
        name: "links: what documents point at is there",
        check: links::check,
    },
];

/// Runs every rule and prints what it finds.
pub fn run(root: &Path) -> Result<ExitCode> {
    let house = House::read(root)?;
    let mut found = 0;
    for rule in RULES {
        let findings = (rule.check)(&house);
        let state = if findings.is_empty() { "ok" } else { "FAILED" };
        println!("{state:6}  {}", rule.name);
        for finding in &findings {
            println!("        {finding}");
        }
        found += findings.len();
    }
    println!("tidy: {} rules, {} files, {found} findings", RULES.len(), house.len());
    Ok(if found == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
