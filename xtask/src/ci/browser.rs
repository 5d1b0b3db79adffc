//! The pages in a real browser: the demo is played and serves, `browser/` walks through it, and Lighthouse measures it.

use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::step::{self, Counted, Outcome};
use super::{DEMO_LEARNERS, Here, machine};
use crate::{codegen, postgres};

/// How long the demo may take until it serves: a debug build on a busy machine needs half a minute.
const READY_TIME: Duration = Duration::from_secs(240);
/// How often is looked whether it serves.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Lines of the server's log that are shown when there are errors in it: enough to find them.
const ERRORS_SHOWN: usize = 20;

/// Plays the demo, tests its pages, ends it.
pub fn run(house: &Here, counted: &mut Counted) -> Outcome {
    if !Path::new(machine::CHROMIUM).exists() {
        return Outcome::NotRun(format!("there is no {}: apt-get install chromium", machine::CHROMIUM));
    }
    if !machine::on_path("node") || !machine::on_path("npm") {
        return Outcome::NotRun("there is no node (20.19 or later) with npm".to_owned());
    }
    let folder = house.root.join("browser");
    let install = ["ci", "--no-audit", "--no-fund", "--loglevel=error"];
    let brought = step::command(Command::new("npm").args(install).current_dir(&folder), counted);
    if !matches!(brought, Outcome::Passed) {
        return Outcome::NotRun("npm ci did not bring what browser/package-lock.json names".to_owned());
    }
    match walk(house, &folder, counted) {
        Ok(outcome) => outcome,
        Err(why) => Outcome::Failed(format!("{why:#}")),
    }
}

fn walk(house: &Here, folder: &Path, counted: &mut Counted) -> Result<Outcome> {
    let temporary = postgres::temporary_folder("browser")?;
    let ready = temporary.join("ready.json");
    let log = temporary.join("demo.log");
    let mut demo = Command::new(codegen::binary(&house.root))
        .current_dir(&house.root)
        .args(["demo", "--learners", DEMO_LEARNERS, "--port"])
        .arg(postgres::free_port()?.to_string())
        .arg("--data")
        .arg(temporary.join("data"))
        .arg("--ready-file")
        .arg(&ready)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(File::create(&log)?)
        .spawn()
        .context("the demo does not start")?;
    let outcome = wait_for(&ready, &mut demo).map(|()| {
        let mut script = |name: &str| {
            let mut node = Command::new("node");
            step::command(node.current_dir(folder).arg(name).arg(&ready), counted)
        };
        match script("run.mjs") {
            Outcome::Passed => script("lighthouse.mjs"),
            other => other,
        }
    });
    demo.kill().and_then(|()| demo.wait())?;
    let log = std::fs::read_to_string(&log)?;
    // It holds nothing that anybody needs: its folder goes with it.
    std::fs::remove_dir_all(&temporary)?;
    match outcome {
        Ok(Outcome::Passed) => Ok(without_errors(&log)),
        other => {
            println!("{log}");
            other
        }
    }
}

/// A page may look right while the server complains: of a text that is missing, of a mail that does not go out.
fn without_errors(log: &str) -> Outcome {
    let errors: Vec<&str> = log.lines().filter(|line| line.contains(" ERROR ")).collect();
    errors.iter().take(ERRORS_SHOWN).for_each(|line| println!("{line}"));
    match errors.len() {
        0 => Outcome::Passed,
        many => Outcome::Failed(format!("the server logged {many} errors while its pages were used")),
    }
}

fn wait_for(ready: &Path, demo: &mut Child) -> Result<()> {
    let started = Instant::now();
    while !ready.exists() {
        if let Some(status) = demo.try_wait()? {
            bail!("the demo ended before it served: {status}");
        }
        if started.elapsed() > READY_TIME {
            bail!("the demo did not serve within {} s", READY_TIME.as_secs());
        }
        std::thread::sleep(LOOK_EVERY);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_in_the_log_fail_the_pages() {
        let calm = "2026-11-22T10:00:00Z  INFO listening\n2026-11-22T10:00:01Z  WARN slow\n";
        assert!(matches!(without_errors(calm), Outcome::Passed));
        let torn = format!("{calm}2026-11-22T10:00:02Z ERROR a text is missing key=\"nav\"\n");
        assert!(matches!(without_errors(&torn), Outcome::Failed(_)));
    }
}
