//! What waits for whom: the queue of assessors and moderators, the learners of facilitators and verifiers, and the work of
//! one learner.

mod groups;

use askama::Template;
use serde::Deserialize;
use skillsyms_core::{EnrolmentId, TaskKind};
use skillsyms_people::{ByAge, Cursor, Limit, PageAsk};
use skillsyms_records::programmes::ListProgrammes;
use skillsyms_records::tasks::{Age, ListTasks, ModuleState, ModuleWork, ReadWork, Task, Work};

use super::kit::list::by_age;
use super::kit::{Address, Choice, Form, Layout, Pager, SignedIn, When, Words, csv, html, see};
use super::learners;
use crate::extract::{Empty, Id};
use crate::problem::{Answer, Refused};
use crate::routes::Route;

/// Lines of a page: what one works through without losing the thread.
const LINES: i64 = 25;
/// Programmes that the filter offers.
const PROGRAMMES: i64 = 100;

pub(super) fn routes() -> Vec<Route> {
    let own = vec![
        Route::page("/t/{slug}/queue", queue)
            .view::<ListTasks>("What waits for you to assess or moderate")
            .then_view::<ListProgrammes>()
            .nav("nav-queue", 10),
        Route::form("/t/{slug}/queue", search)
            .view::<ListTasks>("Find a learner in what waits")
            .then_view::<ListProgrammes>(),
        Route::page("/t/{slug}/queue/next", next).view::<ListTasks>("The next that waits"),
        Route::page("/t/{slug}/enrolments/{id}/work", work)
            .view::<ReadWork>("The work of one learner, module by module"),
    ];
    [own, groups::routes()].concat()
}

/// One line of the queue.
struct Line {
    href: String,
    learner: String,
    module: String,
    programme: String,
    kind: String,
    since: When,
    is_overdue: bool,
}

#[derive(Template)]
#[template(path = "tasks/queue.html")]
struct QueuePage {
    l: Layout,
    name: String,
    lines: Vec<Line>,
    pager: Pager,
    kinds: Vec<Choice>,
    programmes: Vec<Choice>,
    ages: Vec<Choice>,
    orders: Vec<Choice>,
    is_filtered: bool,
    begin: Option<String>,
}

/// Which page of a list an address asks for.
///
/// # Errors
/// If its cursor is none of ours.
pub(super) fn page_of(address: &Address) -> Result<PageAsk, Refused> {
    Ok(address.page(Limit::new(LINES)?)?)
}

fn asked(address: &Address, page: PageAsk) -> ListTasks {
    ListTasks {
        kind: TaskKind::parse(address.get("kind")),
        programme: address.get("programme").parse().ok(),
        age: if address.get("age") == "overdue" {
            Age::Overdue
        } else {
            Age::Any
        },
        search: Some(address.get("name").to_owned()),
        sort: address.age(),
        page,
    }
}

async fn queue(page: SignedIn, _: Empty) -> Answer {
    let address = Address::of(page.asked()).without("name");
    show_queue(&page, address).await
}

/// What is looked for by name. It comes in a form: names stand in no address.
#[derive(Deserialize)]
pub(super) struct Typed {
    #[serde(default)]
    pub(super) name: String,
}

async fn search(page: SignedIn, form: Form<Typed>) -> Answer {
    let address = Address::of_form(page.href("queue"), &form.pairs);
    if form.value.name.trim().is_empty() {
        return Ok(see(&address.with("name", "")));
    }
    show_queue(&page, address).await
}

async fn show_queue(page: &SignedIn, address: Address) -> Answer {
    let words = page.words();
    if address.wants_csv() {
        let of = |page: PageAsk| asked(&address, page);
        let rows = |task: Task| vec![row(task, words)];
        return csv::whole(page, ("queue", &HEADINGS), of, rows).await;
    }
    let found = page.enter().view(asked(&address, page_of(&address)?)).await?;
    let mut l = page.layout(words.get("queue-title")).await?;
    l = match address.get("done") {
        "empty" => l.notice(words.get("queue-done")),
        _ => l,
    };
    let any = |key: &str, name: &str, others: Vec<Choice>| Choice::any(&address, name, words.get(key), others);
    let one = |name: &str, value: &str, key: &str| Choice::of(&address, name, value, words.get(key));
    let kinds = vec![
        one("kind", "assess", "queue-kind-assess"),
        one("kind", "moderate", "queue-kind-moderate"),
    ];
    html(&QueuePage {
        kinds: any("queue-kind-any", "kind", kinds),
        programmes: programmes(page, &address).await?,
        ages: any("queue-age-any", "age", vec![one("age", "overdue", "queue-age-overdue")]),
        orders: by_age(&address, ByAge::Oldest, words),
        is_filtered: address.is_filtered(),
        lines: found.items.iter().map(|task| line(page, task)).collect(),
        begin: found.items.first().map(|task| href(page, task)),
        name: address.get("name").to_owned(),
        pager: Pager::found(&address, found.next.as_ref(), (&l.token, words)),
        l: l.crumb("", words.get("nav-home")),
    })
}

/// The programmes, to choose one from.
///
/// # Errors
/// What the door says.
pub(super) async fn programmes(page: &SignedIn, address: &Address) -> Result<Vec<Choice>, Refused> {
    let view = ListProgrammes {
        page: PageAsk {
            limit: Limit::new(PROGRAMMES)?,
            cursor: None,
        },
        ..ListProgrammes::default()
    };
    let all = page.enter().view(view).await?.items.into_iter();
    let choices = all.map(|line| Choice::of(address, "programme", line.id.to_string(), line.title));
    let any = page.words().get("queue-programme-any");
    Ok(Choice::any(address, "programme", any, choices))
}

