//! Imports of learners' files: sending one, how far it is, and what was refused.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use askama::Template;
use http::{HeaderName, HeaderValue, StatusCode};
use skillsyms_core::person::{CSV_COLUMNS, CSV_COLUMNS_REQUIRED};
use skillsyms_core::{ImportId, Problem};
use skillsyms_door::Once;
use skillsyms_people::page::LIMIT_MAX;
use skillsyms_people::{Limit, PageAsk};
use skillsyms_records::imports::{
    BeginImport, FailedRow, FileKey, FinishImport, ImportChunk, ImportState, ImportSummary, Importer, ListImports,
    Pipe, ReadFailures, ReadImport,
};

use super::kit::files::Brought;
use super::kit::{Address, Choice, Files, FormView, Layout, Pager, SignedIn, When, Words, csv, html, html_with, see};
use crate::extract::{Caller, Empty, Id, Upload};
use crate::idempotency::streamed;
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
/// Refused rows in one file: ten full pages.
const CSV_ROWS_MAX: usize = 1_000;
const REFRESH: HeaderName = HeaderName::from_static("refresh");

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::page("/t/{slug}/imports", list)
            .view::<ListImports>("Imports of learners' files")
            .nav("nav-imports", 25),
        Route::page("/t/{slug}/imports/new", send_page).act::<BeginImport>("The form to import a file"),
        Route::form("/t/{slug}/imports/new", send)
            .act::<BeginImport>("Import learners from a CSV file")
            .then::<ImportChunk>()
            .then::<FinishImport>()
            .brings_files(FORM_MAX_BYTES, TIME_MAX),
        Route::page("/t/{slug}/imports/{id}", read)
            .view::<ReadImport>("How far an import is, and what was refused")
            .then_view::<ReadFailures>(),
    ]
}

#[derive(Template)]
#[template(path = "imports/list.html")]
struct ListPage {
    l: Layout,
    states: Vec<Choice>,
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
        ImportState::Running => ("import-running", "busy"),
        ImportState::Finished => ("import-finished", "good"),
        ImportState::Stopped => ("import-stopped", "bad"),
    }
}

fn line(l: &Layout, import: &ImportSummary) -> Line {
    let (word, tone) = state(import.state);
    let name = import.file_name.as_str();
    Line {
        href: l.href(&format!("imports/{}", import.id)),
        file_name: if name.is_empty() {
            l.get("import-unnamed")
        } else {
            name.to_owned()
        },
        state: l.get(word),
        tone,
        rows_kept: import.rows_kept,
        rows_refused: import.rows_refused,
        at: import.created_at.into(),
    }
}

