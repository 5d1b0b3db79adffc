//! Goes round the cells and sends what is due.
//!
//! Acts cannot wake it: what they did may still be undone. It sees instead that a cell's ledger has grown, which costs nothing to look
//! at, and asks only then whether there is mail. Every tenant at work is asked when it starts and every hour, open or not: what waits in
//! a cell that was closed is sent then. Where it could not look it looks again, later each time. While no mail server answers, nothing is
//! taken from any cell.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use skillsyms_core::problem::UNAUTHENTICATED;
use skillsyms_core::{CellId, Instant, MailId, Problem};
use skillsyms_door::{Actor, Door};
use skillsyms_people::mail::take::Taken;
use skillsyms_people::mail::{Came, NextMail, Outgoing, SettleMail, TakeMail};

use super::post::{NotTaken, Post};
use super::text::{self, Sender};

/// How often it looks which ledgers have grown: as long as somebody waits gladly before they look into their mail.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// Seconds between two rounds of all tenants.
const ROUND_SECONDS: i64 = 3_600;
/// Between two cells of such a round, so that it opens them one by one.
const PAUSE: Duration = Duration::from_millis(20);
/// Takes of one cell in a row: the next cell waits no longer than for so many.
const TAKES_MAX: usize = 5;
/// Seconds until what could not be read or taken is looked at again, the first time: twice as long each time after that.
const FAILED_SECONDS: i64 = 5;
/// Such seconds at most: as long as between two rounds.
const FAILED_SECONDS_MAX: i64 = ROUND_SECONDS;
/// Seconds until a mail server that was down is tried again, the first time: twice as long each time after that.
const DOWN_SECONDS: i64 = 30;
/// Such seconds at most: a link to a new password works for half an hour, and must arrive in it.
const DOWN_SECONDS_MAX: i64 = 5 * 60;

/// Mails by what came of them.
const MAILS: &str = "skillsyms_mails_total";
/// 1 while the last mail that was tried found no server.
const DOWN: &str = "skillsyms_mail_down";

/// What is known of a cell's outbox.
#[derive(Clone, Copy, Default)]
struct Seen {
    /// Entries in its ledger before it was asked.
    entries: u64,
    /// When to ask again, if nothing happens before.
    next: Option<Instant>,
    /// How often in a row it could not be asked.
    failures: u32,
}

impl Seen {
    /// Whether to ask now. `entries` are those of a cell that is open. What cannot be asked is left alone until its time: a busy
    /// cell's ledger grows all the time.
    fn is_due(&self, entries: Option<u64>, now: Instant) -> bool {
        let has_grown = entries.is_some_and(|entries| entries != self.entries);
        self.next.is_some_and(|next| next <= now) || (has_grown && self.failures == 0)
    }

    /// After one more failure.
    fn failed(self, now: Instant) -> Self {
        let failures = self.failures.saturating_add(1);
        let seconds = doubled(FAILED_SECONDS, failures, FAILED_SECONDS_MAX);
        Self {
            next: Some(now.plus_seconds(seconds)),
            failures,
            ..self
        }
    }
}

/// So many seconds after the first time, twice as many after each further one.
fn doubled(first: i64, times: u32, most: i64) -> i64 {
    let factor = 1_i64.checked_shl(times.saturating_sub(1).min(32)).unwrap_or(i64::MAX);
    first.saturating_mul(factor).min(most)
}

/// A mail server that does not answer.
#[derive(Clone, Copy)]
struct IsDown {
    times: u32,
    until: Instant,
}

/// Sends mail.
pub struct Courier {
    door: Door,
    post: Post,
    site: String,
    seen: HashMap<CellId, Seen>,
    /// When all tenants are asked next.
    round_at: Option<Instant>,
    down: Option<IsDown>,
}

impl Courier {
    /// For this house. `site` is its address, as links begin.
    #[must_use]
    pub fn new(door: Door, post: Post, site: String) -> Self {
        Self {
            door,
            post,
            site,
            seen: HashMap::new(),
            round_at: None,
            down: None,
        }
    }

    /// Sends until the handle is dropped or aborted. What is cut off in the middle is sent again by the next.
    pub fn start(mut self) -> tokio::task::JoinHandle<()> {
        tokio::spawn(async move {
            loop {
                self.round().await;
                tokio::time::sleep(LOOK_EVERY).await;
            }
        })
    }

