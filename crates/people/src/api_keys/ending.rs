//! What the administrators are told of keys: that one ends soon, or that it was found in the open.
//!
//! A key carries when they are next to be told ([`next`]). The mails go into the outbox in the transaction in which that is moved on,
//! so each mark is told once, and nothing is lost while no mail server answers. A key that was rotated or revoked carries nothing.

use skillsyms_cells::Tx;
use skillsyms_core::{ApiKeyId, Instant};
use skillsyms_door::{Cx, Fault};

use super::rows::{self, KeyRow};
use crate::accounts::rows as accounts;
use crate::mail::{self, About, Letter, MailKind};

/// Days before its end on which the administrators are told: time to plan a change, and time to make it.
pub(crate) const MARKS_DAYS: [i64; 2] = [14, 3];
/// Seconds in a day.
const DAY_SECONDS: i64 = 24 * 60 * 60;
/// Keys that are told of in one go: with as many mails each as [`ADMINS_MAX`] says it is a fifth of what the outbox holds.
const KEYS_MAX: i64 = 20;
/// Administrators who are told, those first who have been here longest: more would not make it anybody's task.
pub(crate) const ADMINS_MAX: i64 = 20;

/// When to tell next of a key that ends then. Marks that have passed are not told any more: a key that is made for a week is
/// told of three days before its end, and one for a day never.
pub(crate) fn next(ends_at: Instant, now: Instant) -> Option<Instant> {
    let marks = MARKS_DAYS.map(|days| before(ends_at, days));
    marks.into_iter().find(|mark| *mark > now)
}

/// Whether a key that ends then ends soon.
pub(crate) fn is_soon(ends_at: Instant, now: Instant) -> bool {
    before(ends_at, MARKS_DAYS.into_iter().max().unwrap_or(0)) <= now
}

fn before(ends_at: Instant, days: i64) -> Instant {
    ends_at.plus_seconds(days.saturating_mul(DAY_SECONDS).saturating_neg())
}

/// Queues what is to be told now. Answers of which keys. What has no room waits.
pub(crate) fn warn(cx: &Cx, tx: &mut Tx<'_>) -> Result<Vec<ApiKeyId>, Fault> {
    let due = rows::to_warn_of(&mut tx.read(), cx.now(), KEYS_MAX)?;
    let mut told = Vec::with_capacity(due.len());
    for key in due {
        // A server that was off for days does not say of a key that is over that it ends.
        if key.expires_at > cx.now() {
            if !mail::has_room(tx, ADMINS_MAX)? {
                break;
            }
            tell(cx, tx, MailKind::KeyEnds, &key)?;
            told.push(key.id);
        }
        rows::warn_next(tx, key.id, next(key.expires_at, cx.now()))?;
    }
    Ok(told)
}

/// Queues a mail about a key for each administrator.
pub(crate) fn tell(cx: &Cx, tx: &mut Tx<'_>, kind: MailKind, key: &KeyRow) -> Result<(), Fault> {
    for person in accounts::admins(&mut tx.read(), ADMINS_MAX)? {
        let about = About {
            name: key.name.clone(),
            ends_at: key.expires_at,
        };
        // Sealed here and not before: only here it is known how many there are. It takes microseconds.
        Letter::about(cx, kind, about)?.post(cx, tx, person, None)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Instant = Instant::from_micros(1_800_000_000_000_000);

    fn days(days: i64) -> Instant {
        NOW.plus_seconds(days * DAY_SECONDS)
    }

    #[test]
    fn each_mark_comes_once_and_those_before_the_key_was_made_never() {
        let ends_at = days(90);
        assert_eq!(next(ends_at, NOW), Some(days(76)));
        assert_eq!(next(ends_at, days(76)), Some(days(87)));
        assert_eq!(next(ends_at, days(87)), None);
        assert_eq!(next(days(14), NOW), Some(days(11)));
        assert_eq!(next(days(3), NOW), None);
        assert!(!is_soon(days(15), NOW) && is_soon(days(14), NOW));
    }
}