async fn list(page: SignedIn, _: Empty) -> Answer {
    let address = Address::of(page.asked());
    let words = page.words();
    let wanted = ImportState::parse(address.get("state"));
    let of = |page: PageAsk| ListImports { state: wanted, page };
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
        return csv::whole(&page, ("imports", &headings), of, rows).await;
    }
    let found = page.enter().view(of(address.page(Limit::default())?)).await?;
    let l = page
        .layout(words.get("imports-title"))
        .await?
        .crumb("", words.get("nav-home"));
    let states = [ImportState::Running, ImportState::Finished, ImportState::Stopped];
    let states = states.map(|one| Choice::of(&address, "state", one.as_str(), words.get(state(one).0)));
    html(&ListPage {
        states: Choice::any(&address, "state", words.get("filter-any"), states),
        is_filtered: address.is_filtered(),
        lines: found.items.iter().map(|import| line(&l, import)).collect(),
        pager: Pager::new(&address, found.next.as_ref(), words),
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
        .layout_for("import.begin", page.words().get("import-new-title"))
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

/// The file streams to the importer as it comes. When it has arrived, the import goes on by itself: its page says how far it
/// is, and may be left and loaded again.
async fn send(page: SignedIn, mut files: Files) -> Answer {
    let caller = page.caller().clone().keyed(files.key.clone());
    let Some(file) = files.next().await? else {
        let l = page
            .layout_for("import.begin", page.words().get("import-new-title"))
            .await?
            .refused();
        let none = SignedIn::form(&l).wrong("file", l.get("import-no-file"));
        return html_with(StatusCode::UNPROCESSABLE_ENTITY, &send_shown(l, none));
    };
    let Brought { name, mut body } = file;
    let begun = Arc::new(Mutex::new(None::<ImportId>));
    let (pipe, reader) = Pipe::new();
    let (importer, key, seen) = (importer(&caller), file_key(&caller, &name), Arc::clone(&begun));
    let mut running = tokio::spawn(async move {
        let told = |progress: &skillsyms_records::imports::Progress| {
            *seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(progress.import);
        };
        importer.run_once(&name, reader, key, told).await
    });
    let fed = feed(&mut body, pipe).await;
    let done = tokio::time::timeout(PATIENCE, &mut running).await;
    fed?;
    let id = match done {
        Ok(ended) => return over(&page, ended.map_err(|_| Problem::internal())?),
        Err(_) => *begun.lock().unwrap_or_else(PoisonError::into_inner),
    };
    let rest = id.map_or_else(|| "imports".to_owned(), |id| format!("imports/{id}"));
    Ok(see(&page.href(&rest)))
}

/// To the page of an import that is over. What was wrong with the file as a whole stands there too.
fn over(page: &SignedIn, ended: Result<Once<ImportSummary>, Problem>) -> Answer {
    let id = match ended {
        Ok(Once::Done(summary)) => summary.id.uuid(),
        Ok(Once::Before { resources }) => *resources.first().ok_or_else(Problem::internal)?,
        Err(problem) => {
            let named = problem.params.iter().find_map(|(name, value)| match value {
                skillsyms_core::Param::Id(id) if *name == "import" => Some(*id),
                _ => None,
            });
            named.ok_or(Refused(problem))?
        }
    };
    Ok(see(&page.href(&format!("imports/{id}"))))
}

fn importer(caller: &Caller) -> Importer {
    Importer {
        door: caller.door().clone(),
        actor: caller.actor(),
        from: caller.from(),
        reference: Some(caller.reference()),
    }
}

/// The key of the form, with the fingerprint that follows from the file's hash.
fn file_key(caller: &Caller, name: &str) -> Option<FileKey> {
    let (key, _) = caller.once(&[0; 32])?;
    let (caller, name) = (caller.clone(), name.to_owned());
    let fingerprint = move |sha256: &[u8; 32]| {
        let digest = streamed(&[name.as_bytes()], sha256);
        let once = caller.once(&digest);
        once.map(|(_, fingerprint)| fingerprint).unwrap_or_default()
    };
    Some(FileKey {
        key,
        fingerprint: Box::new(fingerprint),
    })
}

async fn feed(upload: &mut Upload, pipe: Pipe) -> Result<(), Refused> {
    while let Some(piece) = upload.next().await? {
        if !pipe.write(piece.into()).await {
            return Ok(());
        }
    }
    pipe.finish().await;
    Ok(())
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
        .about(&When::from(import.created_at).text())
        .crumb("", words.get("nav-home"))
        .crumb("imports", words.get("imports-title"));
    let now = page.caller().door().clock().now();
    let is_running = import.state == ImportState::Running;
    let is_dead = is_running && now.micros().saturating_sub(import.created_at.micros()) > RUNS_MICROS_MAX;
    let mut answer = html(&ReadPage {
        it: line(&l, &import),
        rows_read: import.rows_read,
        warnings: import.warnings,
        is_running: is_running && !is_dead,
        is_dead,
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
        let is_row = error.column == "row" || error.column.is_empty();
        let column = if is_row {
            words.get("import-whole-row")
        } else {
            error.column
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
    let mut rows = vec![vec![words.get("import-line"), words.get("import-wrong")]];
    if let Some(headings) = rows.first_mut() {
        headings.extend(CSV_COLUMNS.iter().map(|name| (*name).to_owned()));
    }
    let mut ask = PageAsk {
        limit: Limit::new(LIMIT_MAX)?,
        cursor: None,
    };
    while rows.len() <= CSV_ROWS_MAX {
        let found = page.enter().view(ReadFailures { id, page: ask }).await?;
        rows.extend(found.items.into_iter().map(failed_row));
        ask.cursor = found.next;
        if ask.cursor.is_none() {
            break;
        }
    }
    Ok(csv::file("refused-rows", &rows))
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
