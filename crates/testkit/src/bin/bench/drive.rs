//! Load: so many clients at once, each sending its next request as soon as it has its answer.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::wire::{Answer, Server, Wire};

/// What to send, and who hears the answers.
pub trait Load {
    /// The next request.
    fn next(&self) -> Result<Vec<u8>>;
    /// Hears an answer; an error stops the load.
    fn hear(&self, answer: &Answer<'_>) -> Result<()>;
}

/// How it went.
#[derive(Default)]
pub struct Driven {
    /// Answers that went well.
    pub done: u64,
    /// How long it took.
    pub took: Duration,
    /// How long each answer took, in microseconds, sorted.
    pub micros: Vec<u32>,
}

impl Driven {
    /// Answers a second.
    pub fn rate(&self) -> f64 {
        self.done as f64 / self.took.as_secs_f64().max(0.001)
    }

    /// The time within which so many of a thousand answers came, in milliseconds.
    pub fn within_ms(&self, thousandths: usize) -> f64 {
        let at = self.micros.len().saturating_mul(thousandths) / 1_000;
        f64::from(self.micros.get(at).or(self.micros.last()).copied().unwrap_or(0)) / 1_000.0
    }
}

/// How hard and how long.
#[derive(Clone, Copy)]
pub struct Effort {
    /// Clients at once, each with a connection of its own.
    pub clients: usize,
    /// For how long.
    pub time: Duration,
}

/// Drives a server. Connections are made first and are not measured.
pub async fn drive<L: Load + 'static>(server: &Server, effort: Effort, load: Rc<L>) -> Result<Driven> {
    let mut wires = Vec::with_capacity(effort.clients);
    for _ in 0..effort.clients {
        wires.push(server.connect().await?);
    }
    let started = Instant::now();
    let until = started + effort.time;
    let shared = Rc::new((Cell::new(0_u64), RefCell::new(Vec::with_capacity(100_000))));
    let local = tokio::task::LocalSet::new();
    let clients: Vec<_> = wires
        .into_iter()
        .map(|wire| local.spawn_local(client(wire, Rc::clone(&load), until, Rc::clone(&shared))))
        .collect();
    let all = local.run_until(async move {
        for client in clients {
            if let Err(error) = client.await? {
                bail!(error);
            }
        }
        Ok(())
    });
    all.await?;
    let mut micros = shared.1.take();
    micros.sort_unstable();
    Ok(Driven {
        done: shared.0.get(),
        took: started.elapsed(),
        micros,
    })
}

/// Sends each of these requests once, from so many connections, and hears the answers that went well.
pub async fn send_all(server: &Server, clients: usize, requests: Vec<Vec<u8>>) -> Result<Vec<serde_json::Value>> {
    let waiting = Rc::new(RefCell::new(requests.into_iter().enumerate()));
    let heard = Rc::new(RefCell::new(Vec::new()));
    let local = tokio::task::LocalSet::new();
    let clients: Vec<_> = (0..clients)
        .map(|_| {
            let (server, waiting, heard) = (server.clone(), Rc::clone(&waiting), Rc::clone(&heard));
            local.spawn_local(async move {
                let mut wire = server.connect().await?;
                loop {
                    let Some((at, request)) = waiting.borrow_mut().next() else {
                        return Ok::<_, anyhow::Error>(());
                    };
                    let answer = wire.call(&request).await?.ok()?;
                    heard.borrow_mut().push((at, answer));
                }
            })
        })
        .collect();
    let all = local.run_until(async move {
        for client in clients {
            client.await??;
        }
        Ok::<_, anyhow::Error>(())
    });
    all.await?;
    let mut answers = heard.take();
    answers.sort_by_key(|(at, _)| *at);
    Ok(answers.into_iter().map(|(_, answer)| answer).collect())
}

type Shared = Rc<(Cell<u64>, RefCell<Vec<u32>>)>;

async fn client<L: Load>(mut wire: Wire, load: Rc<L>, until: Instant, shared: Shared) -> Result<()> {
    loop {
        let request = load.next()?;
        let started = Instant::now();
        if started >= until {
            return Ok(());
        }
        let answer = wire.call(&request).await?;
        load.hear(&answer)?;
        shared.0.set(shared.0.get() + 1);
        shared
            .1
            .borrow_mut()
            .push(u32::try_from(started.elapsed().as_micros()).unwrap_or(u32::MAX));
    }
}
