//! What operators' acts need of the door beside their own transaction: keys for a new tenant, what a tenant may use at
//! most, and how large and busy the cells are. Nothing here reads a tenant's records.

use std::collections::HashMap;
use std::sync::PoisonError;

use diesel::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skillsyms_cells::schema::tenants;
use skillsyms_cells::{CellKind, Load, Tx};
use skillsyms_core::problem::Param;
use skillsyms_core::{CellId, Code, Instant, Problem};

use crate::act::Fault;
use crate::door::{Door, below};
use crate::platform::{SLUG_TAKEN, TenantState};

/// Characters of a short name.
const SLUG_CHARS: std::ops::RangeInclusive<usize> = 2..=40;
/// Characters of a registered name.
const NAME_CHARS_MAX: usize = 200;

/// The tenant has as many as it may.
pub static QUOTA_REACHED: Code = Code::new(
    "quota.reached",
    409,
    "Your provider has as much as was agreed with the platform, so nothing was added. Ask the operator of the platform for more.",
);

/// Keys and login of a tenant that is about to be made: wrapped by the root key, sealed by the platform's.
#[derive(Clone)]
pub struct NewTenant {
    /// Its cell.
    pub id: CellId,
    pub(crate) keyring: Vec<u8>,
    pub(crate) login: Option<Vec<u8>>,
}

/// What a tenant may use at most. What is not set is unlimited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Quotas {
    /// Learners.
    #[serde(default)]
    pub learners: Option<i64>,
    /// People with an account.
    #[serde(default)]
    pub people: Option<i64>,
    /// Bytes of evidence.
    #[serde(default)]
    pub evidence_bytes: Option<i64>,
}

impl Quotas {
    /// Refuses more than the quota. `used` is asked only if there is one: a tenant without quotas pays nothing for them.
    ///
    /// # Errors
    /// [`QUOTA_REACHED`]; whatever `used` answers.
    pub fn check(
        quota: Option<i64>,
        what: &'static str,
        more: i64,
        used: impl FnOnce() -> Result<i64, Fault>,
    ) -> Result<(), Fault> {
        let Some(most) = quota else { return Ok(()) };
        if used()?.saturating_add(more) <= most {
            return Ok(());
        }
        Err(Problem::new(&QUOTA_REACHED).with("of", Param::Word(what)).into())
    }
}

/// Writes the row of a new tenant, to be made; or answers the one of both names whose making was interrupted.
///
/// # Errors
/// [`SLUG_TAKEN`].
pub fn reserve(tx: &mut Tx<'_>, new: &NewTenant, (slug, name): (&str, &str), now: Instant) -> Result<CellId, Fault> {
    let found: Option<(CellId, String, String)> = tx.first(
        tenants::table
            .filter(tenants::slug.eq(slug))
            .select((tenants::id, tenants::name, tenants::state))
            .limit(1),
    )?;
    if let Some((id, begun, state)) = found {
        let is_begun = TenantState::parse(&state) == Some(TenantState::Creating) && begun == name;
        return if is_begun {
            Ok(id)
        } else {
            Err(Problem::new(&SLUG_TAKEN).into())
        };
    }
    tx.execute(diesel::insert_into(tenants::table).values((
        tenants::id.eq(new.id),
        tenants::slug.eq(slug),
        tenants::name.eq(name),
        tenants::state.eq(TenantState::Creating.as_str()),
        tenants::keyring.eq(&new.keyring),
        tenants::login.eq(&new.login),
        tenants::version.eq(1_i64),
        tenants::created_at.eq(now),
        tenants::changed_at.eq(now),
    )))?;
    Ok(new.id)
}

/// Refuses what can be no tenant's short name, and what can be no registered name.
///
/// # Errors
/// A problem with the field.
pub fn check_names(slug: &str, name: &str) -> Result<(), Problem> {
    let is_slug = slug
        .bytes()
        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if !is_slug || !SLUG_CHARS.contains(&slug.len()) || slug.starts_with('-') || slug.ends_with('-') {
        return Err(Problem::field(
            "slug",
            "form",
            "Use 2 to 40 small letters, digits and hyphens.",
        ));
    }
    if name.trim().is_empty() || name.chars().count() > NAME_CHARS_MAX {
        return Err(Problem::field(
            "name",
            "form",
            "Give the registered name, at most 200 characters.",
        ));
    }
    Ok(())
}

type Known = (String, Option<i64>, Option<i64>, Option<i64>);

