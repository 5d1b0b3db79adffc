//! Who looked at whom: an index by learner, derived from the entries in bulk. It may be thrown away and made anew.

use diesel::prelude::*;
use skillsyms_cells::schema::{ledger_marks, ledger_subjects};
use skillsyms_cells::{Read, Tx};
use skillsyms_core::{ByAge, LearnerId};

use crate::clock::{position, set_position};
use crate::entry::Outcome;
use crate::part::{Part, load_leaves};
use crate::read::{self, Logged, page};
use crate::search::{self, Mark};
use crate::store::{LedgerError, from_sql, to_sql};

/// Where the first entry is noted that the index does not hold yet.
const INDEXED: &str = "ledger.subjects";
/// Pairs and marks that are held at once, but for those of the last page of entries: 24 bytes each, so about 10 MB. An entry
/// names many learners if it is of a list or an import. Tests have fewer entries.
const ROWS_MAX: usize = if cfg!(test) { 1_000 } else { 400_000 };
/// Rows in one insert: two parameters each.
const INSERT_ROWS: usize = 1_000;

/// One page of who touched or saw a learner's record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accesses {
    /// The entries.
    pub items: Vec<Logged>,
    /// What is left to be read; none at the end.
    pub rest: Option<Part>,
    /// Entries from this leaf on are not in the index yet.
    pub indexed: u64,
}

/// Entries that the index does not hold yet, as pairs in the order of the index.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unindexed {
    /// Learner and leaf, sorted, each pair once.
    pub pairs: Vec<(LearnerId, i64)>,
    /// Mark and leaf, sorted, each pair once, for the search.
    pub marks: Vec<(Mark, i64)>,
    /// The leaf after the last entry that was looked at; none if there was no entry.
    pub until: Option<u64>,
    /// Whether there may be more entries than were asked for.
    pub is_full: bool,
}

/// What up to `limit` entries, from the first that the index does not hold, add to it. Only what was done counts: a
/// refusal showed nothing.
///
/// # Errors
/// If an entry is damaged, or the cell fails.
pub fn unindexed(read: &mut Read<'_>, limit: usize) -> Result<Unindexed, LedgerError> {
    let mut from = indexed(read)?;
    let mut found = Unindexed::default();
    let mut left = limit;
    found.is_full = true;
    while left > 0 && found.pairs.len() + found.marks.len() < ROWS_MAX {
        let entries = read::entries(read, from, left)?;
        let Some(last) = entries.last() else {
            found.is_full = false;
            break;
        };
        from = last.leaf.saturating_add(1);
        found.until = Some(from);
        left = left.saturating_sub(entries.len());
        for logged in &entries {
            let leaf = to_sql(logged.leaf);
            found
                .marks
                .extend(search::marks(&logged.entry).into_iter().map(|mark| (mark, leaf)));
            if logged.entry.outcome != Outcome::Done {
                continue;
            }
            found
                .pairs
                .extend(logged.entry.learners.iter().map(|learner| (*learner, leaf)));
        }
    }
    // In the order of the table, so that neighbours lie on one page. An entry may name a learner twice.
    found.pairs.sort_unstable();
    found.pairs.dedup();
    found.marks.sort_unstable();
    found.marks.dedup();
    Ok(found)
}

/// Takes pairs into the index. It may be done again: a pair that is there stays.
///
/// # Errors
/// If the cell fails.
pub fn index(tx: &mut Tx<'_>, pairs: &[(LearnerId, i64)]) -> Result<(), LedgerError> {
    let row =
        |(learner, leaf): &(LearnerId, i64)| (ledger_subjects::learner.eq(*learner), ledger_subjects::leaf.eq(*leaf));
    if tx.is_in_process() {
        for pair in pairs {
            let one = diesel::insert_into(ledger_subjects::table).values(row(pair));
            tx.execute(one.on_conflict_do_nothing())?;
        }
        return Ok(());
    }
    for some in pairs.chunks(INSERT_ROWS) {
        let rows: Vec<_> = some.iter().map(row).collect();
        let many = diesel::insert_into(ledger_subjects::table).values(rows);
        tx.execute(many.on_conflict_do_nothing())?;
    }
    Ok(())
}

/// Notes that the index holds all entries before this leaf.
///
/// # Errors
/// If the cell fails.
pub fn indexed_until(tx: &mut Tx<'_>, leaf: u64) -> Result<(), LedgerError> {
    Ok(set_position(tx, INDEXED, to_sql(leaf))?)
}

/// Empties the index, so that [`unindexed`] begins with the first entry again.
///
/// # Errors
/// If the cell fails.
pub fn forget_subjects(tx: &mut Tx<'_>) -> Result<(), LedgerError> {
    tx.execute(diesel::delete(ledger_subjects::table))?;
    tx.execute(diesel::delete(ledger_marks::table))?;
    set_position(tx, INDEXED, 0)?;
    Ok(())
}

/// Who touched or saw this learner's record in a part of the log, at most `limit` entries and 1,000.
///
/// # Errors
/// If an entry is damaged, or the cell fails.
pub fn accesses(read: &mut Read<'_>, learner: LearnerId, part: Part, limit: usize) -> Result<Accesses, LedgerError> {
    let of_learner = ledger_subjects::learner.eq(learner);
    let leaves = load_leaves!(read, part, ledger_subjects, page(limit), of_learner)?;
    let is_full = leaves.len() == limit.min(read::PAGE_MAX);
    let last = leaves.last().copied().filter(|_| is_full);
    let items = part.at(read, &leaves)?;
    Ok(Accesses {
        items,
        rest: last.map(|leaf| part.behind(leaf)),
        indexed: indexed(read)?,
    })
}

