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
mod tests {
    use super::*;
    use crate::clock::CLOCK_JUMP;
    use crate::entry::ENTRY_BYTES_MAX;
    use crate::entry::tests::sample;
    use crate::proof::{verify_consistency, verify_inclusion};
    use crate::read;
    use crate::testing::Bench;

    fn shifted(n: u64, seconds: i64) -> Entry {
        let entry = sample(n);
        Entry {
            at: sample(0).at.plus_seconds(seconds),
            ..entry
        }
    }

    async fn times(bench: &Bench) -> Vec<(String, i64)> {
        let start = sample(0).at;
        let all = bench.read(|read| read::entries(read, 0, 1_000)).await.unwrap();
        all.into_iter()
            .map(|logged| (logged.entry.act.into_owned(), logged.entry.at.seconds_since(start)))
            .collect()
    }

    #[tokio::test]
    async fn an_empty_log_has_a_signed_head() {
        let bench = Bench::new().await;
        let head = bench.cell.head();
        assert_eq!(
            head.tree,
            TreeHead {
                size: 0,
                root: crate::merkle::empty_root()
            }
        );
        let opened = Checkpoint::open(&head.checkpoint, bench.cell.handle().verifier()).unwrap();
        assert_eq!((opened.tree, opened.origin), (head.tree, origin(bench.cell.id())));
        assert_eq!(bench.read(read::checkpoint).await.unwrap(), head.checkpoint);
    }

    #[tokio::test]
    async fn what_is_appended_is_read_back_and_proven() {
        let bench = Bench::with_entries(700).await;
        let head = bench.cell.head();
        assert_eq!(head.tree.size, 700);
        for leaf in [0, 1, 255, 256, 511, 512, 640, 698, 699] {
            let (logged, path) = bench
                .read(move |read| {
                    (
                        read::entry(read, leaf).unwrap().unwrap(),
                        read::inclusion(read, leaf, 700).unwrap(),
                    )
                })
                .await;
            assert_eq!(logged.entry, sample(leaf));
            assert_eq!(
                verify_inclusion(leaf, &logged.hash, &path, &head.tree),
                Ok(()),
                "{leaf}"
            );
        }
    }

    #[tokio::test]
    async fn every_head_is_the_beginning_of_the_next() {
        let bench = Bench::new().await;
        let mut heads = vec![bench.cell.head().tree];
        for group in [1, 2, 253, 1, 40, 300, 7] {
            let from = heads[heads.len() - 1].size;
            bench.append((from..from + group).map(sample).collect()).await.unwrap();
            heads.push(bench.cell.head().tree);
        }
        for (at, new) in heads.iter().enumerate() {
            for old in &heads[..=at] {
                let sizes = (old.size, new.size);
                let path = bench
                    .read(move |read| read::consistency(read, sizes.0, sizes.1))
                    .await
                    .unwrap();
                assert_eq!(verify_consistency(old, new, &path), Ok(()), "{sizes:?}");
            }
        }
    }

    #[tokio::test]
    async fn the_stored_tree_has_the_shape_of_a_tree_in_memory() {
        let bench = Bench::with_entries(600).await;
        let mut frontier = Frontier::new();
        for n in 0..600 {
            frontier.push(leaf_hash(&sample(n).to_bytes().unwrap()));
        }
        assert_eq!(
            bench.cell.head().tree,
            TreeHead {
                size: 600,
                root: frontier.root()
            }
        );
    }

    #[tokio::test]
    async fn what_is_not_there_yet_is_not_proven() {
        let bench = Bench::with_entries(3).await;
        let errors = bench
            .read(|read| {
                [
                    read::inclusion(read, 3, 3).unwrap_err(),
                    read::inclusion(read, 0, 4).unwrap_err(),
                    read::consistency(read, 1, 4).unwrap_err(),
                    read::consistency(read, 3, 2).unwrap_err(),
                ]
            })
            .await;
        assert!(
            errors
                .iter()
                .all(|error| matches!(error, LedgerError::OutOfRange { size: 3 })),
            "{errors:?}"
        );
        assert_eq!(bench.read(|read| read::entry(read, 3)).await.unwrap(), None);
    }

