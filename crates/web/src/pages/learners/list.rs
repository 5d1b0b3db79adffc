//! The list of learners, and finding one by number.

use askama::Template;
use http::StatusCode;
use serde::Deserialize;
use skillsyms_core::{AlternateIdKind, CodeList, NewAlternateId, Problem};
use skillsyms_people::{Cursor, Limit, PageAsk};
use skillsyms_records::learners::{Learner, ListLearners, LookupAsk, LookupLearner, Side, Sort};

use super::sorted_name;
use crate::extract::{Empty, Query};
use crate::pages::kit::list::{Heading, Orders};
use crate::pages::kit::{Address, Choice, Form, FormView, Layout, SignedIn, When, csv, html, html_with, see};
use crate::problem::Answer;

/// With so many digits it is a number and no name.
const NUMBER_DIGITS_MIN: usize = 6;

/// What is asked of the list.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Ask {
    q: String,
    sort: Sort,
    /// `after-` or `before-` and a cursor.
    cursor: String,
    format: String,
}

impl Ask {
    fn view(&self, limit: Limit) -> Result<ListLearners, Problem> {
        let (side, cursor) = match self.cursor.split_once('-') {
            None => (Side::After, None),
            Some(("before", text)) => (Side::Before, Some(Cursor::parse(text)?)),
            Some((_, text)) => (Side::After, Some(Cursor::parse(text)?)),
        };
        let name = self.q.trim();
        Ok(ListLearners {
            page: PageAsk { limit, cursor },
            search: (!name.is_empty()).then(|| name.to_owned()),
            sort: if name.is_empty() { self.sort } else { Sort::Name },
            side,
        })
    }

    fn is_number(&self) -> bool {
        self.q.chars().filter(char::is_ascii_digit).count() >= NUMBER_DIGITS_MIN
    }
}

#[derive(Template)]
#[template(path = "learners/list.html")]
struct ListPage {
    l: Layout,
    q: String,
    lines: Vec<Line>,
    headings: Vec<Heading>,
    /// Which way the pages lead, as the value of `cursor`.
    before: Option<String>,
    after: Option<String>,
    address: Address,
    orders: Orders,
}

struct Line {
    href: String,
    name: String,
    id_masked: String,
    since: When,
}

pub(super) async fn list(page: SignedIn, Query(ask): Query<Ask>, _: Empty) -> Answer {
    shown(
        &page,
        &Ask {
            q: String::new(),
            ..ask
        },
    )
    .await
}

pub(super) async fn search(page: SignedIn, form: Form<Ask>) -> Answer {
    if form.value.is_number() {
        let ask = LookupAsk {
            id_number: Some(form.value.q.clone()),
            alternate_id: None,
        };
        return find(&page, ask, FormView::default()).await;
    }
    shown(&page, &form.value).await
}

async fn shown(page: &SignedIn, ask: &Ask) -> Answer {
    if ask.format == "csv" {
        return file(page, ask).await;
    }
    let view = ask.view(Limit::default())?;
    let (side, is_first) = (view.side, view.page.cursor.is_none());
    let found = page.enter().view(view).await?;
    let l = page.layout(page.words().get("learners-title")).await?;
    let l = l.crumb("", page.words().get("nav-home"));
    let edge =
        |learner: Option<&Learner>, way: &str| learner.map(|one| format!("{way}-{}", Cursor::after_id(one.id.uuid())));
    let (has_before, has_after) = match side {
        Side::After => (!is_first, found.next.is_some()),
        Side::Before => (found.next.is_some(), true),
    };
    let before = edge(found.items.first().filter(|_| has_before), "before");
    let after = edge(found.items.last().filter(|_| has_after), "after");
    let headings = ["learners-name", "learners-id", "learners-since"];
    let address = Address::of(page.asked());
    let orders = [("", "sort-name"), ("newest", "sort-newest")]
        .map(|(sort, key)| Choice::of(&address, "sort", sort, l.get(key)))
        .to_vec();
    html(&ListPage {
        q: ask.q.trim().to_owned(),
        lines: found.items.iter().map(|learner| line(&l, learner)).collect(),
        headings: headings.map(|key| Heading::plain(l.get(key))).to_vec(),
        before,
        after,
        orders: Orders::new(&address, orders, page.words()),
        address,
        l,
    })
}

