//! Changes of a provider: suspending and restoring, each confirmed on a page that says what will happen; quotas.

use askama::Template;
use http::StatusCode;
use serde::Deserialize;
use skillsyms_assurance::platform::{OneTenant, ReadTenant, RestoreTenant, SetQuotas, SuspendTenant};
use skillsyms_core::problem::PURPOSE;
use skillsyms_core::{CellId, Problem};
use skillsyms_door::Quotas;

use super::one::layout;
use crate::extract::{Empty, Id};
use crate::pages::kit::{Form, FormView, Layout, SignedIn, html, html_with, see};
use crate::platform;
use crate::problem::{Answer, Refused};
use crate::routes::Route;

/// Bytes of a megabyte, in which the quota of evidence is said.
const MEGABYTE: i64 = 1_000_000;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::page("/platform/tenants/{id}/suspend", ask_suspend)
            .view::<ReadTenant>("What suspending a provider does"),
        Route::form("/platform/tenants/{id}/suspend", suspend)
            .act::<SuspendTenant>("Suspend a provider")
            .then_view::<ReadTenant>(),
        Route::page("/platform/tenants/{id}/restore", ask_restore).view::<ReadTenant>("What restoring a provider does"),
        Route::form("/platform/tenants/{id}/restore", restore)
            .act::<RestoreTenant>("Let a suspended provider work again")
            .then_view::<ReadTenant>(),
        Route::page("/platform/tenants/{id}/quotas", quotas_page)
            .view::<ReadTenant>("The form for a provider's quotas"),
        Route::form("/platform/tenants/{id}/quotas", set_quotas)
            .act::<SetQuotas>("Say how much a provider may use at most")
            .then_view::<ReadTenant>(),
    ]
}

/// What is about to be done.
struct What {
    title: &'static str,
    text: &'static str,
    button: &'static str,
    path: &'static str,
    tone: &'static str,
}

const SUSPEND: What = What {
    title: "tenant-suspend-title",
    text: "tenant-suspend-text",
    button: "tenant-suspend",
    path: "suspend",
    tone: "danger",
};
const RESTORE: What = What {
    title: "tenant-restore-title",
    text: "tenant-restore-text",
    button: "tenant-restore",
    path: "restore",
    tone: "",
};

#[derive(Template)]
#[template(path = "platform/confirm.html")]
struct ConfirmPage {
    l: Layout,
    form: FormView,
    id: CellId,
    text: String,
    button: String,
    path: &'static str,
    tone: &'static str,
}

async fn confirm(page: &SignedIn, id: CellId, what: &What) -> Answer {
    let found = page.enter().view(ReadTenant { id }).await?;
    let l = titled(page, &found, what).await?;
    let form = SignedIn::form(&l);
    show(page, (l, form), id, what, StatusCode::OK)
}

async fn titled(page: &SignedIn, found: &OneTenant, what: &What) -> Result<Layout, Refused> {
    let title = page.words().with(what.title, "name", found.tenant.name.as_str());
    layout(page, found, title).await
}

fn show(page: &SignedIn, (l, form): (Layout, FormView), id: CellId, what: &What, status: StatusCode) -> Answer {
    html_with(
        status,
        &ConfirmPage {
            text: page.words().get(what.text),
            button: page.words().get(what.button),
            path: what.path,
            tone: what.tone,
            id,
            form,
            l,
        },
    )
}

/// Why it is done.
#[derive(Deserialize)]
struct Reason {
    #[serde(default)]
    purpose: String,
}

async fn refused(page: &SignedIn, form: Form<Reason>, id: CellId, what: &What, problem: Problem) -> Answer {
    if problem == Problem::not_found() {
        return Err(problem.into());
    }
    let problem = if problem.code == &PURPOSE {
        Problem::field("purpose", "purpose.missing", "Give the reason in one line.")
    } else {
        problem
    };
    let found = page.enter().view(ReadTenant { id }).await?;
    let l = titled(page, &found, what).await?.refused();
    let form = SignedIn::form(&l).filled(form.pairs).refused(problem, page.words())?;
    show(page, (l, form), id, what, StatusCode::UNPROCESSABLE_ENTITY)
}

