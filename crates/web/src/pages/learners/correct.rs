//! Correcting a wrong ID number: why is asked, the password is confirmed, the learner sees both. The former number is kept sealed.

use askama::Template;
use http::StatusCode;
use skillsyms_core::person::NewLearner;
use skillsyms_core::problem::{PURPOSE, STALE};
use skillsyms_core::{LearnerId, NewAlternateId, Problem};
use skillsyms_records::learners::{CorrectId, DUPLICATE, IdCorrection, LookupAsk, LookupLearner, ReadProfile, Updated};

use super::fields::{self, Group};
use super::form::{Any, value};
use super::record::full_name;
use super::sorted_name;
use crate::extract::{Empty, Id};
use crate::pages::kit::{Form, FormView, Layout, SignedIn, html, html_with, see};
use crate::problem::{Answer, Refused};

#[derive(Template)]
#[template(path = "learners/correct.html")]
struct CorrectPage {
    l: Layout,
    form: FormView,
    id: LearnerId,
    name: String,
    id_masked: String,
    groups: Vec<Group>,
    /// Another record has the number: what to do is told in any case, whose it is only to whoever may see it.
    is_taken: bool,
    twin: Option<(String, String)>,
    is_stale: bool,
}

async fn asking(page: &SignedIn, id: LearnerId) -> Result<CorrectPage, Refused> {
    let l = page
        .layout_for("learner.correct_id", page.words().get("correct-title"))
        .await?;
    let profile = page.enter().view(ReadProfile { id }).await?;
    let name = full_name(&profile.details);
    let (home, list) = (l.get("nav-home"), l.get("learners-title"));
    let l = l
        .about(&name)
        .crumb("", home)
        .crumb("learners", list)
        .crumb(&format!("learners/{id}"), name.as_str());
    Ok(CorrectPage {
        form: SignedIn::form(&l).fill("version", profile.version.to_string()),
        // The first group is what identifies a learner.
        groups: fields::all(l.words()).into_iter().take(1).collect(),
        id,
        name,
        id_masked: profile.id_masked,
        is_taken: false,
        twin: None,
        is_stale: false,
        l,
    })
}

pub(super) async fn ask(page: SignedIn, Id(id): Id<LearnerId>, _: Empty) -> Answer {
    html(&asking(&page, id).await?)
}

pub(super) async fn correct(page: SignedIn, Id(id): Id<LearnerId>, form: Form<Any>) -> Answer {
    let typed = NewLearner::from_columns(|column: &str| value(&form.pairs, column));
    let ask = LookupAsk {
        id_number: typed.id_number.clone(),
        alternate_id: typed
            .alternate_id
            .as_ref()
            .filter(|_| typed.id_number.is_none())
            .map(|other| NewAlternateId {
                kind: other.kind.clone(),
                value: other.value.clone(),
            }),
    };
    let act = CorrectId {
        id,
        // No version is none that the record has.
        expected: Some(
            value(&form.pairs, "version")
                .and_then(|text| text.parse().ok())
                .unwrap_or(0),
        ),
        correction: IdCorrection {
            id_number: typed.id_number,
            alternate_id: typed.alternate_id,
            ..IdCorrection::default()
        },
    };
    let purpose = value(&form.pairs, "purpose").unwrap_or_default().trim().to_owned();
    let page = page.because(purpose);
    let done = page.make(act, &form, |done: &Updated| Some(done.id.uuid())).await;
    let Err(Refused(problem)) = done else {
        return Ok(see(&page.href(&format!("learners/{id}?done=corrected"))));
    };
    // The purpose may be what is wrong, so the page is read without one.
    let page = page.because(String::new());
    let mut shown;
    if problem.code == &STALE {
        shown = asking(&page, id).await?;
        shown.is_stale = true;
        let version = shown.form.value("version").to_owned();
        shown.form = shown.form.filled(form.pairs).instead("version", version);
        return html_with(StatusCode::PRECONDITION_FAILED, &shown);
    }
    let is_taken = problem.code == &DUPLICATE;
    let problem = if problem.code == &PURPOSE {
        Problem::field("purpose", PURPOSE.name, PURPOSE.title)
    } else {
        problem
    };
    // A question for the password goes on as it is.
    let view = FormView::default().filled(form.pairs);
    let view = if is_taken {
        view.wrong("id_number", page.words().get("correct-taken"))
    } else {
        view.refused(problem, page.words())?
    };
    let view = view.labelled(|name| fields::called(page.words(), name));
    shown = asking(&page, id).await?;
    if is_taken {
        let found = page.enter().view(LookupLearner { ask }).await.ok();
        let twin = found.and_then(|found| found.learner);
        shown.twin = twin.map(|twin| (page.href(&format!("learners/{}", twin.id)), sorted_name(&twin)));
        shown.is_taken = true;
    }
    shown.form = view.with_token(&shown.l.token);
    shown.l = shown.l.refused();
    html_with(StatusCode::UNPROCESSABLE_ENTITY, &shown)
}
