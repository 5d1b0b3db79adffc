//! Imports of learners' files: sending one, what its columns mean, how far it is, and what was refused.

mod columns;

use std::time::Duration;

use askama::Template;
use http::{HeaderName, HeaderValue, StatusCode};
use serde::Deserialize;
use skillsyms_core::person::{CSV_COLUMNS, CSV_COLUMNS_REQUIRED};
use skillsyms_core::{ImportId, Param, Problem};
use skillsyms_people::{ByAge, Limit, PageAsk};
use skillsyms_records::imports::{
    FailedRow, GiveUpImport, HELD_SECONDS, HoldImport, ImportState, ImportSummary, ListImports, NOT_WAITING,
    PreviewImport, ReadFailures, ReadImport, ReceiveImport,
};
use skillsyms_vault::Secret;

use super::kit::files::Brought;
use super::kit::form::problem_text;
use super::kit::list::by_age;
use super::kit::{
    Address, Choice, Files, Form, FormView, Layout, Pager, SignedIn, When, Words, csv, html, html_with, see,
};
use crate::extract::{Empty, Id};
use crate::imports::{hold, id_of, importer};
use crate::problem::{Answer, Refused};
use crate::routes::Route;

/// Bytes of the largest form: just under what the house takes at all, so that the page says that a file is too large.
const FORM_MAX_BYTES: usize = 255 * 1024 * 1024;
/// Time for the largest file over a line of 2 Mbit/s.
const TIME_MAX: Duration = Duration::from_secs(20 * 60);
/// Seconds after which the page of a running import loads itself again.
const REFRESH_SECONDS: u32 = 2;
/// Microseconds after which an import that says that it runs is believed to have died with its server.
const RUNS_MICROS_MAX: i64 = 60 * 60 * 1_000_000;
/// How long the answer waits for an import whose file has arrived: most are done by then.
const PATIENCE: Duration = Duration::from_secs(3);
const REFRESH: HeaderName = HeaderName::from_static("refresh");

pub(super) fn routes() -> Vec<Route> {
    let own = vec![
        Route::page("/t/{slug}/imports", list)
            .view::<ListImports>("Imports of learners' files")
            .nav("nav-imports", 25),
        Route::form("/t/{slug}/imports/search", search).view::<ListImports>("Find imports by the file's name"),
        Route::page("/t/{slug}/imports/new", send_page).act::<HoldImport>("The form to import a file"),
        Route::form("/t/{slug}/imports/new", send)
            .view::<ReceiveImport>("Send a CSV file of learners, to look at its columns")
            .then::<HoldImport>()
            .then_view::<PreviewImport>()
            .then::<GiveUpImport>()
            .brings_files(FORM_MAX_BYTES, TIME_MAX),
        Route::page("/t/{slug}/imports/{id}", read)
            .view::<ReadImport>("How far an import is, and what was refused")
            .then_view::<ReadFailures>(),
    ];
    [own, columns::routes()].concat()
}

#[derive(Template)]
#[template(path = "imports/list.html")]
struct ListPage {
    l: Layout,
    searched: Option<String>,
    goes_on: bool,
    states: Vec<Choice>,
    orders: Vec<Choice>,
    is_filtered: bool,
    lines: Vec<Line>,
    pager: Pager,
}

struct Line {
    href: String,
    file_name: String,
    state: String,
    tone: &'static str,
    rows_kept: i64,
    rows_refused: i64,
    at: When,
}

const fn state(state: ImportState) -> (&'static str, &'static str) {
    match state {
        ImportState::Waiting => ("import-waiting", "warn"),
        ImportState::GivenUp => ("import-given-up", "calm"),
        ImportState::Running => ("import-running", "busy"),
        ImportState::Finished => ("import-finished", "good"),
        ImportState::Stopped => ("import-stopped", "bad"),
    }
}

fn line(l: &Layout, import: &ImportSummary) -> Line {
    let (word, tone) = state(import.state);
    Line {
        href: l.href(&format!("imports/{}", import.id)),
        file_name: named(l.words(), import),
        state: l.get(word),
        tone,
        rows_kept: import.rows_kept,
        rows_refused: import.rows_refused,
        at: import.created_at.into(),
    }
}

/// What the file is called.
fn named(words: Words, import: &ImportSummary) -> String {
    let name = import.file_name.as_str();
    if name.is_empty() {
        words.get("import-unnamed")
    } else {
        name.to_owned()
    }
}

async fn list(page: SignedIn, _: Empty) -> Answer {
    show_list(&page, &Address::of(page.asked()), None).await
}

