//! How many links strangers may ask for. Whoever asks makes the cell write an entry that stays, and a row for a day, whether or not there
//! is an account: so it has an end, before anything is entered.
//!
//! What is above it is answered like everything else and not done: an administrator can still send a link. Counted in memory, for each
//! cell by itself: a restart begins anew.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use skillsyms_core::{CellId, Instant};

use crate::throttle::wide_network;

/// The seconds in which they are counted, from the first one.
const WINDOW_SECONDS: i64 = 3_600;
/// Links that all strangers together ask one cell for in that time: a tenth of three thousand learners on their first day. At worst that
/// is under five megabytes of entries a day.
const CELL_MAX: u32 = 300;
/// Those that one wide network asks for: two classes at a college. It takes five networks to use up what the cell allows.
const AROUND_MAX: u32 = 60;

struct Window {
    began: Instant,
    all: u32,
    around: HashMap<Option<IpAddr>, u32>,
}

impl Window {
    const fn is_over(&self, now: Instant) -> bool {
        now.seconds_since(self.began) >= WINDOW_SECONDS
    }
}

/// What strangers asked for within the hour. It holds cells that are there only, and [`CELL_MAX`] networks of each at most.
#[derive(Default)]
pub(crate) struct Asking(Mutex<HashMap<CellId, Window>>);

impl std::fmt::Debug for Asking {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Asking")
    }
}

impl Asking {
    /// Whether one more is let in. Whom it is about is not asked: it makes no difference.
    pub(crate) fn admit(&self, cell: CellId, from: Option<IpAddr>, now: Instant) -> bool {
        let mut cells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if cells.get(&cell).is_none_or(|window| window.is_over(now)) {
            cells.retain(|_, window| !window.is_over(now));
        }
        let window = cells.entry(cell).or_insert_with(|| Window {
            began: now,
            all: 0,
            around: HashMap::new(),
        });
        if window.all >= CELL_MAX {
            return false;
        }
        let around = window.around.entry(from.map(wide_network)).or_insert(0);
        if *around >= AROUND_MAX {
            return false;
        }
        *around = around.saturating_add(1);
        window.all = window.all.saturating_add(1);
        true
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use uuid::Uuid;

    use super::*;

    const NOW: Instant = Instant::from_micros(1_800_000_000_000_000);

    fn cell(n: u128) -> CellId {
        CellId::new(Uuid::from_u128(n))
    }

    /// How many of a thousand from this wide network are let in.
    fn let_in(asking: &Asking, cell: CellId, network: u32, now: Instant) -> u32 {
        let from = |n: u32| Some(IpAddr::V4(Ipv4Addr::from_bits((network << 8) + n % 256)));
        (0..1_000).map(|n| u32::from(asking.admit(cell, from(n), now))).sum()
    }

    #[test]
    fn a_network_and_a_cell_have_an_end_within_the_hour() {
        let asking = Asking::default();
        let each: Vec<u32> = (0..7).map(|n| let_in(&asking, cell(1), n, NOW)).collect();
        assert_eq!(each, [60, 60, 60, 60, 60, 0, 0]);
        assert_eq!(let_in(&asking, cell(2), 6, NOW), AROUND_MAX, "another cell");
        let later = NOW.plus_seconds(WINDOW_SECONDS);
        assert_eq!(let_in(&asking, cell(1), 6, later), AROUND_MAX);
    }

    #[test]
    fn what_is_remembered_has_an_end() {
        let asking = Asking::default();
        for n in 0..100 {
            let_in(&asking, cell(n), 1, NOW);
        }
        let later = NOW.plus_seconds(WINDOW_SECONDS);
        let_in(&asking, cell(1), 1, later);
        assert_eq!(asking.0.lock().unwrap().len(), 1);
    }
}
