//! The bare engine: the same statements through Diesel on one connection that is set as the server's are, without the
//! server. What the house costs is the difference.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};
use diesel::prelude::*;
use skillsyms_cells::schema::{learners, ledger_entries, ledger_head};
use skillsyms_cells::testing::{Bare, new_spec};
use skillsyms_cells::{CellError, CellKind, Engine, LedgerHead, Postgres, Tx};
use skillsyms_core::LearnerId;
use skillsyms_core::person::fold;
use skillsyms_vault::sha256;
use uuid::Uuid;

use crate::house::EngineName;
use crate::learners::names;

/// Rows of a group: as many as there are clients.
pub const GROUP: u64 = 32;
/// Rows of the index of entries in one group, as in the server.
const INDEX_ROWS: usize = 256;
/// Page cache, as the writer of the server has it: registrations and look-ups run on its connection.
const CACHE_KIB: u32 = 32_768;
/// Bytes of what the server seals: an ID number; contact details; a profile.
const SEALED_BYTES: (usize, usize, usize) = (47, 260, 190);
/// Bytes of the entry of a registration or a look-up.
const ENTRY_BYTES: usize = 560;
/// Bytes of the head's frontier and of its signed checkpoint.
const HEAD_BYTES: (usize, usize) = (520, 280);

/// What is written of a learner.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Rows {
    /// The learner's row alone, and its count.
    Learner,
    /// The learner's row and a ledger entry; with the head for each group, and the index of the entries.
    LearnerAndEntry,
    /// A ledger entry alone; with the head for each group, and the index of the entries.
    Entry,
}

/// A database of its own, and how far it is filled.
pub struct Engines {
    bare: Bare,
    learners: u64,
    leaves: i64,
}

impl Engines {
    /// A new database on this engine.
    pub fn new(engine: &EngineName, folder: &Path) -> Result<Self> {
        let engine = match engine {
            EngineName::Sqlite => Engine::Sqlite {
                folder: folder.join("bare"),
            },
            EngineName::Postgres(url) => Engine::Postgres(Postgres::parse(url).map_err(|why| anyhow!(why))?),
        };
        let mut bare = Bare::create(&engine, &new_spec(CellKind::Tenant), CACHE_KIB)?;
        bare.transaction(|tx| {
            tx.execute(diesel::insert_into(ledger_head::table).values((
                ledger_head::one.eq(1_i64),
                ledger_head::size.eq(0_i64),
                ledger_head::frontier.eq(Vec::<u8>::new()),
                ledger_head::last_at.eq(0_i64),
                ledger_head::checkpoint.eq(""),
            )))
        })?;
        Ok(Self {
            bare,
            learners: 0,
            leaves: 0,
        })
    }

    /// Inserts groups of so many until the time is up, and then the index of their entries. Answers rows a second.
    pub fn insert_for(&mut self, time: Duration, rows: Rows, group: u64) -> Result<f64> {
        let (started, from) = (Instant::now(), self.leaves);
        let mut done = 0_u64;
        while started.elapsed() < time {
            self.insert(rows, group)?;
            done += group;
        }
        self.index(from, rows)?;
        Ok(done as f64 / started.elapsed().as_secs_f64())
    }

    /// The rows by which entries are found again, in groups and sorted as the server writes them.
    fn index(&mut self, from: i64, rows: Rows) -> Result<()> {
        let all = self.learners.max(1);
        let about = |leaf: i64| {
            let n = u64::try_from(leaf).unwrap_or(0);
            // An entry of a registration is about the next learner, one of a look-up about any.
            let of = if rows == Rows::Entry {
                n.wrapping_mul(48_271) % all
            } else {
                n
            };
            let id = learner_id(of).try_into().unwrap_or([0; 16]);
            (LearnerId::new(Uuid::from_bytes(id)), leaf)
        };
        let mut pairs: Vec<_> = (from..self.leaves).map(about).collect();
        pairs.sort_unstable();
        for some in pairs.chunks(INDEX_ROWS) {
            self.bare.transaction(|tx| Ok(skillsyms_ledger::index(tx, some)?))?;
        }
        for mark in [[1; 16], [2; 16]] {
            let marks: Vec<_> = (from..self.leaves).map(|leaf| (mark, leaf)).collect();
            for some in marks.chunks(INDEX_ROWS) {
                self.bare.transaction(|tx| Ok(skillsyms_ledger::mark(tx, some)?))?;
            }
        }
        Ok(())
    }

    /// Inserts until there are so many learners.
    pub fn fill(&mut self, learners: u64) -> Result<()> {
        while self.learners < learners {
            self.insert(Rows::Learner, 1_000)?;
        }
        Ok(())
    }