    /// Sends what is due now. Answers how many mails were sent.
    pub async fn round(&mut self) -> usize {
        let now = self.door.clock().now();
        let mut sent = 0_usize;
        for cell in self.due(now) {
            sent = sent.saturating_add(self.look(cell).await);
        }
        if self.round_at.is_none_or(|at| at <= now) {
            sent = sent.saturating_add(self.all(now).await);
        }
        sent
    }

    /// The cells to ask now: open ones whose ledger has grown or that nobody asked yet, and those whose time has come.
    fn due(&self, now: Instant) -> Vec<CellId> {
        let open: HashMap<CellId, u64> = self.door.open_cells().into_iter().collect();
        let unknown = open.keys().filter(|cell| !self.seen.contains_key(cell));
        let known = self.seen.iter();
        let known = known.filter(|(cell, seen)| seen.is_due(open.get(cell).copied(), now));
        unknown.copied().chain(known.map(|(cell, _)| *cell)).collect()
    }

    /// Every tenant at work, one after the other.
    async fn all(&mut self, now: Instant) -> usize {
        let tenants = match self.door.tenants().await {
            Ok(tenants) => tenants,
            Err(problem) => {
                tracing::warn!(code = problem.code.name, "the outboxes are not looked at");
                self.round_at = Some(now.plus_seconds(FAILED_SECONDS));
                return 0;
            }
        };
        self.round_at = Some(now.plus_seconds(ROUND_SECONDS));
        let tenants = tenants.into_iter().filter(|tenant| tenant.state == "active");
        let tenants: Vec<CellId> = tenants.map(|tenant| tenant.id).collect();
        let mut sent = 0_usize;
        for cell in &tenants {
            sent = sent.saturating_add(self.look(*cell).await);
            tokio::time::sleep(PAUSE).await;
        }
        // Whoever was suspended or is gone is not remembered.
        let open = self.door.open_cells().into_iter().map(|(cell, _)| cell);
        let there: HashSet<CellId> = open.chain(tenants).collect();
        self.seen.retain(|cell, _| there.contains(cell));
        sent
    }

    /// Asks one cell, and sends what is due there.
    async fn look(&mut self, cell: CellId) -> usize {
        let mut sent = 0_usize;
        for _ in 0..TAKES_MAX {
            // Before it is asked: what is queued meanwhile has made the ledger grow since.
            let entries = self.entries(cell);
            let next = match self.door.enter(Actor::System(cell)).view(NextMail).await {
                Ok(next) => next,
                // A provider that is being made, or was suspended meanwhile, is not at work: it is asked again later.
                Err(problem) if problem.code == &UNAUTHENTICATED => {
                    self.note_failed(cell);
                    return sent;
                }
                Err(problem) => {
                    tracing::warn!(%cell, code = problem.code.name, "the outbox cannot be read");
                    self.note_failed(cell);
                    return sent;
                }
            };
            let now = self.door.clock().now();
            let down_until = self.down.map(|down| down.until).filter(|until| now < *until);
            let next = next.map(|next| down_until.map_or(next, |until| next.max(until)));
            if next.is_none_or(|next| now < next) {
                let failures = 0;
                self.seen.insert(
                    cell,
                    Seen {
                        entries,
                        next,
                        failures,
                    },
                );
                return sent;
            }
            match self.send(cell).await {
                Ok(some) => sent = sent.saturating_add(some),
                // A suspended tenant sends nothing.
                Err(problem) => {
                    tracing::warn!(%cell, code = problem.code.name, "mail waits");
                    self.note_failed(cell);
                    return sent;
                }
            }
        }
        sent
    }

    /// Entries in a cell's ledger, if it is open.
    fn entries(&self, cell: CellId) -> u64 {
        let open = self.door.open_cells();
        let found = open.iter().find(|(id, _)| *id == cell);
        found.map_or(0, |(_, entries)| *entries)
    }

    fn note_failed(&mut self, cell: CellId) {
        let now = self.door.clock().now();
        let seen = self.seen.entry(cell).or_default();
        *seen = seen.failed(now);
    }

