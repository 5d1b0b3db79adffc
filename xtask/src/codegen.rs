//! `cargo xtask codegen`: the files that are made from code, and the check that they are fresh.
//!
//! A generator is a command that prints one file. Writing puts the file where it belongs; checking
//! compares, and changes nothing.

use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, Result, bail};

/// A file that a command makes.
struct Generator {
    /// What a person calls it.
    name: &'static str,
    /// The command, run at the root. It prints the file.
    command: &'static [&'static str],
    /// The file, from the root.
    output: &'static str,
}

/// Every generated file. To add one: a command that prints it, and a row here.
const GENERATORS: &[Generator] = &[];

/// Whether to write the files or only to compare them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Write what changed.
    Write,
    /// Say what is stale, and fail.
    Check,
}

/// Runs every generator.
pub fn run(root: &Path, mode: Mode) -> Result<ExitCode> {
    let mut stale = 0;
    for generator in GENERATORS {
        let made = make(root, generator)?;
        let file = root.join(generator.output);
        let there = std::fs::read(&file).unwrap_or_default();
        match verdict(&there, &made, mode) {
            Verdict::Fresh => println!("fresh    {} ({})", generator.output, generator.name),
            Verdict::Write => {
                std::fs::write(&file, &made).with_context(|| format!("{} cannot be written", generator.output))?;
                println!("written  {} ({})", generator.output, generator.name);
            }
            Verdict::Stale => {
                stale += 1;
                println!(
                    "STALE    {} ({}): run `cargo xtask codegen`",
                    generator.output, generator.name
                );
            }
        }
    }
    println!("{} generated files, {stale} stale", GENERATORS.len());
    Ok(if stale == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Fresh,
    Write,
    Stale,
}

fn verdict(there: &[u8], made: &[u8], mode: Mode) -> Verdict {
    match (there == made, mode) {
        (true, _) => Verdict::Fresh,
        (false, Mode::Write) => Verdict::Write,
        (false, Mode::Check) => Verdict::Stale,
    }
}

fn make(root: &Path, generator: &Generator) -> Result<Vec<u8>> {
    let (program, arguments) = generator.command.split_first().context("a generator needs a command")?;
    let output = Command::new(program)
        .current_dir(root)
        .args(arguments)
        .envs(crate::ci::machine::openssl_environment())
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("{program} does not start"))?;
    if !output.status.success() {
        bail!("the generator of {} failed", generator.output);
    }
    Ok(output.stdout)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checking_says_stale_and_writes_nothing() {
        assert_eq!(verdict(b"old", b"new", Mode::Check), Verdict::Stale);
        assert_eq!(verdict(b"old", b"new", Mode::Write), Verdict::Write);
        assert_eq!(verdict(b"new", b"new", Mode::Check), Verdict::Fresh);
    }

    #[test]
    fn a_generator_prints_its_file() {
        let echo = Generator {
            name: "test",
            command: &["printf", "made"],
            output: "none",
        };
        assert_eq!(make(Path::new("."), &echo).unwrap(), b"made");
    }
}
