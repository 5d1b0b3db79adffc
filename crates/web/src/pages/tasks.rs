//! What waits for whom: the queue of assessors and moderators, the learners of facilitators and verifiers, and the work of
//! one learner.

use askama::Template;
use axum::response::Response;
use serde::Deserialize;
use skillsyms_core::{EnrolmentId, ProgrammeId, TaskKind};
use skillsyms_people::{Cursor, Limit, Page, PageAsk};
use skillsyms_records::programmes::ListProgrammes;
use skillsyms_records::tasks::{
    Age, Group, ListGroups, ListTasks, ModuleState, ModuleWork, Place, ReadWork, Task, Work,
};

use super::kit::{Address, Form, FormView, Layout, Pager, SignedIn, When, Words, csv, html, see};
use crate::extract::{Empty, Id};
use crate::problem::{Answer, Refused};
use crate::routes::Route;

/// Lines of a page: what one works through without losing the thread.
const LINES: i64 = 25;
/// Programmes that the filter offers.
const PROGRAMMES: i64 = 100;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::page("/t/{slug}/queue", queue)
            .view::<ListTasks>("What waits for you to assess or moderate")
            .then_view::<ListProgrammes>()
            .nav("nav-queue", 10),
        Route::form("/t/{slug}/queue", search)
            .view::<ListTasks>("Find a learner in what waits")
            .then_view::<ListProgrammes>(),
        Route::page("/t/{slug}/queue/next", next).view::<ListTasks>("The next that waits"),
        Route::page("/t/{slug}/groups", groups)
            .view::<ListGroups>("Your learners with their progress")
            .then_view::<ListProgrammes>()
            .nav("nav-groups", 20),
        Route::page("/t/{slug}/enrolments/{id}/work", work)
            .view::<ReadWork>("The work of one learner, module by module"),
    ]
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
    form: FormView,
    lines: Vec<Line>,
    pager: Option<Pager>,
    kinds: Vec<Choice>,
    programmes: Vec<Choice>,
    ages: Vec<Choice>,
    is_filtered: bool,
    begin: Option<String>,
}

/// One choice of a filter.
struct Choice {
    value: String,
    text: String,
    is_chosen: bool,
}

fn choice(address: &Address, name: &str, value: impl Into<String>, text: impl Into<String>) -> Choice {
    let value = value.into();
    Choice {
        is_chosen: address.get(name) == value,
        value,
        text: text.into(),
    }
}

/// Which page of a list an address asks for.
///
/// # Errors
/// If its cursor is none of ours.
pub(super) fn page_of(address: &Address) -> Result<PageAsk, Refused> {
    let cursor = Some(address.get("cursor")).filter(|text| !text.is_empty());
    Ok(PageAsk {
        limit: Limit::new(LINES)?,
        cursor: cursor.map(Cursor::parse).transpose()?,
    })
}

fn asked(address: &Address) -> Result<ListTasks, Refused> {
    Ok(ListTasks {
        kind: TaskKind::parse(address.get("kind")),
        programme: address.get("programme").parse().ok(),
        age: if address.get("age") == "overdue" {
            Age::Overdue
        } else {
            Age::Any
        },
        search: None,
        page: page_of(address)?,
    })
}

async fn queue(page: SignedIn, _: Empty) -> Answer {
    let address = Address::of(page.asked());
    let found = page.enter().view(asked(&address)?).await?;
    if address.wants_csv() {
        return Ok(csv::file("queue", &rows(&found, page.words())));
    }
    show_queue(&page, found, None).await
}

#[derive(Deserialize)]
struct Typed {
    #[serde(default)]
    name: String,
}

async fn search(page: SignedIn, form: Form<Typed>) -> Answer {
    let name = form.value.name.trim().to_owned();
    if name.is_empty() {
        return Ok(see(&page.href("queue")));
    }
    let view = ListTasks {
        search: Some(name),
        page: PageAsk {
            limit: Limit::new(LINES)?,
            cursor: None,
        },
        ..ListTasks::default()
    };
    let found = page.enter().view(view).await?;
    show_queue(&page, found, Some(form)).await
}

