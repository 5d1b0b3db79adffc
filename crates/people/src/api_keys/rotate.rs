//! Act: give an integration another key in place of the one that it has, which goes on for a while.

use schemars::JsonSchema;
use serde::Deserialize;
use skillsyms_cells::{Read, Tx};
use skillsyms_core::{ApiKeyId, Code, Param, Problem};
use skillsyms_door::{Act, Cx, Disclosure, Fault, Note, Target};

use super::create::{Created, check_room, ends_at};
use super::networks::Networks;
use super::rows::{self, KeyRow, NewApiKey};
use super::scopes;
use crate::token::{Minted, TokenKind};

/// Hours for which the old key goes on if nothing is chosen.
pub const OVERLAP_HOURS_DEFAULT: i64 = 24;
/// Most hours for which it goes on: a week. Whoever needs longer has not begun to change it.
pub const OVERLAP_HOURS_MAX: i64 = 168;
/// Seconds in an hour.
const HOUR_SECONDS: i64 = 60 * 60;

/// The key does not work any more.
pub static NOT_WORKING: Code = Code::new(
    "api_key.not_working",
    409,
    "This key does not work any more, so there is nothing to take the place of. Make a new one.",
);
/// Another key took its place already.
pub static ROTATED: Code = Code::new(
    "api_key.rotated",
    409,
    "Another key took the place of this one already. Rotate that one. If it was lost, revoke it first, and rotate this one again.",
);

/// How to rotate a key.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RotateInput {
    /// Hours for which the old key goes on, 0 to 168; 24 unless said.
    #[serde(default = "default_hours")]
    pub overlap_hours: i64,
}

const fn default_hours() -> i64 {
    OVERLAP_HOURS_DEFAULT
}

/// Rotates a key: the new one has its name, scopes and networks, and works for as many days as the old one was made for.
#[derive(Clone, Copy, Debug)]
pub struct RotateApiKey {
    /// Which.
    pub key: ApiKeyId,
    /// How.
    pub input: RotateInput,
}

impl Act for RotateApiKey {
    const NAME: &'static str = "api_key.rotate";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Ready = Minted;
    type Output = Created;

    fn prepare(&self, cx: &Cx) -> Result<Minted, Fault> {
        if !(0..=OVERLAP_HOURS_MAX).contains(&self.input.overlap_hours) {
            let message = "The old key goes on for 0 to 168 hours.";
            return Err(Problem::field("overlap_hours", "api_key.overlap", message).into());
        }
        Ok(Minted::new(TokenKind::ApiKey, cx.cell(), cx.rng()))
    }

    fn target(&self, tx: &mut Read<'_>) -> Result<Target, Fault> {
        rows::revoked_at(tx, self.key)?.ok_or_else(Problem::not_found)?;
        Ok(Target::of("ApiKey", self.key.uuid()))
    }

    fn run(&self, cx: &Cx, ready: &Minted, tx: &mut Tx<'_>) -> Result<Created, Fault> {
        let old = rows::one(&mut tx.read(), self.key)?.ok_or_else(Problem::not_found)?;
        check(cx, &old, tx)?;
        let goes_on = cx
            .now()
            .plus_seconds(self.input.overlap_hours.saturating_mul(HOUR_SECONDS));
        let new = NewApiKey {
            id: ApiKeyId::new(cx.fresh()),
            name: &old.name,
            hash: ready.hash,
            // Read and written anew: what was taken from keys meanwhile is not handed on.
            scopes: &scopes::of(&old.scopes).join(" "),
            networks: &Networks::of(&old.networks)?.text(),
            created_by: cx.person()?.uuid(),
            now: cx.now(),
            expires_at: ends_at(cx.now(), old.days),
            days: old.days,
            rotated_from: Some(old.id),
        };
        // It never goes on for longer than it was made for.
        rows::rotate(tx, old.id, new.id, old.expires_at.min(goes_on))?;
        check_room(cx, tx)?;
        rows::insert(tx, &new)?;
        Ok(Created {
            id: new.id,
            key: ready.text.clone(),
            expires_at: new.expires_at,
        })
    }

    fn entry(&self, output: &Created) -> Note {
        Note::on("ApiKey", output.id.uuid()).and("ApiKey", self.key.uuid())
    }
}

/// Refuses a key that does not work, and one whose place is taken by a key that does.
fn check(cx: &Cx, old: &KeyRow, tx: &mut Tx<'_>) -> Result<(), Fault> {
    if !old.is_working(cx.now()) {
        return Err(Problem::new(&NOT_WORKING).into());
    }
    let Some(successor) = old.rotated_to else {
        return Ok(());
    };
    let found = rows::one(&mut tx.read(), successor)?;
    if found.is_some_and(|found| found.is_working(cx.now())) {
        return Err(Problem::new(&ROTATED).with("key", Param::Id(successor.uuid())).into());
    }
    Ok(())
}
