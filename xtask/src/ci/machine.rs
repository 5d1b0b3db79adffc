//! What the machine has, and what it may be given from Debian's packages.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// The browser in which the pages are tested.
pub const CHROMIUM: &str = "/usr/bin/chromium";

/// Debian packages that the build and the tests use, and the file that shows each is there.
const PACKAGES: [(&str, &[&str]); 5] = [
    ("libssl-dev", &["/usr/include/openssl/opensslv.h"]),
    ("pkg-config", &["/usr/bin/pkg-config", "/usr/bin/pkgconf"]),
    ("chromium", &[CHROMIUM]),
    (
        "python3-aiosmtpd",
        &["/usr/lib/python3/dist-packages/aiosmtpd/__init__.py"],
    ),
    ("postgresql-15", &["/usr/lib/postgresql/15/bin/postgres"]),
];

/// The environment that lets the build use the machine's OpenSSL, which saves minutes, if it has one.
/// Otherwise OpenSSL is built from source.
pub fn openssl_environment() -> Vec<(&'static str, &'static str)> {
    let there = missing()
        .iter()
        .all(|package| !matches!(*package, "libssl-dev" | "pkg-config"));
    if there {
        vec![("OPENSSL_NO_VENDOR", "1")]
    } else {
        Vec::new()
    }
}

/// The packages that are not there.
pub fn missing() -> Vec<&'static str> {
    PACKAGES
        .iter()
        .filter(|(_, files)| !files.iter().any(|file| Path::new(file).exists()))
        .map(|(package, _)| *package)
        .collect()
}

/// Installs what is missing, where that is allowed.
///
/// # Errors
/// If this is no Debian, if it does not run as root, or if the packages cannot be had.
pub fn install(packages: &[&str]) -> Result<()> {
    if !on_path("apt-get") {
        bail!("there is no apt-get here: install {} by hand", packages.join(" "));
    }
    if !is_root() {
        bail!("only root may install: apt-get install {}", packages.join(" "));
    }
    apt(&["update", "--quiet"])?;
    apt(&[&["install", "--quiet", "--yes", "--no-install-recommends"], packages].concat())
}

fn apt(arguments: &[&str]) -> Result<()> {
    let status = Command::new("apt-get")
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status()
        .context("apt-get does not start")?;
    if !status.success() {
        bail!("apt-get {} failed", arguments.join(" "));
    }
    Ok(())
}

/// Whether this runs as root.
pub fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

/// Whether a program is on the path.
pub fn on_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// Whether this is a run that must not leave anything out.
pub fn in_ci() -> bool {
    std::env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false" && value != "0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_found_on_the_path_or_not() {
        assert!(on_path("sh"));
        assert!(!on_path("no-such-program-as-this"));
    }
}
