//! One provider, as the platform knows it.

use askama::Template;
use skillsyms_assurance::platform::{CheckpointView, OneTenant, ReadTenant};
use skillsyms_core::CellId;
use skillsyms_door::TenantState;

use super::{size, state_word};
use crate::extract::{Empty, Id};
use crate::pages::kit::{Address, Layout, SignedIn, When, html};
use crate::problem::{Answer, Refused};
use crate::routes::Route;

pub(super) fn routes() -> Vec<Route> {
    vec![Route::page("/platform/tenants/{id}", one).view::<ReadTenant>("One provider, with the newest head of its log")]
}

#[derive(Template)]
#[template(path = "platform/tenant.html")]
struct TenantPage {
    l: Layout,
    id: String,
    slug: String,
    state: String,
    tone: &'static str,
    is_active: bool,
    is_suspended: bool,
    created: When,
    changed: When,
    active: Option<When>,
    size: String,
    quotas: [(&'static str, String); 3],
    checkpoint: Option<Kept>,
}

/// The kept head of the log.
struct Kept {
    entries: u64,
    at: Option<When>,
    note: String,
}

impl From<CheckpointView> for Kept {
    fn from(kept: CheckpointView) -> Self {
        Self {
            entries: kept.size,
            at: kept.at.map(When::from),
            note: kept.note,
        }
    }
}

/// The layout of what is done to a provider: with the ways back to the list and to it.
pub(super) async fn layout(page: &SignedIn, found: &OneTenant, title: String) -> Result<Layout, Refused> {
    let l = page.layout(title).await?;
    let l = l.crumb("tenants", page.words().get("tenants-title"));
    Ok(l.crumb(&format!("tenants/{}", found.tenant.id), found.tenant.name.as_str()))
}

async fn one(page: SignedIn, Id(id): Id<CellId>, _: Empty) -> Answer {
    let mut found = page.enter().view(ReadTenant { id }).await?;
    let house = page.caller().house();
    house
        .platform()
        .measure(house, std::slice::from_mut(&mut found.tenant))
        .await;
    let OneTenant { tenant, checkpoint } = found;
    let words = page.words();
    let mut l = page
        .layout(tenant.name.clone())
        .await?
        .crumb("tenants", words.get("tenants-title"));
    let done = match Address::of(page.asked()).get("done") {
        "suspended" => Some("tenant-suspended"),
        "restored" => Some("tenant-restored"),
        "quotas" => Some("tenant-quotas-set"),
        _ => None,
    };
    if let Some(done) = done {
        l = l.notice(words.get(done));
    }
    let (state, tone) = state_word(words, &tenant.state);
    let unlimited = || words.get("quota-none");
    let number = |quota: Option<i64>| quota.map_or_else(unlimited, |most| most.to_string());
    let evidence = tenant.quotas.evidence_bytes.and_then(|bytes| u64::try_from(bytes).ok());
    html(&TenantPage {
        quotas: [
            ("quota-learners", number(tenant.quotas.learners)),
            ("quota-people", number(tenant.quotas.people)),
            ("quota-evidence", evidence.map_or_else(unlimited, size)),
        ],
        id: tenant.id.to_string(),
        slug: tenant.slug,
        is_active: tenant.state == TenantState::Active.as_str(),
        is_suspended: tenant.state == TenantState::Suspended.as_str(),
        created: tenant.created_at.into(),
        changed: tenant.changed_at.into(),
        active: tenant.active_at.map(When::from),
        size: tenant.bytes.map_or_else(|| words.get("tenants-size-unknown"), size),
        checkpoint: checkpoint.map(Kept::from),
        state,
        tone,
        l,
    })
}
