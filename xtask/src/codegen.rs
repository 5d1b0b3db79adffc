//! `cargo xtask codegen`: the files that are made from code, and the check that they are fresh.
//!
//! A generator is a command that prints one file. Writing puts the file where it belongs; checking
//! compares, and changes nothing.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, Result, bail};

/// A file that a command makes.
struct Generator {
    /// What a person calls it.
    name: &'static str,
    /// The command, run at the root. It prints the file. `skillsyms` stands for the binary of this tree.
    command: &'static [&'static str],
    /// The file, from the root.
    output: &'static str,
}

/// The word that stands for the binary of this tree.
const BINARY: &str = "skillsyms";

/// Every generated file. To add one: a command that prints it, and a row here.
const GENERATORS: &[Generator] = &[
    Generator {
        name: "roles and acts",
        command: &[BINARY, "codegen", "matrix"],
        output: "policies/matrix.txt",
    },
    Generator {
        name: "schema of the policies",
        command: &[BINARY, "codegen", "schema"],
        output: "policies/skillsyms.cedarschema",
    },
    Generator {
        name: "the API",
        command: &[BINARY, "codegen", "openapi"],
        output: "docs/openapi.json",
    },
];

/// Whether to write the files or only to compare them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Write what changed.
    Write,
    /// Say what is stale, and fail.
    Check,
}

/// Where the binary comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Binary {
    /// It was built just now.
    Built,
    /// It is built first, if a generator needs it.
    Build,
}

/// The binary of this tree, in the folder in which cargo builds.
pub fn binary(root: &Path) -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |folder| root.join(folder));
    target.join("debug").join(BINARY)
}

/// Runs every generator.
pub fn run(root: &Path, mode: Mode, from: Binary) -> Result<ExitCode> {
    let mut stale = 0;
    if from == Binary::Build
        && GENERATORS
            .iter()
            .any(|generator| generator.command.first() == Some(&BINARY))
    {
        build(root)?;
    }
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

fn build(root: &Path) -> Result<()> {
    let status = Command::new("cargo")
        .current_dir(root)
        .args(["build", "--quiet", "--package", "skillsyms"])
        .envs(crate::ci::machine::openssl_environment())
        .status()
        .context("cargo does not start")?;
    if !status.success() {
        bail!("the binary does not build");
    }
    Ok(())
}

fn make(root: &Path, generator: &Generator) -> Result<Vec<u8>> {
    let (program, arguments) = generator.command.split_first().context("a generator needs a command")?;
    let program = if *program == BINARY {
        binary(root)
    } else {
        PathBuf::from(program)
    };
    let output = Command::new(&program)
        .current_dir(root)
        .args(arguments)
        .envs(crate::ci::machine::openssl_environment())
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("{} does not start", program.display()))?;
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
