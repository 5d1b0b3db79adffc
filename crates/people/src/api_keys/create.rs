//! Act: make an API key.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skillsyms_cells::{Read, Tx};
use skillsyms_core::{ApiKeyId, Code, Instant, Param, Problem};
use skillsyms_door::{Act, Cx, Disclosure, Fault, Note, Target};
use skillsyms_vault::Secret;

use super::networks::Networks;
use super::rows::{self, NewApiKey};
use super::scopes;
use crate::field::line;
use crate::token::{Minted, OneTimeText, TokenKind};

/// Days for which a key works if nothing is chosen.
pub const DAYS_DEFAULT: i64 = 90;
/// Most days for which a key works: a year, with the leap day.
pub const DAYS_MAX: i64 = 366;
/// Working keys that a cell may have. More is a script gone wrong.
pub const KEYS_MAX: i64 = 100;
/// Longest name of a key.
const NAME_MAX_CHARS: usize = 80;
/// Seconds in a day.
const DAY_SECONDS: i64 = 24 * 60 * 60;

/// The cell has as many keys as it may.
pub static TOO_MANY: Code = Code::new(
    "api_key.too_many",
    409,
    "There are as many API keys as there may be. Revoke one that is not used.",
);

/// Makes an API key. It is shown once.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateApiKey {
    /// What it is for, as the list will say.
    #[schemars(with = "String")]
    pub name: Secret<String>,
    /// Names of acts that it may do.
    pub scopes: Vec<String>,
    /// Days for which it works, 1 to 366; 90 unless said.
    #[serde(default = "default_days")]
    pub days: i64,
    /// Networks from which it may be used, as `192.0.2.0/24` or `2001:db8::/32`, at most 16; from everywhere unless said.
    #[serde(default)]
    pub networks: Vec<String>,
}

const fn default_days() -> i64 {
    DAYS_DEFAULT
}

/// A key that was just made. It is shown here and never again.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Created {
    /// Its id.
    pub id: ApiKeyId,
    /// The key.
    pub key: OneTimeText,
    /// When it stops working.
    pub expires_at: Instant,
}

/// What was prepared: fields checked, the key drawn.
pub struct Ready {
    name: String,
    scopes: String,
    networks: String,
    key: Minted,
}

impl Act for CreateApiKey {
    const NAME: &'static str = "api_key.create";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Ready = Ready;
    type Output = Created;

    fn prepare(&self, cx: &Cx) -> Result<Ready, Fault> {
        if !(1..=DAYS_MAX).contains(&self.days) {
            return Err(Problem::field("days", "api_key.days", "A key works for 1 to 366 days.").into());
        }
        Ok(Ready {
            name: line("name", &self.name, NAME_MAX_CHARS)?,
            scopes: scopes::text(chosen(&self.scopes)?),
            networks: Networks::parse(&self.networks)?.text(),
            key: Minted::new(TokenKind::ApiKey, cx.cell(), cx.rng()),
        })
    }

    fn target(&self, _: &mut Read<'_>) -> Result<Target, Fault> {
        Ok(Target::tenant())
    }

    fn run(&self, cx: &Cx, ready: &Ready, tx: &mut Tx<'_>) -> Result<Created, Fault> {
        check_room(cx, tx)?;
        let new = NewApiKey {
            id: ApiKeyId::new(cx.fresh()),
            name: &ready.name,
            hash: ready.key.hash,
            scopes: &ready.scopes,
            networks: &ready.networks,
            created_by: cx.person()?.uuid(),
            now: cx.now(),
            expires_at: ends_at(cx.now(), self.days),
            days: self.days,
            rotated_from: None,
        };
        rows::insert(tx, &new)?;
        Ok(Created {
            id: new.id,
            key: ready.key.text.clone(),
            expires_at: new.expires_at,
        })
    }

    fn entry(&self, output: &Created) -> Note {
        Note::on("ApiKey", output.id.uuid())
    }
}

/// When a key ends that is made now for so many days.
pub(super) const fn ends_at(now: Instant, days: i64) -> Instant {
    now.plus_seconds(days.saturating_mul(DAY_SECONDS))
}

/// Refuses a key more than a cell may have.
pub(super) fn check_room(cx: &Cx, tx: &mut Tx<'_>) -> Result<(), Fault> {
    let working = rows::working(&mut tx.read(), cx.now(), KEYS_MAX)?;
    if i64::try_from(working.len()).unwrap_or(i64::MAX) >= KEYS_MAX {
        return Err(Problem::new(&TOO_MANY).with("most", Param::Int(KEYS_MAX)).into());
    }
    Ok(())
}

/// The scopes that were chosen, if keys may have each of them.
fn chosen(names: &[String]) -> Result<Vec<&'static str>, Problem> {
    if names.is_empty() || names.len() > scopes::KEY_SCOPES.len() {
        return Err(Problem::field(
            "scopes",
            "api_key.scopes",
            "Choose at least one scope, and each once.",
        ));
    }
    let all: Option<Vec<&'static str>> = names.iter().map(|name| scopes::scope(name)).collect();
    all.ok_or_else(|| {
        let message = "A key may not do one of these. Choose from the scopes listed here.";
        Problem::field("scopes", "api_key.scope", message).with("scopes", Param::Words(scopes::KEY_SCOPES.to_vec()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn one_scope_too_many_refuses_the_key() {
        assert!(chosen(&names(&["learner.read", "learner.list"])).is_ok());
        for asked in [
            &["learner.read", "learner.reveal_id"][..],
            &["*"],
            &["session.step_up"],
            &["no.such.act"],
            &[],
        ] {
            assert_eq!(chosen(&names(asked)).unwrap_err().code.status, 422, "{asked:?}");
        }
        assert!(chosen(&vec!["me.read".to_owned(); 10_000]).is_err());
    }
}
