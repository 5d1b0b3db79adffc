//! Reading: the head, entries and proofs, from the tables of one cell.

use std::collections::HashMap;

use diesel::prelude::*;
use skillsyms_cells::Read;
use skillsyms_cells::schema::{ledger_entries, ledger_nodes};

use crate::entry::Entry;
use crate::merkle::{Frontier, Hash, node_hash};
use crate::proof::{self, Hashes, ProofError};
use crate::store::{LedgerError, STORED_HEIGHTS, StoredHead, from_sql, to_sql};

/// Entries in one page.
pub const PAGE_MAX: usize = 1_000;

/// An entry and its place in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logged {
    /// Its place, counted from 0.
    pub leaf: u64,
    /// Its hash in the tree.
    pub hash: Hash,
    /// What it says.
    pub entry: Entry,
}

/// A row as it is stored: place, body, hash.
pub(crate) type Stored = (i64, Vec<u8>, Hash);

impl Logged {
    pub(crate) fn read((leaf, body, hash): Stored) -> Result<Self, LedgerError> {
        Ok(Self {
            leaf: from_sql(leaf)?,
            hash,
            entry: Entry::from_bytes(&body)?,
        })
    }
}

/// The number of entries.
///
/// # Errors
/// If there is no head, or the cell fails.
pub fn size(read: &mut Read<'_>) -> Result<u64, LedgerError> {
    Ok(stored_head(read)?.size)
}

/// The signed checkpoint of the head.
///
/// # Errors
/// If there is no head, or the cell fails.
pub fn checkpoint(read: &mut Read<'_>) -> Result<String, LedgerError> {
    Ok(stored_head(read)?.checkpoint)
}

fn stored_head(read: &mut Read<'_>) -> Result<StoredHead, LedgerError> {
    StoredHead::load(read)?.ok_or(LedgerError::Damaged("there is no head"))
}

/// One entry, if it is there.
///
/// # Errors
/// If it is damaged, or the cell fails.
pub fn entry(read: &mut Read<'_>, leaf: u64) -> Result<Option<Logged>, LedgerError> {
    let columns = (ledger_entries::leaf, ledger_entries::body, ledger_entries::hash);
    let row: Option<Stored> = read.first(
        ledger_entries::table
            .filter(ledger_entries::leaf.eq(to_sql(leaf)))
            .select(columns)
            .limit(1),
    )?;
    row.map(Logged::read).transpose()
}

/// The entries at these leaves, the newest first; of those that are not there, none.
///
/// # Errors
/// If an entry is damaged, or the cell fails.
pub fn at(read: &mut Read<'_>, leaves: &[u64]) -> Result<Vec<Logged>, LedgerError> {
    let leaves: Vec<i64> = leaves.iter().map(|leaf| to_sql(*leaf)).collect();
    let rows: Vec<Stored> = read.load(
        ledger_entries::table
            .filter(ledger_entries::leaf.eq_any(leaves))
            .order(ledger_entries::leaf.desc())
            .select((ledger_entries::leaf, ledger_entries::body, ledger_entries::hash)),
    )?;
    rows.into_iter().map(Logged::read).collect()
}

/// Entries in order, from this leaf on, at most `limit` and 1,000. Consumers keep the leaf after the last one.
///
/// # Errors
/// If an entry is damaged, or the cell fails.
pub fn entries(read: &mut Read<'_>, from: u64, limit: usize) -> Result<Vec<Logged>, LedgerError> {
    let columns = (ledger_entries::leaf, ledger_entries::body, ledger_entries::hash);
    let rows: Vec<Stored> = read.load(
        ledger_entries::table
            .filter(ledger_entries::leaf.ge(to_sql(from)))
            .order(ledger_entries::leaf.asc())
            .select(columns)
            .limit(page(limit)),
    )?;
    rows.into_iter().map(Logged::read).collect()
}

/// A limit as SQL takes it, never above a page.
pub(crate) fn page(limit: usize) -> i64 {
    i64::try_from(limit.min(PAGE_MAX)).unwrap_or(i64::MAX)
}

/// The proof that the entry at `leaf` is in the tree of `size` leaves.
///
/// # Errors
/// [`LedgerError::OutOfRange`] if there is no such leaf or size.
pub fn inclusion(read: &mut Read<'_>, leaf: u64, size: u64) -> Result<Vec<Hash>, LedgerError> {
    let there = reach(read, size)?;
    proof::inclusion(&mut StoredHashes::new(read, there), leaf, size).map_err(|error| explain(error, there))
}