async fn show_queue(page: &SignedIn, found: Page<Task>, searched: Option<Form<Typed>>) -> Answer {
    let address = Address::of(page.asked());
    let programmes = page.enter().view(all_programmes()?).await?;
    let words = page.words();
    let mut l = page.layout(words.get("queue-title")).await?;
    l = match address.get("done") {
        "empty" => l.notice(words.get("queue-done")),
        _ => l,
    };
    let l = l.crumb("", words.get("nav-home"));
    let is_search = searched.is_some();
    let form = SignedIn::form(&l).filled(searched.map(|form| form.pairs).unwrap_or_default());
    let pager = (!is_search).then(|| Pager::new(&address, found.next.as_ref(), words));
    let begin = found.items.first().map(|task| href(page, task));
    let any = |key: &str, name: &str| choice(&address, name, "", words.get(key));
    html(&QueuePage {
        kinds: vec![
            any("queue-kind-any", "kind"),
            choice(&address, "kind", "assess", words.get("queue-kind-assess")),
            choice(&address, "kind", "moderate", words.get("queue-kind-moderate")),
        ],
        programmes: std::iter::once(any("queue-programme-any", "programme"))
            .chain(
                programmes
                    .items
                    .into_iter()
                    .map(|line| choice(&address, "programme", line.id.to_string(), line.title)),
            )
            .collect(),
        ages: vec![
            any("queue-age-any", "age"),
            choice(&address, "age", "overdue", words.get("queue-age-overdue")),
        ],
        is_filtered: address.is_filtered() || is_search,
        lines: found.items.iter().map(|task| line(page, task)).collect(),
        begin,
        pager,
        form,
        l,
    })
}

fn all_programmes() -> Result<ListProgrammes, Refused> {
    Ok(ListProgrammes {
        page: PageAsk {
            limit: Limit::new(PROGRAMMES)?,
            cursor: None,
        },
    })
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

fn rows(found: &Page<Task>, words: Words) -> Vec<Vec<String>> {
    let heads = [
        "queue-learner",
        "queue-module",
        "queue-programme",
        "queue-kind",
        "queue-since",
    ];
    let heads = heads.iter().map(|key| words.get(key)).collect();
    let lines = found.items.iter().map(|task| {
        vec![
            format!("{} {}", task.first_name, task.last_name),
            format!("{} {}", task.module_code, task.module_title),
            task.programme_title.clone(),
            kind_word(words, task.kind),
            task.since.to_string(),
        ]
    });
    std::iter::once(heads).chain(lines).collect()
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

/// One learner of a facilitator.
struct GroupLine {
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
    lines: Vec<GroupLine>,
    programmes: Vec<Choice>,
    places: Vec<Choice>,
    pager: Pager,
    is_filtered: bool,
}

async fn groups(page: SignedIn, _: Empty) -> Answer {
    let address = Address::of(page.asked());
    let words = page.words();
    let l = page.layout(words.get("groups-title")).await?;
    let is_verifier = l.is_role("verifier") && !l.is_role("facilitator");
    let place = match address.get("place") {
        "verifier" => Place::Verifier,
        "" if is_verifier => Place::Verifier,
        _ => Place::Facilitator,
    };
    let view = ListGroups {
        place,
        programme: address.get("programme").parse::<ProgrammeId>().ok(),
        page: page_of(&address)?,
    };
    let found = page.enter().view(view).await?;
    if address.wants_csv() {
        return Ok(group_csv(&found, words));
    }
    let programmes = page.enter().view(all_programmes()?).await?.items.into_iter();
    let any = choice(&address, "programme", "", words.get("queue-programme-any"));
    let known = programmes.map(|line| choice(&address, "programme", line.id.to_string(), line.title));
    html(&GroupsPage {
        lines: found.items.iter().map(|group| group_line(&page, group)).collect(),
        programmes: std::iter::once(any).chain(known).collect(),
        places: if l.is_role("verifier") && l.is_role("facilitator") {
            vec![
                choice(&address, "place", "", words.get("role-facilitator")),
                choice(&address, "place", "verifier", words.get("role-verifier")),
            ]
        } else {
            Vec::new()
        },
        pager: Pager::new(&address, found.next.as_ref(), words),
        is_filtered: address.is_filtered(),
        l: l.crumb("", words.get("nav-home")),
    })
}

fn group_line(page: &SignedIn, group: &Group) -> GroupLine {
    let count = |wanted: &[ModuleState]| {
        let found = group.modules.iter().filter(|module| wanted.contains(&module.state));
        found.count()
    };
    GroupLine {
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

fn group_csv(found: &Page<Group>, words: Words) -> Response {
    let heads = ["queue-learner", "queue-programme", "queue-module", "groups-state"];
    let heads = heads.iter().map(|key| words.get(key)).collect();
    let lines = found.items.iter().flat_map(|group| {
        group.modules.iter().map(move |module| {
            vec![
                format!("{} {}", group.first_name, group.last_name),
                group.programme_title.clone(),
                format!("{} {}", module.code, module.title),
                state(words, module.state).0,
            ]
        })
    });
    let rows: Vec<Vec<String>> = std::iter::once(heads).chain(lines).collect();
    csv::file("groups", &rows)
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
        status: words.get(&format!("state-enrolment-{}", found.status.as_str())),
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
