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
mod tests {
    use super::*;
    use crate::note::Signer;
    use crate::store::Ledger;
    use crate::testing::Bench;

    async fn check(bench: &Bench, outside: Option<String>) -> Report {
        let verifier = bench.cell.handle().verifier().clone();
        bench
            .read(move |read| verify(read, outside.as_deref(), &verifier, &mut |_, _| ()))
            .await
            .unwrap()
    }

    /// What is found after these statements, held against the head that was kept before them.
    async fn found(count: u64, statements: &'static [&'static str]) -> Vec<Finding> {
        let bench = Bench::on_sqlite().await.filled(count).await;
        let outside = bench.cell.head().checkpoint;
        bench.tamper(statements).await;
        let report = check(&bench, Some(outside)).await;
        assert_eq!(report.ok, report.findings.is_empty());
        report.findings
    }

    #[tokio::test]
    async fn a_whole_log_has_no_findings() {
        for count in [0, 1, 255, 256, 257, 2_300] {
            let bench = Bench::with_entries(count).await;
            let head = bench.cell.head();
            let report = check(&bench, Some(head.checkpoint)).await;
            assert_eq!(report.findings, [], "{count}");
            assert!(report.ok);
            assert_eq!((report.size, report.root), (count, Some(head.tree.root)));
            assert_eq!((report.head, report.outside), (Some(head.tree), Some(head.tree)));
        }
    }

    #[tokio::test]
    async fn a_log_that_went_on_is_held_against_every_earlier_head() {
        let bench = Bench::with_entries(0).await;
        let mut kept = vec![bench.cell.head().checkpoint];
        for group in 0..6_u64 {
            bench
                .append(
                    (group * 90..(group + 1) * 90)
                        .map(crate::entry::tests::sample)
                        .collect(),
                )
                .await
                .unwrap();
            kept.push(bench.cell.head().checkpoint);
        }
        for outside in kept {
            let report = check(&bench, Some(outside)).await;
            assert!(report.ok, "{:?}", report.findings);
        }
        assert!(check(&bench, None).await.ok);
    }

    #[tokio::test]
    async fn progress_is_told_to_the_end() {
        let bench = Bench::with_entries(2_300).await;
        let verifier = bench.cell.handle().verifier().clone();
        let told = bench
            .read(move |read| {
                let mut told = Vec::new();
                verify(read, None, &verifier, &mut |done, total| told.push((done, total))).unwrap();
                told
            })
            .await;
        assert_eq!(told, [(0, 2_300), (1_000, 2_300), (2_000, 2_300), (2_300, 2_300)]);
    }

    #[tokio::test]
    async fn one_changed_bit_of_a_body() {
        // 'r' and 's' differ in one bit.
        let found = found(
            700,
            &[
                "UPDATE ledger_entries SET body = CAST(replace(CAST(body AS TEXT), 'learner.read', 'learner.sead') AS BLOB) WHERE leaf = 300",
            ],
        );
        let found = found.await;
        assert!(found.contains(&Finding::Changed { leaf: 300 }), "{found:?}");
        assert!(
            found.contains(&Finding::Column {
                leaf: 300,
                column: "act"
            }),
            "{found:?}"
        );
        assert!(
            found.contains(&Finding::Node {
                level: 8,
                index: 1,
                from: 256,
                to: 512
            }),
            "{found:?}"
        );
        assert!(found.contains(&Finding::Root { size: 700 }), "{found:?}");
        assert!(found.contains(&Finding::NotPrefix { outside: 700 }), "{found:?}");
    }

    /// Flips one bit of a body or a hash, and back again by the same call.
    async fn flip(bench: &Bench, leaf: i64, bit: usize) {
        let flip = |bytes: &mut Vec<u8>, bit: usize| {
            let length = bytes.len();
            bytes[bit / 8 % length] ^= 1 << (bit % 8);
        };
        let row = ledger_entries::table.filter(ledger_entries::leaf.eq(leaf));
        let done = bench.write(move |tx| {
            let columns = (ledger_entries::body, ledger_entries::hash);
            let (mut body, mut hash): (Vec<u8>, Vec<u8>) = tx.first(row.select(columns).limit(1))?.unwrap();
            // Every fourth bit goes to the hash.
            if bit.is_multiple_of(4) {
                flip(&mut hash, bit / 4)
            } else {
                flip(&mut body, bit)
            }
            tx.execute(diesel::update(row).set((ledger_entries::body.eq(body), ledger_entries::hash.eq(hash))))
        });
        assert_eq!(done.await.unwrap(), 1);
    }

    #[tokio::test]
    async fn one_changed_bit_anywhere() {
        let bench = Bench::on_sqlite().await.filled(300).await;
        bench.tamper(&[]).await;
        for n in 0..80_u64 {
            let [a, b, c, ..] = skillsyms_vault::sha256(&n.to_be_bytes());
            let leaf = (i64::from(a) * 256 + i64::from(b)) % 300;
            let bit = usize::from(b) * 256 + usize::from(c);
            flip(&bench, leaf, bit).await;
            let found = check(&bench, None).await.findings;
            assert!(
                found.contains(&Finding::Changed { leaf: leaf as u64 }),
                "{leaf} {bit}: {found:?}"
            );
            flip(&bench, leaf, bit).await;
        }
        assert!(check(&bench, None).await.ok);
    }

    #[tokio::test]
    async fn one_changed_bit_of_each_column() {
        let cases: [(&'static [&'static str], &[Finding]); 6] = [
            (
                &["UPDATE ledger_entries SET hash = (SELECT hash FROM ledger_entries WHERE leaf = 8) WHERE leaf = 7"],
                &[Finding::Changed { leaf: 7 }],
            ),
            (
                &["UPDATE ledger_entries SET at = at + 1 WHERE leaf = 7"],
                &[Finding::Column { leaf: 7, column: "at" }],
            ),
            (
                &["UPDATE ledger_entries SET act = 'learner.sead' WHERE leaf = 7"],
                &[Finding::Column { leaf: 7, column: "act" }],
            ),
            (
                &["UPDATE ledger_entries SET outcome = 'refused' WHERE leaf = 7"],
                &[Finding::Column {
                    leaf: 7,
                    column: "outcome",
                }],
            ),
            (
                &["UPDATE ledger_entries SET actor = x'00' WHERE leaf = 7"],
                &[Finding::Column {
                    leaf: 7,
                    column: "actor",
                }],
            ),
            (
                &["UPDATE ledger_entries SET id = x'00' WHERE leaf = 7"],
                &[Finding::Column { leaf: 7, column: "id" }],
            ),
        ];
        for (statements, expected) in cases {
            assert_eq!(found(20, statements).await, expected, "{statements:?}");
        }
    }

    #[tokio::test]
    async fn an_entry_that_is_no_entry() {
        let found = found(20, &["UPDATE ledger_entries SET body = x'7b7d' WHERE leaf = 7"]).await;
        assert!(found.contains(&Finding::Unreadable { leaf: 7 }), "{found:?}");
        assert!(found.contains(&Finding::Changed { leaf: 7 }), "{found:?}");
    }

    #[tokio::test]
    async fn one_removed_entry() {
        assert_eq!(
            found(20, &["DELETE FROM ledger_entries WHERE leaf = 7"]).await,
            [Finding::Gap { from: 7, to: 8 }]
        );
        assert_eq!(
            found(20, &["DELETE FROM ledger_entries WHERE leaf = 0"]).await,
            [Finding::Gap { from: 0, to: 1 }]
        );
    }

    #[tokio::test]
    async fn one_removed_entry_with_the_rest_moved_up() {
        let found = found(
            20,
            &[
                "DELETE FROM ledger_entries WHERE leaf = 7",
                "UPDATE ledger_entries SET leaf = -leaf WHERE leaf > 7",
                "UPDATE ledger_entries SET leaf = -leaf - 1 WHERE leaf < 0",
            ],
        );
        let found = found.await;
        assert!(found.contains(&Finding::Gap { from: 19, to: 20 }), "{found:?}");
        assert!(
            found.contains(&Finding::Truncated { size: 19, outside: 20 }),
            "{found:?}"
        );
    }

    #[tokio::test]
    async fn a_reordered_pair() {
        let found = found(
            20,
            &[
                "UPDATE ledger_entries SET leaf = -7 WHERE leaf = 7",
                "UPDATE ledger_entries SET leaf = 7 WHERE leaf = 8",
                "UPDATE ledger_entries SET leaf = 8 WHERE leaf = -7",
            ],
        );
        let found = found.await;
        assert_eq!(
            found,
            [
                Finding::Order { leaf: 8 },
                Finding::Root { size: 20 },
                Finding::NotPrefix { outside: 20 }
            ]
        );
    }

    #[tokio::test]
    async fn an_entry_that_was_slipped_in() {
        let copy = "INSERT INTO ledger_entries SELECT 20, id, at, act, outcome, actor, body, hash FROM ledger_entries WHERE leaf = 19";
        let statements: &'static [&'static str] = Box::leak(Box::new([copy]));
        assert_eq!(found(20, statements).await, [Finding::Surplus { leaf: 20 }]);
        let found = found(20, &["UPDATE ledger_entries SET leaf = -1 WHERE leaf = 19"]).await;
        assert!(found.contains(&Finding::Surplus { leaf: -1 }), "{found:?}");
        assert!(found.contains(&Finding::Gap { from: 19, to: 20 }), "{found:?}");
    }

    #[tokio::test]
    async fn nodes_that_do_not_fit() {
        assert_eq!(
            found(600, &["UPDATE ledger_nodes SET hash = x'00' WHERE idx = 1"]).await,
            [Finding::Node {
                level: 8,
                index: 1,
                from: 256,
                to: 512
            }]
        );
        assert_eq!(
            found(600, &["DELETE FROM ledger_nodes WHERE idx = 0"]).await,
            [Finding::Node {
                level: 8,
                index: 0,
                from: 0,
                to: 256
            }]
        );
        assert_eq!(
            found(600, &["INSERT INTO ledger_nodes VALUES (16, 0, x'00')"]).await,
            [Finding::NodeSurplus]
        );
    }

    #[tokio::test]
    async fn a_head_that_was_changed() {
        for statements in [
            &["UPDATE ledger_head SET size = 19"],
            &["UPDATE ledger_head SET size = -1"],
            &["UPDATE ledger_head SET frontier = x'00'"],
        ] {
            assert_eq!(found(20, statements).await, [Finding::HeadColumns], "{statements:?}");
        }
        assert_eq!(found(20, &["DELETE FROM ledger_head"]).await, [Finding::NoHead]);
        assert_eq!(
            found(
                20,
                &["UPDATE ledger_head SET checkpoint = replace(checkpoint, '20', '21')"]
            )
            .await,
            [Finding::HeadSignature]
        );
    }

    /// A log of five entries more than `then`, with its five last entries cut off and the head of `then` put back.
    async fn cut(then: u64) -> (Bench, String) {
        let bench = Bench::on_sqlite().await.filled(then).await;
        bench.tamper(&["CREATE TABLE kept AS SELECT * FROM ledger_head"]).await;
        bench
            .append((then..then + 5).map(crate::entry::tests::sample).collect())
            .await
            .unwrap();
        let outside = bench.cell.head().checkpoint;
        bench
            .tamper(&[
                "DELETE FROM ledger_entries WHERE leaf >= (SELECT size FROM kept)",
                "DELETE FROM ledger_head",
                "INSERT INTO ledger_head SELECT * FROM kept",
            ])
            .await;
        (bench, outside)
    }

    #[tokio::test]
    async fn a_tail_that_was_cut_off_with_its_head_is_found_from_outside_only() {
        let (bench, outside) = cut(20).await;
        let alone = check(&bench, None).await;
        assert!(alone.ok && alone.outside.is_none(), "{:?}", alone.findings);
        assert!(bench.reopen(Ledger::keeping()).await.is_ok());
        let report = check(&bench, Some(outside)).await;
        assert!(!report.ok);
        assert_eq!(
            report.findings,
            [
                Finding::HeadOlder { head: 20, outside: 25 },
                Finding::Truncated { size: 20, outside: 25 }
            ]
        );
    }

    #[tokio::test]
    async fn a_tail_that_was_cut_off_and_written_anew() {
        let (bench, outside) = cut(20).await;
        let other = (100..110).map(crate::entry::tests::sample).collect();
        // The writer knows nothing of the cut: its transaction reads the head that was put back.
        bench.append(other).await.unwrap();
        let report = check(&bench, Some(outside)).await;
        assert_eq!(report.findings, [Finding::NotPrefix { outside: 25 }]);
        assert!(check(&bench, None).await.ok);
    }

    #[tokio::test]
    async fn a_tail_that_was_cut_off_without_its_head() {
        assert_eq!(
            found(20, &["DELETE FROM ledger_entries WHERE leaf > 17"]).await,
            [
                Finding::Gap { from: 18, to: 20 },
                Finding::Truncated { size: 18, outside: 20 }
            ]
        );
        assert_eq!(
            found(20, &["DELETE FROM ledger_entries"]).await,
            [
                Finding::Gap { from: 0, to: 20 },
                Finding::Truncated { size: 0, outside: 20 }
            ]
        );
    }

    #[tokio::test]
    async fn a_checkpoint_of_another_key_vouches_for_nothing() {
        let bench = Bench::with_entries(3).await;
        let head = bench.cell.head();
        let stranger = Signer::from_seed(bench.cell.handle().verifier().name(), &[9; 32]).unwrap();
        let forged = Checkpoint::new(stranger.name(), head.tree).sign(&stranger).unwrap();
        for outside in [forged, String::new(), head.checkpoint.replace("\n3\n", "\n2\n")] {
            let report = check(&bench, Some(outside)).await;
            assert_eq!(
                (report.findings, report.outside),
                (vec![Finding::OutsideSignature], None)
            );
        }
        let verifier = stranger.verifier().clone();
        let report = bench
            .read(move |read| verify(read, None, &verifier, &mut |_, _| ()))
            .await
            .unwrap();
        assert_eq!(report.findings, [Finding::HeadSignature]);
    }

    #[tokio::test]
    async fn a_ruined_log_gives_a_short_list() {
        let bench = Bench::on_sqlite().await.filled(400).await;
        bench.tamper(&["UPDATE ledger_entries SET outcome = 'x'"]).await;
        let report = check(&bench, None).await;
        assert_eq!(
            (report.findings.len(), report.more_findings, report.ok),
            (100, 300, false)
        );
    }

    #[test]
    fn nodes_are_counted_by_level() {
        for (size, nodes) in [
            (0, 0),
            (255, 0),
            (256, 1),
            (65_535, 255),
            (65_536, 257),
            (1 << 24, 65_536 + 256 + 1),
        ] {
            assert_eq!(nodes_of(size), nodes, "{size}");
        }
    }
}
