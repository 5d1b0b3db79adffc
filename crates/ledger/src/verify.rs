//! Verification: reads a whole log and says what is wrong with it.
//!
//! The entries are believed first and everything else is held against them: each body against its hash and columns,
//! the tree over the bodies against the stored nodes and the signed head, and the same tree at an earlier size
//! against a checkpoint that was kept outside the cell. Only the last of these finds a tail that was cut off
//! together with its head, or a log that was written anew with the cell's own key.

use diesel::prelude::*;
use serde::Serialize;
use skillsyms_cells::Read;
use skillsyms_cells::schema::{ledger_entries, ledger_nodes};
use skillsyms_core::Instant;

use crate::checkpoint::Checkpoint;
use crate::entry::Entry;
use crate::finding::Finding;
use crate::merkle::{Frontier, Hash, Subtree, leaf_hash};
use crate::note::Verifier;
use crate::proof::TreeHead;
use crate::store::{LedgerError, STORED_HEIGHTS, StoredHead, to_sql};

/// Entries read at once: with usual entries below a megabyte.
const PAGE: i64 = 1_000;
/// Findings that are listed. A log with more is not in need of a longer list.
const FINDINGS_MAX: usize = 100;

/// What a verification found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Entries that were read.
    pub size: u64,
    /// The root over them; none if some are missing.
    pub root: Option<Hash>,
    /// What the signed head says, if its signature holds.
    pub head: Option<TreeHead>,
    /// What the checkpoint from outside says, if one was given and its signature holds. Without one, a tail that was
    /// cut off cannot be found.
    pub outside: Option<TreeHead>,
    /// True if nothing is wrong.
    pub ok: bool,
    /// What is wrong, the first hundred.
    pub findings: Vec<Finding>,
    /// How many more there are.
    pub more_findings: u64,
}

