//! The learners of those who teach and verify, with their progress.

use askama::Template;
use skillsyms_core::{EnrolmentStatus, ProgrammeId};
use skillsyms_people::{ByAge, PageAsk};
use skillsyms_records::programmes::ListProgrammes;
use skillsyms_records::tasks::{Group, ListGroups, ModuleState, Place};

use super::{Typed, page_of, programmes, state};
use crate::extract::Empty;
use crate::pages::kit::list::by_age;
use crate::pages::kit::{Address, Choice, Form, Layout, Pager, SignedIn, csv, html, see};
use crate::pages::learners;
use crate::problem::Answer;
use crate::routes::Route;

/// Headings of the file.
const HEADINGS: [&str; 4] = ["queue-learner", "queue-programme", "queue-module", "groups-state"];

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::page("/t/{slug}/groups", list)
            .view::<ListGroups>("Your learners with their progress")
            .then_view::<ListProgrammes>()
            .nav("nav-groups", 20),
        Route::form("/t/{slug}/groups", search)
            .view::<ListGroups>("Find your learners by name")
            .then_view::<ListProgrammes>(),
    ]
}

/// One learner of a facilitator.
struct Line {
    href: String,
    learner: String,
    programme: String,
    done: usize,
    of: usize,
    to_assess: usize,
    again: usize,
    missing: usize,
}

#[derive(Template)]
#[template(path = "tasks/groups.html")]
struct GroupsPage {
    l: Layout,
    name: String,
    lines: Vec<Line>,
    programmes: Vec<Choice>,
    statuses: Vec<Choice>,
    places: Vec<Choice>,
    orders: Vec<Choice>,
    pager: Pager,
    is_filtered: bool,
}

async fn list(page: SignedIn, _: Empty) -> Answer {
    let address = Address::of(page.asked()).without("name");
    show(&page, address).await
}

async fn search(page: SignedIn, form: Form<Typed>) -> Answer {
    let address = Address::of_form(page.href("groups"), &form.pairs);
    if form.value.name.trim().is_empty() {
        return Ok(see(&address.with("name", "")));
    }
    show(&page, address).await
}

async fn show(page: &SignedIn, address: Address) -> Answer {
    let words = page.words();
    let l = page.layout(words.get("groups-title")).await?;
    let is_verifier = l.is_role("verifier") && !l.is_role("facilitator");
    let place = match address.get("place") {
        "verifier" => Place::Verifier,
        "" if is_verifier => Place::Verifier,
        _ => Place::Facilitator,
    };
    let of = |page: PageAsk| ListGroups {
        place,
        programme: address.get("programme").parse::<ProgrammeId>().ok(),
        status: EnrolmentStatus::parse(address.get("status")),
        search: Some(address.get("name").to_owned()),
        sort: address.age(),
        page,
    };
    if address.wants_csv() {
        let rows = |group: Group| rows(page, &group);
        return csv::whole(page, ("groups", &HEADINGS), of, rows).await;
    }
    let found = page.enter().view(of(page_of(&address)?)).await?;
    let statuses = EnrolmentStatus::ALL.iter().map(|status| {
        let text = words.get(learners::status(*status).0);
        Choice::of(&address, "status", status.as_str(), text)
    });
    html(&GroupsPage {
        lines: found.items.iter().map(|group| line(page, group)).collect(),
        programmes: programmes(page, &address).await?,
        statuses: Choice::any(&address, "status", words.get("filter-any"), statuses),
        places: if l.is_role("verifier") && l.is_role("facilitator") {
            vec![
                Choice::of(&address, "place", "", words.get("role-facilitator")),
                Choice::of(&address, "place", "verifier", words.get("role-verifier")),
            ]
        } else {
            Vec::new()
        },
        orders: by_age(&address, ByAge::Oldest, words),
        pager: Pager::found(&address, found.next.as_ref(), (&l.token, words)),
        is_filtered: address.is_filtered(),
        name: address.get("name").to_owned(),
        l: l.crumb("", words.get("nav-home")),
    })
}

fn line(page: &SignedIn, group: &Group) -> Line {
    let count = |wanted: &[ModuleState]| {
        let found = group.modules.iter().filter(|module| wanted.contains(&module.state));
        found.count()
    };
    Line {
        href: page.href(&format!("enrolments/{}/work", group.enrolment)),
        learner: format!("{} {}", group.first_name, group.last_name),
        programme: group.programme_title.clone(),
        done: count(&[ModuleState::Competent]),
        of: group.modules.len(),
        to_assess: count(&[ModuleState::ToAssess]),
        again: count(&[ModuleState::Again]),
        missing: count(&[ModuleState::Open]),
    }
}

/// A row for each module.
fn rows(page: &SignedIn, group: &Group) -> Vec<Vec<String>> {
    let rows = group.modules.iter().map(|module| {
        vec![
            format!("{} {}", group.first_name, group.last_name),
            group.programme_title.clone(),
            format!("{} {}", module.code, module.title),
            state(page.words(), module.state).0,
        ]
    });
    rows.collect()
}
