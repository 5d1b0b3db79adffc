//! What is looked for in the log, as it is asked.

use schemars::JsonSchema;
use serde::Deserialize;
use skillsyms_core::date::parse_date;
use skillsyms_core::{Instant, LearnerId, Problem};
use skillsyms_ledger::{Outcome, Wanted};
use skillsyms_people::page::{Cursor, Limit, PageAsk};
use uuid::Uuid;

use super::ReadLedger;

/// Seconds in a day.
const DAY_SECONDS: i64 = 24 * 60 * 60;

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
        let from = self.from.as_deref().map(|text| midnight("from", text)).transpose()?;
        let until = self.until.as_deref().map(|text| midnight("until", text)).transpose()?;
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
                from,
                // The last day counts to its end.
                until: until.map(|day| day.plus_seconds(DAY_SECONDS)),
            },
        })
    }
}

/// The beginning of a day in South Africa.
fn midnight(field: &'static str, text: &str) -> Result<Instant, Problem> {
    let wrong = || Problem::field(field, "ledger.day", "Write the day as year, month and day: 2026-01-31.");
    let day = parse_date(text).map_err(|_| wrong())?;
    Instant::parse(&format!("{day}T00:00:00+02:00")).ok_or_else(wrong)
}
