//! Registrations and look-ups: what a server acknowledges, and what the bare engine does with the same rows, in turns.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Result, ensure};

use crate::bare::{Engines, GROUP, Rows};
use crate::drive::{Driven, Effort, Load, drive};
use crate::house::{EngineName, House};
use crate::machine::{Machine, cpu_seconds};
use crate::table::{Row, median, thousands};
use crate::wire::{Answer, request};
use crate::{Size, learners, say};

/// Clients at once.
pub const CLIENTS: usize = 32;
/// Learners in the cell in which is looked up.
const LOOKUP_LEARNERS: u64 = 10_000;

/// Registers one new learner after another.
pub struct Register {
    key: String,
    next: Cell<u64>,
}

impl Register {
    /// From this learner on.
    pub fn new(key: String, from: u64) -> Self {
        Self {
            key,
            next: Cell::new(from),
        }
    }

    /// Learners sent so far, with those from which it began.
    fn sent(&self) -> u64 {
        self.next.get()
    }
}

impl Load for Register {
    fn next(&self) -> Result<Vec<u8>> {
        let n = self.next.get();
        self.next.set(n + 1);
        Ok(request(
            "POST",
            "/api/v1/learners",
            Some(&self.key),
            &learners::json(n)?,
        ))
    }

    fn hear(&self, answer: &Answer<'_>) -> Result<()> {
        ensure!(
            answer.status == 201,
            "{} {}",
            answer.status,
            String::from_utf8_lossy(answer.body)
        );
        Ok(())
    }
}

/// Looks up learners by ID number, at random.
pub struct Lookup {
    requests: Vec<Vec<u8>>,
    random: Cell<u64>,
}

impl Lookup {
    /// Among the first learners; at most 100,000 different ones.
    pub fn new(key: &str, among: u64) -> Result<Self> {
        let different = among.min(100_000);
        let stride = among / different;
        let one = |n: u64| {
            let body = format!(r#"{{"id_number":"{}"}}"#, learners::id_number(n * stride)?);
            Ok(request("POST", "/api/v1/learners/lookup", Some(key), &body))
        };
        Ok(Self {
            requests: (0..different).map(one).collect::<Result<_>>()?,
            random: Cell::new(7),
        })
    }
}

impl Load for Lookup {
    fn next(&self) -> Result<Vec<u8>> {
        let next = self
            .random
            .get()
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        self.random.set(next);
        let at = usize::try_from(next >> 33)? % self.requests.len().max(1);
        Ok(self.requests.get(at).cloned().unwrap_or_default())
    }

    fn hear(&self, answer: &Answer<'_>) -> Result<()> {
        let found = answer.body.windows(4).any(|four| four == b"\"id\"");
        ensure!(
            answer.status == 200 && found,
            "{} {}",
            answer.status,
            String::from_utf8_lossy(answer.body)
        );
        Ok(())
    }
}

/// One turn of the server, with what others took of the machine meanwhile.
pub fn turn<L: Load + 'static>(house: &House, time: Duration, load: &Rc<L>) -> Result<(Driven, f64, f64)> {
    let (machine, pid, own) = (Machine::now()?, house.pid()?, std::process::id());
    let (server_before, own_before) = (cpu_seconds(pid)?, cpu_seconds(own)?);
    let server = house.server()?;
    let effort = Effort { clients: CLIENTS, time };
    let driven = house.block_on(drive(&server, effort, Rc::clone(load)))?;
    let server_cpu = cpu_seconds(pid)? - server_before;
    let others = machine.others_since(server_cpu + cpu_seconds(own)? - own_before)?;
    Ok((driven, server_cpu, others))
}