async fn ask_suspend(page: SignedIn, Id(id): Id<CellId>, _: Empty) -> Answer {
    confirm(&page, id, &SUSPEND).await
}

async fn suspend(page: SignedIn, Id(id): Id<CellId>, form: Form<Reason>) -> Answer {
    let page = page.because(form.value.purpose.clone());
    match platform::suspend(page.caller(), id).await {
        Ok(_) => Ok(see(&page.href(&format!("tenants/{id}?done=suspended")))),
        Err(problem) => refused(&page, form, id, &SUSPEND, problem).await,
    }
}

async fn ask_restore(page: SignedIn, Id(id): Id<CellId>, _: Empty) -> Answer {
    confirm(&page, id, &RESTORE).await
}

async fn restore(page: SignedIn, Id(id): Id<CellId>, form: Form<Reason>) -> Answer {
    let page = page.because(form.value.purpose.clone());
    match platform::restore(page.caller(), id).await {
        Ok(_) => Ok(see(&page.href(&format!("tenants/{id}?done=restored")))),
        Err(problem) => refused(&page, form, id, &RESTORE, problem).await,
    }
}

#[derive(Template)]
#[template(path = "platform/quotas.html")]
struct QuotasPage {
    l: Layout,
    form: FormView,
    id: CellId,
}

async fn quotas_page(page: SignedIn, Id(id): Id<CellId>, _: Empty) -> Answer {
    let found = page.enter().view(ReadTenant { id }).await?;
    let l = layout(&page, &found, page.words().get("quotas-title")).await?;
    let quotas = found.tenant.quotas;
    let text = |quota: Option<i64>| quota.map_or_else(String::new, |most| most.to_string());
    let form = SignedIn::form(&l)
        .fill("version", found.tenant.version.to_string())
        .fill("learners", text(quotas.learners))
        .fill("people", text(quotas.people))
        .fill(
            "evidence_bytes",
            text(quotas.evidence_bytes.map(|bytes| bytes / MEGABYTE)),
        );
    html(&QuotasPage { l, form, id })
}

#[derive(Deserialize)]
struct Typed {
    #[serde(default)]
    version: i64,
    #[serde(default)]
    learners: String,
    #[serde(default)]
    people: String,
    #[serde(default)]
    evidence_bytes: String,
}

/// A quota that was typed: nothing is no limit.
fn quota(field: &'static str, text: &str, unit: i64) -> Result<Option<i64>, Problem> {
    let plain: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    if plain.is_empty() {
        return Ok(None);
    }
    let number = plain.parse::<i64>().ok().and_then(|number| number.checked_mul(unit));
    number.map(Some).ok_or_else(|| {
        let message = "Give a whole number, or nothing for no limit.";
        Problem::field(field, "quota.form", message)
    })
}

impl Typed {
    fn quotas(&self) -> Result<Quotas, Problem> {
        Ok(Quotas {
            learners: quota("learners", &self.learners, 1)?,
            people: quota("people", &self.people, 1)?,
            evidence_bytes: quota("evidence_bytes", &self.evidence_bytes, MEGABYTE)?,
        })
    }
}

async fn set_quotas(page: SignedIn, Id(id): Id<CellId>, form: Form<Typed>) -> Answer {
    let set = match form.value.quotas() {
        Ok(quotas) => {
            let act = SetQuotas {
                id,
                quotas,
                expected: form.value.version,
            };
            platform::set_quotas(page.caller(), act).await
        }
        Err(problem) => Err(problem),
    };
    match set {
        Ok(_) => Ok(see(&page.href(&format!("tenants/{id}?done=quotas")))),
        Err(problem) => {
            let found = page.enter().view(ReadTenant { id }).await?;
            let l = layout(&page, &found, page.words().get("quotas-title")).await?.refused();
            let form = SignedIn::form(&l).filled(form.pairs).refused(problem, page.words())?;
            html_with(StatusCode::UNPROCESSABLE_ENTITY, &QuotasPage { l, form, id })
        }
    }
}
