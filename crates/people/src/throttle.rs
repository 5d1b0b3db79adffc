//! Slows guessing at one account, wherever the guesses come from: after a few wrong passwords each further one waits, twice as long
//! each time, up to a quarter of a minute. An attempt that has not ended counts like one that failed, so that guessing in parallel
//! gains nothing.
//!
//! It is no lockout that strangers could use: whoever knows the password waits at most [`WAIT_MAX_SECONDS`] and is let in, and a session
//! that is open is not asked. Strangers take nobody's place: those who wait are counted in each network for itself. Who shares a
//! network with somebody guessing at their account draws lots with them ([`LOOKED_AT`]), and so is let in after some tries, as long as
//! the edge lets one address have fewer attempts in that time than may wait in a network ([`WAITING_AROUND_MAX`]).
//!
//! An account that is not there is slowed like one that is. All of it is in memory: a restart forgets it, and what is remembered has an
//! end.

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
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
/// Attempts at one account from one network that wait at a time and are all looked at. Of more, lots decide: about so many in
/// [`WAIT_MAX_SECONDS`] are looked at, whoever sent them.
const LOOKED_AT: u32 = 4;
/// Attempts that wait at a time in one wide network, for all accounts together: twice what the edge lets one address send in
/// [`WAIT_MAX_SECONDS`], and too few to be of weight among all.
const WAITING_AROUND_MAX: u32 = 32;
/// Attempts that wait at a time: it takes 128 wide networks to reach it. One is a task of under 32 kB with its request, so all of them
/// are under 128 MB.
const WAITING_MAX: u32 = 4_096;

/// An account as this process knows it: a hash that says nothing outside of it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Key([u8; 32]);

#[derive(Clone, Copy)]
struct Failures {
    count: u32,
    last: Instant,
}

/// Where an attempt comes from, at which account.
#[derive(Clone, Copy)]
struct Place {
    key: Key,
    network: Option<IpAddr>,
    around: Option<IpAddr>,
}

#[derive(Default)]
struct Known {
    failures: HashMap<Key, Failures>,
    /// Attempts that have not ended: as many as there are requests.
    open: HashMap<Key, u32>,
    /// Those of them that wait, at one account from one network.
    waiting: HashMap<(Key, Option<IpAddr>), u32>,
    /// The same in each wide network.
    waiting_around: HashMap<Option<IpAddr>, u32>,
    /// The same everywhere.
    waiting_all: u32,
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
    place: Place,
    wait: Duration,
    /// How many waited at this account from this network when it came, itself among them.
    beside: u32,
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

    /// Begins an attempt. None if too many wait, in this network or at all.
    pub(crate) fn enter(&self, key: Key, from: Option<IpAddr>, now: Instant) -> Option<Turn<'_>> {
        let place = Place {
            key,
            network: from.map(network),
            around: from.map(wide_network),
        };
        let mut known = self.known();
        let found = known.failures.get(&key).copied();
        let failed = found.filter(|found| !is_old(found, now)).map_or(0, |found| found.count);
        let open = known.open.get(&key).copied().unwrap_or(0);
        let wait = wait_of(failed.saturating_add(open));
        let beside = if wait.is_zero() {
            0
        } else {
            known.begin_waiting(&place)?
        };
        more(&mut known.open, key);
        Some(Turn {
            throttle: self,
            place,
            wait,
            beside,
        })
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    /// Answers how many wait at this account from this network now.
    fn begin_waiting(&mut self, place: &Place) -> Option<u32> {
        let around = self.waiting_around.get(&place.around).copied().unwrap_or(0);
        if self.waiting_all >= WAITING_MAX || around >= WAITING_AROUND_MAX {
            count_refused();
            return None;
        }
        self.waiting_all = self.waiting_all.saturating_add(1);
        more(&mut self.waiting_around, place.around);
        Some(more(&mut self.waiting, (place.key, place.network)))
    }

    fn end_waiting(&mut self, place: &Place) {
        self.waiting_all = self.waiting_all.saturating_sub(1);
        less(&mut self.waiting_around, &place.around);
        less(&mut self.waiting, &(place.key, place.network));
    }
}

