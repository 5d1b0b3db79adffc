//! The pages in a real browser: the demo is played and serves, `browser/` walks through it, and Lighthouse measures it.

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
    // It holds nothing that anybody needs: its folder goes with it.
    demo.kill().and_then(|()| demo.wait())?;
    std::fs::remove_dir_all(&temporary)?;
    outcome
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
