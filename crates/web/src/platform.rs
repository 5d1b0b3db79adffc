//! What the API and the pages of operators have in common: acts of the platform's cell, and what follows from them at the door.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Mutex, OnceLock, PoisonError};

use skillsyms_assurance::controls::{CheckControls, Evidence};
use skillsyms_assurance::platform::service::{self, Administrator, Circumstances};
use skillsyms_assurance::platform::{
    CreateTenant, Health, InviteAdministrator, QuotasSet, RestoreTenant, SetQuotas, SuspendTenant, TenantChanged,
    TenantInput, TenantMade, TenantView,
};
use skillsyms_core::{CellId, Code, Instant, Problem};
use skillsyms_door::Once;
use skillsyms_people::accounts::Invited;

use crate::extract::Caller;
use crate::house::{House, apart};
use crate::problem::Refused;

/// Seconds for which sizes are kept: every file of a provider is looked at to measure them.
const SIZES_SECONDS: i64 = 5 * 60;

/// The probes look already.
pub static CHECKING: Code = Code::new(
    "control.checking",
    409,
    "The probes are looking at this moment. Wait a minute, then load the page again.",
);
/// This process has no probes.
pub static NO_PROBES: Code = Code::new(
    "control.no_probes",
    503,
    "The probes cannot be started from here. Start them at the console: skillsyms controls check.",
);

/// What the probes see, some time after they were started.
pub type Looking = Pin<Box<dyn Future<Output = Result<Vec<Evidence>, Problem>> + Send>>;
/// Starts the probes. Whoever wires the house has them: they need what stands above the faces.
pub type Probes = Box<dyn Fn() -> Looking + Send + Sync>;

/// What operators need beside the door.
pub(crate) struct AtPlatform {
    since: Instant,
    probes: OnceLock<Probes>,
    looking: tokio::sync::Mutex<()>,
    sizes: Mutex<HashMap<CellId, (Instant, u64)>>,
}

impl AtPlatform {
    pub(crate) fn new(since: Instant) -> Self {
        Self {
            since,
            probes: OnceLock::new(),
            looking: tokio::sync::Mutex::default(),
            sizes: Mutex::default(),
        }
    }

    pub(crate) fn set_probes(&self, probes: Probes) {
        if self.probes.set(probes).is_err() {
            tracing::warn!("the house has its probes already");
        }
    }

    /// How the machine is.
    pub(crate) async fn health(&self, house: &House) -> Health {
        Health::of(house.door(), self.since).await
    }

    fn known_size(&self, id: CellId, now: Instant) -> Option<u64> {
        let sizes = self.sizes.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, bytes) = sizes.get(&id)?;
        (0..SIZES_SECONDS).contains(&now.seconds_since(*at)).then_some(*bytes)
    }

    /// Fills in how much these providers take. What cannot be measured is left open, and the page is shown all the same.
    pub(crate) async fn measure(&self, house: &House, tenants: &mut [TenantView]) {
        let now = house.door().clock().now();
        let unknown: Vec<CellId> = tenants
            .iter()
            .map(|tenant| tenant.id)
            .filter(|id| self.known_size(*id, now).is_none())
            .collect();
        if !unknown.is_empty() {
            let cells = house.door().sizes(unknown).await.unwrap_or_default();
            let files = house.files().clone();
            let measured = tokio::task::spawn_blocking(move || {
                let with_files = |(id, cell): (CellId, u64)| {
                    let files = files
                        .bytes_of(id)
                        .inspect_err(|error| tracing::warn!(%error, "size of files"));
                    Some((id, cell.saturating_add(files.ok()?)))
                };
                cells.into_iter().filter_map(with_files).collect::<Vec<_>>()
            });
            let measured = measured.await.unwrap_or_default();
            let mut sizes = self.sizes.lock().unwrap_or_else(PoisonError::into_inner);
            sizes.extend(measured.into_iter().map(|(id, bytes)| (id, (now, bytes))));
        }
        for tenant in tenants {
            tenant.bytes = self.known_size(tenant.id, now);
        }
    }
}

/// Creates a provider: its row by an act, then its cell. What was interrupted between is gone on with by the same request.
pub(crate) async fn create(caller: &Caller, new: TenantInput, digest: &[u8; 32]) -> Result<Once<TenantMade>, Refused> {
    let drawn = caller.door().draw_tenant()?;
    let act = CreateTenant { new, drawn };
    let once = caller
        .make(act, digest, |made: &TenantMade| Some(made.id.uuid()))
        .await?;
    let id = match &once {
        Once::Done(made) => Some(made.id),
        Once::Before { resources } => resources.first().copied().map(CellId::new),
    };
    if let Some(id) = id {
        let door = caller.door().clone();
        apart(async move { door.settle_tenant(id).await }).await?;
    }
    Ok(once)
}

/// Suspends a provider. The reason is the caller's purpose.
pub(crate) async fn suspend(caller: &Caller, id: CellId) -> Result<TenantChanged, Problem> {
    let caller = caller.clone();
    apart(async move {
        let done = caller.enter().run(SuspendTenant { id }).await?;
        caller.door().refresh_tenant(id).await?;
        Ok(done)
    })
    .await
}

/// Restores a provider. The reason is the caller's purpose.
pub(crate) async fn restore(caller: &Caller, id: CellId) -> Result<TenantChanged, Problem> {
    let caller = caller.clone();
    apart(async move {
        let done = caller.enter().run(RestoreTenant { id }).await?;
        caller.door().refresh_tenant(id).await?;
        Ok(done)
    })
    .await
}

/// Says how much a provider may use.
pub(crate) async fn set_quotas(caller: &Caller, act: SetQuotas) -> Result<QuotasSet, Problem> {
    let caller = caller.clone();
    apart(async move {
        let done = caller.enter().run(act).await?;
        caller.door().refresh_tenant(done.id).await?;
        Ok(done)
    })
    .await
}

/// Invites a provider's first administrator: allowed and entered here, made in the provider's cell.
pub(crate) async fn invite(
    caller: &Caller,
    id: CellId,
    administrator: Administrator,
) -> Result<(String, Invited), Problem> {
    let caller = caller.clone();
    apart(async move {
        let allowed = caller.enter().run(InviteAdministrator { id }).await?;
        let around = Circumstances {
            from: caller.from(),
            reference: caller.reference(),
        };
        let invited = service::invite(caller.door(), id, administrator, around).await?;
        Ok((allowed.slug, invited))
    })
    .await
}

/// Lets the probes look, and keeps what they saw.
pub(crate) async fn check_controls(caller: &Caller) -> Result<(), Problem> {
    caller.enter().run(CheckControls).await?;
    let house = caller.house().clone();
    apart(async move {
        let at = house.platform();
        let _turn = at.looking.try_lock().map_err(|_| Problem::new(&CHECKING))?;
        let probes = at.probes.get().ok_or_else(|| Problem::new(&NO_PROBES))?;
        let evidence = probes().await?;
        service::keep(house.door(), evidence).await?;
        house.promises().forget().await;
        Ok(())
    })
    .await
}