/// What is looked for. It comes in a form: names of files stand in no address.
#[derive(Deserialize)]
struct Typed {
    search: Secret<String>,
}

async fn search(page: SignedIn, form: Form<Typed>) -> Answer {
    let address = Address::of_form(page.href("imports/search"), &form.pairs);
    show_list(&page, &address, Some(form.value.search)).await
}

async fn show_list(page: &SignedIn, address: &Address, search: Option<Secret<String>>) -> Answer {
    let words = page.words();
    let wanted = ImportState::parse(address.get("state"));
    let of = |page: PageAsk| ListImports {
        search: search.clone(),
        state: wanted,
        sort: address.age(),
        page,
    };
    if address.wants_csv() {
        let headings = [
            "import-file",
            "import-state",
            "import-kept",
            "import-refused",
            "import-at",
        ];
        let rows = |import: ImportSummary| {
            let at = When::from(import.created_at).iso();
            let counts = [import.rows_kept.to_string(), import.rows_refused.to_string(), at];
            let (word, _) = state(import.state);
            vec![[vec![import.file_name, words.get(word)], counts.to_vec()].concat()]
        };
        return csv::whole(page, ("imports", &headings), of, rows).await;
    }
    let found = page.enter().view(of(address.page(Limit::default())?)).await?;
    let l = page
        .layout(words.get("imports-title"))
        .await?
        .crumb("", words.get("nav-home"));
    let states = ImportState::ALL.map(|one| Choice::of(address, "state", one.as_str(), words.get(state(one).0)));
    html(&ListPage {
        states: Choice::any(address, "state", words.get("filter-any"), states),
        orders: by_age(address, ByAge::Newest, words),
        is_filtered: address.is_filtered(),
        lines: found.items.iter().map(|import| line(&l, import)).collect(),
        pager: Pager::found(address, found.next.as_ref(), (&l.token, words)),
        searched: search.as_ref().map(|text| text.expose().clone()),
        goes_on: found.next.is_some(),
        l,
    })
}

#[derive(Template)]
#[template(path = "imports/new.html")]
struct SendPage {
    l: Layout,
    form: FormView,
    needed: Vec<&'static str>,
    others: Vec<&'static str>,
}

async fn send_page(page: SignedIn, _: Empty) -> Answer {
    let l = page
        .layout_for("import.hold", page.words().get("import-new-title"))
        .await?;
    let form = SignedIn::form(&l);
    html(&send_shown(l, form))
}

fn send_shown(l: Layout, form: FormView) -> SendPage {
    let (home, list) = (l.get("nav-home"), l.get("imports-title"));
    let others = CSV_COLUMNS.iter().filter(|name| !CSV_COLUMNS_REQUIRED.contains(name));
    SendPage {
        l: l.crumb("", home).crumb("imports", list),
        form,
        needed: CSV_COLUMNS_REQUIRED.to_vec(),
        others: others.copied().collect(),
    }
}

/// The file is kept until its columns were looked at.
async fn send(page: SignedIn, mut files: Files) -> Answer {
    let caller = page.keyed(files.key.clone());
    let Some(Brought { name, body }) = files.next().await? else {
        let l = send_again(&page).await?;
        let none = SignedIn::form(&l).wrong("file", l.get("import-no-file"));
        return html_with(StatusCode::UNPROCESSABLE_ENTITY, &send_shown(l, none));
    };
    let files = caller.house().files();
    let refused = match hold(&caller, &name, body).await {
        Ok(held) => {
            let (importer, id) = (importer(&caller), id_of(&held)?);
            match importer.preview(files, id, None).await {
                // What cannot be read at all is not kept. Sent twice, it was started or given up meanwhile: its page says so.
                Err(problem) if problem.code.status == 422 => {
                    importer.give_up(files, id).await?;
                    problem
                }
                Err(problem) if problem.code == &NOT_WAITING => return Ok(see(&page.href(&format!("imports/{id}")))),
                other => {
                    other?;
                    return Ok(see(&page.href(&format!("imports/{id}/columns"))));
                }
            }
        }
        Err(Refused(problem)) => problem,
    };
    let l = send_again(&page).await?;
    let form = SignedIn::form(&l);
    let form = match line_of(&refused) {
        Some(line) => {
            let at = l.with("import-line-number", "line", line);
            form.wrong("file", format!("{at}: {}", problem_text(page.words(), refused.code)))
        }
        None => form.refused(refused, page.words())?,
    };
    html_with(StatusCode::UNPROCESSABLE_ENTITY, &send_shown(l, form))
}

