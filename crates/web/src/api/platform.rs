//! The platform, for its operators: its providers, its state, the heads of its logs. Nothing of any provider's records.

use std::collections::BTreeMap;

use axum::response::IntoResponse;
use http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skillsyms_assurance::controls::{Catalogue, CheckControls, ReadEvidence, Report};
use skillsyms_assurance::platform::service::Administrator;
use skillsyms_assurance::platform::{
    Checkpoints, CreateTenant, Health, InviteAdministrator, ListCheckpoints, ListTenants, OneTenant, Platform,
    QuotasSet, ReadPlatform, ReadTenant, RestoreTenant, SetQuotas, Sort, SuspendTenant, TenantChanged, TenantInput,
    TenantMade, TenantView,
};
use skillsyms_core::{CellId, Instant, PersonId, Problem};
use skillsyms_door::{Quotas, TenantState};
use skillsyms_people::sessions::{OpenSession, Opened};
use skillsyms_people::sign_in::SignInInput;
use skillsyms_people::{Cursor, Limit, Page, PageAsk};
use skillsyms_vault::Secret;

use super::answer::{done, json};
use crate::etag::{IfMatch, versioned};
use crate::extract::{Caller, Empty, Id, Json, Query, Visitor};
use crate::idempotency::made;
use crate::platform;
use crate::problem::Answer;
use crate::routes::Route;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::post("/api/v1/platform/sessions", open)
            .act::<OpenSession>("Sign in as an operator of the platform")
            .public()
            .takes::<SignInInput>()
            .gives::<Opened>()
            .status(StatusCode::CREATED)
            .takes_credentials(),
        Route::get("/api/v1/platform", overview)
            .view::<ReadPlatform>("How the platform is, for its operators")
            .gives::<Overview>(),
        Route::get("/api/v1/platform/tenants", list)
            .view::<ListTenants>("The providers of this platform, for its operators")
            .query::<TenantsAsk>()
            .gives::<Page<TenantView>>(),
        Route::post("/api/v1/platform/tenants", create)
            .act::<CreateTenant>("Create a provider")
            .takes::<TenantInput>()
            .makes::<TenantMade>(),
        Route::get("/api/v1/platform/tenants/{id}", read)
            .view::<ReadTenant>("One provider, with the newest head of its log")
            .gives::<OneTenant>()
            .etag(),
        Route::post("/api/v1/platform/tenants/{id}/suspend", suspend)
            .act::<SuspendTenant>("Suspend a provider: its people, keys and pages stop at once; nothing is deleted")
            .takes::<Reason>()
            .gives::<TenantChanged>(),
        Route::post("/api/v1/platform/tenants/{id}/restore", restore)
            .act::<RestoreTenant>("Let a suspended provider work again")
            .takes::<Reason>()
            .gives::<TenantChanged>(),
        Route::put("/api/v1/platform/tenants/{id}/quotas", set_quotas)
            .act::<SetQuotas>("Say how much a provider may use at most. What is left out is unlimited")
            .takes::<Quotas>()
            .gives::<QuotasSet>()
            .if_match(),
        Route::post("/api/v1/platform/tenants/{id}/administrators", invite)
            .act::<InviteAdministrator>(
                "Invite a provider's first administrator. The token is for a link that works once",
            )
            .takes::<AdministratorInput>()
            .gives::<AdministratorInvited>()
            .status(StatusCode::CREATED),
        Route::get("/api/v1/platform/checkpoints", checkpoints)
            .view::<ListCheckpoints>("The newest signed heads of all logs, to be kept by an auditor")
            .query::<CheckpointsAsk>()
            .gives::<Checkpoints>(),
        Route::get("/api/v1/platform/controls", controls)
            .view::<ReadEvidence>("Every promise with its state, for operators")
            .gives::<Promised>(),
        Route::post("/api/v1/platform/controls/check", check)
            .act::<CheckControls>("Let the probes look now")
            .status(StatusCode::NO_CONTENT),
    ]
}

/// How the platform is.
#[derive(Debug, Serialize, JsonSchema)]
struct Overview {
    /// How many providers there are.
    tenants: Platform,
    /// How the machine is.
    health: Health,
}

/// Which providers.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct TenantsAsk {
    /// Whose short or registered name has this in it.
    #[serde(default)]
    search: String,
    /// In this state only.
    #[serde(default)]
    state: Option<TenantState>,
    /// `slug`, `name`, `created` or `activity`; with a hyphen before it, the other way round.
    #[serde(default)]
    sort: String,
    /// How many items; 50 unless said.
    #[serde(default)]
    limit: Limit,
    /// The `next` of the page before; absent for the first page.
    #[serde(default)]
    cursor: Option<Cursor>,
}

/// Which page.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CheckpointsAsk {
    /// How many items; 50 unless said.
    #[serde(default)]
    limit: Limit,
    /// The `next` of the page before; absent for the first page.
    #[serde(default)]
    cursor: Option<Cursor>,
}

/// Why a provider is suspended or restored.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Reason {
    /// At most 200 characters. It stands in the platform's log.
    reason: String,
}

/// Who is to be a provider's first administrator.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AdministratorInput {
    /// E-mail address, with which they will sign in.
    #[schemars(with = "String")]
    email: Secret<String>,
    /// Name, as their colleagues will see it.
    #[schemars(with = "String")]
    name: Secret<String>,
}