    /// One durable group.
    pub fn insert(&mut self, rows: Rows, group: u64) -> Result<()> {
        let (mut learner, mut leaf) = (self.learners, self.leaves);
        self.bare.transaction(|tx| {
            for _ in 0..group {
                if rows != Rows::Entry {
                    insert_learner(tx, learner)?;
                    count_learner(tx)?;
                    learner += 1;
                }
                if rows != Rows::Learner {
                    insert_entry(tx, leaf)?;
                    leaf += 1;
                }
            }
            if rows == Rows::Learner {
                Ok(0)
            } else {
                update_head(tx, self.leaves, leaf)
            }
        })?;
        (self.learners, self.leaves) = (learner, leaf);
        Ok(())
    }

    /// Looks up random learners by their index until the time is up. Answers look-ups a second.
    pub fn select_for(&mut self, time: Duration) -> Result<f64> {
        let started = Instant::now();
        let (mut done, mut at) = (0_u64, 1_u64);
        while started.elapsed() < time {
            let all = self.learners.max(1);
            // A snapshot for each, as the server takes one for each request.
            let found = self.bare.transaction(|tx| {
                at = at
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                select(tx, (at >> 33) % all)
            })?;
            done += u64::from(found);
        }
        Ok(done as f64 / started.elapsed().as_secs_f64())
    }
}

fn index_of(n: u64) -> Vec<u8> {
    sha256(&n.to_be_bytes()).to_vec()
}

/// Bytes that do not compress and differ with `n`, as sealed ones.
fn sealed(n: u64, bytes: usize) -> Vec<u8> {
    sha256(&n.to_le_bytes()).iter().copied().cycle().take(bytes).collect()
}

fn learner_at(n: u64) -> i64 {
    1_795_341_600_000_000 + i64::try_from(n).unwrap_or(0)
}

/// As UUIDv7: in the order of time.
fn learner_id(n: u64) -> Vec<u8> {
    let at = learner_at(n).to_be_bytes();
    at.into_iter().chain(index_of(n)).take(16).collect()
}

fn insert_learner(tx: &mut Tx<'_>, n: u64) -> Result<usize, CellError> {
    let at = learner_at(n);
    let id = learner_id(n);
    // The same names as the server is given: their order decides which pages of an index are written.
    let (first, last) = names(n);
    tx.execute(diesel::insert_into(learners::table).values((
        (
            learners::id.eq(id),
            learners::id_kind.eq("sa_id"),
            learners::id_index.eq(index_of(n)),
            learners::identity.eq(sealed(n, SEALED_BYTES.0)),
            learners::first_name.eq(first),
            learners::middle_name.eq(""),
            learners::last_name.eq(&last),
            learners::title.eq("Ms"),
        ),
        (
            learners::fold.eq(fold(&format!("{last} {first}"))),
            learners::contact.eq(sealed(n, SEALED_BYTES.1)),
            learners::profile.eq(sealed(n, SEALED_BYTES.2)),
            learners::state.eq("active"),
            learners::import.eq(None::<Vec<u8>>),
            learners::version.eq(1_i64),
            learners::created_at.eq(at),
            learners::changed_at.eq(at),
        ),
    )))
}

/// As registering does for the dashboard.
fn count_learner(tx: &mut Tx<'_>) -> Result<(), CellError> {
    tx.add_to_counter("learners", "2026-11", 1)
}

fn insert_entry(tx: &mut Tx<'_>, leaf: i64) -> Result<usize, CellError> {
    let n = u64::try_from(leaf).unwrap_or(0);
    tx.execute(diesel::insert_into(ledger_entries::table).values((
        ledger_entries::leaf.eq(leaf),
        ledger_entries::id.eq(sealed(n, 16)),
        ledger_entries::at.eq(1_795_341_600_000_000 + leaf),
        ledger_entries::act.eq("learner.register"),
        ledger_entries::outcome.eq("done"),
        ledger_entries::actor.eq(Some(sealed(7, 16))),
        ledger_entries::body.eq(sealed(n, ENTRY_BYTES)),
        ledger_entries::hash.eq(sealed(n, 32)),
    )))
}

fn update_head(tx: &mut Tx<'_>, old_size: i64, size: i64) -> Result<usize, CellError> {
    let head = LedgerHead {
        size,
        frontier: &sealed(1, HEAD_BYTES.0),
        last_at: 0,
        checkpoint: &"c".repeat(HEAD_BYTES.1),
    };
    tx.replace_ledger_head(old_size, head)
}

type Found = (
    Vec<u8>,
    String,
    Vec<u8>,
    String,
    String,
    String,
    String,
    String,
    i64,
    i64,
    i64,
);

fn select(tx: &mut Tx<'_>, n: u64) -> Result<bool, CellError> {
    let columns = (
        learners::id,
        learners::id_kind,
        learners::identity,
        learners::first_name,
        learners::middle_name,
        learners::last_name,
        learners::title,
        learners::state,
        learners::version,
        learners::created_at,
        learners::changed_at,
    );
    let query = learners::table
        .filter(learners::id_index.eq(index_of(n)))
        .select(columns)
        .limit(1);
    Ok(tx.first::<Found, _>(query)?.is_some())
}
