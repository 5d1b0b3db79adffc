//! `cargo xtask bench`: the measurements live in the testkit; this builds them and the server that they measure, starts
//! a PostgreSQL of their own where there is one, and runs them.

use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};

use crate::ci::machine;
use crate::postgres::{self, Cluster, Durability};

/// Where a PostgreSQL that runs already is named.
const POSTGRES_ENV: [&str; 2] = ["SKILLSYMS_POSTGRES_URL", "SKILLSYMS_TEST_PG"];

/// Runs the measurements named, or all.
pub fn run(root: &Path, names: &[&str]) -> Result<ExitCode> {
    // One after the other: built together, they would share features that only tests have.
    build(root, &["-p", "skillsyms"])?;
    build(root, &["-p", "skillsyms-testkit", "--bin", "bench"])?;
    let is_named = POSTGRES_ENV.iter().any(|name| std::env::var_os(name).is_some());
    let wants_none = names.windows(2).any(|pair| pair == ["--engine", "sqlite"]);
    let cluster = if is_named || wants_none || postgres::programs().is_err() {
        None
    } else {
        Some(Cluster::start(Durability::Real)?)
    };
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), std::path::PathBuf::from);
    let mut bench = Command::new(target.join("release").join("bench"));
    bench.current_dir(root).args(names);
    if let Some(cluster) = &cluster {
        bench.envs(cluster.environment());
    }
    let status = bench.status().context("the bench does not start")?;
    Ok(if status.success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn build(root: &Path, what: &[&str]) -> Result<()> {
    let status = Command::new("cargo")
        .current_dir(root)
        .args(["build", "--release"])
        .args(what)
        .envs(machine::openssl_environment())
        .status()
        .context("cargo does not start")?;
    if !status.success() {
        bail!("the release build failed");
    }
    Ok(())
}
