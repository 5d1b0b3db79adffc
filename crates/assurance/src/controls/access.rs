//! View: sessions and API keys of a cell that break what is promised of them. Answers counts, never whose.

use diesel::dsl::{count_star, exists, not};
use diesel::prelude::*;
use skillsyms_cells::Read;
use skillsyms_cells::schema::{api_keys, factors, people, sessions};
use skillsyms_core::Role;
use skillsyms_door::{Cx, Disclosure, Fault, Note, Target, View};
use skillsyms_people::FactorRule;

/// Microseconds of a second.
const SECOND: i64 = 1_000_000;
/// Seconds of a day.
const DAY_SECONDS: i64 = 24 * 60 * 60;

/// Counts what must not be there.
pub struct CheckAccess {
    /// Which roles take a second factor.
    pub rule: FactorRule,
    /// Days for which an API key may work at most.
    pub key_days: i64,
}

/// What was seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Accesses {
    /// Sessions that are not over.
    pub sessions: i64,
    /// Those of people whose role takes a second factor and who have none, that wait for nothing. Anything but none is a broken promise.
    pub without_factor: i64,
    /// API keys that work.
    pub keys: i64,
    /// Those without a scope, or that end later than any may.
    pub unbounded_keys: i64,
}

impl View for CheckAccess {
    const NAME: &'static str = "control.access";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Output = Accesses;

    fn target(&self, _: &mut Read<'_>) -> Result<Target, Fault> {
        Ok(Target::tenant())
    }

    fn run(&self, cx: &Cx, tx: &mut Read<'_>) -> Result<Accesses, Fault> {
        let now = cx.now();
        let live = || {
            sessions::table
                .filter(sessions::ended_at.is_null())
                .filter(sessions::expires_at.gt(now))
        };
        let latest = self.key_days.saturating_mul(DAY_SECONDS).saturating_mul(SECOND);
        let works = || {
            api_keys::table
                .filter(api_keys::revoked_at.is_null())
                .filter(api_keys::expires_at.gt(now))
        };
        let mut without_factor = 0_i64;
        for role in Role::ALL.iter().filter(|role| self.rule.demands(&[**role])) {
            // No role's word is a part of another's.
            let has_role = people::roles.like(format!("%{}%", role.as_str()));
            let factor = factors::table
                .filter(factors::person.eq(people::id))
                .filter(factors::confirmed_at.is_not_null());
            let found = tx.first(
                live()
                    .inner_join(people::table.on(people::id.eq(sessions::person)))
                    .filter(sessions::owes.eq(""))
                    .filter(has_role)
                    .filter(not(exists(factor)))
                    .select(count_star()),
            )?;
            without_factor = without_factor.saturating_add(found.unwrap_or(0));
        }
        Ok(Accesses {
            sessions: tx.first(live().select(count_star()))?.unwrap_or(0),
            without_factor,
            keys: tx.first(works().select(count_star()))?.unwrap_or(0),
            unbounded_keys: tx
                .first(
                    works()
                        .filter(
                            api_keys::scopes
                                .eq("")
                                .or(api_keys::expires_at.gt(api_keys::created_at + latest)),
                        )
                        .select(count_star()),
                )?
                .unwrap_or(0),
        })
    }

    fn entry(&self, seen: &Accesses) -> Note {
        let looked = seen.sessions.saturating_add(seen.keys);
        Note::none().count(u64::try_from(looked).unwrap_or(0))
    }
}
