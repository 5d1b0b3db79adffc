//! The list of people.

use askama::Template;
use serde::Deserialize;
use skillsyms_core::Role;
use skillsyms_people::accounts::{ListPeople, PersonState, PersonView};
use skillsyms_people::{ByName, Limit, PageAsk};
use skillsyms_vault::Secret;

use super::{choices, role_words, state_word};
use crate::extract::Empty;
use crate::pages::kit::list::by_name;
use crate::pages::kit::{Address, Choice, Form, FormView, Layout, Pager, SignedIn, When, Words, csv, html};
use crate::problem::Answer;
use crate::routes::Route;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::page("/t/{slug}/people", list)
            .view::<ListPeople>("Who has an account")
            .nav("nav-people", 70),
        Route::form("/t/{slug}/people/search", search).view::<ListPeople>("Find somebody by name or e-mail address"),
    ]
}

#[derive(Template)]
#[template(path = "people/list.html")]
struct ListPage {
    l: Layout,
    filter: FormView,
    roles: Vec<(String, String)>,
    states: Vec<(String, String)>,
    lines: Vec<Line>,
    pager: Pager,
    is_filtered: bool,
    orders: Vec<Choice>,
    searched: Option<String>,
    is_cut: bool,
}

struct Line {
    id: String,
    name: String,
    email: String,
    roles: String,
    state: String,
    tone: &'static str,
}

fn line(words: Words, person: &PersonView) -> Line {
    let (state, tone) = state_word(words, person.state);
    Line {
        id: person.id.to_string(),
        name: person.name.as_str().to_owned(),
        email: person.email.as_str().to_owned(),
        roles: role_words(words, &person.roles),
        state,
        tone,
    }
}

async fn list(page: SignedIn, _: Empty) -> Answer {
    let (words, address) = (page.words(), Address::of(page.asked()));
    let of = |page: PageAsk| ListPeople {
        page,
        sort: ByName::parse(address.get("sort")),
        state: PersonState::parse(address.get("state")),
        role: Role::parse(address.get("role")),
        search: None,
    };
    if address.wants_csv() {
        return file(&page, of).await;
    }
    let found = page.enter().view(of(address.page(Limit::default())?)).await?;
    let pager = Pager::new(&address, found.next.as_ref(), words);
    let l = page
        .layout(words.get("people-title"))
        .await?
        .crumb("", words.get("nav-home"));
    let filter = FormView::default()
        .fill("state", address.get("state"))
        .fill("role", address.get("role"));
    html(&ListPage {
        roles: choices(words, Role::ALL.get(..6).unwrap_or_default()),
        states: states(words),
        lines: found.items.iter().map(|person| line(words, person)).collect(),
        pager,
        is_filtered: address.is_filtered(),
        orders: by_name(&address, words),
        searched: None,
        is_cut: false,
        filter,
        l,
    })
}

fn states(words: Words) -> Vec<(String, String)> {
    [PersonState::Active, PersonState::Invited, PersonState::Suspended]
        .into_iter()
        .map(|state| (state.as_str().to_owned(), state_word(words, state).0))
        .collect()
}

async fn file(page: &SignedIn, of: impl Fn(PageAsk) -> ListPeople + Send) -> Answer {
    let heads = ["name", "email", "roles", "people-state", "people-since"];
    let words = page.words();
    let rows = |person: PersonView| {
        let line = line(words, &person);
        let since = When::from(person.created_at).iso();
        vec![vec![line.name, line.email, line.roles, line.state, since]]
    };
    csv::whole(page, ("people", &heads), of, rows).await
}

/// What is looked for. It comes in a form: names stand in no address.
#[derive(Clone, Deserialize)]
struct Typed {
    search: Secret<String>,
}

async fn search(page: SignedIn, form: Form<Typed>) -> Answer {
    let words = page.words();
    let address = Address::of_form(page.href("people/search"), &form.pairs);
    let of = |page: PageAsk| ListPeople {
        search: Some(form.value.search.clone()),
        sort: ByName::parse(address.get("sort")),
        page,
        ..ListPeople::default()
    };
    if address.wants_csv() {
        return file(&page, of).await;
    }
    let found = page.enter().view(of(address.page(Limit::default())?)).await?;
    let l = page
        .layout(words.get("people-title"))
        .await?
        .crumb("people", words.get("people-title"));
    let searched = form.pairs.iter().find(|(name, _)| name == "search");
    html(&ListPage {
        roles: choices(words, Role::ALL.get(..6).unwrap_or_default()),
        states: states(words),
        lines: found.items.iter().map(|person| line(words, person)).collect(),
        pager: Pager::found(&address, found.next.as_ref(), (&l.token, words)),
        is_filtered: true,
        orders: by_name(&address, words),
        searched: searched.map(|(_, text)| text.clone()),
        is_cut: found.next.is_some(),
        filter: FormView::default(),
        l,
    })
}
