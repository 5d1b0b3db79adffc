//! The operators' own accounts: the list, one of them, suspending, restoring, a link to a new password that is shown once.

use askama::Template;
use serde::Deserialize;
use skillsyms_core::{PersonId, Problem};
use skillsyms_door::Act as _;
use skillsyms_people::accounts::{PersonState, PersonView, STATE};
use skillsyms_people::operators::{
    ListOperators, ReadOperator, ResetOperator, ResetOperatorFactors, RestoreOperator, SuspendOperator,
};
use skillsyms_people::reset::ResetSent;
use skillsyms_people::{ByName, Limit, PageAsk, Sending};

use crate::extract::{Empty, Id};
use crate::pages::kit::list::{Orders, by_name};
use crate::pages::kit::{Address, Form, Layout, Pager, SignedIn, When, Words, csv, html, see};
use crate::pages::people::{What, confirm_shown, sent_shown, state_word};
use crate::problem::{Answer, Refused};
use crate::routes::Route;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::page("/platform/operators", list)
            .view::<ListOperators>("The operators of this platform")
            .nav("nav-operators", 40),
        Route::page("/platform/operators/{id}", one).view::<ReadOperator>("One operator's account"),
        Route::page("/platform/operators/{id}/suspend", ask_suspend)
            .view::<ReadOperator>("What suspending an operator does"),
        Route::form("/platform/operators/{id}/suspend", suspend).act::<SuspendOperator>("Suspend another operator"),
        Route::page("/platform/operators/{id}/restore", ask_restore)
            .view::<ReadOperator>("What restoring an operator does"),
        Route::form("/platform/operators/{id}/restore", restore).act::<RestoreOperator>("Restore a suspended operator"),
        Route::page("/platform/operators/{id}/reset", ask_reset)
            .view::<ReadOperator>("What making an operator a link to a new password does"),
        Route::form("/platform/operators/{id}/reset", reset)
            .act::<ResetOperator>("Make another operator a link to a new password")
            .then_view::<ReadOperator>(),
        Route::page("/platform/operators/{id}/reset-factors", ask_reset_factors)
            .view::<ReadOperator>("What taking an operator's second factors away does"),
        Route::form("/platform/operators/{id}/reset-factors", reset_factors)
            .act::<ResetOperatorFactors>("Take another operator's second factors away"),
    ]
}

#[derive(Template)]
#[template(path = "platform/operators.html")]
struct ListPage {
    l: Layout,
    lines: Vec<Line>,
    orders: Orders,
    pager: Pager,
}

struct Line {
    id: String,
    name: String,
    email: String,
    state: String,
    tone: &'static str,
}

fn line(words: Words, person: &PersonView) -> Line {
    let (state, tone) = state_word(words, person.state);
    Line {
        id: person.id.to_string(),
        name: person.name.as_str().to_owned(),
        email: person.email.as_str().to_owned(),
        state,
        tone,
    }
}

async fn list(page: SignedIn, _: Empty) -> Answer {
    let (words, address) = (page.words(), Address::of(page.asked()));
    let sort = ByName::parse(address.get("sort"));
    let of = |page: PageAsk| ListOperators { sort, page };
    if address.wants_csv() {
        let heads = ["name", "email", "people-state", "people-since"];
        let rows = |person: PersonView| {
            let line = line(words, &person);
            let since = When::from(person.created_at).iso();
            vec![vec![line.name, line.email, line.state, since]]
        };
        return csv::whole(&page, ("operators", &heads), of, rows).await;
    }
    let found = page.enter().view(of(address.page(Limit::default())?)).await?;
    let l = page.layout(words.get("operators-title")).await?;
    html(&ListPage {
        pager: Pager::new(&address, found.next.as_ref(), words),
        orders: Orders::new(&address, by_name(&address, words), words),
        lines: found.items.iter().map(|person| line(words, person)).collect(),
        l: l.crumb("", words.get("nav-platform")),
    })
}

#[derive(Template)]
#[template(path = "platform/operator.html")]
struct OnePage {
    l: Layout,
    line: Line,
    since: When,
    changed: When,
    is_me: bool,
    is_active: bool,
    is_suspended: bool,
}

async fn one(page: SignedIn, Id(person): Id<PersonId>, _: Empty) -> Answer {
    let person = page.enter().view(ReadOperator { person }).await?;
    let words = page.words();
    let mut l = page.layout(person.name.as_str().to_owned()).await?;
    l = l.crumb("operators", words.get("operators-title"));
    let done = match page.asked().query() {
        "done=suspended" => Some("person-suspended"),
        "done=restored" => Some("person-restored"),
        "done=factors-reset" => Some("person-factors-reset"),
        _ => None,
    };
    if let Some(key) = done {
        l = l.notice(words.get(key));
    }
    html(&OnePage {
        line: line(words, &person),
        since: person.created_at.into(),
        changed: person.changed_at.into(),
        is_me: l.is_person(person.id),
        is_active: person.state == PersonState::Active,
        is_suspended: person.state == PersonState::Suspended,
        l,
    })
}

