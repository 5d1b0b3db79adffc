//! `cargo xtask fuzz`: builds the targets in `fuzz/` for libFuzzer, on the stable toolchain, and runs each for a while.
//!
//! The coverage that libFuzzer goes by comes from a pass of LLVM that stable rustc can be asked for; only the address
//! sanitizer would need a nightly one, and no crate of ours has unsafe code for it to watch.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::ci::machine;

/// Flags of the pass: a counter on every edge, and the operands of comparisons. Given with `--target`, they stay off build
/// scripts and macros.
const FLAGS: &str = "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1";
/// The platform that builds it: the flags are of its linker.
const PLATFORM: &str = "x86_64-unknown-linux-gnu";
/// Seconds for each target if nothing is said.
const SECONDS: u64 = 10;
/// Seconds for one input, after which it counts as a hang. Most take microseconds.
const HANG_SECONDS: u64 = 10;
/// Memory in MiB over which a target counts as greedy.
const MEMORY_MIB: u64 = 1_024;
/// Longest input in bytes: past a block of the CSV reader, and enough for everything else.
const INPUT_BYTES_MAX: u64 = 16 * 1024;

/// Runs the targets named, or all. Fails if one crashes, hangs or takes too much memory.
pub fn run(root: &Path, words: &[&str]) -> Result<ExitCode> {
    let (names, seconds) = asked(words)?;
    let all = targets(root)?;
    if let Some(unknown) = names.iter().find(|name| !all.iter().any(|known| known == *name)) {
        bail!("no such target: {unknown}; there are {}", all.join(", "));
    }
    let chosen: Vec<&String> = all
        .iter()
        .filter(|name| names.is_empty() || names.contains(&name.as_str()))
        .collect();
    let started = Instant::now();
    let program = build(root)?;
    println!("built in {} s", started.elapsed().as_secs());
    let mut crashed = Vec::new();
    for name in chosen {
        let ran = fuzz(root, &program, name, seconds)?;
        println!(
            "{name:<14} {:>12} executions  {}",
            ran.executions,
            if ran.good { "ok" } else { "CRASHED" }
        );
        if !ran.good {
            println!("{}", ran.told);
            crashed.push(name.as_str());
        }
    }
    if crashed.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    println!("crashed: {}. The inputs lie in fuzz/artifacts", crashed.join(", "));
    Ok(ExitCode::FAILURE)
}

/// Names of targets, and seconds.
fn asked<'w>(words: &[&'w str]) -> Result<(Vec<&'w str>, u64)> {
    let (mut names, mut seconds) = (Vec::new(), SECONDS);
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if *word == "--seconds" {
            let number = words.next().context("--seconds needs a number")?;
            seconds = number
                .parse()
                .with_context(|| format!("{number} is no number of seconds"))?;
        } else {
            names.push(*word);
        }
    }
    Ok((names, seconds))
}

/// Every target has a folder of inputs to begin with.
fn targets(root: &Path) -> Result<Vec<String>> {
    let folder = root.join("fuzz/corpus");
    let entries = std::fs::read_dir(&folder).with_context(|| folder.display().to_string())?;
    let mut names = Vec::new();
    for entry in entries {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

fn target_folder(root: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| root.join("target"), |folder| root.join(folder))
        .join("fuzz")
}

fn build(root: &Path) -> Result<PathBuf> {
    let folder = target_folder(root);
    let status = Command::new("cargo")
        .current_dir(root.join("fuzz"))
        .args(["build", "--release", "--locked", "--quiet", "--target", PLATFORM])
        .env("RUSTFLAGS", FLAGS)
        .env("CARGO_TARGET_DIR", &folder)
        .envs(machine::openssl_environment())
        .status()
        .context("cargo does not start")?;
    if !status.success() {
        bail!("the fuzz targets do not build");
    }
    Ok(folder.join(PLATFORM).join("release/skillsyms-fuzz"))
}

struct Ran {
    good: bool,
    executions: String,
    told: String,
}

fn fuzz(root: &Path, program: &Path, name: &str, seconds: u64) -> Result<Ran> {
    // What it learns stays with what is built; the inputs that are committed are only read.
    let learned = target_folder(root).join("corpus").join(name);
    let artifacts = root.join("fuzz/artifacts");
    for folder in [&learned, &artifacts] {
        std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    }
    let output = Command::new(program)
        .env("SKILLSYMS_FUZZ", name)
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-timeout={HANG_SECONDS}"))
        .arg(format!("-rss_limit_mb={MEMORY_MIB}"))
        .arg(format!("-max_len={INPUT_BYTES_MAX}"))
        .arg(format!("-artifact_prefix={}/{name}-", artifacts.display()))
        .arg("-print_final_stats=1")
        .arg(&learned)
        .arg(root.join("fuzz/corpus").join(name))
        .output()
        .with_context(|| program.display().to_string())?;
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    let executions = told
        .lines()
        .find_map(|line| line.strip_prefix("stat::number_of_executed_units:"))
        .map_or_else(|| "?".to_owned(), |number| number.trim().to_owned());
    // A target that ran nothing proves nothing.
    let good = output.status.success() && executions.parse::<u64>().is_ok_and(|count| count > 0);
    Ok(Ran {
        good,
        executions,
        told: last_lines(&told),
    })
}

fn last_lines(text: &str) -> String {
    const SHOWN: usize = 40;
    let lines: Vec<&str> = text.lines().collect();
    let from = lines.len().saturating_sub(SHOWN);
    lines.get(from..).unwrap_or_default().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_seconds_are_told_apart() {
        assert_eq!(asked(&[]).unwrap(), (vec![], SECONDS));
        assert_eq!(
            asked(&["csv", "--seconds", "60", "said"]).unwrap(),
            (vec!["csv", "said"], 60)
        );
        assert!(asked(&["--seconds"]).is_err());
        assert!(asked(&["--seconds", "soon"]).is_err());
    }

    /// A folder of inputs without a target would run nothing, and a target without one would never run.
    #[test]
    fn every_target_has_its_inputs() {
        let root = crate::root().unwrap();
        let source = std::fs::read_to_string(root.join("fuzz/src/targets/mod.rs")).unwrap();
        let listed = |name: &String| source.contains(&format!("(\"{name}\", "));
        let folders = targets(&root).unwrap();
        assert!(folders.iter().all(listed), "{folders:?}");
        assert_eq!(source.matches("    (\"").count(), folders.len());
    }
}
