//! Imports, and what a look-up costs in a large cell.

use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use crate::bare::{Engines, Rows};
use crate::house::{EngineName, House};
use crate::machine::{cpu_seconds, memory_mib};
use crate::register::{Lookup, turn};
use crate::table::{Row, median, thousands};
use crate::{Size, learners, say};

/// Rows of the file.
const ROWS: u64 = 100_000;
/// Rows in an act of an import, as the server has it.
const CHUNK: u64 = 50;
/// Learners in the small cell.
const SMALL: u64 = 10_000;
/// Until new entries stand in the index by learner: a round each six seconds, and its work.
const INDEXED: Duration = Duration::from_secs(8);

/// 100,000 rows from a provider's file.
pub fn import(engine: &EngineName, _: Size) -> Result<Vec<Row>> {
    let house = House::new(engine)?;
    house.tenant("measured", &["learner.lookup", "me.read"])?;
    let mut bare = Engines::new(engine, house.folder())?;
    let before = bare.insert_for(Duration::from_secs(2), Rows::Learner, CHUNK)?;
    let took = fill(&house, "measured", ROWS)?;
    let memory = memory_mib(house.pid()?, "VmHWM")?;
    let after = bare.insert_for(Duration::from_secs(2), Rows::Learner, CHUNK)?;
    let bare_seconds = ROWS as f64 / f64::midpoint(before, after);
    Ok(vec![Row {
        case: format!("import {} rows, {}", thousands(ROWS as f64), engine.name()),
        figure: format!("{took:.1} s, {memory:.0} MiB at most"),
        bare: format!("{bare_seconds:.1} s"),
        ratio: format!("{:.0} %", bare_seconds / took * 100.0),
        target: "<= 20 s, < 300 MB",
        met: took <= 20.0 && memory < 286.0,
    }])
}

/// Imports the first learners. Answers how many seconds it took.
pub fn fill(house: &House, tenant: &str, rows: u64) -> Result<f64> {
    let file = house.folder().join("learners.csv");
    learners::write_csv(&file, rows)?;
    let started = Instant::now();
    let told = house.console(&["import", "--tenant", tenant, &file.to_string_lossy()])?;
    let took = started.elapsed().as_secs_f64();
    let kept = told
        .get("rows_kept")
        .and_then(serde_json::Value::as_u64)
        .context("rows_kept")?;
    ensure!(kept == rows, "{kept} rows of {rows} were kept");
    say(&format!("import: {} rows in {took:.1} s", thousands(rows as f64)));
    Ok(took)
}

/// Processor time of the server for one look-up, in microseconds, with what follows it; look-ups a second; what others took.
fn whole_cost(house: &House, size: Size, load: &Rc<Lookup>) -> Result<(f64, f64, f64)> {
    let before = cpu_seconds(house.pid()?)?;
    let (driven, _, others) = turn(house, size.turn(), load)?;
    std::thread::sleep(INDEXED);
    let cpu = cpu_seconds(house.pid()?)? - before;
    Ok((cpu * 1e6 / driven.done.max(1) as f64, driven.rate(), others))
}

/// What one look-up costs the server in a small cell and in a large one, in turns.
pub fn size(engine: &EngineName, size: Size) -> Result<Vec<Row>> {
    let large = if size == Size::Quick { 100_000 } else { 1_000_000 };
    let house = House::new(engine)?;
    let scopes = ["learner.lookup", "me.read"];
    let (small_key, large_key) = (house.tenant("small", &scopes)?, house.tenant("large", &scopes)?);
    fill(&house, "small", SMALL)?;
    fill(&house, "large", large)?;
    let in_small = Rc::new(Lookup::new(&small_key, SMALL)?);
    let in_large = Rc::new(Lookup::new(&large_key, large)?);
    turn(&house, Duration::from_secs(1), &in_small)?;
    turn(&house, Duration::from_secs(1), &in_large)?;
    std::thread::sleep(INDEXED);
    let (mut smalls, mut larges, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..size.rounds() {
        let (small, _, _) = whole_cost(&house, size, &in_small)?;
        let (large, rate, others) = whole_cost(&house, size, &in_large)?;
        say(&format!(
            "size: {small:.0} us in the small cell, {large:.0} us in the large one ({rate:.0}/s); others {others:.0} %"
        ));
        smalls.push(small);
        larges.push(large);
        ratios.push(large / small);
    }
    let ratio = median(ratios);
    let memory = memory_mib(house.pid()?, "VmRSS")?;
    Ok(vec![Row {
        case: format!(
            "CPU of a look-up, {} : {} learners, {}",
            thousands(large as f64),
            thousands(SMALL as f64),
            engine.name()
        ),
        figure: format!("{:.0} us : {:.0} us, {memory:.0} MiB", median(larges), median(smalls)),
        bare: "-".to_owned(),
        ratio: format!("{ratio:.2}"),
        target: "<= 1.3 (1,000,000 : 10,000)",
        met: ratio <= 1.3 && size != Size::Quick,
    }])
}
