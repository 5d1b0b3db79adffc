//! The house's own tools: `cargo xtask tidy | ci | postgres | codegen | bench | fuzz`.

mod bench;
mod ci;
mod codegen;
mod fuzz;
mod postgres;
mod tidy;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};

const HELP: &str = "\
cargo xtask tidy                 holds the rules of the house
cargo xtask ci                   every check and every test, on SQLite and on PostgreSQL
cargo xtask postgres             a PostgreSQL for daily work, until Ctrl-C; prints what to export
cargo xtask postgres --for CMD   runs CMD with such a PostgreSQL in its environment
cargo xtask codegen [--check]    makes the generated files anew, or says which are stale
cargo xtask bench [NAME]         the measurements, in release mode
cargo xtask fuzz [NAME] [--seconds N]   what reads bytes from outside, 10 seconds for each target
";

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<ExitCode> {
    let root = root()?;
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["tidy"] => tidy::run(&root),
        ["ci"] => ci::run(&root),
        ["postgres"] => postgres::stay(),
        ["postgres", "--for", command @ ..] if !command.is_empty() => postgres::run_for(&root, command),
        ["codegen"] => codegen::run(&root, codegen::Mode::Write, codegen::Binary::Build),
        ["codegen", "--check"] => codegen::run(&root, codegen::Mode::Check, codegen::Binary::Build),
        ["bench", names @ ..] => bench::run(&root, names),
        ["fuzz", words @ ..] => fuzz::run(&root, words),
        [] | ["help" | "--help" | "-h"] => {
            print!("{HELP}");
            Ok(ExitCode::SUCCESS)
        }
        _ => bail!("no such command: {}\n\n{HELP}", words.join(" ")),
    }
}

/// The root of the repository: the parent of this package's folder.
fn root() -> Result<PathBuf> {
    let here =
        std::env::var_os("CARGO_MANIFEST_DIR").context("run this as `cargo xtask`, so that cargo says where it is")?;
    let here = PathBuf::from(here);
    here.parent()
        .map(Path::to_path_buf)
        .context("xtask has no parent folder")
}
