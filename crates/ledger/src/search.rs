//! Searching the log: by act, by who did it, by learner, by outcome, by time; from either end.
//!
//! Marks say which entries are of an act, of an actor, or did not end well. They follow the log in bulk like the index by
//! learner, so that an append writes nothing for them; what they do not hold yet is looked through as it is. Time needs no
//! index.

use diesel::prelude::*;
use skillsyms_cells::schema::{ledger_marks, ledger_subjects};
use skillsyms_cells::{Read, Tx};
use skillsyms_core::{ByAge, Instant, LearnerId};
use skillsyms_vault::sha256;
use uuid::Uuid;

use crate::entry::{Entry, Outcome};
use crate::part::{Part, load_leaves};
use crate::read::{self, Logged};
use crate::store::{LedgerError, from_sql};
use crate::subjects::indexed;

/// Bytes of a mark: as many as an id has.
const MARK_BYTES: usize = 16;
/// Entries that one search looks at, so that it takes a few milliseconds however much there is: then it says where to go on.
const LOOKED_AT_MAX: usize = 500;
/// Entries that are read at once.
const STEP: usize = 100;
/// Rows in one insert: two parameters each.
const INSERT_ROWS: usize = 1_000;

/// By what entries are found together.
pub type Mark = [u8; MARK_BYTES];

/// What is looked for. What is not given does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Name of the act.
    pub act: Option<String>,
    /// The person or key who did it.
    pub actor: Option<Uuid>,
    /// A learner whose record was touched or shown.
    pub learner: Option<LearnerId>,
    /// How it ended.
    pub outcome: Option<Outcome>,
    /// Not before this instant.
    pub from: Option<Instant>,
    /// Before this instant.
    pub until: Option<Instant>,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The entries.
    pub items: Vec<Logged>,
    /// The edge from which to go on; none at the end. There may be more although the page is not full.
    pub next: Option<u64>,
}

impl Wanted {
    fn takes(&self, entry: &Entry) -> bool {
        self.act.as_ref().is_none_or(|act| entry.act == act.as_str())
            && self.actor.is_none_or(|actor| entry.actor.id == Some(actor))
            && self.learner.is_none_or(|learner| entry.learners.contains(&learner))
            && self.outcome.is_none_or(|outcome| entry.outcome == outcome)
    }

    /// The mark that is likely to have the fewest entries.
    fn mark(&self) -> Option<Mark> {
        let outcome = self.outcome.filter(|outcome| *outcome != Outcome::Done);
        self.actor
            .map(|actor| *actor.as_bytes())
            .or_else(|| outcome.map(|outcome| named("outcome", outcome.as_str())))
            .or_else(|| self.act.as_deref().map(|act| named("act", act)))
    }
}

fn named(kind: &str, word: &str) -> Mark {
    let hash = sha256(format!("{kind}:{word}").as_bytes());
    let mut mark = [0; MARK_BYTES];
    for (to, from) in mark.iter_mut().zip(hash) {
        *to = from;
    }
    mark
}

/// The marks of an entry. The learners of what was done stand in the index by learner already.
pub(crate) fn marks(entry: &Entry) -> Vec<Mark> {
    let mut marks = vec![named("act", &entry.act)];
    marks.extend(entry.actor.id.map(|id| *id.as_bytes()));
    if entry.outcome != Outcome::Done {
        marks.push(named("outcome", entry.outcome.as_str()));
        marks.extend(entry.learners.iter().map(|learner| *learner.uuid().as_bytes()));
    }
    marks
}

/// Takes marks into their table. It may be done again: what is there stays.
///
/// # Errors
/// If the cell fails.
pub fn mark(tx: &mut Tx<'_>, pairs: &[(Mark, i64)]) -> Result<(), LedgerError> {
    let row = |(mark, leaf): &(Mark, i64)| (ledger_marks::mark.eq(mark.to_vec()), ledger_marks::leaf.eq(*leaf));
    if tx.is_in_process() {
        for pair in pairs {
            let one = diesel::insert_into(ledger_marks::table).values(row(pair));
            tx.execute(one.on_conflict_do_nothing())?;
        }
        return Ok(());
    }
    for some in pairs.chunks(INSERT_ROWS) {
        let rows: Vec<_> = some.iter().map(row).collect();
        let many = diesel::insert_into(ledger_marks::table).values(rows);
        tx.execute(many.on_conflict_do_nothing())?;
    }
    Ok(())
}

/// What matches in this order, beyond the edge of the page before, at most `limit` entries.
///
/// # Errors
/// If an entry is damaged, or the cell fails.
pub fn search(
    read: &mut Read<'_>,
    wanted: &Wanted,
    (order, edge): (ByAge, Option<u64>),
    limit: usize,
) -> Result<Found, LedgerError> {
    let mut left = Part::of_time(read, (wanted.from, wanted.until), order, edge)?;
    // Where nothing but time is looked for, every entry is taken as it comes.
    let is_by_index = wanted.learner.is_some() || wanted.mark().is_some();
    let indexed = if is_by_index { indexed(read)? } else { 0 };
    let mut items = Vec::new();
    let mut looked_at = 0;
    while !left.is_over() && items.len() < limit && looked_at < LOOKED_AT_MAX {
        let (piece, is_indexed) = left.piece(indexed, STEP as u64);
        let mut some = if is_indexed {
            step(read, wanted, &piece)?
        } else {
            piece.entries(read)?
        };
        let has_more = is_indexed && some.len() == STEP;
        let mut last = some.last().filter(|_| has_more).map(|logged| logged.leaf);
        looked_at += some.len();
        some.retain(|logged| wanted.takes(&logged.entry));
        let room = limit.saturating_sub(items.len());
        if some.len() > room {
            some.truncate(room);
            last = some.last().map(|logged| logged.leaf);
        }
        left = match last {
            Some(leaf) => left.behind(leaf),
            None => left.behind_all(&piece),
        };
        items.append(&mut some);
    }
    Ok(Found {
        items,
        next: left.edge(),
    })
}