/// The proof that the tree of `old` leaves is the beginning of the tree of `new` leaves.
///
/// # Errors
/// [`LedgerError::OutOfRange`] if there are no such sizes.
pub fn consistency(read: &mut Read<'_>, old: u64, new: u64) -> Result<Vec<Hash>, LedgerError> {
    let there = reach(read, new)?;
    proof::consistency(&mut StoredHashes::new(read, there), old, new).map_err(|error| explain(error, there))
}

fn reach(read: &mut Read<'_>, wanted: u64) -> Result<u64, LedgerError> {
    let size = size(read)?;
    if wanted > size {
        Err(LedgerError::OutOfRange { size })
    } else {
        Ok(size)
    }
}

fn explain(error: ProofError<LedgerError>, size: u64) -> LedgerError {
    match error {
        ProofError::OutOfRange => LedgerError::OutOfRange { size },
        ProofError::Source(error) => error,
    }
}

/// The hashes of the tree, from the tables. The subtrees beside one leaf lie in few blocks of neighbours, each of which is read
/// once.
struct StoredHashes<'r, 'c> {
    read: &'r mut Read<'c>,
    /// Entries that there are.
    size: u64,
    blocks: HashMap<(u32, u64), Vec<Hash>>,
}

impl<'r, 'c> StoredHashes<'r, 'c> {
    fn new(read: &'r mut Read<'c>, size: u64) -> Self {
        Self {
            read,
            size,
            blocks: HashMap::new(),
        }
    }
}

impl Hashes for StoredHashes<'_, '_> {
    type Error = LedgerError;

    fn range(&mut self, start: u64, end: u64) -> Result<Hash, LedgerError> {
        // Complete subtrees from left to right: such a range has at most one of each height.
        let mut parts = Vec::new();
        let mut at = start;
        while at < end {
            let height = (end - at).ilog2().min(at.trailing_zeros());
            parts.push(self.complete(at, height)?);
            at += 1 << height;
        }
        let mut parts = parts.into_iter().rev();
        let last = parts.next().ok_or(LedgerError::Damaged("an empty part of the tree"))?;
        Ok(parts.fold(last, |right, left| node_hash(&left, &right)))
    }
}

impl StoredHashes<'_, '_> {
    /// The root of the complete subtree of 2^`height` leaves that begins at `start`, from at most 128 stored hashes.
    fn complete(&mut self, start: u64, height: u32) -> Result<Hash, LedgerError> {
        let above = height % STORED_HEIGHTS;
        let level = height - above;
        let first = start >> level;
        let (block, at) = (first >> STORED_HEIGHTS, first % (1 << STORED_HEIGHTS));
        let at = usize::try_from(at).unwrap_or(usize::MAX);
        let hashes = self.block(level, block)?.get(at..at.saturating_add(1 << above));
        let hashes = hashes.ok_or(LedgerError::Damaged("a part of the tree that is not there"))?;
        let mut subtree = Frontier::new();
        hashes.iter().for_each(|hash| subtree.push(*hash));
        Ok(subtree.root())
    }

    /// The 256 neighbours of a level that make one hash of the next stored level, or as many of them as there are.
    fn block(&mut self, level: u32, block: u64) -> Result<&[Hash], LedgerError> {
        if !self.blocks.contains_key(&(level, block)) {
            let (from, to) = (block << STORED_HEIGHTS, (block + 1) << STORED_HEIGHTS);
            let hashes = self.stored(level, to_sql(from), to_sql(to))?;
            // With a gap, those behind it would stand in the wrong places.
            let expected = (self.size >> level).min(to).saturating_sub(from);
            if u64::try_from(hashes.len()) != Ok(expected) {
                return Err(LedgerError::Damaged("a hash of the tree is missing"));
            }
            self.blocks.insert((level, block), hashes);
        }
        Ok(self.blocks.get(&(level, block)).map_or(&[], Vec::as_slice))
    }

    fn stored(&mut self, level: u32, from: i64, to: i64) -> Result<Vec<Hash>, LedgerError> {
        if level == 0 {
            let leaves = ledger_entries::table
                .filter(ledger_entries::leaf.ge(from).and(ledger_entries::leaf.lt(to)))
                .order(ledger_entries::leaf.asc())
                .select(ledger_entries::hash);
            return Ok(self.read.load(leaves)?);
        }
        let nodes = ledger_nodes::table
            .filter(ledger_nodes::level.eq(i64::from(level)))
            .filter(ledger_nodes::idx.ge(from).and(ledger_nodes::idx.lt(to)))
            .order(ledger_nodes::idx.asc())
            .select(ledger_nodes::hash);
        Ok(self.read.load(nodes)?)
    }
}