    #[tokio::test]
    async fn a_large_group_is_appended_at_once() {
        let bench = Bench::new().await;
        bench.append((0..2_500).map(sample).collect()).await.unwrap();
        assert_eq!(bench.cell.head().tree.size, 2_500);
        let page = bench.read(|read| read::entries(read, 2_490, 1_000)).await.unwrap();
        assert_eq!(
            page.iter().map(|logged| logged.leaf).collect::<Vec<_>>(),
            (2_490..2_500).collect::<Vec<_>>()
        );
    }

    #[tokio::test]
    async fn small_disorder_is_smoothed_in_silence() {
        let bench = Bench::new().await;
        bench
            .append(vec![shifted(0, 10), shifted(1, 8), shifted(2, 11)])
            .await
            .unwrap();
        let read = "learner.read".to_owned();
        assert_eq!(
            times(&bench).await,
            [(read.clone(), 10), (read.clone(), 10), (read, 11)]
        );
    }

    #[tokio::test]
    async fn a_clock_that_jumps_back_is_told_of_once() {
        let bench = Bench::new().await;
        bench.append(vec![shifted(0, 1_000)]).await.unwrap();
        // Back by 900 s, running on, back again by 40 s, caught up, back by 500 s.
        for (n, seconds) in [100, 101, 150, 110, 111, 1_001, 1_500, 1_000].into_iter().enumerate() {
            bench.append(vec![shifted(n as u64 + 1, seconds)]).await.unwrap();
        }
        let told = times(&bench).await;
        let acts: Vec<_> = told.iter().map(|(act, _)| act == CLOCK_JUMP).collect();
        let expected = [
            false, true, false, false, false, true, false, false, false, false, true, false,
        ];
        assert_eq!(acts, expected, "{told:?}");
        assert!(told.is_sorted_by_key(|(_, at)| *at), "{told:?}");
        let jump = bench.read(|read| read::entry(read, 1)).await.unwrap().unwrap().entry;
        assert_eq!(jump.count, Some(900_000_000));
    }

    #[tokio::test]
    async fn an_entry_above_its_limits_leaves_nothing() {
        let bench = Bench::with_entries(2).await;
        let bad = Entry {
            purpose: Some("x".repeat(ENTRY_BYTES_MAX)),
            ..sample(3)
        };
        assert!(bench.append(vec![sample(2), bad]).await.is_err());
        assert_eq!(bench.read(read::size).await.unwrap(), 2);
        bench.append(vec![sample(2)]).await.unwrap();
        assert_eq!(bench.cell.head().tree.size, 3);
    }

    #[tokio::test]
    async fn entries_cannot_be_changed_by_the_way_that_writes_them() {
        let bench = Bench::with_entries(2).await;
        let delete = bench.write(|tx| tx.execute(diesel::delete(ledger_entries::table)));
        assert!(delete.await.is_err());
        let update =
            bench.write(|tx| tx.execute(diesel::update(ledger_entries::table).set(ledger_entries::act.eq("x"))));
        assert!(update.await.is_err());
    }

    #[tokio::test]
    async fn the_log_goes_on_after_a_restart() {
        let bench = Bench::with_entries(300).await;
        let (_cells, again) = bench.reopen(Ledger::keeping()).await.unwrap();
        assert_eq!(again.head(), bench.cell.head());
        again.append(sample(300)).await.unwrap();
        let old = bench.cell.head().tree;
        let path = again
            .read(|read| read::consistency(read, 300, 301))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(verify_consistency(&old, &again.head().tree, &path), Ok(()));
    }

    #[tokio::test]
    async fn a_damaged_head_opens_for_inspection_only() {
        let bench = Bench::on_sqlite().await.filled(5).await;
        bench.tamper(&["UPDATE ledger_head SET size = 4"]).await;
        let refused = bench.reopen(Ledger::keeping()).await.err();
        assert!(matches!(refused, Some(CellError::Damaged(_))), "{refused:?}");
        let (_cells, inspected) = bench.reopen(Ledger::inspecting()).await.unwrap();
        assert!(inspected.append(sample(9)).await.is_err());
        // The writer that was open meanwhile does not sign over it either.
        assert!(bench.append(vec![sample(9)]).await.is_err());
    }

    #[tokio::test]
    async fn a_head_that_was_lost_is_not_made_anew_over_entries() {
        let bench = Bench::on_sqlite().await.filled(5).await;
        bench.tamper(&["DELETE FROM ledger_head"]).await;
        assert!(bench.reopen(Ledger::keeping()).await.is_err());
        assert!(bench.append(vec![sample(9)]).await.is_err());
    }
}