/// The line at which a file goes wrong.
fn line_of(problem: &Problem) -> Option<i64> {
    problem.params.iter().find_map(|(name, value)| match value {
        Param::Int(line) if *name == "line" => Some(*line),
        _ => None,
    })
}

async fn send_again(page: &SignedIn) -> Result<Layout, Refused> {
    let title = page.words().get("import-new-title");
    Ok(page.layout_for("import.hold", title).await?.refused())
}

#[derive(Template)]
#[template(path = "imports/read.html")]
struct ReadPage {
    l: Layout,
    it: Line,
    rows_read: i64,
    warnings: i64,
    is_running: bool,
    is_dead: bool,
    /// Where its columns are looked at, if it waits for this person.
    waits: Option<String>,
    is_gone: bool,
    /// The line at which the file stopped, and why.
    stopped: Option<(i64, String)>,
    has_rows: bool,
    failures: Vec<Failure>,
    pager: Pager,
}

struct Failure {
    line: i64,
    /// Column, and what is wrong.
    errors: Vec<(String, String)>,
}

async fn read(page: SignedIn, Id(id): Id<ImportId>, _: Empty) -> Answer {
    let address = Address::of(page.asked());
    if address.wants_csv() {
        return file(&page, id).await;
    }
    let import = page.enter().view(ReadImport { id }).await?;
    let ask = address.page(Limit::default())?;
    let failed = page.enter().view(ReadFailures { id, page: ask }).await?;
    let words = page.words();
    let l = page.layout(words.get("import-title")).await?;
    let l = l
        .about(&When::from(import.created_at).to_the_second())
        .crumb("", words.get("nav-home"))
        .crumb("imports", words.get("imports-title"));
    let now = page.caller().door().clock().now();
    let is_running = import.state == ImportState::Running;
    let is_waiting = import.state == ImportState::Waiting;
    let is_gone = is_waiting && now.seconds_since(import.created_at) >= HELD_SECONDS;
    let is_own = import.begun_by.is_some_and(|person| l.is_person(person));
    let is_dead = is_running && now.micros().saturating_sub(import.created_at.micros()) > RUNS_MICROS_MAX;
    let mut answer = html(&ReadPage {
        it: line(&l, &import),
        rows_read: import.rows_read,
        warnings: import.warnings,
        is_running: is_running && !is_dead,
        is_dead,
        waits: (is_waiting && is_own && !is_gone).then(|| page.href(&format!("imports/{id}/columns"))),
        is_gone,
        stopped: import.stopped_by.map(|error| (error.line, error.message)),
        has_rows: !is_waiting && import.state != ImportState::GivenUp,
        pager: Pager::new(&address, failed.next.as_ref(), words),
        failures: failed.items.into_iter().map(|row| failure(words, row)).collect(),
        l,
    })?;
    if is_running && !is_dead {
        let seconds = HeaderValue::from(REFRESH_SECONDS);
        answer.headers_mut().insert(REFRESH, seconds);
    }
    Ok(answer)
}

fn failure(words: Words, row: FailedRow) -> Failure {
    let errors = row.errors.into_iter().map(|error| {
        let column = match error.column.as_str() {
            "row" | "" => words.get("import-whole-row"),
            "file" => words.get("dashboard-file"),
            _ => error.column,
        };
        (column, error.message)
    });
    Failure {
        line: row.line,
        errors: errors.collect(),
    }
}

/// The refused rows, each with what is wrong, numbers masked as on the page.
async fn file(page: &SignedIn, id: ImportId) -> Answer {
    let words = page.words();
    let columns = CSV_COLUMNS.iter().map(|name| (*name).to_owned());
    let headings: Vec<String> = [words.get("import-line"), words.get("import-wrong")]
        .into_iter()
        .chain(columns)
        .collect();
    let of = |ask| ReadFailures { id, page: ask };
    csv::under(page, ("refused-rows", &headings), of, |row| vec![failed_row(row)]).await
}

fn failed_row(row: FailedRow) -> Vec<String> {
    let errors: Vec<String> = row
        .errors
        .iter()
        .map(|error| format!("{}: {}", error.column, error.message))
        .collect();
    let cell = |name: &&str| {
        let found = row.cells.iter().find(|cell| cell.column == **name);
        found.map_or_else(String::new, |cell| cell.value.clone())
    };
    let cells = CSV_COLUMNS.iter().map(cell);
    [row.line.to_string(), errors.join(" ")]
        .into_iter()
        .chain(cells)
        .collect()
}
