//! The full ID number: who asks is told that the learner sees it, says why, and confirms their password. It is shown for
//! half a minute and stands in no other page.

use askama::Template;
use http::{HeaderName, HeaderValue, StatusCode};
use serde::Deserialize;
use skillsyms_core::problem::PURPOSE;
use skillsyms_core::{LearnerId, Problem};
use skillsyms_records::learners::{ReadProfile, RevealId};

use super::record::full_name;
use crate::extract::{Empty, Id};
use crate::pages::kit::{Form, FormView, Layout, SignedIn, html, html_with};
use crate::problem::{Answer, Refused};

/// Seconds for which the number stands on the screen: enough to copy it from, too few to leave it there.
const SHOWN_SECONDS: u32 = 30;
/// Sends the browser on by itself, with script and without.
const REFRESH: HeaderName = HeaderName::from_static("refresh");

#[derive(Template)]
#[template(path = "learners/reveal.html")]
struct AskPage {
    l: Layout,
    form: FormView,
    id: LearnerId,
    name: String,
    id_masked: String,
}

#[derive(Template)]
#[template(path = "learners/revealed.html")]
struct ShownPage {
    l: Layout,
    back: String,
    number: String,
    seconds: u32,
}

/// Why it is needed.
#[derive(Deserialize)]
pub(super) struct Why {
    #[serde(default)]
    purpose: String,
}

async fn asking(page: &SignedIn, id: LearnerId) -> Result<AskPage, Refused> {
    let l = page
        .layout_for("learner.reveal_id", page.words().get("reveal-title"))
        .await?;
    let profile = page.enter().view(ReadProfile { id }).await?;
    let name = full_name(&profile.details);
    let (home, list) = (l.get("nav-home"), l.get("learners-title"));
    let l = l
        .about(&name)
        .crumb("", home)
        .crumb("learners", list)
        .crumb(&format!("learners/{id}"), name.as_str());
    Ok(AskPage {
        form: SignedIn::form(&l),
        id,
        name,
        id_masked: profile.id_masked,
        l,
    })
}

pub(super) async fn ask(page: SignedIn, Id(id): Id<LearnerId>, _: Empty) -> Answer {
    html(&asking(&page, id).await?)
}

pub(super) async fn show(page: SignedIn, Id(id): Id<LearnerId>, form: Form<Why>) -> Answer {
    let purpose = form.value.purpose.trim().to_owned();
    let page = page.because(purpose);
    let revealed = match page.enter().view(RevealId { id }).await {
        Ok(revealed) => revealed,
        Err(problem) => {
            let problem = if problem.code == &PURPOSE {
                Problem::field("purpose", PURPOSE.name, PURPOSE.title)
            } else {
                problem
            };
            // The purpose may be what is wrong, so the page is read without one.
            let page = page.because(String::new());
            // A question for the password goes on as it is.
            let form = FormView::default().filled(form.pairs).refused(problem, page.words())?;
            let mut shown = asking(&page, id).await?;
            shown.form = form.with_token(&shown.l.token);
            shown.l = shown.l.refused();
            return html_with(StatusCode::UNPROCESSABLE_ENTITY, &shown);
        }
    };
    let l = page.layout(page.words().get("revealed-title")).await?;
    let back = l.href(&format!("learners/{id}"));
    let mut answer = html(&ShownPage {
        number: revealed.id_number.or(revealed.alternate_id).unwrap_or_default(),
        seconds: SHOWN_SECONDS,
        back: back.clone(),
        l,
    })?;
    if let Ok(value) = HeaderValue::from_str(&format!("{SHOWN_SECONDS}; url={back}")) {
        answer.headers_mut().insert(REFRESH, value);
    }
    Ok(answer)
}
