//! What stands in the ledger: the entry of an attempt, and what is noted of a credential after the answer.

use std::sync::Arc;

use skillsyms_cells::{Cell, Tx};
use skillsyms_core::{EntryId, Problem, Rng};
use skillsyms_ledger::entry::{Nonce, Word};
use skillsyms_ledger::{Entry, Ledger, Outcome, Who};
use skillsyms_vault::SystemRng;
use uuid::Uuid;

use crate::act::{Fault, Note};
use crate::actor::{Kind, Principal, Stray};
use crate::cx::Base;
use crate::door::Rules;
use crate::notice::Notice;

/// Times that a working key was refused for where it came from.
const ELSEWHERE: &str = "skillsyms_keys_elsewhere_total";
/// Times that a key came from a network that it was not used from lately.
const NEW_NETWORK: &str = "skillsyms_keys_new_network_total";

/// What is noted of a credential after the answer.
#[derive(Clone)]
pub(crate) enum After {
    /// It was used.
    Used(Principal),
    /// It was shown from where it may not be used.
    Strayed(Stray),
}

impl After {
    /// Counts a key that is not let in from there, and notes it if the ledger is to say so: what is noted costs the cell a write, and
    /// whoever has the key could ask for many.
    pub(crate) fn strayed(stray: Stray) -> Option<Self> {
        metrics::counter!(ELSEWHERE).increment(1);
        stray.is_news.then_some(Self::Strayed(stray))
    }

    /// Notes it, and enters what the directory finds worth an entry in the same transaction.
    pub(crate) async fn note(self, cell: Cell<Ledger>, rules: Arc<Rules>, base: Base) {
        let noted = cell.write(move |tx| match self.told(&rules, &base, tx) {
            Err(Fault::Cell(error)) => Err(error),
            Err(Fault::Problem(_)) => Ok((None, Vec::new())),
            Ok(None) => Ok((None, Vec::new())),
            Ok(Some(notice)) => Ok((Some(notice), vec![self.entry(&base, notice)])),
        });
        match noted.await {
            // The other is counted each time.
            Ok(Some(Notice::KeyNewNetwork)) => metrics::counter!(NEW_NETWORK).increment(1),
            Ok(_) => {}
            Err(error) => tracing::debug!(%error, "the use of a credential is not noted"),
        }
    }

    fn told(&self, rules: &Rules, base: &Base, tx: &mut Tx<'_>) -> Result<Option<Notice>, Fault> {
        match self {
            Self::Used(principal) => rules.directory.seen(tx, principal, &base.showing()),
            Self::Strayed(stray) => rules.directory.strayed(tx, stray, &base.showing()),
        }
    }

    fn entry(&self, base: &Base, notice: Notice) -> Entry {
        let (principal, outcome) = match self {
            Self::Used(principal) => (principal.clone(), Outcome::Done),
            Self::Strayed(stray) => (Principal::api_key(stray.key, Vec::new()), Outcome::Refused),
        };
        let on = principal.id().map_or_else(Note::none, |id| Note::on("ApiKey", id));
        // Why something was asked belongs to the act that it was asked for.
        let base = Base {
            purpose: None,
            ..base.clone()
        };
        entry(&base, notice.name(), &principal, on, (outcome, None))
    }
}

/// The entry of an attempt.
pub(crate) fn entry(
    base: &Base,
    act: &'static str,
    principal: &Principal,
    note: Note,
    (outcome, problem): (Outcome, Option<&Problem>),
) -> Entry {
    let who = Who {
        kind: Word::Borrowed(kind_word(principal.kind)),
        id: principal.id(),
        roles: principal
            .roles
            .iter()
            .map(|role| Word::Borrowed(role.as_str()))
            .collect(),
    };
    let id = EntryId::new(fresh_entry_id(base));
    let nonce = Nonce::draw(&SystemRng);
    let mut entry = Entry::new(id, nonce, base.now, Word::Borrowed(act), who);
    entry.via = principal.session.map(skillsyms_core::SessionId::uuid);
    entry.on = note
        .on
        .into_iter()
        .map(|(kind, id)| (Word::Borrowed(kind), id))
        .collect();
    entry.learners = note.learners;
    entry.categories = note.categories.into_iter().map(Word::Borrowed).collect();
    entry.count = note.count;
    entry.purpose = base.purpose.clone();
    entry.from = base.from.map(|address| address.to_string());
    entry.outcome = outcome;
    entry.code = problem.map(|problem| Word::Borrowed(problem.code.name));
    entry.reference = Some(base.reference);
    entry
}

fn fresh_entry_id(base: &Base) -> Uuid {
    let mut random = [0_u8; 10];
    SystemRng.fill(&mut random);
    let millis = u64::try_from(base.now.micros() / 1_000).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}

const fn kind_word(kind: Kind) -> &'static str {
    match kind {
        Kind::Person => "person",
        Kind::Key => "key",
        Kind::Console => "console",
        Kind::System => "system",
        Kind::Nobody => "nobody",
    }
}