    /// Takes some, sends them, says what came of each.
    async fn send(&mut self, cell: CellId) -> Result<usize, Problem> {
        let Taken { mails, given_up, .. } = self.door.enter(Actor::System(cell)).run(TakeMail).await?;
        metrics::counter!(MAILS, "outcome" => "given_up").increment(given_up);
        if mails.is_empty() {
            return Ok(0);
        }
        let tenant = self.door.tenant_of(cell).await?;
        let came = self.hand_over(&mails, (&tenant.slug, &tenant.name)).await;
        let sent = came.iter().filter(|(_, came)| *came == Came::Sent).count();
        let settle = SettleMail { mails: came };
        self.door.enter(Actor::System(cell)).run(settle).await?;
        Ok(sent)
    }

    /// One after the other, in the name of a tenant. When the server is down, the rest is not tried.
    async fn hand_over(&mut self, mails: &[Outgoing], (slug, name): (&str, &str)) -> Vec<(MailId, Came)> {
        let mut came = Vec::with_capacity(mails.len());
        let mut is_down = false;
        for mail in mails {
            if is_down {
                came.push((mail.id, Came::Untried));
                continue;
            }
            let site = &self.site;
            let letter = text::write(mail, Sender { site, slug, name });
            let result = self.post.send(&letter, self.door.clock().now()).await;
            is_down = matches!(result, Err(NotTaken::Down(_)));
            came.push((mail.id, noted(mail, result)));
        }
        self.note_down(is_down);
        came
    }

    /// How the mail server is found. Down once more, it is left alone for twice as long.
    fn note_down(&mut self, is_down: bool) {
        metrics::gauge!(DOWN).set(if is_down { 1.0 } else { 0.0 });
        let now = self.door.clock().now();
        let times = self.down.map_or(0, |down| down.times).saturating_add(1);
        self.down = is_down.then(|| IsDown {
            times,
            until: now.plus_seconds(doubled(DOWN_SECONDS, times, DOWN_SECONDS_MAX)),
        });
    }
}

/// What came of one mail, counted and logged without a word of whom it was for.
fn noted(mail: &Outgoing, result: Result<(), NotTaken>) -> Came {
    let kind = mail.kind.as_str();
    let (came, outcome) = match result {
        Ok(()) => (Came::Sent, "sent"),
        Err(NotTaken::Refused) => (Came::Refused, "refused"),
        Err(NotTaken::Down(_) | NotTaken::Later(_)) => (Came::Later, "later"),
    };
    metrics::counter!(MAILS, "outcome" => outcome).increment(1);
    match result {
        Ok(()) => {}
        Err(NotTaken::Refused) => tracing::warn!(mail = %mail.id, kind, "a mail was refused for good"),
        Err(NotTaken::Down(why) | NotTaken::Later(why)) => {
            tracing::warn!(mail = %mail.id, kind, why, "a mail was not taken; it is tried again");
        }
    }
    came
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Instant = Instant::from_micros(1_800_000_000_000_000);

    impl Courier {
        /// As if it had asked this cell just now, and found nothing.
        pub(crate) fn overlook(&mut self, cell: CellId) {
            let entries = self.entries(cell);
            let (next, failures) = (None, 0);
            self.seen.insert(
                cell,
                Seen {
                    entries,
                    next,
                    failures,
                },
            );
        }
    }

    #[test]
    fn a_cell_is_asked_when_its_ledger_has_grown_or_its_time_has_come() {
        let seen = Seen {
            entries: 7,
            next: Some(NOW.plus_seconds(30)),
            failures: 0,
        };
        assert!(!seen.is_due(Some(7), NOW) && seen.is_due(Some(8), NOW));
        assert!(!seen.is_due(None, NOW), "closed, and nothing to do");
        let later = NOW.plus_seconds(30);
        assert!(seen.is_due(Some(7), later) && seen.is_due(None, later));
    }

    #[test]
    fn what_cannot_be_asked_is_asked_again_later_each_time_and_never_given_up() {
        let mut seen = Seen::default();
        let mut waits = Vec::new();
        for _ in 0..12 {
            seen = seen.failed(NOW);
            assert!(
                !seen.is_due(Some(1_000), NOW),
                "not at once, whatever else happens there"
            );
            let next = seen.next.unwrap();
            assert!(seen.is_due(None, next));
            waits.push(next.seconds_since(NOW));
        }
        assert_eq!(waits[..3], [5, 10, 20]);
        assert_eq!(waits[11], FAILED_SECONDS_MAX);
        assert_eq!(doubled(5, u32::MAX, FAILED_SECONDS_MAX), FAILED_SECONDS_MAX);
    }
}
