//! Slows guessing at one account, wherever the guesses come from: after a few wrong passwords each further one waits, twice as long
//! each time, up to a quarter of a minute.
//!
//! It is no lockout that strangers could use: whoever knows the password waits at most [`WAIT_MAX_SECONDS`] and is let in, and a session
//! that is open is not asked. From one network one attempt waits at a time, so that waiting in parallel gains nothing. An account that
//! is not there is slowed like one that is. All of it is in memory: a restart forgets it, and what is remembered has an end.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use skillsyms_core::{CellId, Code, Instant, Problem, Rng as _};
use skillsyms_vault::{SystemRng, Zeroizing, sha256};

/// Wrong passwords that cost nothing: people mistype, and try the one they had before.
const FREE: u32 = 5;
/// Seconds that an attempt waits at most: half of what a request may take, hashing included.
pub(crate) const WAIT_MAX_SECONDS: u64 = 15;
/// Seconds without a wrong password after which all are forgotten.
const FORGOTTEN_SECONDS: i64 = 15 * 60;
/// Accounts that are remembered: under ten megabytes. To make room takes as many wrong passwords elsewhere, each of them hashed.
const ACCOUNTS_MAX: usize = 65_536;
/// Attempts that wait at a time, for all accounts together.
const WAITING_MAX: usize = 256;

/// An account as this process knows it: a hash that says nothing outside of it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Key([u8; 32]);

#[derive(Clone, Copy)]
struct Failures {
    count: u32,
    last: Instant,
}

#[derive(Default)]
struct Known {
    failures: HashMap<Key, Failures>,
    waiting: HashSet<(Key, Option<IpAddr>)>,
}

/// What is remembered of wrong passwords.
pub(crate) struct Throttle {
    salt: [u8; 32],
    known: Mutex<Known>,
}

impl Default for Throttle {
    fn default() -> Self {
        let mut salt = [0; 32];
        SystemRng.fill(&mut salt);
        Self {
            salt,
            known: Mutex::default(),
        }
    }
}

impl fmt::Debug for Throttle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Throttle")
    }
}

/// One attempt, from before its wait to its end.
pub(crate) struct Turn<'t> {
    throttle: &'t Throttle,
    place: (Key, Option<IpAddr>),
    wait: Duration,
}

impl Throttle {
    /// The account that is meant by this text in this cell, whether or not there is one.
    pub(crate) fn key(&self, cell: CellId, whose: &str) -> Key {
        let mut text = Zeroizing::new(Vec::with_capacity(48 + whose.len()));
        text.extend_from_slice(&self.salt);
        text.extend_from_slice(cell.bytes());
        text.extend_from_slice(whose.as_bytes());
        Key(sha256(&text))
    }

    /// Begins an attempt. None if another from this network waits already, or too many wait at all.
    pub(crate) fn enter(&self, key: Key, from: Option<IpAddr>, now: Instant) -> Option<Turn<'_>> {
        let mut known = self.known();
        let found = known.failures.get(&key).copied();
        let count = found.filter(|found| !is_old(found, now)).map_or(0, |found| found.count);
        let wait = wait_of(count);
        let place = (key, from.map(network));
        if !wait.is_zero() && (known.waiting.len() >= WAITING_MAX || !known.waiting.insert(place)) {
            metrics::counter!("skillsyms_sign_in_throttled_total").increment(1);
            return None;
        }
        Some(Turn {
            throttle: self,
            place,
            wait,
        })
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Turn<'_> {
    /// How long to wait before the password is looked at.
    pub(crate) const fn wait(&self) -> Duration {
        self.wait
    }

    /// What came of it. A problem other than that the password was `wrong` says nothing of the password.
    pub(crate) fn ended<T>(&self, outcome: &Result<T, Problem>, wrong: &'static Code, now: Instant) {
        match outcome {
            Ok(_) => self.was_right(),
            Err(problem) if problem.code == wrong => self.was_wrong(now),
            Err(_) => {}
        }
    }

    /// The password was right: nothing is held against the account.
    fn was_right(&self) {
        self.throttle.known().failures.remove(&self.place.0);
    }

    /// The password was wrong.
    fn was_wrong(&self, now: Instant) {
        let mut known = self.throttle.known();
        if !known.failures.contains_key(&self.place.0) {
            make_room(&mut known.failures, now);
        }
        let found = known
            .failures
            .entry(self.place.0)
            .or_insert(Failures { count: 0, last: now });
        found.count = if is_old(found, now) {
            1
        } else {
            found.count.saturating_add(1)
        };
        found.last = now;
    }
}

impl Drop for Turn<'_> {
    /// Also when whoever waited hung up.
    fn drop(&mut self) {
        if !self.wait.is_zero() {
            self.throttle.known().waiting.remove(&self.place);
        }
    }
}

const fn is_old(found: &Failures, now: Instant) -> bool {
    now.seconds_since(found.last) >= FORGOTTEN_SECONDS
}

/// After so many wrong passwords.
fn wait_of(count: u32) -> Duration {
    let Some(beyond) = count.checked_sub(FREE) else {
        return Duration::ZERO;
    };
    let seconds = 1_u64.checked_shl(beyond).unwrap_or(WAIT_MAX_SECONDS);
    Duration::from_secs(seconds.min(WAIT_MAX_SECONDS))
}

