//! Who looked at whom: an index by learner, derived from the entries in bulk. It may be thrown away and made anew.

use diesel::prelude::*;
use skillsyms_cells::schema::{ledger_entries, ledger_subjects};
use skillsyms_cells::{Read, Tx};
use skillsyms_core::LearnerId;

use crate::clock::{position, set_position};
use crate::entry::Outcome;
use crate::read::{self, Logged, Stored, page};
use crate::store::{LedgerError, from_sql, to_sql};

/// Where the first entry is noted that the index does not hold yet.
const INDEXED: &str = "ledger.subjects";
/// Rows in one insert: two parameters each.
const INSERT_ROWS: usize = 1_000;

/// One page of who touched or saw a learner's record, the latest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accesses {
    /// The entries.
    pub items: Vec<Logged>,
    /// Give this as `before` to read on; none at the end.
    pub next: Option<u64>,
    /// Entries from this leaf on are not in the index yet.
    pub indexed: u64,
}

/// Takes up to `limit` entries into the index (1,000 at most), and answers how many were taken: call it again until
/// that is 0. Only what was done counts: a refusal showed nothing.
///
/// # Errors
/// If an entry is damaged, or the cell fails.
pub fn index_subjects(tx: &mut Tx<'_>, limit: usize) -> Result<usize, LedgerError> {
    let from = indexed(&mut tx.read())?;
    let entries = read::entries(&mut tx.read(), from, limit)?;
    let Some(last) = entries.last() else { return Ok(0) };
    let next = to_sql(last.leaf.saturating_add(1));
    let done = entries.iter().filter(|logged| logged.entry.outcome == Outcome::Done);
    let pairs = done.flat_map(|logged| {
        logged
            .entry
            .learners
            .iter()
            .map(|learner| (*learner, to_sql(logged.leaf)))
    });
    let rows: Vec<_> = pairs
        .map(|(learner, leaf)| (ledger_subjects::learner.eq(learner), ledger_subjects::leaf.eq(leaf)))
        .collect();
    for some in rows.chunks(INSERT_ROWS) {
        // An entry may name a learner twice.
        tx.execute(
            diesel::insert_into(ledger_subjects::table)
                .values(some)
                .on_conflict_do_nothing(),
        )?;
    }
    set_position(tx, INDEXED, next)?;
    Ok(entries.len())
}

/// Empties the index, so that [`index_subjects`] makes it anew from the first entry.
///
/// # Errors
/// If the cell fails.
pub fn forget_subjects(tx: &mut Tx<'_>) -> Result<(), LedgerError> {
    tx.execute(diesel::delete(ledger_subjects::table))?;
    set_position(tx, INDEXED, 0)?;
    Ok(())
}

/// Who touched or saw this learner's record, before the leaf `before`, at most `limit` entries and 1,000.
///
/// # Errors
/// If an entry is damaged, or the cell fails.
pub fn accesses(
    read: &mut Read<'_>,
    learner: LearnerId,
    before: Option<u64>,
    limit: usize,
) -> Result<Accesses, LedgerError> {
    let leaves: Vec<i64> = read.load(
        ledger_subjects::table
            .filter(ledger_subjects::learner.eq(learner))
            .filter(ledger_subjects::leaf.lt(before.map_or(i64::MAX, to_sql)))
            .order(ledger_subjects::leaf.desc())
            .select(ledger_subjects::leaf)
            .limit(page(limit)),
    )?;
    let is_full = leaves.len() == limit.min(read::PAGE_MAX);
    let next = leaves
        .last()
        .filter(|_| is_full)
        .map(|leaf| from_sql(*leaf))
        .transpose()?;
    let rows: Vec<Stored> = read.load(
        ledger_entries::table
            .filter(ledger_entries::leaf.eq_any(leaves))
            .order(ledger_entries::leaf.desc())
            .select((ledger_entries::leaf, ledger_entries::body, ledger_entries::hash)),
    )?;
    let items = rows.into_iter().map(Logged::read).collect::<Result<_, _>>()?;
    Ok(Accesses {
        items,
        next,
        indexed: indexed(read)?,
    })
}

fn indexed(read: &mut Read<'_>) -> Result<u64, LedgerError> {
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

    async fn leaves(bench: &Bench, who: u128, before: Option<u64>, limit: usize) -> (Vec<u64>, Option<u64>, u64) {
        let page = bench
            .read(move |read| accesses(read, learner(who), before, limit))
            .await
            .unwrap();
        (
            page.items.iter().map(|logged| logged.leaf).collect(),
            page.next,
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

    async fn index_all(bench: &Bench) -> Vec<usize> {
        let mut taken = Vec::new();
        while taken.last() != Some(&0) {
            taken.push(bench.write(|tx| Ok(index_subjects(tx, 4)?)).await.unwrap());
        }
        taken
    }

    #[tokio::test]
    async fn the_index_follows_the_log_in_steps() {
        let bench = looked_at().await;
        assert_eq!(leaves(&bench, 1, None, 100).await, (vec![], None, 0));
        assert_eq!(index_all(&bench).await, [4, 4, 2, 0]);
        assert_eq!(leaves(&bench, 2, None, 100).await, (vec![8, 4, 2, 0], None, 10));
        assert_eq!(leaves(&bench, 1, None, 4).await, (vec![9, 8, 7, 5], Some(5), 10));
        assert_eq!(leaves(&bench, 1, Some(5), 100).await, (vec![4, 3, 2, 1, 0], None, 10));
        assert_eq!(leaves(&bench, 3, None, 100).await, (vec![], None, 10));
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