/// Reads the whole log. `outside` is a signed checkpoint that was kept outside the cell, taken before the snapshot
/// that `read` sees. `progress` is told how many entries are done, and of how many.
///
/// # Errors
/// If the cell fails. What is wrong with the log is not an error but a finding.
pub fn verify(
    read: &mut Read<'_>,
    outside: Option<&str>,
    verifier: &Verifier,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Report, LedgerError> {
    let mut found = Findings::default();
    let head = check_head(read, verifier, &mut found)?;
    let outside = check_outside(outside, verifier, &mut found);
    let mut walk = Walk::new(head.size, outside, found);
    let total = head.size.unwrap_or(0);
    progress(0, total);
    while walk.page(read)? {
        progress(walk.count, total.max(walk.count));
    }
    progress(walk.count, total.max(walk.count));
    walk.finish(read, head.signed)
}

/// What the head says: its size if it can be read, and the tree that it signs.
struct SaidHead {
    size: Option<u64>,
    signed: Option<TreeHead>,
}

fn check_head(read: &mut Read<'_>, verifier: &Verifier, found: &mut Findings) -> Result<SaidHead, LedgerError> {
    let stored = match StoredHead::load(read) {
        Ok(Some(stored)) => stored,
        Ok(None) => {
            found.add(Finding::NoHead);
            return Ok(SaidHead {
                size: None,
                signed: None,
            });
        }
        Err(LedgerError::Cell(error)) => return Err(error.into()),
        Err(_) => {
            found.add(Finding::HeadColumns);
            return Ok(SaidHead {
                size: None,
                signed: None,
            });
        }
    };
    let Ok(checkpoint) = Checkpoint::open(&stored.checkpoint, verifier) else {
        found.add(Finding::HeadSignature);
        return Ok(SaidHead {
            size: Some(stored.size),
            signed: None,
        });
    };
    let frontier = Frontier::from_bytes(&stored.frontier);
    let fits = frontier.is_ok_and(|f| f.size() == stored.size && f.root() == checkpoint.tree.root);
    if !fits || stored.size != checkpoint.tree.size {
        found.add(Finding::HeadColumns);
    }
    // The signed size counts: the row's may have been set back together with a cut tail.
    Ok(SaidHead {
        size: Some(checkpoint.tree.size),
        signed: Some(checkpoint.tree),
    })
}

fn check_outside(note: Option<&str>, verifier: &Verifier, found: &mut Findings) -> Option<TreeHead> {
    let opened = Checkpoint::open(note?, verifier);
    if opened.is_err() {
        found.add(Finding::OutsideSignature);
    }
    opened.ok().map(|checkpoint| checkpoint.tree)
}

#[derive(Default)]
struct Findings {
    listed: Vec<Finding>,
    more: u64,
}

impl Findings {
    fn add(&mut self, finding: Finding) {
        if self.listed.len() < FINDINGS_MAX {
            self.listed.push(finding);
        } else {
            self.more = self.more.saturating_add(1);
        }
    }
}

/// A row as it is stored. Whatever does not fit is a finding, so nothing is parsed while loading.
#[derive(Queryable)]
struct Row {
    leaf: i64,
    id: Vec<u8>,
    at: i64,
    act: String,
    outcome: String,
    actor: Option<Vec<u8>>,
    body: Vec<u8>,
    hash: Vec<u8>,
}

struct Walk {
    head_size: Option<u64>,
    outside: Option<TreeHead>,
    found: Findings,
    /// Entries read.
    count: u64,
    /// The last leaf number read; none before the first.
    last: Option<i64>,
    last_at: Option<Instant>,
    /// The tree over the bodies, as long as none is missing.
    tree: Option<Frontier>,
    /// Nodes that this page completed.
    completed: Vec<Subtree>,
    /// The root at the size that was kept outside.
    root_then: Option<Hash>,
}

impl Walk {
    fn new(head_size: Option<u64>, outside: Option<TreeHead>, found: Findings) -> Self {
        let mut walk = Self {
            head_size,
            outside,
            found,
            count: 0,
            last: None,
            last_at: None,
            tree: Some(Frontier::new()),
            completed: Vec::new(),
            root_then: None,
        };
        walk.note_root();
        walk
    }

    /// Reads and checks one page; answers whether there may be more.
    fn page(&mut self, read: &mut Read<'_>) -> Result<bool, LedgerError> {
        let from = match self.last {
            None => i64::MIN,
            Some(i64::MAX) => return Ok(false),
            Some(last) => last + 1,
        };
        let query = ledger_entries::table
            .filter(ledger_entries::leaf.ge(from))
            .order(ledger_entries::leaf.asc());
        let rows: Vec<Row> = read.load(query.limit(PAGE))?;
        let is_full = i64::try_from(rows.len()) == Ok(PAGE);
        for row in &rows {
            self.row(row);
        }
        self.check_nodes(read)?;
        Ok(is_full)
    }

    fn row(&mut self, row: &Row) {
        let expected = self.expected();
        self.last = Some(row.leaf);
        let Ok(leaf) = u64::try_from(row.leaf) else {
            self.found.add(Finding::Surplus { leaf: row.leaf });
            return;
        };
        self.count = self.count.saturating_add(1);
        if self.is_beyond(leaf) {
            self.found.add(Finding::Surplus { leaf: row.leaf });
        }
        if leaf != expected {
            self.found.add(Finding::Gap {
                from: expected,
                to: leaf,
            });
            self.tree = None;
        }
        let hash = leaf_hash(&row.body);
        if row.hash != hash.bytes() {
            self.found.add(Finding::Changed { leaf });
        }
        self.check_body(leaf, row);
        self.push(leaf, hash);
    }

    /// The leaf number that comes next.
    fn expected(&self) -> u64 {
        self.last
            .map_or(0, |last| u64::try_from(last.saturating_add(1)).unwrap_or(0))
    }

    fn is_beyond(&self, leaf: u64) -> bool {
        self.head_size.is_some_and(|size| leaf >= size)
    }

    fn check_body(&mut self, leaf: u64, row: &Row) {
        let Ok(entry) = Entry::from_bytes(&row.body) else {
            self.found.add(Finding::Unreadable { leaf });
            return;
        };
        let columns = [
            ("id", row.id == entry.id.bytes()),
            ("at", row.at == entry.at.micros()),
            ("act", row.act == entry.act),
            ("outcome", row.outcome == entry.outcome.as_str()),
            ("actor", row.actor == entry.actor_bytes()),
        ];
        for (column, _) in columns.into_iter().filter(|(_, same)| !same) {
            self.found.add(Finding::Column { leaf, column });
        }
        if self.last_at.is_some_and(|last| entry.at < last) {
            self.found.add(Finding::Order { leaf });
        }
        self.last_at = Some(entry.at);
    }

    fn push(&mut self, leaf: u64, hash: Hash) {
        // What is beyond the head belongs to no tree that was signed.
        if self.is_beyond(leaf) {
            return;
        }
        let Some(tree) = &mut self.tree else { return };
        let completed = &mut self.completed;
        tree.push_with(hash, |node| {
            if node.height.is_multiple_of(STORED_HEIGHTS) {
                completed.push(node);
            }
        });
        self.note_root();
    }

    fn note_root(&mut self) {
        let then = self.outside.map(|outside| outside.size);
        let Some(tree) = self.tree.as_ref().filter(|tree| Some(tree.size()) == then) else {
            return;
        };
        self.root_then = Some(tree.root());
    }

    fn check_nodes(&mut self, read: &mut Read<'_>) -> Result<(), LedgerError> {
        for node in std::mem::take(&mut self.completed) {
            let stored: Option<Vec<u8>> = read.first(
                ledger_nodes::table
                    .filter(
                        ledger_nodes::level
                            .eq(i64::from(node.height))
                            .and(ledger_nodes::idx.eq(to_sql(node.index))),
                    )
                    .select(ledger_nodes::hash)
                    .limit(1),
            )?;
            if stored.as_deref() != Some(node.hash.bytes().as_slice()) {
                let (from, to) = (node.index << node.height, (node.index + 1) << node.height);
                self.found.add(Finding::Node {
                    level: node.height,
                    index: node.index,
                    from,
                    to,
                });
            }
        }
        Ok(())
    }

    fn finish(mut self, read: &mut Read<'_>, signed: Option<TreeHead>) -> Result<Report, LedgerError> {
        let reached = self.expected();
        if let Some(to) = self.head_size.filter(|size| reached < *size) {
            self.found.add(Finding::Gap { from: reached, to });
        }
        let tree = self.tree.as_ref().map(|tree| TreeHead {
            size: tree.size(),
            root: tree.root(),
        });
        if tree
            .zip(signed)
            .is_some_and(|(tree, signed)| tree.size == signed.size && tree.root != signed.root)
        {
            self.found.add(Finding::Root { size: reached });
        }
        let nodes: Option<i64> = read.first(ledger_nodes::table.count())?;
        if nodes.unwrap_or(0) > to_sql(nodes_of(self.head_size.unwrap_or(reached))) {
            self.found.add(Finding::NodeSurplus);
        }
        self.compare_outside(reached, signed);
        Ok(Report {
            size: self.count,
            root: tree.map(|tree| tree.root),
            head: signed,
            outside: self.outside,
            ok: self.found.listed.is_empty(),
            findings: self.found.listed,
            more_findings: self.found.more,
        })
    }

    fn compare_outside(&mut self, reached: u64, signed: Option<TreeHead>) {
        let Some(outside) = self.outside else { return };
        if let Some(head) = signed.filter(|head| head.size < outside.size) {
            self.found.add(Finding::HeadOlder {
                head: head.size,
                outside: outside.size,
            });
        }
        if reached < outside.size {
            self.found.add(Finding::Truncated {
                size: reached,
                outside: outside.size,
            });
        }
        if self.root_then.is_some_and(|root| root != outside.root) {
            self.found.add(Finding::NotPrefix { outside: outside.size });
        }
    }
}

/// How many nodes are stored for a tree of this size.
fn nodes_of(size: u64) -> u64 {
    (1..u64::BITS / STORED_HEIGHTS)
        .map(|level| size >> (level * STORED_HEIGHTS))
        .sum()
}

#[cfg(test)]
mod tests;