/// The invitation of a provider's first administrator.
#[derive(Debug, Serialize, JsonSchema)]
struct AdministratorInvited {
    /// The account in the provider's cell.
    id: PersonId,
    /// The secret of the link. It works once, and is shown here and never again.
    token: String,
    /// Until when it works.
    expires_at: Instant,
}

/// Every promise with its state.
#[derive(Debug, Serialize, JsonSchema)]
struct Promised {
    /// As of when.
    at: Instant,
    /// How many promises are in each state.
    counts: BTreeMap<String, usize>,
    /// Every promise, in order.
    controls: Vec<PromiseLine>,
}

/// One promise.
#[derive(Debug, Serialize, JsonSchema)]
struct PromiseLine {
    /// Its id.
    id: String,
    /// What is promised.
    claim: String,
    /// What it is now.
    state: String,
    /// Why it is that.
    detail: Option<String>,
    /// The probe, if there is one.
    probe: Option<String>,
    /// When a probe last looked.
    observed_at: Option<Instant>,
}

async fn open(visitor: Visitor, Json { value, .. }: Json<SignInInput>) -> Answer {
    let house = visitor.house();
    let caller = visitor.at(house.door().platform());
    let opened = house.sign_in().sign_in(&caller, value).await?;
    Ok((StatusCode::CREATED, axum::Json(opened)).into_response())
}

async fn overview(caller: Caller, _: Empty) -> Answer {
    let tenants = caller.enter().view(ReadPlatform).await?;
    let health = caller.house().platform().health(caller.house()).await;
    Ok(json(&Overview { tenants, health }))
}

async fn list(caller: Caller, Query(ask): Query<TenantsAsk>, _: Empty) -> Answer {
    let view = ListTenants {
        page: PageAsk {
            limit: ask.limit,
            cursor: ask.cursor,
        },
        state: ask.state,
        search: ask.search,
        sort: Sort::parse(&ask.sort)?,
    };
    let mut page = caller.enter().view(view).await?;
    caller.house().platform().measure(caller.house(), &mut page.items).await;
    Ok(json(&page))
}

async fn create(caller: Caller, Json { value, digest }: Json<TenantInput>) -> Answer {
    let once = platform::create(&caller, value, &digest).await?;
    Ok(made(once, "/api/v1/platform/tenants", |made| (made.id.uuid(), made)))
}

async fn read(caller: Caller, Id(id): Id<CellId>, _: Empty) -> Answer {
    let mut found = caller.enter().view(ReadTenant { id }).await?;
    let one = std::slice::from_mut(&mut found.tenant);
    caller.house().platform().measure(caller.house(), one).await;
    Ok(versioned(found.tenant.version, &found))
}

async fn suspend(caller: Caller, Id(id): Id<CellId>, Json { value, .. }: Json<Reason>) -> Answer {
    Ok(json(&platform::suspend(&caller.because(value.reason), id).await?))
}

async fn restore(caller: Caller, Id(id): Id<CellId>, Json { value, .. }: Json<Reason>) -> Answer {
    Ok(json(&platform::restore(&caller.because(value.reason), id).await?))
}

async fn set_quotas(
    caller: Caller,
    Id(id): Id<CellId>,
    IfMatch(expected): IfMatch,
    Json { value: quotas, .. }: Json<Quotas>,
) -> Answer {
    let act = SetQuotas { id, quotas, expected };
    let set = platform::set_quotas(&caller, act).await?;
    Ok(versioned(set.version, &set))
}

async fn invite(caller: Caller, Id(id): Id<CellId>, Json { value, .. }: Json<AdministratorInput>) -> Answer {
    let administrator = Administrator {
        email: value.email,
        name: value.name,
    };
    let (_, invited) = platform::invite(&caller, id, administrator).await?;
    let told = AdministratorInvited {
        id: invited.id,
        token: invited
            .token
            .as_ref()
            .ok_or_else(Problem::internal)?
            .expose()
            .to_owned(),
        expires_at: invited.expires_at,
    };
    Ok((StatusCode::CREATED, axum::Json(told)).into_response())
}

async fn checkpoints(caller: Caller, Query(ask): Query<CheckpointsAsk>, _: Empty) -> Answer {
    let view = ListCheckpoints {
        page: PageAsk {
            limit: ask.limit,
            cursor: ask.cursor,
        },
        only: None,
    };
    Ok(json(&caller.enter().view(view).await?))
}

async fn controls(caller: Caller, _: Empty) -> Answer {
    let evidence = caller.enter().view(ReadEvidence).await?;
    let catalogue = Catalogue::load().map_err(|error| {
        tracing::error!(%error, "the catalogue of promises");
        Problem::internal()
    })?;
    let report = Report::of(&catalogue, &evidence, caller.door().clock().now());
    let line = |row: skillsyms_assurance::controls::Row| PromiseLine {
        state: row.state.as_str().to_owned(),
        id: row.id,
        claim: row.claim,
        detail: row.detail,
        probe: row.probe,
        observed_at: row.observed_at,
    };
    let counts = report.counts.into_iter();
    Ok(json(&Promised {
        at: report.at,
        counts: counts.map(|(state, count)| (state.to_owned(), count)).collect(),
        controls: report.controls.into_iter().map(line).collect(),
    }))
}

async fn check(caller: Caller, _: Empty) -> Answer {
    platform::check_controls(&caller).await?;
    Ok(done())
}