impl Door {
    /// Takes state and quotas of a tenant from its row again, after an act changed them. Call it whatever became of who
    /// asked: until then the tenant goes on as before.
    ///
    /// # Errors
    /// If the platform's cell fails.
    pub async fn refresh_tenant(&self, id: CellId) -> Result<(), Problem> {
        // One after the other: what was read first must not be remembered last.
        let _turn = self.0.refreshing.lock().await;
        let row = self.0.platform.read(move |tx| {
            tx.first::<Known, _>(
                tenants::table
                    .filter(tenants::id.eq(id))
                    .select((
                        tenants::state,
                        tenants::quota_learners,
                        tenants::quota_people,
                        tenants::quota_evidence_bytes,
                    ))
                    .limit(1),
            )
        });
        let row = row.await.and_then(|row| row).map_err(|error| {
            // Then whoever comes next reads the row: a tenant that was suspended must not go on.
            self.forget_state(id);
            below(&error, id.uuid())
        })?;
        let Some((state, learners, people, evidence_bytes)) = row else {
            return Ok(());
        };
        if let Some(state) = TenantState::parse(&state).filter(|state| *state != TenantState::Creating) {
            self.remember_state(id, state);
        }
        self.remember_quotas(
            id,
            Quotas {
                learners,
                people,
                evidence_bytes,
            },
        );
        Ok(())
    }

    fn forget_state(&self, id: CellId) {
        let mut states = self.0.tenants.write().unwrap_or_else(PoisonError::into_inner);
        states.remove(&id);
    }

    pub(crate) fn remember_quotas(&self, id: CellId, quotas: Quotas) {
        let mut all = self.0.quotas.write().unwrap_or_else(PoisonError::into_inner);
        all.insert(id, quotas);
    }

    /// What a tenant may use, as it was read when its cell was opened or its quotas were changed.
    pub(crate) fn quotas_of(&self, id: CellId) -> Quotas {
        let all = self.0.quotas.read().unwrap_or_else(PoisonError::into_inner);
        all.get(&id).copied().unwrap_or_default()
    }

    /// What kind of cell this is.
    pub(crate) fn kind_of(&self, cell: CellId) -> CellKind {
        if cell == self.platform() {
            CellKind::Platform
        } else {
            CellKind::Tenant
        }
    }

    /// How busy the cells are.
    #[must_use]
    pub fn load(&self) -> Load {
        self.0.cells.load()
    }

    /// Bytes that the cells of these tenants take. None is opened for it.
    ///
    /// # Errors
    /// If the engine cannot be asked.
    pub async fn sizes(&self, of: Vec<CellId>) -> Result<HashMap<CellId, u64>, Problem> {
        let door = self.clone();
        let asked = tokio::task::spawn_blocking(move || door.0.cells.sizes(&door.0.platform_spec, &of));
        let sizes = asked.await.map_err(|_| Problem::internal())?;
        sizes.map_err(|error| below(&error, uuid::Uuid::nil()))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use skillsyms_cells::{Engine, Limits, Read};
    use skillsyms_core::SystemClock;
    use skillsyms_vault::{RootKey, SystemRng};

    use super::*;
    use crate::actor::{Directory, Found, Showing, Shown};
    use crate::door::{Config, Inspect};
    use crate::registry::Registry;

    struct Nobody;

    impl Directory for Nobody {
        fn principal(&self, _: &mut Read<'_>, _: &Shown, _: &Showing) -> Result<Found, Fault> {
            Err(Problem::not_found().into())
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn quotas_that_are_read_while_they_change_are_not_remembered_after_it() {
        let folder = tempfile::tempdir().unwrap();
        let door = Door::open(Config {
            data: folder.path().to_owned(),
            engine: Engine::Sqlite {
                folder: folder.path().join("cells"),
            },
            root: RootKey::generate(&SystemRng),
            clock: Arc::new(SystemClock),
            registry: Registry::collect(&[]).unwrap(),
            directory: Arc::new(Nobody),
            limits: Limits::default(),
            inspect: Inspect::No,
        })
        .await
        .unwrap();
        let id = door.create_tenant("one", "Provider One").await.unwrap().id;
        // Somebody reads the row after a change of it, to remember what it says.
        let turn = door.0.refreshing.lock().await;
        let opening = tokio::spawn({
            let door = door.clone();
            async move { door.load_spec(id).await.map(drop) }
        });
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert!(!opening.is_finished(), "who opens the cell reads the row after that");
        drop(turn);
        opening.await.unwrap().unwrap();
    }
}