pub(crate) fn indexed(read: &mut Read<'_>) -> Result<u64, LedgerError> {
    position(read, INDEXED)?.map_or(Ok(0), from_sql)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::entry::Entry;
    use crate::entry::tests::sample;
    use crate::testing::Bench;

    fn learner(n: u128) -> LearnerId {
        LearnerId::new(Uuid::from_u128(n))
    }

    async fn leaves(bench: &Bench, who: u128, edge: Option<u64>, limit: usize) -> (Vec<u64>, Option<u64>, u64) {
        in_part(bench, who, Part::newest(edge), limit).await
    }

    async fn in_part(bench: &Bench, who: u128, part: Part, limit: usize) -> (Vec<u64>, Option<u64>, u64) {
        let page = bench
            .read(move |read| accesses(read, learner(who), part, limit))
            .await
            .unwrap();
        (
            page.items.iter().map(|logged| logged.leaf).collect(),
            page.rest.and_then(|rest| rest.edge()),
            page.indexed,
        )
    }

    /// Ten entries on learner 1, the even ones on learner 2 too, one of them twice, and one refusal.
    async fn looked_at() -> Bench {
        let bench = Bench::new().await;
        let mut entries: Vec<Entry> = (0..10).map(sample).collect();
        for (n, entry) in entries.iter_mut().enumerate() {
            entry.learners = if n % 2 == 0 {
                vec![learner(1), learner(2)]
            } else {
                vec![learner(1)]
            };
        }
        entries[4].learners.push(learner(2));
        entries[6].outcome = Outcome::Refused;
        bench.append(entries).await.unwrap();
        bench
    }

    async fn index_all(bench: &Bench) -> Vec<Option<u64>> {
        let mut taken = Vec::new();
        while taken.last() != Some(&None) {
            let found = bench.read(|read| unindexed(read, 4)).await.unwrap();
            let pairs = found.pairs.clone();
            bench.write(move |tx| Ok(index(tx, &pairs)?)).await.unwrap();
            if let Some(leaf) = found.until {
                bench.write(move |tx| Ok(indexed_until(tx, leaf)?)).await.unwrap();
            }
            taken.push(found.until);
        }
        taken
    }

    #[tokio::test]
    async fn the_index_follows_the_log_in_steps() {
        let bench = looked_at().await;
        assert_eq!(leaves(&bench, 1, None, 100).await, (vec![], None, 0));
        assert_eq!(index_all(&bench).await, [Some(4), Some(8), Some(10), None]);
        assert_eq!(leaves(&bench, 2, None, 100).await, (vec![8, 4, 2, 0], None, 10));
        assert_eq!(leaves(&bench, 1, None, 4).await, (vec![9, 8, 7, 5], Some(5), 10));
        assert_eq!(leaves(&bench, 1, Some(5), 100).await, (vec![4, 3, 2, 1, 0], None, 10));
        assert_eq!(leaves(&bench, 3, None, 100).await, (vec![], None, 10));
    }

    #[tokio::test]
    async fn the_index_is_read_from_either_end_and_between_leaves() {
        let bench = looked_at().await;
        index_all(&bench).await;
        let part = |leaves, edge| Part::new(leaves, ByAge::Oldest, edge);
        assert_eq!(
            in_part(&bench, 2, part(0..10, None), 2).await,
            (vec![0, 2], Some(3), 10)
        );
        assert_eq!(
            in_part(&bench, 2, part(0..10, Some(3)), 2).await,
            (vec![4, 8], Some(9), 10)
        );
        assert_eq!(in_part(&bench, 2, part(0..10, Some(9)), 2).await, (vec![], None, 10));
        assert_eq!(in_part(&bench, 2, part(1..8, None), 9).await, (vec![2, 4], None, 10));
        let part = Part::new(2..9, ByAge::Newest, Some(8));
        assert_eq!(in_part(&bench, 2, part, 9).await, (vec![4, 2], None, 10));
    }

    #[tokio::test]
    async fn what_is_held_at_once_has_an_end_and_the_rest_follows() {
        let bench = Bench::new().await;
        let entries = (0..1_100).map(|n| Entry {
            learners: vec![learner(1), learner(2)],
            ..sample(n)
        });
        bench.append(entries.collect()).await.unwrap();
        let first = bench.read(|read| unindexed(read, 100_000)).await.unwrap();
        assert_eq!((first.until, first.is_full), (Some(1_000), true));
        assert!(first.pairs.len() > ROWS_MAX, "{}", first.pairs.len());
        bench.write(|tx| Ok(indexed_until(tx, 1_000)?)).await.unwrap();
        let rest = bench.read(|read| unindexed(read, 100_000)).await.unwrap();
        assert_eq!((rest.until, rest.is_full, rest.pairs.len()), (Some(1_100), false, 200));
    }

    #[tokio::test]
    async fn the_index_is_rebuilt_from_the_entries() {
        let bench = looked_at().await;
        index_all(&bench).await;
        let before = leaves(&bench, 1, None, 100).await;
        bench.write(|tx| Ok(forget_subjects(tx)?)).await.unwrap();
        assert_eq!(leaves(&bench, 1, None, 100).await, (vec![], None, 0));
        index_all(&bench).await;
        assert_eq!(leaves(&bench, 1, None, 100).await, before);
    }
}
