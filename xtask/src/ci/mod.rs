//! `cargo xtask ci`: every check and every test, in order, with the time of each.

mod browser;
pub mod machine;
mod step;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::Result;

use crate::codegen::{self, Binary, Mode};
use crate::postgres::{self, Cluster, Durability};
use step::{Counted, Outcome, Table};

/// The packages whose tests run on PostgreSQL as well.
const ON_POSTGRES: [&str; 9] = [
    "skillsyms-cells",
    "skillsyms-ledger",
    "skillsyms-door",
    "skillsyms-people",
    "skillsyms-records",
    "skillsyms-assurance",
    "skillsyms-web",
    "skillsyms",
    "skillsyms-testkit",
];

/// Learners in the demo that the run plays: enough for every step of the main job, few enough for a debug build.
const DEMO_LEARNERS: &str = "60";

/// Runs everything.
pub fn run(root: &Path) -> Result<ExitCode> {
    let mut table = Table::default();
    table.step("machine: packages", |_| packages());
    // Looked at after the packages, which may have brought OpenSSL.
    let house = Here {
        root: root.to_path_buf(),
        environment: environment(),
    };

    table.step("format", |counted| {
        house.component("fmt", &["fmt", "--all", "--check"], counted)
    });
    table.step("clippy", |counted| {
        let arguments = [
            "clippy",
            "--workspace",
            "--all-targets",
            "--quiet",
            "--",
            "-D",
            "warnings",
        ];
        house.component("clippy", &arguments, counted)
    });
    table.step("tidy", |_| tidy(root));
    table.step("documentation", |counted| {
        let arguments = ["doc", "--workspace", "--no-deps", "--quiet"];
        step::command(house.cargo(&arguments).env("RUSTDOCFLAGS", "-D warnings"), counted)
    });
    table.step("dependency audit", |counted| audit(&house, counted));
    table.step("tests on SQLite", |counted| {
        step::command(house.tests(&[]).env("SKILLSYMS_TEST_ENGINE", "sqlite"), counted)
    });
    table.step("tests on PostgreSQL", |counted| on_postgres(&house, counted));
    table.step("examples in the documentation", |counted| {
        step::command(&mut house.cargo(&["test", "--workspace", "--doc", "--quiet"]), counted)
    });
    table.step("build of the binary", |counted| {
        // With the tests, so that the same features are chosen and what they were built of is used again.
        step::command(
            &mut house.cargo(&["build", "--workspace", "--bins", "--tests", "--quiet"]),
            counted,
        )
    });
    table.step("generated files are fresh", |_| {
        code(
            codegen::run(root, Mode::Check, Binary::Built),
            "the files above are stale",
        )
    });
    table.step("demo on SQLite", |counted| demo(&house, counted));
    table.step("pages in a browser", |counted| browser::run(&house, counted));

    let good = table.finish(machine::in_ci());
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Where the commands run, and with what.
struct Here {
    root: PathBuf,
    environment: Vec<(&'static str, &'static str)>,
}

impl Here {
    fn cargo(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("cargo");
        command
            .current_dir(&self.root)
            .args(arguments)
            .envs(self.environment.iter().copied());
        command
    }

    /// A cargo command that a toolchain may lack.
    fn component(&self, name: &str, arguments: &[&str], counted: &mut Counted) -> Outcome {
        if !machine::on_path(&format!("cargo-{name}")) {
            return Outcome::NotRun(format!(
                "this toolchain has no cargo {name}: rustup component add {name}"
            ));
        }
        step::command(&mut self.cargo(arguments), counted)
    }

    /// The tests of these packages, or of all. The whole workspace is built either way, so that both runs share
    /// one build: a build of some packages only would choose other features and start over.
    fn tests(&self, packages: &[&str]) -> Command {
        if machine::on_path("cargo-nextest") {
            let mut command = self.cargo(&["nextest", "run", "--workspace", "--no-fail-fast"]);
            command.args(["--config-file", "xtask/nextest.toml"]);
            command.args(["--status-level", "fail", "--final-status-level", "fail"]);
            if !packages.is_empty() {
                let filter: Vec<String> = packages.iter().map(|package| format!("package(={package})")).collect();
                command.args(["-E", &filter.join(" + ")]);
            }
            return command;
        }
        let mut command = self.cargo(&["test", "--no-fail-fast", "--quiet", "--lib", "--bins", "--tests"]);
        if packages.is_empty() {
            command.arg("--workspace");
        }
        command.args(packages.iter().flat_map(|package| ["--package", package]));
        command
    }
}

fn environment() -> Vec<(&'static str, &'static str)> {
    let mut environment = machine::openssl_environment();
    if machine::in_ci() {
        // Nothing is built twice here, so what incremental builds keep is only written and never read.
        environment.push(("CARGO_INCREMENTAL", "0"));
    }
    environment
}

/// Installs what is missing. What cannot be had fails later, in the suite that needs it.
fn packages() -> Outcome {
    let missing = machine::missing();
    if missing.is_empty() {
        return Outcome::Passed;
    }
    println!("missing: {}", missing.join(" "));
    if let Err(why) = machine::install(&missing) {
        println!("{why:#}");
    }
    let missing = machine::missing();
    // Without OpenSSL's headers it is built from source: slower, not wrong.
    if missing.contains(&"postgresql-15") && postgres::programs().is_err() {
        return Outcome::NotRun(format!("still missing: {}", missing.join(" ")));
    }
    Outcome::Passed
}

fn tidy(root: &Path) -> Outcome {
    code(crate::tidy::run(root), "the findings above")
}

fn code(result: Result<ExitCode>, why: &str) -> Outcome {
    match result {
        Ok(code) if code == ExitCode::SUCCESS => Outcome::Passed,
        Ok(_) => Outcome::Failed(why.to_owned()),
        Err(error) => Outcome::Failed(format!("{error:#}")),
    }
}

/// Holds the dependencies against the advisories, where a tool and its data are on this machine.
/// Nothing is fetched: a run without a network must say the same as one with it.
fn audit(house: &Here, counted: &mut Counted) -> Outcome {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cargo")));
    let home = home.unwrap_or_default();
    if machine::on_path("cargo-deny") && home.join("advisory-dbs").is_dir() {
        return step::command(&mut house.cargo(&["deny", "--offline", "check", "advisories"]), counted);
    }
    if machine::on_path("cargo-audit") && home.join("advisory-db").is_dir() {
        return step::command(&mut house.cargo(&["audit", "--no-fetch", "--stale"]), counted);
    }
    Outcome::NotRunHere(
        "no cargo-deny or cargo-audit with an advisory database on this machine, and none is fetched; \
         the dependencies were NOT held against known vulnerabilities"
            .to_owned(),
    )
}

fn on_postgres(house: &Here, counted: &mut Counted) -> Outcome {
    if let Err(why) = postgres::programs() {
        return Outcome::NotRun(format!("{why:#}"));
    }
    let cluster = match Cluster::start(Durability::Tests) {
        Ok(cluster) => cluster,
        Err(why) => return Outcome::NotRun(format!("{why:#}")),
    };
    let mut tests = house.tests(&ON_POSTGRES);
    tests.envs(cluster.environment());
    let outcome = step::command(&mut tests, counted);
    if counted.passed == 0 && matches!(outcome, Outcome::Passed) {
        return Outcome::Failed("not one test ran".to_owned());
    }
    outcome
}

/// The main job, played by the binary itself on a small file.
fn demo(house: &Here, counted: &mut Counted) -> Outcome {
    let folder = match postgres::temporary_folder("demo") {
        Ok(folder) => folder,
        Err(why) => return Outcome::Failed(format!("{why:#}")),
    };
    let mut demo = Command::new(codegen::binary(&house.root));
    demo.current_dir(&house.root)
        .args(["demo", "--exit", "--learners", DEMO_LEARNERS]);
    // Its usual port may be taken by somebody who looks at a demo right now.
    if let Ok(port) = postgres::free_port() {
        demo.arg("--port").arg(port.to_string());
    }
    let outcome = step::command(demo.arg("--data").arg(folder.join("data")), counted);
    if let Err(why) = std::fs::remove_dir_all(&folder) {
        println!("{} was not removed: {why}", folder.display());
    }
    outcome
}
