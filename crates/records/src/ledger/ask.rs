//! What is looked for in the log, as it is asked.

use schemars::JsonSchema;
use serde::Deserialize;
use skillsyms_core::{LearnerId, Problem};
use skillsyms_ledger::{Outcome, Wanted};
use skillsyms_people::{ByAge, Cursor, Limit, PageAsk, Span};
use uuid::Uuid;

use super::ReadLedger;

/// What is looked for in the log. What is not given does not matter.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LedgerAsk {
    /// Name of the act.
    pub act: Option<String>,
    /// Id of the person or key who did it.
    #[schemars(with = "Option<String>")]
    pub actor: Option<Uuid>,
    /// A learner whose record was touched or shown.
    pub learner: Option<LearnerId>,
    /// `done`, `refused` or `failed`.
    pub outcome: Option<String>,
    /// First day, for example 2026-01-31.
    pub from: Option<String>,
    /// Last day.
    pub until: Option<String>,
    /// In which order; the newest first unless said.
    pub sort: Option<ByAge>,
    /// How many items; 50 unless said.
    pub limit: Limit,
    /// The `next` of the page before; absent for the first page.
    pub cursor: Option<Cursor>,
}

impl LedgerAsk {
    /// The view that answers it.
    ///
    /// # Errors
    /// A problem with an outcome or a day that is none.
    pub fn view(self) -> Result<ReadLedger, Problem> {
        let outcome = match self.outcome.as_deref() {
            None => None,
            Some(word) => Some(
                Outcome::parse(word)
                    .ok_or_else(|| Problem::field("outcome", "ledger.outcome", "Ask for done, refused or failed."))?,
            ),
        };
        let days = Span::of_days(self.from.as_deref(), self.until.as_deref())?;
        Ok(ReadLedger {
            page: PageAsk {
                limit: self.limit,
                cursor: self.cursor,
            },
            wanted: Wanted {
                act: self.act,
                actor: self.actor,
                learner: self.learner,
                outcome,
                from: days.from,
                until: days.until,
            },
            sort: self.sort,
        })
    }
}
