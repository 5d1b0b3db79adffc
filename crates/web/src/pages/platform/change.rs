//! Changes of a provider: suspending and restoring, each confirmed on a page that says what will happen; quotas.

use askama::Template;
use http::StatusCode;
use serde::Deserialize;
use skillsyms_assurance::platform::{OneTenant, ReadTenant, RestoreTenant, SetQuotas, SuspendTenant};
use skillsyms_core::problem::{PURPOSE, STALE};
use skillsyms_core::{CellId, Problem};
use skillsyms_door::Quotas;

use super::one::layout;
use crate::extract::{Empty, Id};
use crate::pages::kit::{Form, FormView, Layout, SignedIn, Words, html, html_with, see};
use crate::platform;
use crate::problem::{Answer, Refused};
use crate::routes::Route;

/// Bytes of a megabyte, in which the quota of evidence is said.
const MEGABYTE: i64 = 1_000_000;
/// Digits that a part of a megabyte has at most: one byte.
const PART_DIGITS: usize = 6;

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
    /// What was typed on an older version, beside what stands there now.
    stale: Vec<(String, String, String)>,
}

/// The fields of a form with these quotas: exact, so that what is sent back as it is changes nothing.
fn filled(form: FormView, quotas: Quotas, version: i64) -> FormView {
    let [learners, people, evidence_bytes] = shown(quotas);
    form.fill("version", version.to_string())
        .fill("learners", learners)
        .fill("people", people)
        .fill("evidence_bytes", evidence_bytes)
}

/// Quotas as they stand in the fields; nothing is no limit.
fn shown(quotas: Quotas) -> [String; 3] {
    let text = |quota: Option<i64>| quota.map_or_else(String::new, |most| most.to_string());
    [
        text(quotas.learners),
        text(quotas.people),
        quotas.evidence_bytes.map_or_else(String::new, megabytes),
    ]
}

/// Bytes in megabytes, to the last byte.
fn megabytes(bytes: i64) -> String {
    let (whole, part) = (bytes / MEGABYTE, bytes % MEGABYTE);
    let exact = format!("{whole}.{part:0PART_DIGITS$}");
    exact.trim_end_matches('0').trim_end_matches('.').to_owned()
}

async fn quotas_page(page: SignedIn, Id(id): Id<CellId>, _: Empty) -> Answer {
    let found = page.enter().view(ReadTenant { id }).await?;
    let l = layout(&page, &found, page.words().get("quotas-title")).await?;
    let form = filled(SignedIn::form(&l), found.tenant.quotas, found.tenant.version);
    let stale = Vec::new();
    html(&QuotasPage { l, form, id, stale })
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

fn without_spaces(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// A quota that was typed: nothing is no limit.
fn quota(field: &'static str, text: &str, read: impl FnOnce(&str) -> Option<i64>) -> Result<Option<i64>, Problem> {
    let plain = without_spaces(text);
    if plain.is_empty() {
        return Ok(None);
    }
    read(&plain).map(Some).ok_or_else(|| {
        let message = "Give a whole number, or nothing for no limit.";
        Problem::field(field, "quota.form", message)
    })
}

/// Bytes of so many megabytes, with a part of one behind a point or a comma.
fn bytes(text: &str) -> Option<i64> {
    let (whole, part) = text.split_once(['.', ',']).unwrap_or((text, "0"));
    let is_part = (1..=PART_DIGITS).contains(&part.len()) && part.bytes().all(|digit| digit.is_ascii_digit());
    if !is_part || whole.starts_with(['-', '+']) {
        return None;
    }
    let part: i64 = format!("{part:0<PART_DIGITS$}").parse().ok()?;
    whole.parse::<i64>().ok()?.checked_mul(MEGABYTE)?.checked_add(part)
}

impl Typed {
    fn quotas(&self) -> Result<Quotas, Problem> {
        let number = |text: &str| text.parse().ok();
        Ok(Quotas {
            learners: quota("learners", &self.learners, number)?,
            people: quota("people", &self.people, number)?,
            evidence_bytes: quota("evidence_bytes", &self.evidence_bytes, bytes)?,
        })
    }

    /// Both versions: what stands there now, and what was typed.
    fn beside(&self, words: Words, present: Quotas) -> Vec<(String, String, String)> {
        let labels = ["quota-learners", "quota-people", "quota-megabytes"];
        let mine = [&self.learners, &self.people, &self.evidence_bytes].map(|text| without_spaces(text));
        let said = |text: String| if text.is_empty() { words.get("quota-none") } else { text };
        let both = labels.into_iter().zip(shown(present)).zip(mine);
        both.map(|((label, theirs), mine)| (words.get(label), said(theirs), said(mine)))
            .collect()
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
    let Err(problem) = set else {
        return Ok(see(&page.href(&format!("tenants/{id}?done=quotas"))));
    };
    let found = page.enter().view(ReadTenant { id }).await?;
    let l = layout(&page, &found, page.words().get("quotas-title")).await?.refused();
    if problem.code == &STALE {
        // What was typed stays in the fields; sent again, it goes over the version that is shown beside it.
        let stale = form.value.beside(page.words(), found.tenant.quotas);
        let version = found.tenant.version.to_string();
        let form = SignedIn::form(&l).filled(form.pairs).instead("version", version);
        return html_with(StatusCode::PRECONDITION_FAILED, &QuotasPage { l, form, id, stale });
    }
    let form = SignedIn::form(&l).filled(form.pairs).refused(problem, page.words())?;
    let stale = Vec::new();
    html_with(StatusCode::UNPROCESSABLE_ENTITY, &QuotasPage { l, form, id, stale })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_is_read_back_to_the_byte() {
        for (exact, text) in [
            (0, "0"),
            (10, "0.00001"),
            (1_500_000, "1.5"),
            (20_000_000_000, "20000"),
            (1_234_567_891, "1234.567891"),
            (i64::MAX, "9223372036854.775807"),
        ] {
            assert_eq!(megabytes(exact), text);
            assert_eq!(bytes(text), Some(exact), "{text}");
        }
        assert_eq!(bytes("1,5"), Some(1_500_000));
        for wrong in [
            "",
            ".",
            "1.",
            ".5",
            "-1",
            "-0.5",
            "+1",
            "1.-5",
            "1.2.3",
            "1.0000001",
            "many",
            "9223372036855",
        ] {
            assert_eq!(bytes(wrong), None, "{wrong}");
        }
    }
}
