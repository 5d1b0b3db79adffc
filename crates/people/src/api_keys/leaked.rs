//! Act: somebody found a key in the open. Whoever can show it has it, so it ends; nobody is told whether it was one.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use skillsyms_cells::{Read, Tx};
use skillsyms_core::problem::BUSY;
use skillsyms_core::{ApiKeyId, CellId, Problem};
use skillsyms_door::{Act, Cx, Disclosure, Fault, Note, Target};
use skillsyms_vault::Secret;
use tokio::sync::Semaphore;

use super::ending::{ADMINS_MAX, tell};
use super::rows;
use crate::caller::Caller;
use crate::mail::{self, MailKind, Sending};
use crate::token::{Named, TokenKind};

/// Keys in one report: what scanners send at a time.
pub const REPORTED_MAX: usize = 100;
/// Reports that are worked on at a time. More are told to come again, whatever is in them.
const AT_WORK_MAX: usize = 16;
/// How long it takes to answer, whatever is done for it meanwhile: longer than it takes to end a key. Else the time would tell which
/// keys are ours.
const ANSWER: Duration = Duration::from_millis(500);

/// Ends a key that was found in the open.
#[derive(Clone, Copy, Debug)]
pub struct ReportLeakedKey {
    pub(crate) hash: [u8; 32],
    pub(crate) sending: Sending,
}

impl Act for ReportLeakedKey {
    const NAME: &'static str = "api_key.report_leaked";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Ready = ();
    type Output = ApiKeyId;

    fn prepare(&self, _: &Cx) -> Result<(), Fault> {
        Ok(())
    }

    /// A key that ended already is none: so each leaves one entry, however often it is reported.
    fn target(&self, tx: &mut Read<'_>) -> Result<Target, Fault> {
        let found = rows::of_hash(tx, &self.hash)?;
        let key = found
            .filter(|key| key.revoked_at.is_none())
            .ok_or_else(Problem::not_found)?;
        Ok(Target::of("ApiKey", key.id.uuid()))
    }

    fn run(&self, cx: &Cx, (): &(), tx: &mut Tx<'_>) -> Result<ApiKeyId, Fault> {
        let key = rows::of_hash(&mut tx.read(), &self.hash)?.ok_or_else(Problem::not_found)?;
        rows::revoke(tx, key.id, cx.now())?;
        // It ends whether or not anybody can be told.
        if self.sending == Sending::On && key.is_working(cx.now()) && mail::has_room(tx, ADMINS_MAX)? {
            tell(cx, tx, MailKind::KeyLeaked, &key)?;
        }
        Ok(key.id)
    }

    fn entry(&self, output: &ApiKeyId) -> Note {
        Note::on("ApiKey", output.uuid())
    }
}

/// Takes reports of keys that were found in the open.
#[derive(Clone, Debug)]
pub(crate) struct LeakedKeys {
    at_work: Arc<Semaphore>,
}

impl Default for LeakedKeys {
    fn default() -> Self {
        Self {
            at_work: Arc::new(Semaphore::new(AT_WORK_MAX)),
        }
    }
}

impl LeakedKeys {
    /// Ends those of them that are keys of ours. The answer and its time are the same whether or not there is one.
    ///
    /// # Errors
    /// `busy` if too many are worked on; `invalid` for no key or more than [`REPORTED_MAX`].
    pub(crate) async fn report(
        &self,
        caller: &Caller<'_>,
        keys: &[Secret<String>],
        sending: Sending,
    ) -> Result<(), Problem> {
        if keys.is_empty() || keys.len() > REPORTED_MAX {
            return Err(Problem::field("keys", "api_key.reported", "Report 1 to 100 keys."));
        }
        let room = Arc::clone(&self.at_work).try_acquire_owned();
        let room = room.map_err(|_| Problem::new(&BUSY))?;
        let answer_at = tokio::time::Instant::now() + ANSWER;
        let ours = of_our_form(keys);
        let caller = caller.kept();
        // Apart: it goes on when the answer has left, and when nobody waits for it.
        let work = tokio::spawn(async move {
            for (hash, cell) in ours {
                let act = ReportLeakedKey { hash, sending };
                // What is no key of ours, or of nobody's who is at work, is refused like everything to nobody.
                if caller.at(cell).run(act).await.is_ok() {
                    metrics::counter!("skillsyms_keys_leaked_total").increment(1);
                }
            }
            drop(room);
        });
        let _ = tokio::time::timeout_at(answer_at, work).await;
        tokio::time::sleep_until(answer_at).await;
        Ok(())
    }
}

/// What could be keys of ours, each once. The checksum says so without asking any cell.
fn of_our_form(keys: &[Secret<String>]) -> HashMap<[u8; 32], CellId> {
    let named = keys
        .iter()
        .filter_map(|key| Named::parse(TokenKind::ApiKey, key.expose().trim()));
    named.map(|named| (named.hash, named.cell)).collect()
}
