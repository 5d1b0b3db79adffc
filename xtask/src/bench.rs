//! `cargo xtask bench`: the measurements live in the testkit; this only builds and starts them.

use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result};

/// Runs the measurements named, or all.
pub fn run(root: &Path, names: &[&str]) -> Result<ExitCode> {
    let status = Command::new("cargo")
        .current_dir(root)
        .args(["run", "--release", "-p", "skillsyms-testkit", "--bin", "bench", "--"])
        .args(names)
        .envs(crate::ci::machine::openssl_environment())
        .status()
        .context("cargo does not start")?;
    Ok(if status.success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