impl Turn<'_> {
    /// How long to wait before the password is looked at.
    pub(crate) const fn wait(&self) -> Duration {
        self.wait
    }

    /// After the wait: whether the password is looked at. So it is, unless more than a few waited at this account from this network:
    /// then each of them draws a lot.
    pub(crate) fn comes_up(&self) -> bool {
        if self.wait.is_zero() {
            return true;
        }
        let here = (self.place.key, self.place.network);
        let now = self.throttle.known().waiting.get(&here).copied().unwrap_or(0);
        // Whoever came first saw few at the beginning, whoever came last sees few at the end.
        if draw_below(self.beside.max(now)) < LOOKED_AT {
            return true;
        }
        count_refused();
        false
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
        self.throttle.known().failures.remove(&self.place.key);
    }

    /// The password was wrong.
    fn was_wrong(&self, now: Instant) {
        let mut known = self.throttle.known();
        if !known.failures.contains_key(&self.place.key) {
            make_room(&mut known.failures, now);
        }
        let found = known
            .failures
            .entry(self.place.key)
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
        let mut known = self.throttle.known();
        less(&mut known.open, &self.place.key);
        if !self.wait.is_zero() {
            known.end_waiting(&self.place);
        }
    }
}

/// An attempt that is told to wait and to come again.
fn count_refused() {
    metrics::counter!("skillsyms_sign_in_throttled_total").increment(1);
}

/// One more of it. Answers how many there are.
fn more<K: Eq + Hash>(counted: &mut HashMap<K, u32>, what: K) -> u32 {
    let count = counted.entry(what).or_insert(0);
    *count = count.saturating_add(1);
    *count
}

/// One less of it. What there is none of is not kept.
fn less<K: Eq + Hash>(counted: &mut HashMap<K, u32>, what: &K) {
    if let Some(count) = counted.get_mut(what) {
        *count = count.saturating_sub(1);
        if *count == 0 {
            counted.remove(what);
        }
    }
}

/// A lot among so many: from none to one less.
fn draw_below(many: u32) -> u32 {
    let mut drawn = [0; 4];
    SystemRng.fill(&mut drawn);
    u32::from_le_bytes(drawn).checked_rem(many).unwrap_or(0)
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
    cut(address, 32, 64)
}

/// What one customer may have many addresses of: a /24 of IPv4, a /48 of IPv6.
pub(crate) fn wide_network(address: IpAddr) -> IpAddr {
    cut(address, 24, 48)
}

