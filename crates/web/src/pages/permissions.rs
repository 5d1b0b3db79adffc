//! The matrix: which role may do what.

use askama::Template;
use skillsyms_core::Role;
use skillsyms_people::permissions::{May, Permission, ReadPermissions};

use super::kit::{Address, Layout, SignedIn, Words, csv, html};
use super::people::role_word;
use crate::extract::Empty;
use crate::problem::Answer;
use crate::routes::Route;

pub(super) fn routes() -> Vec<Route> {
    vec![Route::page("/t/{slug}/permissions", page).view::<ReadPermissions>("Which role may do what")]
}

/// The roles of a provider: the operator's are not among them.
const ROLES: [Role; 6] = [
    Role::Admin,
    Role::Assessor,
    Role::Moderator,
    Role::Facilitator,
    Role::Verifier,
    Role::Learner,
];

#[derive(Template)]
#[template(path = "permissions/matrix.html")]
struct MatrixPage {
    l: Layout,
    tabs: Vec<(String, String)>,
    here: String,
    heads: Vec<String>,
    slices: Vec<Slice>,
    csv: String,
}

struct Slice {
    id: String,
    title: String,
    rows: Vec<Row>,
}

struct Row {
    title: String,
    act: String,
    cells: Vec<Cell>,
}

struct Cell {
    reach: String,
    takes: String,
    tone: &'static str,
}

fn cell(words: Words, may: Option<&May>) -> Cell {
    let Some(may) = may else {
        return Cell {
            reach: words.get("reach-none"),
            takes: String::new(),
            tone: "calm",
        };
    };
    let (key, tone) = match may.reach.as_str() {
        "all" => ("reach-all", "good"),
        "assigned" => ("reach-assigned", "busy"),
        "own" => ("reach-own", "busy"),
        _ => ("reach-none", "calm"),
    };
    Cell {
        reach: words.get(key),
        takes: takes(words, may.step_up, may.purpose, may.either),
        tone,
    }
}

/// What an act takes besides the role, in words.
pub(super) fn takes(words: Words, needs_step_up: bool, needs_purpose: bool, is_either: bool) -> String {
    match (is_either, needs_step_up, needs_purpose) {
        (true, ..) => words.get("takes-either"),
        (false, true, true) => words.get("takes-both"),
        (false, true, false) => words.get("takes-step-up"),
        (false, false, true) => words.get("takes-purpose"),
        (false, false, false) => String::new(),
    }
}

/// The name of a slice in words.
pub(super) fn slice_word(words: Words, act: &str) -> String {
    let slice = act.split('.').next().unwrap_or(act);
    words
        .find(&format!("slice-{}", slice.replace('_', "-")))
        .unwrap_or_else(|| slice.to_owned())
}

async fn page(page: SignedIn, _: Empty) -> Answer {
    let (words, address) = (page.words(), Address::of(page.asked()));
    let book = page.caller().door().rulebook();
    let all = page.enter().view(ReadPermissions { book }).await?;
    let chosen = Role::parse(address.get("role")).filter(|role| ROLES.contains(role));
    let roles: Vec<Role> = chosen.map_or_else(|| ROLES.to_vec(), |role| vec![role]);
    let heads: Vec<String> = roles.iter().map(|role| role_word(words, *role)).collect();
    let slices = slices(words, &all, &roles);
    if address.wants_csv() {
        return Ok(file(words, heads, &slices));
    }
    let l = page
        .layout(words.get("permissions-title"))
        .await?
        .crumb("", words.get("nav-home"));
    let tab = |role: Role| (address.with("role", role.as_str()), role_word(words, role));
    let every = (address.with("role", ""), words.get("permissions-all"));
    html(&MatrixPage {
        tabs: [every].into_iter().chain(ROLES.map(tab)).collect(),
        here: address.with("role", chosen.map_or("", Role::as_str)),
        csv: address.with("format", "csv"),
        heads,
        slices,
        l,
    })
}

/// The acts that people with these roles may ever do, by slice.
fn slices(words: Words, all: &[Permission], roles: &[Role]) -> Vec<Slice> {
    let mut slices: Vec<Slice> = Vec::new();
    for permission in all {
        let column = |role: &Role| permission.may.iter().find(|may| may.who == role.as_str());
        if roles.iter().filter_map(column).all(|may| may.reach == "none") {
            continue;
        }
        let title = slice_word(words, &permission.act);
        let row = Row {
            title: permission.title.clone(),
            act: permission.act.clone(),
            cells: roles.iter().map(|role| cell(words, column(role))).collect(),
        };
        match slices.last_mut().filter(|slice| slice.title == title) {
            Some(slice) => slice.rows.push(row),
            None => slices.push(Slice {
                id: permission.act.replace(['.', '_'], "-"),
                title,
                rows: vec![row],
            }),
        }
    }
    slices
}

fn file(words: Words, heads: Vec<String>, slices: &[Slice]) -> axum::response::Response {
    let mut first = vec![words.get("permissions-act")];
    first.extend(heads);
    let rows = slices.iter().flat_map(|slice| &slice.rows).map(|row| {
        let cells = row
            .cells
            .iter()
            .map(|cell| format!("{} {}", cell.reach, cell.takes).trim().to_owned());
        [format!("{} ({})", row.title, row.act)]
            .into_iter()
            .chain(cells)
            .collect()
    });
    let rows: Vec<Vec<String>> = [first].into_iter().chain(rows).collect();
    csv::file("permissions", &rows)
}