/// Registrations a second, one tenant, 32 clients.
pub fn register(engine: &EngineName, size: Size) -> Result<Vec<Row>> {
    let house = House::new(engine)?;
    let key = house.tenant("measured", &["learner.register", "me.read"])?;
    let load = Rc::new(Register::new(key, 0));
    let mut bare = Engines::new(engine, house.folder())?;
    turn(&house, Duration::from_secs(1), &load)?;
    let (mut rates, mut all_rows, mut learner_rows, mut p99) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..size.rounds() {
        // Both begin the turn with as many learners: the more there are, the more pages a group of them writes.
        bare.fill(load.sent())?;
        let (driven, cpu, others) = turn(&house, size.turn(), &load)?;
        let whole = bare.insert_for(size.turn() / 2, Rows::LearnerAndEntry, GROUP)?;
        let alone = bare.insert_for(size.turn() / 4, Rows::Learner, GROUP)?;
        say(&format!(
            "register {}: {:.0}/s, p50 {:.1} ms, p99 {:.1} ms, server {:.0} us CPU each; bare {whole:.0}/s with entries, {alone:.0}/s without; others {others:.0} % of the machine",
            engine.name(),
            driven.rate(),
            driven.within_ms(500),
            driven.within_ms(990),
            cpu * 1e6 / driven.done.max(1) as f64,
        ));
        rates.push(driven.rate());
        all_rows.push(whole);
        learner_rows.push(alone);
        p99.push(driven.within_ms(990));
    }
    let ratio = ratios(&rates, &all_rows);
    let best = rates.iter().copied().fold(0.0, f64::max);
    let (target, demanded) = match engine {
        EngineName::Sqlite => (">= 2,000/s, >= 60 % of bare", 2_000.0),
        EngineName::Postgres(_) => (">= 1,000/s", 1_000.0),
    };
    let is_sqlite = *engine == EngineName::Sqlite;
    Ok(vec![Row {
        case: format!("register, {CLIENTS} clients, {}", engine.name()),
        figure: format!(
            "{}/s (best {}), p99 {:.0} ms",
            thousands(median(rates.clone())),
            thousands(best),
            median(p99)
        ),
        bare: format!(
            "{}/s ({}/s without entries)",
            thousands(median(all_rows)),
            thousands(median(learner_rows))
        ),
        ratio: format!("{:.0} %", ratio * 100.0),
        target,
        met: median(rates) >= demanded && (!is_sqlite || ratio >= 0.6),
    }])
}

/// Look-ups by ID number a second, one tenant, 32 clients.
pub fn lookup(engine: &EngineName, size: Size) -> Result<Vec<Row>> {
    let house = House::new(engine)?;
    let key = house.tenant("measured", &["learner.lookup", "me.read"])?;
    let file = house.folder().join("learners.csv");
    learners::write_csv(&file, LOOKUP_LEARNERS)?;
    house.console(&["import", "--tenant", "measured", &file.to_string_lossy()])?;
    let load = Rc::new(Lookup::new(&key, LOOKUP_LEARNERS)?);
    let mut bare = Engines::new(engine, house.folder())?;
    bare.fill(LOOKUP_LEARNERS)?;
    turn(&house, Duration::from_secs(1), &load)?;
    let (mut rates, mut selects, mut entries, mut p99) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..size.rounds() {
        let (driven, cpu, others) = turn(&house, size.turn(), &load)?;
        let select = bare.select_for(size.turn() / 4)?;
        let entry = bare.insert_for(size.turn() / 4, Rows::Entry, GROUP)?;
        say(&format!(
            "lookup {}: {:.0}/s, p50 {:.1} ms, p99 {:.1} ms, server {:.0} us CPU each; bare {select:.0} selects/s, {entry:.0} entries/s; others {others:.0} % of the machine",
            engine.name(),
            driven.rate(),
            driven.within_ms(500),
            driven.within_ms(990),
            cpu * 1e6 / driven.done.max(1) as f64,
        ));
        rates.push(driven.rate());
        selects.push(select);
        entries.push(entry);
        p99.push(driven.within_ms(990));
    }
    // One after the other on one connection: that is what a durable, entered look-up costs the bare engine.
    let both: Vec<f64> = selects
        .iter()
        .zip(&entries)
        .map(|(select, entry)| 1.0 / (1.0 / select + 1.0 / entry))
        .collect();
    let best = rates.iter().copied().fold(0.0, f64::max);
    let slowest = median(p99);
    Ok(vec![Row {
        case: format!("look up by ID number, {CLIENTS} clients, {}", engine.name()),
        figure: format!(
            "{}/s (best {}), p99 {slowest:.0} ms",
            thousands(median(rates.clone())),
            thousands(best)
        ),
        bare: format!(
            "{} SELECT/s, {} entries/s",
            thousands(median(selects)),
            thousands(median(entries))
        ),
        ratio: format!("{:.0} % of SELECT and entry", ratios(&rates, &both) * 100.0),
        target: ">= 5,000/s, p99 < 25 ms",
        met: median(rates) >= 5_000.0 && slowest < 25.0,
    }])
}

/// The middle of the ratios of figures that were measured in turns.
fn ratios(of: &[f64], to: &[f64]) -> f64 {
    median(of.iter().zip(to).map(|(of, to)| of / to.max(0.001)).collect())
}
