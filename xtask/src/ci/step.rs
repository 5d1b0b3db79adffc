//! One step of the run: its command, its outcome, its time, and the table at the end.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// How a step ended.
#[derive(Debug)]
pub enum Outcome {
    /// Everything in it held.
    Passed,
    /// Something in it did not hold.
    Failed(String),
    /// It could not run, and that is a failure where nothing may be left out.
    NotRun(String),
    /// It could not run because its data cannot be here. It is named, and fails nothing.
    NotRunHere(String),
}

/// Tests counted in a step's output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// Tests that held.
    pub passed: u64,
    /// Tests that did not.
    pub failed: u64,
}

/// A step that has ended.
pub struct Done {
    name: &'static str,
    outcome: Outcome,
    counted: Counted,
    took: Duration,
}

/// All steps so far.
#[derive(Default)]
pub struct Table {
    done: Vec<Done>,
}

impl Table {
    /// Runs a step, prints its time, and keeps its outcome.
    pub fn step(&mut self, name: &'static str, work: impl FnOnce(&mut Counted) -> Outcome) {
        println!("\n==== {name}");
        let start = Instant::now();
        let mut counted = Counted::default();
        let outcome = work(&mut counted);
        let took = start.elapsed();
        println!("---- {name}: {} in {}", word(&outcome), time(took));
        self.done.push(Done {
            name,
            outcome,
            counted,
            took,
        });
    }

    /// Prints the table and the plain last line. True if the run is good; `strict` is a run that may leave nothing out.
    pub fn finish(&self, strict: bool) -> bool {
        println!("\n{:<44} {:<8} {:>7} {:>9}", "suite", "outcome", "tests", "time");
        for done in &self.done {
            let tests = done.counted.passed + done.counted.failed;
            let tests = if tests == 0 { String::new() } else { tests.to_string() };
            println!(
                "{:<44} {:<8} {:>7} {:>9}",
                done.name,
                word(&done.outcome),
                tests,
                time(done.took)
            );
            match &done.outcome {
                Outcome::Passed => {}
                Outcome::Failed(why) | Outcome::NotRun(why) | Outcome::NotRunHere(why) => println!("    {why}"),
            }
        }
        let whole = self.done.iter().map(|done| done.took).sum();
        println!("{:<44} {:<8} {:>7} {:>9}", "all", "", self.tests(), time(whole));
        println!();
        for done in &self.done {
            if let Outcome::NotRun(why) | Outcome::NotRunHere(why) = &done.outcome {
                println!("NOT RUN: {}: {why}", done.name);
            }
        }
        let (passed, failed, left_out) = self.suites(strict);
        let left_out = if left_out == 0 {
            String::new()
        } else {
            format!(", {left_out} not run")
        };
        println!("{passed} passed, {failed} failed{left_out}");
        failed == 0
    }

    fn tests(&self) -> u64 {
        self.done
            .iter()
            .map(|done| done.counted.passed + done.counted.failed)
            .sum()
    }

    /// Suites that passed, that failed, and that were left out without failing the run.
    fn suites(&self, strict: bool) -> (usize, usize, usize) {
        let count = |is: fn(&Outcome) -> bool| self.done.iter().filter(|done| is(&done.outcome)).count();
        let passed = count(|outcome| matches!(outcome, Outcome::Passed));
        let failed = count(|outcome| matches!(outcome, Outcome::Failed(_)));
        let not_run = count(|outcome| matches!(outcome, Outcome::NotRun(_)));
        let elsewhere = count(|outcome| matches!(outcome, Outcome::NotRunHere(_)));
        if strict {
            (passed, failed + not_run, elsewhere)
        } else {
            (passed, failed, not_run + elsewhere)
        }
    }
}

fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Passed => "passed",
        Outcome::Failed(_) => "FAILED",
        Outcome::NotRun(_) | Outcome::NotRunHere(_) => "NOT RUN",
    }
}

fn time(took: Duration) -> String {
    let seconds = took.as_secs();
    format!("{}:{:02}.{}", seconds / 60, seconds % 60, took.subsec_millis() / 100)
}

/// Runs a command, shows what it prints, and counts the tests that it reports.
pub fn command(command: &mut Command, counted: &mut Counted) -> Outcome {
    match watch(command, counted) {
        Ok(true) => Outcome::Passed,
        Ok(false) => Outcome::Failed("its output above says what".to_owned()),
        Err(error) => Outcome::Failed(format!("{error:#}")),
    }
}

fn watch(command: &mut Command, counted: &mut Counted) -> Result<bool> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("{} does not start", command.get_program().display()))?;
    let out = child.stdout.take().context("a child without output")?;
    let err = child.stderr.take().context("a child without output")?;
    let other = std::thread::spawn(move || show(err));
    let mine = show(out);
    let status = child.wait()?;
    let theirs = other.join().unwrap_or_default();
    counted.passed += mine.passed + theirs.passed;
    counted.failed += mine.failed + theirs.failed;
    Ok(status.success())
}

fn show(from: impl Read) -> Counted {
    let mut counted = Counted::default();
    let mut reader = BufReader::new(from);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
        // A closed output must not stop the run.
        let _ = std::io::stdout().write_all(&line);
        if let Some(found) = count(&String::from_utf8_lossy(&line)) {
            counted.passed += found.passed;
            counted.failed += found.failed;
        }
        line.clear();
    }
    counted
}

/// The counts in a summary line of `cargo test` or `cargo nextest`.
fn count(line: &str) -> Option<Counted> {
    let line = line.trim();
    let nextest = line.starts_with("Summary [") && line.contains(" run: ");
    if !nextest && !line.starts_with("test result: ") {
        return None;
    }
    let before = |word: &str| {
        let words: Vec<&str> = line.split([' ', ',', ';']).filter(|part| !part.is_empty()).collect();
        words
            .windows(2)
            .find(|pair| pair.get(1) == Some(&word))
            .and_then(|pair| pair.first()?.parse().ok())
    };
    Some(Counted {
        passed: before("passed").unwrap_or(0),
        failed: before("failed").unwrap_or(0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_runners_summaries_are_counted() {
        let cargo = "test result: FAILED. 12 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out";
        assert_eq!(count(cargo), Some(Counted { passed: 12, failed: 2 }));
        let nextest = "     Summary [   0.011s] 8 tests run: 7 passed (1 slow), 1 failed, 2 skipped";
        assert_eq!(count(nextest), Some(Counted { passed: 7, failed: 1 }));
        assert_eq!(count("3 passed"), None);
    }

    #[test]
    fn a_failing_command_fails_and_one_that_is_not_there_too() {
        let mut counted = Counted::default();
        assert!(matches!(
            command(&mut Command::new("true"), &mut counted),
            Outcome::Passed
        ));
        assert!(matches!(
            command(&mut Command::new("false"), &mut counted),
            Outcome::Failed(_)
        ));
        assert!(matches!(
            command(&mut Command::new("no-such-program-as-this"), &mut counted),
            Outcome::Failed(_)
        ));
    }

    #[test]
    fn what_did_not_run_fails_a_strict_run_only() {
        let mut table = Table::default();
        table.step("a", |_| Outcome::Passed);
        table.step("b", |_| Outcome::NotRun("no server".to_owned()));
        table.step("c", |_| Outcome::NotRunHere("no data".to_owned()));
        assert_eq!(table.suites(true), (1, 1, 1));
        assert_eq!(table.suites(false), (1, 0, 2));
        assert!(!table.finish(true));
        assert!(table.finish(false));
    }
}
