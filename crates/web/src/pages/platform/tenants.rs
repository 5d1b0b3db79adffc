//! The list of providers, and making a new one.

use askama::Template;
use http::StatusCode;
use serde::Deserialize;
use skillsyms_assurance::platform::{CreateTenant, ListTenants, ReadPlatform, Sort, TenantInput, TenantView};
use skillsyms_door::{Once, TenantState};
use skillsyms_people::{Cursor, Limit, PageAsk};

use super::{size, state_word};
use crate::extract::Empty;
use crate::pages::kit::{
    Address, Form, FormView, Heading, Layout, Pager, SignedIn, When, Words, csv, html, html_with, see,
};
use crate::platform;
use crate::problem::{Answer, Refused};
use crate::routes::Route;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::page("/platform/tenants", list)
            .view::<ListTenants>("The providers of this platform")
            .nav("nav-tenants", 10),
        Route::page("/platform/tenants/new", new).view::<ReadPlatform>("The form to create a provider"),
        Route::form("/platform/tenants/new", create).act::<CreateTenant>("Create a provider"),
    ]
}

#[derive(Template)]
#[template(path = "platform/tenants.html")]
struct ListPage {
    l: Layout,
    filter: FormView,
    states: Vec<(String, String)>,
    headings: Vec<Heading>,
    lines: Vec<Line>,
    pager: Pager,
    plain: String,
    sort: String,
    is_filtered: bool,
}

struct Line {
    id: String,
    slug: String,
    name: String,
    state: String,
    tone: &'static str,
    created: When,
    active: Option<When>,
    size: String,
    quotas: Vec<String>,
}

/// The quotas that are set, in words.
fn quotas(words: Words, tenant: &TenantView) -> Vec<String> {
    let said = |key, most: Option<String>| most.map(|most| words.with(key, "most", most));
    let number = |quota: Option<i64>| quota.map(|most| most.to_string());
    let evidence = tenant.quotas.evidence_bytes.and_then(|bytes| u64::try_from(bytes).ok());
    [
        said("tenants-most-learners", number(tenant.quotas.learners)),
        said("tenants-most-people", number(tenant.quotas.people)),
        said("tenants-most-evidence", evidence.map(size)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn line(words: Words, tenant: &TenantView) -> Line {
    let (state, tone) = state_word(words, &tenant.state);
    Line {
        id: tenant.id.to_string(),
        slug: tenant.slug.clone(),
        name: tenant.name.clone(),
        created: tenant.created_at.into(),
        active: tenant.active_at.map(When::from),
        size: tenant.bytes.map_or_else(|| words.get("tenants-size-unknown"), size),
        quotas: quotas(words, tenant),
        state,
        tone,
    }
}

async fn list(page: SignedIn, _: Empty) -> Answer {
    let (words, address) = (page.words(), Address::of(page.asked()));
    let cursor = Some(address.get("cursor")).filter(|text| !text.is_empty());
    let view = ListTenants {
        page: PageAsk {
            limit: Limit::default(),
            cursor: cursor.map(Cursor::parse).transpose()?,
        },
        state: TenantState::parse(address.get("state")),
        search: address.get("q").to_owned(),
        sort: Sort::parse(address.get("sort"))?,
    };
    let mut found = page.enter().view(view).await?;
    let house = page.caller().house();
    house.platform().measure(house, &mut found.items).await;
    if address.wants_csv() {
        return Ok(file(words, &found.items));
    }
    let l = page
        .layout(words.get("tenants-title"))
        .await?
        .crumb("", words.get("nav-platform"));
    let states = [TenantState::Active, TenantState::Suspended, TenantState::Creating];
    html(&ListPage {
        filter: FormView::default()
            .fill("q", address.get("q"))
            .fill("state", address.get("state")),
        states: states
            .map(|state| (state.as_str().to_owned(), state_word(words, state.as_str()).0))
            .to_vec(),
        headings: vec![
            Heading::sorting(&address, "name", words.get("tenants-name")),
            Heading::plain(words.get("tenants-state")),
            Heading::sorting(&address, "created", words.get("tenants-created")),
            Heading::sorting(&address, "activity", words.get("tenants-active")),
            Heading::plain(words.get("tenants-size")),
        ],
        lines: found.items.iter().map(|tenant| line(words, tenant)).collect(),
        pager: Pager::new(&address, found.next.as_ref(), words),
        plain: address.plain().to_owned(),
        sort: address.get("sort").to_owned(),
        is_filtered: address.is_filtered(),
        l,
    })
}

fn file(words: Words, found: &[TenantView]) -> axum::response::Response {
    let heads = [
        "tenants-slug",
        "tenants-name",
        "tenants-state",
        "tenants-created",
        "tenants-active",
        "tenants-bytes",
        "quota-learners",
        "quota-people",
        "quota-evidence",
    ];
    let mut rows = vec![heads.iter().map(|key| words.get(key)).collect::<Vec<_>>()];
    let number = |quota: Option<i64>| quota.map_or_else(String::new, |most| most.to_string());
    rows.extend(found.iter().map(|tenant| {
        vec![
            tenant.slug.clone(),
            tenant.name.clone(),
            state_word(words, &tenant.state).0,
            When::from(tenant.created_at).iso(),
            tenant.active_at.map_or_else(String::new, |at| When::from(at).iso()),
            tenant.bytes.map_or_else(String::new, |bytes| bytes.to_string()),
            number(tenant.quotas.learners),
            number(tenant.quotas.people),
            number(tenant.quotas.evidence_bytes),
        ]
    }));
    csv::file("providers", &rows)
}

#[derive(Template)]
#[template(path = "platform/new.html")]
struct NewPage {
    l: Layout,
    form: FormView,
}

async fn layout(page: &SignedIn) -> Result<Layout, Refused> {
    let words = page.words();
    let l = page.layout_for("tenant.create", words.get("tenant-new-title")).await?;
    Ok(l.crumb("tenants", words.get("tenants-title")))
}

async fn new(page: SignedIn, _: Empty) -> Answer {
    page.enter().view(ReadPlatform).await?;
    let l = layout(&page).await?;
    html(&NewPage {
        form: SignedIn::form(&l),
        l,
    })
}

#[derive(Deserialize)]
struct Typed {
    #[serde(default)]
    slug: String,
    #[serde(default)]
    name: String,
}

async fn create(page: SignedIn, form: Form<Typed>) -> Answer {
    let new = TenantInput {
        slug: form.value.slug.trim().to_owned(),
        name: form.value.name.trim().to_owned(),
    };
    let id = match platform::create(&page.keyed(form.key.clone()), new, &form.digest).await {
        Ok(Once::Done(made)) => Some(made.id.uuid()),
        Ok(Once::Before { resources }) => resources.first().copied(),
        Err(Refused(problem)) => {
            let l = layout(&page).await?.refused();
            let form = SignedIn::form(&l).filled(form.pairs).refused(problem, page.words())?;
            return html_with(StatusCode::UNPROCESSABLE_ENTITY, &NewPage { l, form });
        }
    };
    // Nobody can sign in there yet: the first administrator comes next.
    let next = id.map_or_else(
        || "tenants".to_owned(),
        |id| format!("tenants/{id}/invite?done=created"),
    );
    Ok(see(&page.href(&next)))
}
