//! Registering a learner, and changing one.

use askama::Template;
use http::StatusCode;
use serde::Deserialize;
use skillsyms_core::person::NewLearner;
use skillsyms_core::problem::{INTERNAL, STALE};
use skillsyms_core::{LearnerId, NewAlternateId};
use skillsyms_door::Once;
use skillsyms_records::learners::{
    DUPLICATE, LookupAsk, LookupLearner, ReadProfile, RegisterLearner, Registered, UpdateLearner, Updated,
};

use super::fields::{self, Group};
use super::record::full_name;
use super::sorted_name;
use crate::extract::{Empty, Id};
use crate::pages::kit::carry::Pairs;
use crate::pages::kit::{Form, FormView, Layout, SignedIn, html, html_with, see};
use crate::problem::{Answer, Refused};

/// A form whose fields are read one by one.
#[derive(Deserialize)]
pub(super) struct Any {}

#[derive(Template)]
#[template(path = "learners/new.html")]
struct NewPage {
    l: Layout,
    form: FormView,
    groups: Vec<Group>,
    /// Who has the number already: address and name.
    twin: Option<(String, String)>,
}

pub(super) async fn register_page(page: SignedIn, _: Empty) -> Answer {
    let l = page
        .layout_for("learner.register", page.words().get("learner-new-title"))
        .await?;
    let form = SignedIn::form(&l);
    html(&new_page(l, form))
}

fn new_page(l: Layout, form: FormView) -> NewPage {
    let (home, list) = (l.get("nav-home"), l.get("learners-title"));
    NewPage {
        groups: fields::all(l.words()),
        l: l.crumb("", home).crumb("learners", list),
        form,
        twin: None,
    }
}

pub(super) async fn register(page: SignedIn, form: Form<Any>) -> Answer {
    let typed = |column: &str| value(&form.pairs, column);
    let new = NewLearner::from_columns(typed);
    let ask = LookupAsk {
        id_number: new.id_number.clone().filter(|_| new.alternate_id.is_none()),
        alternate_id: new
            .alternate_id
            .as_ref()
            .filter(|_| new.id_number.is_none())
            .map(|other| NewAlternateId {
                kind: other.kind.clone(),
                value: other.value.clone(),
            }),
    };
    let done = page
        .make(RegisterLearner { new }, &form, |done: &Registered| Some(done.id.uuid()))
        .await;
    let problem = match done {
        Ok(Once::Done(done)) => return Ok(see(&page.href(&format!("learners/{}?done=registered", done.id)))),
        Ok(Once::Before { resources }) => {
            let id = resources.first().ok_or(&INTERNAL)?;
            return Ok(see(&page.href(&format!("learners/{id}?done=registered"))));
        }
        Err(Refused(problem)) => problem,
    };
    // The number is somebody's already: whose, says the look-up, as far as one may see it.
    let twin = if problem.code == &DUPLICATE {
        let found = page.enter().view(LookupLearner { ask }).await.ok();
        found.and_then(|found| found.learner)
    } else {
        None
    };
    let l = page.layout(page.words().get("learner-new-title")).await?.refused();
    let view = SignedIn::form(&l).filled(form.pairs).refused(problem, page.words())?;
    let view = view.labelled(|name| fields::called(page.words(), name));
    let mut shown = new_page(l, view);
    shown.twin = twin.map(|twin| (page.href(&format!("learners/{}", twin.id)), sorted_name(&twin)));
    html_with(StatusCode::UNPROCESSABLE_ENTITY, &shown)
}

pub(super) fn value<'p>(pairs: &'p Pairs, name: &str) -> Option<&'p str> {
    let found = pairs.iter().find(|(found, _)| found == name);
    found.map(|(_, value)| value.as_str())
}

#[derive(Template)]
#[template(path = "learners/edit.html")]
struct EditPage {
    l: Layout,
    form: FormView,
    groups: Vec<Group>,
    href: String,
    /// What somebody else changed meanwhile: label, theirs, mine.
    stale: Vec<(String, String, String)>,
}

async fn edit_view(page: &SignedIn, id: LearnerId) -> Result<EditPage, Refused> {
    let l = page
        .layout_for("learner.update", page.words().get("learner-edit-title"))
        .await?;
    let (home, list, back) = (l.get("nav-home"), l.get("learners-title"), l.get("learner-back"));
    let l = l
        .crumb("", home)
        .crumb("learners", list)
        .crumb(&format!("learners/{id}"), back);
    Ok(EditPage {
        form: SignedIn::form(&l),
        groups: fields::changeable(l.words()),
        href: l.href(&format!("learners/{id}")),
        stale: Vec::new(),
        l,
    })
}

pub(super) async fn edit_page(page: SignedIn, Id(id): Id<LearnerId>, _: Empty) -> Answer {
    let mut shown = edit_view(&page, id).await?;
    let profile = page.enter().view(ReadProfile { id }).await?;
    shown.l = shown.l.about(&full_name(&profile.details));
    let form = shown.form.fill("version", profile.version.to_string());
    shown.form = fields::filled(form, &profile.details);
    html(&shown)
}

pub(super) async fn edit(page: SignedIn, Id(id): Id<LearnerId>, form: Form<Any>) -> Answer {
    let act = UpdateLearner {
        id,
        // No version is none that the record has.
        expected: Some(
            value(&form.pairs, "version")
                .and_then(|text| text.parse().ok())
                .unwrap_or(0),
        ),
        change: fields::change(&form.pairs).unwrap_or_default(),
    };
    let done = page.make(act, &form, |done: &Updated| Some(done.id.uuid())).await;
    let Err(Refused(problem)) = done else {
        return Ok(see(&page.href(&format!("learners/{id}?done=changed"))));
    };
    let mut shown = edit_view(&page, id).await?;
    if problem.code == &STALE {
        let profile = page.enter().view(ReadProfile { id }).await?;
        shown.stale = fields::differences(page.words(), &profile.details, &form.pairs);
        shown.form = shown
            .form
            .filled(form.pairs)
            .instead("version", profile.version.to_string());
        return html_with(StatusCode::PRECONDITION_FAILED, &shown);
    }
    let view = shown.form.filled(form.pairs).refused(problem, page.words())?;
    shown.form = view.labelled(|name| fields::called(page.words(), name));
    shown.l = shown.l.refused();
    html_with(StatusCode::UNPROCESSABLE_ENTITY, &shown)
}