/// Forgets what is old, and then what weighs least.
fn make_room(failures: &mut HashMap<Key, Failures>, now: Instant) {
    if failures.len() < ACCOUNTS_MAX {
        return;
    }
    failures.retain(|_, found| !is_old(found, now));
    if failures.len() >= ACCOUNTS_MAX {
        let least = failures.iter().min_by_key(|(_, found)| (found.count, found.last));
        if let Some(key) = least.map(|(key, _)| *key) {
            failures.remove(&key);
        }
    }
}

/// Whoever has an IPv6 address has 2^64 of them.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX))),
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const NOW: Instant = Instant::from_micros(1_800_000_000_000_000);
    const HERE: Option<IpAddr> = Some(IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1)));

    fn key(throttle: &Throttle, whose: &str) -> Key {
        throttle.key(CellId::new(Uuid::from_u128(1)), whose)
    }

    fn fail(throttle: &Throttle, key: Key, times: u32) {
        for _ in 0..times {
            throttle.enter(key, None, NOW).unwrap().was_wrong(NOW);
        }
    }

    #[test]
    fn the_waits_grow_and_end() {
        let throttle = Throttle::default();
        let key = key(&throttle, "a@example.org");
        let mut waits = Vec::new();
        for _ in 0..12 {
            let turn = throttle.enter(key, HERE, NOW).unwrap();
            waits.push(turn.wait().as_secs());
            turn.was_wrong(NOW);
        }
        assert_eq!(waits, [0, 0, 0, 0, 0, 1, 2, 4, 8, 15, 15, 15]);
        fail(&throttle, key, 200);
        assert_eq!(
            throttle.enter(key, HERE, NOW).unwrap().wait().as_secs(),
            WAIT_MAX_SECONDS
        );
    }

    #[test]
    fn one_from_a_network_waits_at_a_time_and_nobody_else_is_kept_out() {
        let throttle = Throttle::default();
        let key = key(&throttle, "a@example.org");
        fail(&throttle, key, 20);
        let first = throttle.enter(key, HERE, NOW).unwrap();
        assert!(throttle.enter(key, HERE, NOW).is_none());
        let v6 = |last: u16| Some(IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 1, 0, 0, 0, last)));
        let other = throttle.enter(key, v6(1), NOW).unwrap();
        assert!(throttle.enter(key, v6(2), NOW).is_none(), "the same network");
        assert_eq!(
            other.wait().as_secs(),
            WAIT_MAX_SECONDS,
            "whoever knows the password waits this long and no longer"
        );
        drop(first);
        assert!(throttle.enter(key, HERE, NOW).is_some());
    }

    #[test]
    fn it_is_forgotten_by_time_and_by_the_right_password() {
        let throttle = Throttle::default();
        let (one, other) = (key(&throttle, "a@example.org"), key(&throttle, "b@example.org"));
        fail(&throttle, one, 8);
        fail(&throttle, other, 8);
        assert!(throttle.enter(one, HERE, NOW).unwrap().wait() > Duration::ZERO);
        throttle.enter(one, HERE, NOW).unwrap().was_right();
        assert_eq!(throttle.enter(one, HERE, NOW).unwrap().wait(), Duration::ZERO);
        let later = NOW.plus_seconds(FORGOTTEN_SECONDS);
        assert_eq!(throttle.enter(other, HERE, later).unwrap().wait(), Duration::ZERO);
        throttle.enter(other, HERE, later).unwrap().was_wrong(later);
        assert_eq!(throttle.enter(other, HERE, later).unwrap().wait(), Duration::ZERO);
    }

    #[test]
    fn what_is_remembered_has_an_end() {
        let throttle = Throttle::default();
        let guessed = key(&throttle, "guessed@example.org");
        fail(&throttle, guessed, 9);
        for n in 0..ACCOUNTS_MAX + 10 {
            fail(&throttle, key(&throttle, &n.to_string()), 1);
        }
        assert!(throttle.known().failures.len() <= ACCOUNTS_MAX);
        assert_eq!(
            throttle.enter(guessed, HERE, NOW).unwrap().wait().as_secs(),
            WAIT_MAX_SECONDS
        );
        let throttle = Throttle::default();
        let all: Vec<Key> = (0..=WAITING_MAX).map(|n| key(&throttle, &format!("w{n}"))).collect();
        let waiting: Vec<_> = all
            .iter()
            .filter_map(|key| {
                fail(&throttle, *key, FREE);
                throttle.enter(*key, HERE, NOW)
            })
            .collect();
        assert_eq!(waiting.len(), WAITING_MAX);
    }

    #[test]
    fn cells_and_processes_know_an_account_by_other_keys() {
        let (one, other) = (Throttle::default(), Throttle::default());
        assert!(key(&one, "a") != key(&other, "a"));
        assert!(key(&one, "a") != one.key(CellId::new(Uuid::from_u128(2)), "a"));
        assert_eq!(format!("{one:?}"), "Throttle");
    }
}
