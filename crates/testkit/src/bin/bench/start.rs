//! How long a server with a thousand tenants takes to its first answer, and what it uses when nobody asks anything.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};
use skillsyms_cells::{Engine, Limits};
use skillsyms_core::SystemClock;
use skillsyms_door::{Config, Door, Inspect};
use skillsyms_people::{PeopleDirectory, SessionPolicy};
use skillsyms_vault::RootKey;

use crate::house::{EngineName, House};
use crate::learners;
use crate::machine::memory_mib;
use crate::table::{Row, median, thousands};
use crate::wire::request;
use crate::{Size, say};

/// Starts that are measured.
const STARTS: usize = 5;
/// How long a server is left alone before its memory is read.
const IDLE: Duration = Duration::from_secs(5);

/// Start to the first answer of one tenant, with a thousand on disk.
pub fn start(size: Size) -> Result<Vec<Row>> {
    let tenants: u32 = if size == Size::Quick { 100 } else { 1_000 };
    let mut house = House::new(&EngineName::Sqlite)?;
    let key = house.tenant("measured", &["learner.lookup", "me.read"])?;
    house.kill()?;
    let started = Instant::now();
    house.block_on(found(&house, tenants))?;
    say(&format!(
        "start: {tenants} tenants made in {:.1} s",
        started.elapsed().as_secs_f64()
    ));
    let body = format!(r#"{{"id_number":"{}"}}"#, learners::id_number(1)?);
    let first = request("POST", "/api/v1/learners/lookup", Some(&key), &body);
    let (mut all, mut idle) = (Vec::new(), Vec::new());
    for _ in 0..STARTS {
        let began = Instant::now();
        house.start()?;
        let server = house.server()?;
        house.block_on(async { server.connect().await?.call(&first).await?.ok() })?;
        let took = began.elapsed().as_secs_f64() * 1e3;
        std::thread::sleep(IDLE);
        let memory = memory_mib(house.pid()?, "VmRSS")?;
        say(&format!(
            "start: {took:.0} ms to the first answer, then {memory:.0} MiB idle"
        ));
        all.push(took);
        idle.push(memory);
        house.kill()?;
    }
    let (took, memory) = (median(all), median(idle));
    Ok(vec![Row {
        case: format!("start to first answer, {} tenants", thousands(f64::from(tenants))),
        figure: format!("{took:.0} ms, {memory:.0} MiB idle"),
        bare: "-".to_owned(),
        ratio: "-".to_owned(),
        target: "< 1 s, < 80 MB",
        met: took < 1_000.0 && memory < 76.0 && size != Size::Quick,
    }])
}

/// Makes tenants in a data folder that no server has open.
async fn found(house: &House, tenants: u32) -> Result<()> {
    let data = house.data();
    let door = Door::open(Config {
        engine: Engine::Sqlite {
            folder: data.join("cells"),
        },
        root: RootKey::from_file(&data.join("root.key"))?,
        data,
        clock: Arc::new(SystemClock),
        registry: skillsyms_testkit::registry(),
        directory: Arc::new(PeopleDirectory::new(SessionPolicy::default())),
        limits: Limits::default(),
        inspect: Inspect::No,
    })
    .await?;
    for n in 0..tenants {
        let made = door
            .create_tenant(&format!("tenant-{n}"), "One of many (Pty) Ltd")
            .await;
        made.map_err(|problem| anyhow!(problem.code.name))?;
    }
    door.close().await;
    Ok(())
}