fn kind_word(words: Words, kind: TaskKind) -> String {
    words.get(match kind {
        TaskKind::Assess => "queue-kind-assess",
        TaskKind::Moderate => "queue-kind-moderate",
    })
}

fn href(page: &SignedIn, task: &Task) -> String {
    let folder = match task.kind {
        TaskKind::Assess => "assessments",
        TaskKind::Moderate => "moderation",
    };
    page.href(&format!("{folder}/{}/{}", task.enrolment, task.module))
}

fn line(page: &SignedIn, task: &Task) -> Line {
    Line {
        href: href(page, task),
        learner: format!("{} {}", task.first_name, task.last_name),
        module: format!("{} {}", task.module_code, task.module_title),
        programme: task.programme_title.clone(),
        kind: kind_word(page.words(), task.kind),
        since: task.since.into(),
        is_overdue: task.is_overdue,
    }
}

/// Headings of the file.
const HEADINGS: [&str; 5] = [
    "queue-learner",
    "queue-module",
    "queue-programme",
    "queue-kind",
    "queue-since",
];

fn row(task: Task, words: Words) -> Vec<String> {
    vec![
        format!("{} {}", task.first_name, task.last_name),
        format!("{} {}", task.module_code, task.module_title),
        task.programme_title,
        kind_word(words, task.kind),
        task.since.to_string(),
    ]
}

/// The next after the one that was just done or left, else the first.
async fn next(page: SignedIn, _: Empty) -> Answer {
    let address = Address::of(page.asked());
    let limit = Limit::new(1)?;
    let after = Cursor::parse(address.get("after")).ok();
    let mut found = None;
    for cursor in [after, None] {
        let view = ListTasks {
            kind: TaskKind::parse(address.get("kind")),
            page: PageAsk { limit, cursor },
            ..ListTasks::default()
        };
        found = page.enter().view(view).await?.items.into_iter().next();
        if found.is_some() || cursor.is_none() {
            break;
        }
    }
    let done = match address.get("done") {
        "assessed" => "?done=assessed",
        "upheld" => "?done=upheld",
        "returned" => "?done=returned",
        _ => "",
    };
    Ok(match found {
        Some(task) => see(&format!("{}{done}", href(&page, &task))),
        None => see(&page.href("queue?done=empty")),
    })
}

/// What a state is called, and its tone.
pub(super) fn state(words: Words, state: ModuleState) -> (String, &'static str) {
    let (key, tone) = match state {
        ModuleState::Open => ("state-module-open", "calm"),
        ModuleState::Brought => ("state-module-brought", "calm"),
        ModuleState::ToAssess => ("state-module-to-assess", "busy"),
        ModuleState::Again => ("state-module-again", "warn"),
        ModuleState::Assessed => ("state-module-assessed", "busy"),
        ModuleState::Competent => ("state-module-competent", "good"),
        ModuleState::NotAchieved => ("state-module-not-achieved", "bad"),
    };
    (words.get(key), tone)
}

/// One module of a learner.
struct ModuleLine {
    code: String,
    title: String,
    state: String,
    tone: &'static str,
    files: usize,
    attempts: usize,
    assess: String,
    moderate: String,
}

#[derive(Template)]
#[template(path = "tasks/work.html")]
struct WorkPage {
    l: Layout,
    learner: String,
    programme: String,
    status: String,
    team: Vec<(String, String)>,
    modules: Vec<ModuleLine>,
}

async fn work(page: SignedIn, Id(enrolment): Id<EnrolmentId>, _: Empty) -> Answer {
    let found = page
        .enter()
        .view(ReadWork {
            enrolment,
            module: None,
        })
        .await?;
    let words = page.words();
    let learner = name(&found);
    let l = page
        .layout(words.with("work-title", "learner", learner.as_str()))
        .await?;
    let home = if l.may("task.groups") {
        ("groups", "nav-groups")
    } else {
        ("queue", "nav-queue")
    };
    let l = l.crumb("", words.get("nav-home")).crumb(home.0, words.get(home.1));
    html(&WorkPage {
        learner,
        programme: found.programme_title.clone(),
        status: words.get(learners::status(found.status).0),
        team: team(&found, words),
        modules: found
            .modules
            .iter()
            .map(|module| module_line(&page, &found, module))
            .collect(),
        l,
    })
}

/// First and last name of the learner.
pub(super) fn name(work: &Work) -> String {
    format!("{} {}", work.first_name, work.last_name)
}

/// The team: role and name.
pub(super) fn team(work: &Work, words: Words) -> Vec<(String, String)> {
    let places = [
        ("role-facilitator", &work.facilitator),
        ("role-assessor", &work.assessor),
        ("role-moderator", &work.moderator),
        ("role-verifier", &work.verifier),
    ];
    let nobody = words.get("work-nobody");
    places
        .into_iter()
        .map(|(role, who)| {
            (
                words.get(role),
                who.as_ref().map_or(nobody.clone(), |who| who.name.clone()),
            )
        })
        .collect()
}

fn module_line(page: &SignedIn, work: &Work, module: &ModuleWork) -> ModuleLine {
    let (state, tone) = state(page.words(), module.state);
    let there = |folder: &str| page.href(&format!("{folder}/{}/{}", work.enrolment, module.module.id));
    ModuleLine {
        code: module.module.code.clone(),
        title: module.module.title.clone(),
        state,
        tone,
        files: module.evidence.len(),
        attempts: module.attempts.len(),
        assess: there("assessments"),
        moderate: if module.attempts.iter().any(|attempt| attempt.is_chosen) {
            there("moderation")
        } else {
            String::new()
        },
    }
}
