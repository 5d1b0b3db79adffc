//! Times in order: an entry's time is never before its predecessor's, and a clock that jumps back is told of by an
//! entry of its own. What the clock showed is not lost: an entry's id is a UUID of version 7 and holds it.

use std::borrow::Cow;

use diesel::prelude::*;
use skillsyms_cells::schema::positions;
use skillsyms_cells::{CellError, Read, Tx};
use skillsyms_core::{EntryId, Instant};
use uuid::{Builder, Uuid};

use crate::entry::{Entry, Nonce, Who};
use crate::store::LedgerError;
use skillsyms_vault::sha256;

/// The act of the entry that tells of a jump. Its count is the jump in microseconds.
pub const CLOCK_JUMP: &str = "clock.jump";
/// Entries that were made side by side arrive out of order by less than this.
const TOLERANCE_MICROS: i64 = 2_000_000;
/// How far the clock must have moved on before that is noted, to write rarely while it catches up.
const NOTED_MICROS: i64 = 1_000_000;
/// Where the last time is noted at which the log stands until the clock has caught up.
const HELD: &str = "ledger.clock.held";
/// Where the latest time is noted that the clock showed meanwhile.
const SEEN: &str = "ledger.clock.seen";

/// The entries with times that never go back, and with an entry in front of the first that shows a jump.
pub(crate) fn in_order(tx: &mut Tx<'_>, last: Instant, entries: Vec<Entry>) -> Result<Vec<Entry>, LedgerError> {
    let mut last = last;
    let mut ordered = Vec::with_capacity(entries.len());
    for mut entry in entries {
        let back = last.micros().saturating_sub(entry.at.micros());
        if back > TOLERANCE_MICROS && is_news(tx, last, entry.at)? {
            ordered.push(jump(&entry, last, back));
        }
        if back > 0 {
            entry.at = last;
        }
        last = entry.at;
        ordered.push(entry);
    }
    Ok(ordered)
}

/// Whether this is a further jump. While the clock catches up every entry is behind the last, which tells nothing.
fn is_news(tx: &mut Tx<'_>, held: Instant, now: Instant) -> Result<bool, CellError> {
    let known = position(&mut tx.read(), HELD)? == Some(held.micros());
    let seen = position(&mut tx.read(), SEEN)?.filter(|_| known);
    let Some(seen) = seen else {
        set_position(tx, HELD, held.micros())?;
        set_position(tx, SEEN, now.micros())?;
        return Ok(true);
    };
    let news = seen.saturating_sub(now.micros()) > TOLERANCE_MICROS;
    if news || now.micros().saturating_sub(seen) > NOTED_MICROS {
        set_position(tx, SEEN, now.micros())?;
    }
    Ok(news)
}

/// The entry that tells of a jump. Its id and nonce are derived from the entry behind it, so that a rerun of the
/// group makes the same; the hash gives nothing of that entry's nonce away.
fn jump(entry: &Entry, at: Instant, back_micros: i64) -> Entry {
    let id = EntryId::new(derived_id(entry.id.uuid()));
    let nonce = Nonce::new(derived(CLOCK_JUMP, entry.nonce.bytes()));
    Entry {
        count: u64::try_from(back_micros).ok(),
        ..Entry::new(id, nonce, at, Cow::Borrowed(CLOCK_JUMP), Who::system())
    }
}

/// An id of version 7 with the time of `id` and other random bits.
fn derived_id(id: Uuid) -> Uuid {
    let mut bytes = derived(CLOCK_JUMP, id.as_bytes());
    let time = 6; // 48 bits of milliseconds, RFC 9562 section 5.7.
    for (to, from) in bytes.iter_mut().zip(id.as_bytes()).take(time) {
        *to = *from;
    }
    Builder::from_bytes(bytes)
        .with_version(uuid::Version::SortRand)
        .with_variant(uuid::Variant::RFC4122)
        .into_uuid()
}

fn derived(label: &str, bytes: &[u8; 16]) -> [u8; 16] {
    let hash = sha256(&[label.as_bytes(), &[0], bytes].concat());
    let mut half = [0; 16];
    for (to, from) in half.iter_mut().zip(hash) {
        *to = from;
    }
    half
}

/// A position in the log, or another number that the cell keeps, by name.
///
/// # Errors
/// If the cell fails.
pub fn position(read: &mut Read<'_>, name: &str) -> Result<Option<i64>, CellError> {
    read.first(
        positions::table
            .filter(positions::k.eq(name))
            .select(positions::v)
            .limit(1),
    )
}

/// Keeps a position.
///
/// # Errors
/// If the cell fails.
pub fn set_position(tx: &mut Tx<'_>, name: &str, value: i64) -> Result<(), CellError> {
    let row = (positions::k.eq(name), positions::v.eq(value));
    tx.execute(
        diesel::insert_into(positions::table)
            .values(row)
            .on_conflict(positions::k)
            .do_update()
            .set(positions::v.eq(value)),
    )?;
    Ok(())
}