/// Where a learner's pages begin: with the details for those who may see them, else with the record.
fn first_tab(l: &Layout) -> &'static str {
    if l.may("learner.profile") { "" } else { "/record" }
}

fn line(l: &Layout, learner: &Learner) -> Line {
    Line {
        href: l.href(&format!("learners/{}{}", learner.id, first_tab(l))),
        name: sorted_name(learner),
        id_masked: learner.id_masked.clone(),
        since: learner.created_at.into(),
    }
}

/// The file has what the list has, from its beginning.
async fn file(page: &SignedIn, ask: &Ask) -> Answer {
    let first = Ask {
        q: ask.q.clone(),
        sort: ask.sort,
        ..Ask::default()
    };
    let first = first.view(Limit::MAX)?;
    let of = |page: PageAsk| ListLearners { page, ..first.clone() };
    let headings = ["learners-name", "learners-id", "learners-since"];
    let rows = |learner: Learner| {
        let since = When::from(learner.created_at).iso();
        vec![vec![sorted_name(&learner), learner.id_masked, since]]
    };
    csv::whole(page, ("learners", &headings), of, rows).await
}

#[derive(Template)]
#[template(path = "learners/lookup.html")]
struct LookupPage {
    l: Layout,
    form: FormView,
    kinds: Vec<(String, String)>,
    missed: bool,
}

/// What identifies somebody, as it is typed.
#[derive(Deserialize)]
pub(super) struct Number {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    id_number: String,
}

pub(super) async fn lookup_page(page: SignedIn, _: Empty) -> Answer {
    let l = page
        .layout_for("learner.lookup", page.words().get("lookup-title"))
        .await?;
    let form = SignedIn::form(&l);
    html(&looked(l, form))
}

fn looked(l: Layout, form: FormView) -> LookupPage {
    let (home, list_title) = (l.get("nav-home"), l.get("learners-title"));
    let l = l.crumb("", home).crumb("learners", list_title);
    let list = CodeList::get("alternate_id_type")
        .map(CodeList::entries)
        .unwrap_or_default();
    let known = list
        .iter()
        .filter(|entry| AlternateIdKind::accept(entry.code()).is_ok());
    let kinds = known.map(|entry| (entry.code().to_owned(), entry.label().to_owned()));
    LookupPage {
        l,
        kinds: kinds.collect(),
        form,
        missed: false,
    }
}

pub(super) async fn lookup(page: SignedIn, form: Form<Number>) -> Answer {
    let number = form.value;
    let ask = if number.kind.is_empty() {
        LookupAsk {
            id_number: Some(number.id_number),
            alternate_id: None,
        }
    } else {
        let (kind, value) = (number.kind, number.id_number);
        LookupAsk {
            id_number: None,
            alternate_id: Some(NewAlternateId { kind, value }),
        }
    };
    find(&page, ask, FormView::default().filled(form.pairs)).await
}

/// To the learner's page; a miss is said, and the number does not stand in the page again.
async fn find(page: &SignedIn, ask: LookupAsk, filled: FormView) -> Answer {
    let found = page.enter().view(LookupLearner { ask }).await;
    let l = page.layout(page.words().get("lookup-title")).await?;
    let form = filled.with_token(&l.token);
    match found {
        Ok(answer) => match answer.learner {
            Some(learner) => Ok(see(&page.href(&format!("learners/{}{}", learner.id, first_tab(&l))))),
            None => {
                let mut shown = looked(l, form);
                shown.missed = true;
                html(&shown)
            }
        },
        Err(mut problem) => {
            // One field of the page takes either number.
            for field in &mut problem.fields {
                if field.field == "alternate_id" {
                    field.field = "id_number".into();
                } else if field.field == "alternate_id_type" {
                    field.field = "kind".into();
                }
            }
            let form = form.refused(problem, page.words())?;
            html_with(StatusCode::UNPROCESSABLE_ENTITY, &looked(l.refused(), form))
        }
    }
}