/// The first entries of this piece, by the best index for what is wanted.
fn step(read: &mut Read<'_>, wanted: &Wanted, piece: &Part) -> Result<Vec<Logged>, LedgerError> {
    let most = read::page(STEP);
    let mut leaves = match (wanted.learner, wanted.mark()) {
        (Some(learner), _) => {
            // What was done stands in the index by learner, the rest among the marks.
            let of_learner = ledger_subjects::learner.eq(learner);
            let mut leaves = load_leaves!(read, piece, ledger_subjects, most, of_learner)?;
            leaves.extend(marked(read, *learner.uuid().as_bytes(), piece)?);
            leaves.sort_unstable();
            if piece.order() == ByAge::Newest {
                leaves.reverse();
            }
            leaves
        }
        (None, Some(mark)) => marked(read, mark, piece)?,
        (None, None) => Vec::new(),
    };
    leaves.truncate(STEP);
    piece.at(read, &leaves)
}

/// The first leaves of this piece with this mark.
fn marked(read: &mut Read<'_>, mark: Mark, piece: &Part) -> Result<Vec<u64>, LedgerError> {
    let with_mark = ledger_marks::mark.eq(mark.to_vec());
    load_leaves!(read, piece, ledger_marks, read::page(STEP), with_mark.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::tests::sample;
    use crate::subjects::{index, indexed_until, unindexed};
    use crate::testing::Bench;

    fn learner(n: u128) -> LearnerId {
        LearnerId::new(Uuid::from_u128(n))
    }

    /// 260 entries, more than two steps: every third is refused, every fifth is on learner 5, every seventh another act.
    async fn bench(indexed: usize) -> (Bench, Vec<Entry>) {
        let bench = Bench::new().await;
        let mut entries: Vec<Entry> = (0..260).map(sample).collect();
        for (n, entry) in entries.iter_mut().enumerate() {
            entry.outcome = if n % 3 == 0 { Outcome::Refused } else { Outcome::Done };
            entry.learners = if n % 5 == 0 { vec![learner(5)] } else { vec![] };
            entry.act = if n % 7 == 0 {
                "seventh.act".into()
            } else {
                "other.act".into()
            };
            entry.actor.id = Some(Uuid::from_u128(if n % 11 == 0 { 11 } else { 1 }));
        }
        bench.append(entries.clone()).await.unwrap();
        if indexed > 0 {
            let found = bench.read(move |read| unindexed(read, indexed)).await.unwrap();
            let until = found.until.unwrap();
            assert_eq!(until, indexed as u64);
            bench
                .write(move |tx| {
                    index(tx, &found.pairs)?;
                    mark(tx, &found.marks)?;
                    Ok(indexed_until(tx, until)?)
                })
                .await
                .unwrap();
        }
        (bench, entries)
    }

    async fn all(bench: &Bench, wanted: &Wanted, order: ByAge) -> Vec<u64> {
        let (mut leaves, mut edge) = (Vec::new(), None);
        loop {
            let wanted = wanted.clone();
            let found = bench
                .read(move |read| search(read, &wanted, (order, edge), 7))
                .await
                .unwrap();
            assert!(found.items.len() <= 7);
            leaves.extend(found.items.iter().map(|logged| logged.leaf));
            edge = found.next;
            if edge.is_none() {
                return leaves;
            }
        }
    }

    #[tokio::test]
    async fn what_matches_is_found_from_either_end_with_the_index_and_without() {
        for indexed in [260, 130, 0] {
            let (bench, entries) = bench(indexed).await;
            let instants = [None, Some(entries[40].at), Some(entries[200].at)];
            for bits in 0..16_u32 {
                for (from, until) in [(0, 0), (1, 0), (0, 2), (1, 2), (2, 1)] {
                    let wanted = Wanted {
                        act: (bits & 1 != 0).then(|| "seventh.act".to_owned()),
                        actor: (bits & 2 != 0).then(|| Uuid::from_u128(11)),
                        learner: (bits & 4 != 0).then(|| learner(5)),
                        outcome: (bits & 8 != 0).then_some(Outcome::Refused),
                        from: instants[from],
                        until: instants[until],
                    };
                    let matches = |entry: &Entry| {
                        wanted.takes(entry)
                            && wanted.from.is_none_or(|from| entry.at >= from)
                            && wanted.until.is_none_or(|until| entry.at < until)
                    };
                    let mut expected: Vec<u64> = entries
                        .iter()
                        .enumerate()
                        .filter(|(_, entry)| matches(entry))
                        .map(|(n, _)| n as u64)
                        .collect();
                    let oldest = all(&bench, &wanted, ByAge::Oldest).await;
                    assert_eq!(oldest, expected, "{indexed} indexed, oldest first: {wanted:?}");
                    expected.reverse();
                    let newest = all(&bench, &wanted, ByAge::Newest).await;
                    assert_eq!(newest, expected, "{indexed} indexed, newest first: {wanted:?}");
                }
            }
        }
    }
}
