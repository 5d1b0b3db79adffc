//! Goes round the cells and sends what is due.
//!
//! Acts cannot wake it: what they did may still be undone. It sees instead that a cell's ledger has grown, which costs nothing to look
//! at, and asks only then whether there is mail. Cells that are not open are looked at when it starts and every hour: what waits in
//! one that was closed is sent then.

use std::collections::HashMap;
use std::time::Duration;

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

/// Mails by what came of them.
const MAILS: &str = "skillsyms_mails_total";
/// 1 while the last mail that was tried found no server.
const DOWN: &str = "skillsyms_mail_down";

/// What is known of a cell's outbox.
#[derive(Clone, Copy, Default)]
struct Seen {
    /// Entries in its ledger when it was asked.
    entries: u64,
    /// When the next mail is due.
    next: Option<Instant>,
}

/// Sends mail.
pub struct Courier {
    door: Door,
    post: Post,
    site: String,
    seen: HashMap<CellId, Seen>,
    round_at: Option<Instant>,
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
        for (cell, entries) in self.door.open_cells() {
            let known = self.seen.get(&cell);
            let has_grown = known.is_none_or(|seen| seen.entries != entries);
            if has_grown || known.is_some_and(|seen| seen.next.is_some_and(|next| next <= now)) {
                sent = sent.saturating_add(self.look(cell).await);
            }
        }
        if self.round_at.is_none_or(|at| now.seconds_since(at) >= ROUND_SECONDS) {
            self.round_at = Some(now);
            sent = sent.saturating_add(self.all().await);
        }
        sent
    }

    /// Every tenant at work, one after the other.
    async fn all(&mut self) -> usize {
        let tenants = match self.door.tenants().await {
            Ok(tenants) => tenants,
            Err(problem) => {
                tracing::warn!(code = problem.code.name, "the outboxes are not looked at");
                return 0;
            }
        };
        let mut sent = 0_usize;
        for tenant in tenants.into_iter().filter(|tenant| tenant.state == "active") {
            if !self.seen.contains_key(&tenant.id) {
                sent = sent.saturating_add(self.look(tenant.id).await);
                tokio::time::sleep(PAUSE).await;
            }
        }
        // What is closed meanwhile is asked again in the next round.
        let open: Vec<CellId> = self.door.open_cells().into_iter().map(|(cell, _)| cell).collect();
        self.seen.retain(|cell, _| open.contains(cell));
        sent
    }

    /// Asks one cell, and sends what is due there.
    async fn look(&mut self, cell: CellId) -> usize {
        let mut sent = 0_usize;
        for _ in 0..TAKES_MAX {
            let next = match self.door.enter(Actor::System(cell)).view(NextMail).await {
                Ok(next) => next,
                Err(problem) => {
                    tracing::warn!(%cell, code = problem.code.name, "the outbox cannot be read");
                    return sent;
                }
            };
            let is_due = next.is_some_and(|next| next <= self.door.clock().now());
            if !is_due {
                self.note(cell, next);
                return sent;
            }
            match self.send(cell).await {
                Ok(some) => sent = sent.saturating_add(some),
                // A suspended tenant sends nothing. Asked again when its ledger grows, or in the next round.
                Err(problem) => {
                    tracing::warn!(%cell, code = problem.code.name, "mail waits");
                    self.note(cell, None);
                    return sent;
                }
            }
        }
        sent
    }

    fn note(&mut self, cell: CellId, next: Option<Instant>) {
        let open = self.door.open_cells();
        let entries = open
            .iter()
            .find(|(id, _)| *id == cell)
            .map_or(0, |(_, entries)| *entries);
        self.seen.insert(cell, Seen { entries, next });
    }

    /// Takes some, sends them, says what came of each.
    async fn send(&self, cell: CellId) -> Result<usize, Problem> {
        let Taken { mails, given_up } = self.door.enter(Actor::System(cell)).run(TakeMail).await?;
        metrics::counter!(MAILS, "outcome" => "given_up").increment(given_up);
        if mails.is_empty() {
            return Ok(0);
        }
        let tenant = self.door.tenant_of(cell).await?;
        let sender = Sender {
            site: &self.site,
            slug: &tenant.slug,
            name: &tenant.name,
        };
        let came = self.hand_over(&mails, sender).await;
        let sent = came.iter().filter(|(_, came)| *came == Came::Sent).count();
        let settle = SettleMail { mails: came };
        self.door.enter(Actor::System(cell)).run(settle).await?;
        Ok(sent)
    }

    /// One after the other. When the server is down, the rest is not tried.
    async fn hand_over(&self, mails: &[Outgoing], sender: Sender<'_>) -> Vec<(MailId, Came)> {
        let mut came = Vec::with_capacity(mails.len());
        let mut is_down = false;
        for mail in mails {
            if is_down {
                came.push((mail.id, Came::Untried));
                continue;
            }
            let now = self.door.clock().now();
            let result = self.post.send(&text::write(mail, sender), now).await;
            is_down = matches!(result, Err(NotTaken::Down(_)));
            came.push((mail.id, noted(mail, result)));
        }
        metrics::gauge!(DOWN).set(if is_down { 1.0 } else { 0.0 });
        came
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
