//! One account, and why somebody may do something.

use askama::Template;
use skillsyms_core::PersonId;
use skillsyms_door::View as _;
use skillsyms_people::accounts::{PersonState, PersonView, ReadPerson};
use skillsyms_people::permissions::{ExplainPerson, Explanation, ReadPermissions, RulingView};

use super::{role_words, state_word};
use crate::extract::{Empty, Id};
use crate::pages::kit::when::day;
use crate::pages::kit::{Address, FormView, Layout, SignedIn, When, Words, html};
use crate::pages::permissions::takes;
use crate::problem::Answer;
use crate::routes::Route;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::page("/t/{slug}/people/{id}", one).view::<ReadPerson>("One account: roles, registrations, state"),
        Route::page("/t/{slug}/people/{id}/why", why)
            .view::<ReadPerson>("Why this person may do something, or may not")
            .then_view::<ReadPermissions>()
            .then_view::<ExplainPerson>(),
    ]
}

#[derive(Template)]
#[template(path = "people/one.html")]
struct OnePage {
    l: Layout,
    id: String,
    email: String,
    roles: String,
    learner: Option<String>,
    state: String,
    tone: &'static str,
    is_suspended: bool,
    is_invited: bool,
    is_me: bool,
    since: When,
    changed: When,
    registrations: Vec<Line>,
}

struct Line {
    kind: String,
    number: String,
    body: String,
    from: String,
    until: String,
}

fn registrations(words: Words, person: &PersonView) -> Vec<Line> {
    let lines = person.registrations.iter().map(|registration| Line {
        kind: words.get(&format!("role-{}", registration.kind.as_str())),
        number: registration.number.as_str().to_owned(),
        body: registration.body.clone(),
        from: day(registration.valid_from.south_african_date()),
        // It ends with the instant after its last day.
        until: day(registration.valid_until.plus_seconds(-1).south_african_date()),
    });
    lines.collect()
}

async fn one(page: SignedIn, Id(id): Id<PersonId>, _: Empty) -> Answer {
    let person = page.enter().view(ReadPerson { person: id }).await?;
    let words = page.words();
    let mut l = page
        .layout(person.name.as_str().to_owned())
        .await?
        .crumb("people", words.get("people-title"));
    let done = match page.asked().query() {
        "done=suspended" => Some("person-suspended"),
        "done=restored" => Some("person-restored"),
        "done=factors-reset" => Some("person-factors-reset"),
        "done=roles" => Some("person-roles-set"),
        "done=registered" => Some("person-registered"),
        "done=ended" => Some("person-ended"),
        _ => None,
    };
    if let Some(key) = done {
        l = l.notice(words.get(key));
    }
    let (state, tone) = state_word(words, person.state);
    html(&OnePage {
        id: person.id.to_string(),
        email: person.email.as_str().to_owned(),
        roles: role_words(words, &person.roles),
        learner: person.learner.map(|learner| learner.to_string()),
        state,
        tone,
        is_suspended: person.state == PersonState::Suspended,
        is_invited: person.state == PersonState::Invited,
        is_me: l.is_person(person.id),
        since: person.created_at.into(),
        changed: person.changed_at.into(),
        registrations: registrations(words, &person),
        l,
    })
}

#[derive(Template)]
#[template(path = "people/why.html")]
struct WhyPage {
    l: Layout,
    id: String,
    name: String,
    form: FormView,
    acts: Vec<(String, String)>,
    title: String,
    rulings: Vec<Ruling>,
}

struct Ruling {
    reach: String,
    allowed: bool,
    takes: String,
    because: Vec<Because>,
}

struct Because {
    says: String,
    policy: String,
    forbids: bool,
}

async fn why(page: SignedIn, Id(id): Id<PersonId>, _: Empty) -> Answer {
    let (words, address) = (page.words(), Address::of(page.asked()));
    let person = page.enter().view(ReadPerson { person: id }).await?;
    let book = page.caller().door().rulebook();
    let all = page.enter().view(ReadPermissions { book: book.clone() }).await?;
    let act = address.get("act");
    let explained = match act {
        "" => None,
        act => {
            let view = ExplainPerson {
                book,
                person: id,
                act: act.to_owned(),
            };
            Some(page.enter().view(view).await?)
        }
    };
    let l = page
        .layout_for(
            ExplainPerson::NAME,
            words.with("why-title", "name", person.name.as_str()),
        )
        .await?
        .crumb("people", words.get("people-title"))
        .crumb(&format!("people/{id}"), person.name.as_str());
    let mut acts: Vec<(String, String)> = all
        .into_iter()
        .map(|permission| (permission.act, permission.title))
        .collect();
    acts.sort_by(|a, b| a.1.cmp(&b.1));
    html(&WhyPage {
        id: id.to_string(),
        name: person.name.as_str().to_owned(),
        form: FormView::default().fill("act", act),
        acts,
        title: explained.as_ref().map(|found| found.title.clone()).unwrap_or_default(),
        rulings: explained.map(|found| rulings(words, found)).unwrap_or_default(),
        l,
    })
}

fn rulings(words: Words, found: Explanation) -> Vec<Ruling> {
    let one = found.rulings.len() == 1;
    found
        .rulings
        .into_iter()
        .map(|ruling| shown(words, ruling, one))
        .collect()
}

fn shown(words: Words, ruling: RulingView, one: bool) -> Ruling {
    let reach = match (one, ruling.reach.as_str()) {
        (true, _) => "why-at-all",
        (false, "assigned") => "why-assigned",
        (false, "own") => "why-own",
        (false, _) => "why-all",
    };
    Ruling {
        reach: words.get(reach),
        allowed: ruling.allowed,
        takes: takes(words, ruling.step_up, ruling.purpose, ruling.either),
        because: ruling
            .because
            .into_iter()
            .map(|reason| Because {
                says: reason.says,
                policy: reason.policy,
                forbids: reason.forbids,
            })
            .collect(),
    }
}