const SUSPEND: What = What {
    act: SuspendOperator::NAME,
    title: "suspend-title",
    text: "operator-suspend-text",
    button: "suspend",
    path: "suspend",
    tone: "danger",
};
const RESTORE: What = What {
    act: RestoreOperator::NAME,
    title: "restore-title",
    text: "operator-restore-text",
    button: "restore",
    path: "restore",
    tone: "",
};
const RESET: What = What {
    act: ResetOperator::NAME,
    title: "operator-reset-title",
    text: "reset-send-shown",
    button: "reset-make",
    path: "reset",
    tone: "",
};

const RESET_FACTORS: What = What {
    act: ResetOperatorFactors::NAME,
    title: "person-factors-title",
    text: "person-factors-text",
    button: "person-factors",
    path: "reset-factors",
    tone: "danger",
};

/// What will happen to an operator's account, if it is in one of these states.
async fn confirm(page: &SignedIn, person: PersonId, what: &What, of: &[PersonState]) -> Answer {
    let person = page.enter().view(ReadOperator { person }).await?;
    let words = page.words();
    let title = words.with(what.title, "name", person.name.as_str());
    let l = below(page, page.layout_for(what.act, title).await?, &person);
    // As the door answers: nobody does it to themselves.
    if l.is_person(person.id) {
        return Err(Problem::not_found().into());
    }
    if !of.contains(&person.state) {
        return Err(Problem::new(&STATE).into());
    }
    let back = page.href(&format!("operators/{}", person.id));
    confirm_shown(l, (back, person.version), what)
}

fn below(page: &SignedIn, l: Layout, person: &PersonView) -> Layout {
    let l = l.crumb("operators", page.words().get("operators-title"));
    l.crumb(&format!("operators/{}", person.id), person.name.as_str())
}

/// The version on which it was confirmed.
#[derive(Deserialize)]
struct Version {
    #[serde(default)]
    version: Option<i64>,
}

fn back(page: &SignedIn, id: PersonId, done: &str) -> Result<axum::response::Response, Refused> {
    Ok(see(&page.href(&format!("operators/{id}?done={done}"))))
}

async fn ask_suspend(page: SignedIn, Id(id): Id<PersonId>, _: Empty) -> Answer {
    confirm(&page, id, &SUSPEND, &[PersonState::Active, PersonState::Invited]).await
}

async fn suspend(page: SignedIn, Id(person): Id<PersonId>, form: Form<Version>) -> Answer {
    let expected = form.value.version;
    let act = SuspendOperator { person, expected };
    page.make(act, &form, |done| Some(done.id.uuid())).await?;
    back(&page, person, "suspended")
}

async fn ask_restore(page: SignedIn, Id(id): Id<PersonId>, _: Empty) -> Answer {
    confirm(&page, id, &RESTORE, &[PersonState::Suspended]).await
}

async fn restore(page: SignedIn, Id(person): Id<PersonId>, form: Form<Version>) -> Answer {
    let expected = form.value.version;
    let act = RestoreOperator { person, expected };
    page.make(act, &form, |done| Some(done.id.uuid())).await?;
    back(&page, person, "restored")
}

async fn ask_reset(page: SignedIn, Id(id): Id<PersonId>, _: Empty) -> Answer {
    confirm(&page, id, &RESET, &[PersonState::Active]).await
}

/// The secret of the link is in this answer and nowhere else.
async fn reset(page: SignedIn, Id(id): Id<PersonId>, form: Form<Version>) -> Answer {
    let act = ResetOperator { person: id };
    let done = page.make(act, &form, |sent: &ResetSent| Some(sent.id.uuid())).await?;
    let person = page.enter().view(ReadOperator { person: id }).await?;
    let l = page.layout(page.words().get("reset-sent-title")).await?;
    let back = page.href(&format!("operators/{id}"));
    // The act mails nothing: the link is shown.
    sent_shown(&page, below(&page, l, &person), (back, Sending::Off), done)
}

async fn ask_reset_factors(page: SignedIn, Id(id): Id<PersonId>, _: Empty) -> Answer {
    confirm(&page, id, &RESET_FACTORS, &[PersonState::Active]).await
}

async fn reset_factors(page: SignedIn, Id(person): Id<PersonId>, form: Form<Version>) -> Answer {
    page.make(ResetOperatorFactors { person }, &form, |done| Some(done.id.uuid()))
        .await?;
    back(&page, person, "factors-reset")
}
