//! A part of the log that is read a page at a time, from either end: what lies between two leaves, in an order, less what
//! the pages before have shown.

use std::ops::Range;

use diesel::prelude::*;
use skillsyms_cells::Read;
use skillsyms_cells::schema::ledger_entries;
use skillsyms_core::{ByAge, Instant};

use crate::read::{self, Logged};
use crate::store::{LedgerError, to_sql};

/// What is still to be read. Where a page ended is an edge: the number of leaves before it, whichever way the log is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    leaves: Range<u64>,
    order: ByAge,
}

impl Part {
    /// What lies beyond the edge of the page before, of these leaves in this order.
    #[must_use]
    pub fn new(leaves: Range<u64>, order: ByAge, edge: Option<u64>) -> Self {
        let mut part = Self { leaves, order };
        if let Some(edge) = edge {
            part.cut(edge);
        }
        part
    }

    /// The newest first, beyond this edge.
    #[must_use]
    pub fn newest(edge: Option<u64>) -> Self {
        Self::new(0..edge.unwrap_or(u64::MAX), ByAge::Newest, None)
    }

    /// Of what was noted from one instant on and before another.
    ///
    /// # Errors
    /// If the cell fails.
    pub fn of_time(
        read: &mut Read<'_>,
        (from, until): (Option<Instant>, Option<Instant>),
        order: ByAge,
        edge: Option<u64>,
    ) -> Result<Self, LedgerError> {
        let size = read::size(read)?;
        let low = from.map_or(Ok(0), |at| first_at(read, at, size))?;
        let high = until.map_or(Ok(size), |at| first_at(read, at, size))?;
        Ok(Self::new(low..high, order, edge))
    }

    /// In which order it is read.
    pub(crate) const fn order(&self) -> ByAge {
        self.order
    }

    /// Whether nothing is left.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.leaves.is_empty()
    }

    /// Where the next page begins; none at the end.
    #[must_use]
    pub fn edge(&self) -> Option<u64> {
        let edge = match self.order {
            ByAge::Newest => self.leaves.end,
            ByAge::Oldest => self.leaves.start,
        };
        (!self.is_over()).then_some(edge)
    }

    /// The first leaf, and the one behind the last, as SQL takes them.
    pub(crate) fn bounds(&self) -> (i64, i64) {
        (to_sql(self.leaves.start), to_sql(self.leaves.end))
    }

    /// What is left when everything up to this leaf has been read, itself too.
    #[must_use]
    pub fn behind(mut self, leaf: u64) -> Self {
        self.cut(match self.order {
            ByAge::Newest => leaf,
            ByAge::Oldest => leaf.saturating_add(1),
        });
        self
    }

    /// What is left when all of this piece of it has been read.
    pub(crate) fn behind_all(mut self, piece: &Self) -> Self {
        self.cut(match self.order {
            ByAge::Newest => piece.leaves.start,
            ByAge::Oldest => piece.leaves.end,
        });
        self
    }

    /// The piece that is read next, and whether the indexes hold it, which reach to the leaf `indexed`. What they do not hold is
    /// cut into steps.
    pub(crate) fn piece(&self, indexed: u64, step: u64) -> (Self, bool) {
        let Range { start, end } = self.leaves;
        let (leaves, is_indexed) = match self.order {
            ByAge::Newest if end > indexed => (end.saturating_sub(step).max(start).max(indexed)..end, false),
            ByAge::Newest => (start..end, true),
            ByAge::Oldest if start >= indexed => (start..start.saturating_add(step).min(end), false),
            ByAge::Oldest => (start..end.min(indexed), true),
        };
        (Self { leaves, ..*self }, is_indexed)
    }

    fn cut(&mut self, edge: u64) {
        match self.order {
            ByAge::Newest => self.leaves.end = self.leaves.end.min(edge),
            ByAge::Oldest => self.leaves.start = self.leaves.start.max(edge),
        }
    }

    /// All of its entries, in its order, at most 1,000.
    pub(crate) fn entries(&self, read: &mut Read<'_>) -> Result<Vec<Logged>, LedgerError> {
        let Range { start, end } = self.leaves;
        let count = usize::try_from(end.saturating_sub(start)).unwrap_or(usize::MAX);
        let mut entries = read::entries(read, start, count)?;
        if self.order == ByAge::Newest {
            entries.reverse();
        }
        Ok(entries)
    }

    /// The entries at these leaves, in its order.
    pub(crate) fn at(&self, read: &mut Read<'_>, leaves: &[u64]) -> Result<Vec<Logged>, LedgerError> {
        let mut entries = read::at(read, leaves)?;
        if self.order == ByAge::Oldest {
            entries.reverse();
        }
        Ok(entries)
    }
}

/// The first leaf that is not before this instant; the size if all are. An entry is never before its predecessor, so it is
/// found by halving.
fn first_at(read: &mut Read<'_>, at: Instant, size: u64) -> Result<u64, LedgerError> {
    let (mut low, mut high) = (0, size);
    while low < high {
        let middle = low.midpoint(high);
        let there: Option<Instant> = read.first(
            ledger_entries::table
                .filter(ledger_entries::leaf.eq(to_sql(middle)))
                .select(ledger_entries::at)
                .limit(1),
        )?;
        if there.is_some_and(|there| there < at) {
            low = middle.saturating_add(1);
        } else {
            high = middle;
        }
    }
    Ok(low)
}

/// Loads leaves of a part from a table whose column `leaf` they are, in the part's order, at most so many.
macro_rules! load_leaves {
    ($read:expr, $part:expr, $table:ident, $most:expr, $filter:expr) => {{
        let (low, high) = $part.bounds();
        let leaf = $table::leaf;
        let found = $table::table.filter($filter).filter(leaf.ge(low).and(leaf.lt(high)));
        let found = found.select(leaf).limit($most);
        match $part.order() {
            ByAge::Newest => $read.load(found.order(leaf.desc())),
            ByAge::Oldest => $read.load(found.order(leaf.asc())),
        }
        .map_err(LedgerError::from)
        .and_then(|leaves: Vec<i64>| leaves.into_iter().map(from_sql).collect::<Result<Vec<u64>, _>>())
    }};
}
pub(crate) use load_leaves;