/// The first bits of an address.
fn cut(address: IpAddr, v4_bits: u32, v6_bits: u32) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let mask = u32::MAX.checked_shl(32_u32.saturating_sub(v4_bits)).unwrap_or(0);
            IpAddr::V4(Ipv4Addr::from_bits(v4.to_bits() & mask))
        }
        IpAddr::V6(v6) => {
            let mask = u128::MAX.checked_shl(128_u32.saturating_sub(v6_bits)).unwrap_or(0);
            IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & mask))
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const NOW: Instant = Instant::from_micros(1_800_000_000_000_000);
    const HERE: Option<IpAddr> = Some(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)));

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

    /// The n-th address of IPv4, each in a wide network of its own.
    fn far(n: u32) -> Option<IpAddr> {
        Some(IpAddr::V4(Ipv4Addr::from_bits(0x0a00_0000 + (n << 8))))
    }

    #[test]
    fn attempts_that_have_not_ended_count_like_wrong_ones() {
        let throttle = Throttle::default();
        let key = key(&throttle, "a@example.org");
        let open: Vec<_> = (0..10).map(|n| throttle.enter(key, far(n), NOW).unwrap()).collect();
        let waits: Vec<u64> = open.iter().map(|turn| turn.wait().as_secs()).collect();
        assert_eq!(waits, [0, 0, 0, 0, 0, 1, 2, 4, 8, 15]);
        // Those who hung up leave nothing behind, nor does a right password.
        drop(open);
        assert_eq!(throttle.enter(key, HERE, NOW).unwrap().wait(), Duration::ZERO);
        let known = throttle.known();
        assert!(known.open.is_empty() && known.waiting.is_empty() && known.waiting_around.is_empty());
        assert_eq!(known.waiting_all, 0);
    }

    #[test]
    fn a_few_of_one_network_wait_and_all_of_them_are_looked_at() {
        let throttle = Throttle::default();
        let key = key(&throttle, "a@example.org");
        fail(&throttle, key, 20);
        let v6 = |last: u16| Some(IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 1, 0, 0, 0, last)));
        let few: Vec<_> = (0..4).map(|n| throttle.enter(key, v6(n), NOW).unwrap()).collect();
        for turn in &few {
            assert!(turn.comes_up());
            assert_eq!(
                turn.wait().as_secs(),
                WAIT_MAX_SECONDS,
                "whoever knows the password waits this long and no longer"
            );
        }
        let fifth = throttle.enter(key, v6(5), NOW).unwrap();
        assert_eq!(fifth.beside, 5, "the same network");
        assert!(throttle.enter(key, HERE, NOW).unwrap().comes_up(), "another");
    }

    #[test]
    fn whoever_shares_a_network_with_a_guesser_is_let_in_after_some_tries() {
        let throttle = Throttle::default();
        let key = key(&throttle, "a@example.org");
        fail(&throttle, key, 20);
        // What the edge lets one address send while one of them waits.
        let guesses: Vec<_> = (0..WAIT_MAX_SECONDS)
            .map(|_| throttle.enter(key, HERE, NOW).unwrap())
            .collect();
        let tries = 400;
        let let_in = (0..tries)
            .filter(|_| throttle.enter(key, HERE, NOW).unwrap().comes_up())
            .count();
        assert!(
            (tries / 8..tries / 2).contains(&let_in),
            "{let_in} of {tries}: a quarter"
        );
        // For the guesser too: waiting in numbers gains nothing.
        let rounds = 100;
        let looked_at = (0..rounds)
            .map(|_| guesses.iter().filter(|turn| turn.comes_up()).count())
            .sum::<usize>();
        assert!(
            looked_at < rounds * 6,
            "{looked_at} in {rounds} rounds: about four in each"
        );
    }

    #[test]
    fn those_who_wait_elsewhere_keep_nobody_out() {
        let throttle = Throttle::default();
        let key = |whose: &str| throttle.key(CellId::new(Uuid::from_u128(1)), whose);
        let mine = key("a@example.org");
        fail(&throttle, mine, 20);
        // One wide network, with many addresses and many made-up accounts.
        let near = |n: u32| Some(IpAddr::V4(Ipv4Addr::from_bits(0x0a00_0000 + n)));
        let mut waiting = Vec::new();
        for n in 0..100 {
            let made_up = key(&format!("w{n}"));
            fail(&throttle, made_up, FREE);
            waiting.extend(throttle.enter(made_up, near(n), NOW));
        }
        assert_eq!(waiting.len(), WAITING_AROUND_MAX as usize);
        // And a thousand strangers, each from a network of their own.
        waiting.extend((1..1_000).filter_map(|n| throttle.enter(mine, far(n), NOW)));
        assert_eq!(waiting.len(), WAITING_AROUND_MAX as usize + 999);
        let owner = throttle.enter(mine, HERE, NOW).unwrap();
        assert!(owner.comes_up() && owner.wait().as_secs() == WAIT_MAX_SECONDS);
    }

    #[test]
    fn wide_networks_are_what_one_customer_has() {
        let ip = |text: &str| -> IpAddr { text.parse().unwrap() };
        for (address, narrow, wide) in [
            ("192.0.2.77", "192.0.2.77", "192.0.2.0"),
            ("::ffff:192.0.2.77", "192.0.2.77", "192.0.2.0"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::", "2001:db8:1::"),
        ] {
            assert_eq!(
                (network(ip(address)), wide_network(ip(address))),
                (ip(narrow), ip(wide))
            );
        }
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
        let many = key(&throttle, "many");
        fail(&throttle, many, FREE);
        let waiting: Vec<_> = (0..=WAITING_MAX)
            .filter_map(|n| throttle.enter(many, far(n), NOW))
            .collect();
        assert_eq!(waiting.len(), WAITING_MAX as usize);
    }

    #[test]
    fn cells_and_processes_know_an_account_by_other_keys() {
        let (one, other) = (Throttle::default(), Throttle::default());
        assert!(key(&one, "a") != key(&other, "a"));
        assert!(key(&one, "a") != one.key(CellId::new(Uuid::from_u128(2)), "a"));
        assert_eq!(format!("{one:?}"), "Throttle");
    }
}
