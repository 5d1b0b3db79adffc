//! `kill -9` under load, again and again: whatever was acknowledged is found again, and the ledger verifies.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use serde_json::Value;

use crate::house::{EngineName, House};
use crate::learners;
use crate::table::{Row, thousands};
use crate::wire::{Answer, Server, Wire, request};
use crate::{say, wire};

/// Clients that register while the server is killed.
const CLIENTS: usize = 8;
/// Kills between two verifications of the ledger; the last one is always followed by one.
const KILLS_PER_VERIFICATION: u32 = 10;
/// The shortest load before a kill, and how much longer it may be.
const LOAD: (u64, u64) = (80, 320);

/// What the clients know.
struct Known {
    key: String,
    next: Cell<u64>,
    acknowledged: RefCell<Vec<String>>,
}

/// Kills so many times.
pub fn kill(engine: &EngineName, times: u32) -> Result<Vec<Row>> {
    let mut house = House::new(engine)?;
    let key = house.tenant("measured", &["learner.register", "learner.read", "me.read"])?;
    let known = Rc::new(Known {
        key,
        next: Cell::new(0),
        acknowledged: RefCell::default(),
    });
    let (mut all, mut lost, mut verified) = (Vec::new(), 0, 0);
    let started = Instant::now();
    for n in 1..=times {
        let server = house.server()?;
        let wait = Duration::from_millis(LOAD.0 + u64::from(n).wrapping_mul(7_919) % LOAD.1);
        house.block_on(load_until_killed(&server, &known, wait, house.pid()?))?;
        house.kill()?;
        house.start()?;
        let fresh = known.acknowledged.take();
        let server = house.server()?;
        lost += house.block_on(missing(&server, &known.key, &fresh))?;
        all.extend(fresh);
        if n.is_multiple_of(KILLS_PER_VERIFICATION) || n == times {
            let report = house.console(&["ledger", "verify", "--tenant", "measured"])?;
            ensure!(report.get("ok") == Some(&Value::Bool(true)), "after kill {n}: {report}");
            verified += 1;
            say(&format!(
                "kill {n}: {} acknowledged, {lost} lost, the ledger verifies",
                thousands(all.len() as f64)
            ));
        }
    }
    // Once more, all of them: a later kill must not have taken an earlier one's.
    let server = house.server()?;
    lost += house.block_on(missing(&server, &known.key, &all))?;
    say(&format!(
        "kill: {times} kills in {:.0} s",
        started.elapsed().as_secs_f64()
    ));
    Ok(vec![Row {
        case: format!("{times} kills under load, {}", engine.name()),
        figure: format!("{} acknowledged, {lost} lost", thousands(all.len() as f64)),
        bare: "-".to_owned(),
        ratio: format!("{verified} verifications ok"),
        target: "none lost",
        met: lost == 0,
    }])
}

/// Registers until the process is killed, after a while, in the middle of it.
async fn load_until_killed(server: &Server, known: &Rc<Known>, wait: Duration, pid: u32) -> Result<()> {
    let mut wires = Vec::new();
    for _ in 0..CLIENTS {
        wires.push(server.connect().await?);
    }
    let local = tokio::task::LocalSet::new();
    let clients: Vec<_> = wires
        .into_iter()
        .map(|wire| local.spawn_local(register(wire, Rc::clone(known))))
        .collect();
    local
        .run_until(async move {
            tokio::time::sleep(wait).await;
            let killed = std::process::Command::new("kill")
                .args(["-9", &pid.to_string()])
                .status()?;
            ensure!(killed.success(), "the server could not be killed");
            for client in clients {
                client.await??;
            }
            Ok(())
        })
        .await
}

/// One client: it ends when the connection breaks, and knows what was acknowledged before.
async fn register(mut wire: Wire, known: Rc<Known>) -> Result<()> {
    loop {
        let n = known.next.get();
        known.next.set(n + 1);
        let sent = request("POST", "/api/v1/learners", Some(&known.key), &learners::json(n)?);
        let Ok(answer) = wire.call(&sent).await else {
            return Ok(());
        };
        if answer.status != 201 {
            bail!("{} {}", answer.status, String::from_utf8_lossy(answer.body));
        }
        known
            .acknowledged
            .borrow_mut()
            .push(crate::house::text(&answer.ok()?, "id")?);
    }
}

/// How many of these learners are not found.
async fn missing(server: &Server, key: &str, ids: &[String]) -> Result<usize> {
    let pieces = ids.chunks(ids.len().div_ceil(CLIENTS).max(1));
    let checks: Vec<_> = pieces.map(|some| check(server, key, some.to_vec())).collect();
    let local = tokio::task::LocalSet::new();
    let spawned: Vec<_> = checks.into_iter().map(|check| local.spawn_local(check)).collect();
    local
        .run_until(async move {
            let mut missing = 0;
            for check in spawned {
                missing += check.await??;
            }
            Ok(missing)
        })
        .await
}

fn check(server: &Server, key: &str, ids: Vec<String>) -> impl Future<Output = Result<usize>> + use<> {
    let (server, key) = (server.clone(), key.to_owned());
    async move {
        let mut wire: wire::Wire = server.connect().await?;
        let mut missing = 0;
        for id in ids {
            let answer: Answer<'_> = wire
                .call(&request("GET", &format!("/api/v1/learners/{id}"), Some(&key), ""))
                .await?;
            match answer.status {
                200 => {}
                404 => missing += 1,
                status => bail!("{status} {}", String::from_utf8_lossy(answer.body)),
            }
        }
        Ok(missing)
    }
}
