//! Appending: the sequencer of one cell, which is the only writer of the ledger's tables.
//!
//! What holds here:
//! - an entry commits in the transaction of its act, and the signed head with it;
//! - leaves have no gaps, and an entry's time is never before its predecessor's;
//! - a head is signed only over a tree that begins with the tree of the head before it.

use diesel::prelude::*;
use skillsyms_cells::schema::{ledger_entries, ledger_head, ledger_nodes};
use skillsyms_cells::{CellError, CellSpec, LedgerHead, Read, Tx};
use skillsyms_core::{CellId, EntryId, Instant};

use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::clock;
use crate::entry::{Entry, EntryError};
use crate::merkle::{Frontier, Hash, leaf_hash};
use crate::note::{NoteError, Signer, Verifier};
use crate::proof::TreeHead;

/// Subtrees of 2^8, 2^16, 2^24 ... leaves are stored: a proof then reads a few hundred hashes at most, and an append
/// of 256 leaves writes one node.
pub(crate) const STORED_HEIGHTS: u32 = 8;
/// Rows in one insert: eight parameters each stay below the 32,766 that SQLite takes in a statement.
const INSERT_ROWS: usize = 1_000;
/// The key of the one row of the head.
pub(crate) const ONE: i64 = 1;

/// Why the ledger could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The cell failed.
    #[error(transparent)]
    Cell(#[from] CellError),
    /// An entry is above its limits, or a stored one is damaged.
    #[error(transparent)]
    Entry(#[from] EntryError),
    /// A checkpoint could not be signed, or a stored one is damaged.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The cell's name or key cannot sign.
    #[error(transparent)]
    Key(#[from] NoteError),
    /// There is no such leaf yet, or no such size.
    #[error("the ledger has {size} entries: what was asked for is not among them")]
    OutOfRange {
        /// Leaves that there are.
        size: u64,
    },
    /// The tables contradict themselves. `skillsyms ledger verify` says where.
    #[error("the ledger is damaged: {0}")]
    Damaged(&'static str),
}

impl From<LedgerError> for CellError {
    fn from(error: LedgerError) -> Self {
        match error {
            LedgerError::Cell(error) => error,
            LedgerError::Damaged(what) => Self::Damaged(what),
            LedgerError::Entry(_) => Self::Damaged("an entry of the ledger is above its limits or damaged"),
            LedgerError::Checkpoint(_) | LedgerError::Key(_) => {
                Self::Damaged("the ledger's head is damaged or of another key: run `skillsyms ledger verify`")
            }
            LedgerError::OutOfRange { .. } => Self::Damaged("the ledger has fewer entries than were asked for"),
        }
    }
}

/// What stands at the end of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Size and root of the tree.
    pub tree: TreeHead,
    /// The time of the last entry.
    pub last_at: Instant,
    /// The signed checkpoint. Keep it outside the cell: it is what a cut-off tail is found by.
    pub checkpoint: String,
}

/// The head as the table holds it.
pub(crate) struct StoredHead {
    pub(crate) size: u64,
    pub(crate) frontier: Vec<u8>,
    pub(crate) last_at: Instant,
    pub(crate) checkpoint: String,
}

impl StoredHead {
    /// The row of the head, if there is one.
    pub(crate) fn load(read: &mut Read<'_>) -> Result<Option<Self>, LedgerError> {
        let columns = (
            ledger_head::size,
            ledger_head::frontier,
            ledger_head::last_at,
            ledger_head::checkpoint,
        );
        let row: Option<(i64, Vec<u8>, Instant, String)> = read.first(
            ledger_head::table
                .filter(ledger_head::one.eq(ONE))
                .select(columns)
                .limit(1),
        )?;
        row.map(|(size, frontier, last_at, checkpoint)| {
            Ok(Self {
                size: from_sql(size)?,
                frontier,
                last_at,
                checkpoint,
            })
        })
        .transpose()
    }

    fn frontier(&self) -> Result<Frontier, LedgerError> {
        let frontier =
            Frontier::from_bytes(&self.frontier).map_err(|_| LedgerError::Damaged("frontier of the head"))?;
        if frontier.size() == self.size {
            Ok(frontier)
        } else {
            Err(LedgerError::Damaged("the head's size is not its frontier's"))
        }
    }
}

/// A leaf number or a size, from the signed integers of SQL.
pub(crate) fn from_sql(number: i64) -> Result<u64, LedgerError> {
    u64::try_from(number).map_err(|_| LedgerError::Damaged("a negative leaf number or size"))
}

/// A leaf number or a size, to the signed integers of SQL.
pub(crate) fn to_sql(number: u64) -> i64 {
    // 2^63 entries are not reached: at a million a second that is 292,000 years.
    i64::try_from(number).unwrap_or(i64::MAX)
}

// Without the second attribute Diesel inserts row by row on SQLite, in a transaction of its own that it cannot open.
#[derive(Insertable)]
#[diesel(table_name = ledger_entries, treat_none_as_default_value = false)]
struct NewEntry {
    leaf: i64,
    id: EntryId,
    at: Instant,
    act: String,
    outcome: &'static str,
    actor: Option<Vec<u8>>,
    body: Vec<u8>,
    hash: Hash,
}

#[derive(Insertable)]
#[diesel(table_name = ledger_nodes, treat_none_as_default_value = false)]
struct NewNode {
    level: i64,
    idx: i64,
    hash: Hash,
}

/// Puts the entries of one cell in order, hashes them into the tree and signs its head.
#[derive(Debug)]
pub struct Sequencer {
    signer: Signer,
}

impl Sequencer {
    /// A sequencer that signs with this key. The key's name is the origin of the log.
    #[must_use]
    pub const fn new(signer: Signer) -> Self {
        Self { signer }
    }

    /// The sequencer of a cell, with the seed from its keyring.
    ///
    /// # Errors
    /// If the seed is refused.
    pub fn for_cell(cell: CellId, seed: &[u8; 32]) -> Result<Self, LedgerError> {
        Ok(Self::new(Signer::from_seed(&origin(cell), seed)?))
    }

    /// Checks what this sequencer signs. Its text may be published.
    #[must_use]
    pub const fn verifier(&self) -> &Verifier {
        self.signer.verifier()
    }

    /// Makes the head of an empty log if there is none, and checks the one that is there.
    ///
    /// # Errors
    /// If the head is not signed by this key, or does not fit its own signature. Nothing may then be appended:
    /// that would sign over the damage.
    pub fn open(&self, tx: &mut Tx<'_>) -> Result<Head, LedgerError> {
        let Some(stored) = StoredHead::load(&mut tx.read())? else {
            return self.create(tx);
        };
        let tree = Checkpoint::open(&stored.checkpoint, self.verifier())?.tree;
        let frontier = stored.frontier()?;
        if (TreeHead {
            size: stored.size,
            root: frontier.root(),
        }) != tree
        {
            return Err(LedgerError::Damaged("the head is not what its checkpoint says"));
        }
        Ok(Head {
            tree,
            last_at: stored.last_at,
            checkpoint: stored.checkpoint,
        })
    }

    fn create(&self, tx: &mut Tx<'_>) -> Result<Head, LedgerError> {
        let last: Vec<i64> = tx.load(ledger_entries::table.select(ledger_entries::leaf).limit(1))?;
        if !last.is_empty() {
            return Err(LedgerError::Damaged("there are entries and no head"));
        }
        let frontier = Frontier::new();
        let head = self.sign(&frontier, Instant::from_micros(0))?;
        tx.execute(diesel::insert_into(ledger_head::table).values((
            ledger_head::one.eq(ONE),
            ledger_head::size.eq(0_i64),
            ledger_head::frontier.eq(frontier.to_bytes()),
            ledger_head::last_at.eq(head.last_at),
            ledger_head::checkpoint.eq(&head.checkpoint),
        )))?;
        Ok(head)
    }

    fn sign(&self, frontier: &Frontier, last_at: Instant) -> Result<Head, LedgerError> {
        let tree = TreeHead {
            size: frontier.size(),
            root: frontier.root(),
        };
        let checkpoint = Checkpoint::new(self.signer.name(), tree).sign(&self.signer)?;
        Ok(Head {
            tree,
            last_at,
            checkpoint,
        })
    }

    /// Appends entries in this order, in the transaction of the acts that they tell of: one read and one update of
    /// the head, and where statements travel, one insert for up to 1,000 entries.
    ///
    /// # Errors
    /// If an entry is above its limits, the head is damaged, or the cell fails. The transaction must then be rolled
    /// back.
    pub fn append(&self, tx: &mut Tx<'_>, entries: Vec<Entry>) -> Result<Head, LedgerError> {
        let stored = StoredHead::load(&mut tx.read())?.ok_or(LedgerError::Damaged("there is no head"))?;
        let mut frontier = stored.frontier()?;
        let entries = clock::in_order(tx, stored.last_at, entries)?;
        let last_at = entries.last().map_or(stored.last_at, |entry| entry.at);
        let mut rows = Vec::with_capacity(entries.len());
        let mut nodes = Vec::new();
        for entry in entries {
            let row = row(to_sql(frontier.size()), entry)?;
            frontier.push_with(row.hash, |node| {
                if node.height.is_multiple_of(STORED_HEIGHTS) {
                    nodes.push(NewNode {
                        level: i64::from(node.height),
                        idx: to_sql(node.index),
                        hash: node.hash,
                    });
                }
            });
            rows.push(row);
        }
        insert(tx, &rows, &nodes)?;
        let head = self.sign(&frontier, last_at)?;
        write_head(tx, stored.size, &frontier, &head)?;
        Ok(head)
    }
}

fn row(leaf: i64, entry: Entry) -> Result<NewEntry, LedgerError> {
    let body = entry.to_bytes()?;
    Ok(NewEntry {
        leaf,
        id: entry.id,
        at: entry.at,
        outcome: entry.outcome.as_str(),
        actor: entry.actor_bytes(),
        act: entry.act.into_owned(),
        hash: leaf_hash(&body),
        body,
    })
}

fn insert(tx: &mut Tx<'_>, rows: &[NewEntry], nodes: &[NewNode]) -> Result<(), LedgerError> {
    if tx.is_in_process() {
        for row in rows {
            tx.execute(diesel::insert_into(ledger_entries::table).values(row))?;
        }
    } else {
        for some in rows.chunks(INSERT_ROWS) {
            tx.execute(diesel::insert_into(ledger_entries::table).values(some))?;
        }
    }
    for some in nodes.chunks(INSERT_ROWS) {
        tx.execute(diesel::insert_into(ledger_nodes::table).values(some))?;
    }
    Ok(())
}

/// Replaces the head that was read. If another writer was faster, none is replaced, and two heads cannot follow one.
fn write_head(tx: &mut Tx<'_>, old_size: u64, frontier: &Frontier, head: &Head) -> Result<(), LedgerError> {
    let row = LedgerHead {
        size: to_sql(head.tree.size),
        frontier: &frontier.to_bytes(),
        last_at: head.last_at.micros(),
        checkpoint: &head.checkpoint,
    };
    let replaced = tx.replace_ledger_head(to_sql(old_size), row)?;
    if replaced == 1 {
        return Ok(());
    }
    Err(CellError::Lost("another writer moved the ledger's head".to_owned()).into())
}

/// The origin of a cell's log, and the name of its key: a schema-less URL, as C2SP tlog-checkpoint asks.
#[must_use]
pub fn origin(cell: CellId) -> String {
    format!("skillsyms.ledger/{cell}")
}

/// The ledger as the cells' writer calls it: the entries of a group, once for each group.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ledger {
    duty: Duty,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Duty {
    #[default]
    Keep,
    Inspect,
}

impl Ledger {
    /// The ledger of a server at work: a cell with a damaged head does not open.
    #[must_use]
    pub const fn keeping() -> Self {
        Self { duty: Duty::Keep }
    }

    /// For `ledger verify`: a cell with a damaged head opens and takes no entry.
    #[must_use]
    pub const fn inspecting() -> Self {
        Self { duty: Duty::Inspect }
    }
}

impl skillsyms_cells::Sequencer for Ledger {
    type Item = Entry;
    type Head = Head;
    type Handle = Sequencer;

    fn open(&self, spec: &CellSpec, tx: &mut Tx<'_>) -> Result<(Sequencer, Head), CellError> {
        let sequencer = Sequencer::for_cell(spec.id, spec.keys.ledger_seed())?;
        match sequencer.open(tx) {
            Ok(head) => Ok((sequencer, head)),
            Err(LedgerError::Cell(error)) => Err(error),
            Err(error) if self.duty == Duty::Keep => Err(error.into()),
            Err(_) => {
                // What the head would say is of no use: whoever inspects reads the tables.
                let none = sequencer.sign(&Frontier::new(), Instant::from_micros(0))?;
                Ok((sequencer, none))
            }
        }
    }

    fn append(&self, handle: &Sequencer, tx: &mut Tx<'_>, items: Vec<Entry>) -> Result<Head, CellError> {
        match self.duty {
            Duty::Keep => Ok(handle.append(tx, items)?),
            Duty::Inspect => Err(CellError::Damaged(
                "the ledger was opened to be inspected and takes no entries",
            )),
        }
    }
}

#[cfg(test)]
mod tests;
