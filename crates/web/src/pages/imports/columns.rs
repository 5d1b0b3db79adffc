//! What the columns of a file mean: as they are understood, with the first rows, before anything is imported.

use askama::Template;
use http::StatusCode;
use serde::Deserialize;
use skillsyms_core::ImportId;
use skillsyms_core::person::CSV_COLUMNS;
use skillsyms_records::imports::{
    FinishImport, GiveUpImport, ImportChunk, ImportSummary, Preview, PreviewColumn, PreviewReason, StartImport,
};

use super::{PATIENCE, named};
use crate::extract::{Empty, Id};
use crate::imports::importer;
use crate::pages::kit::{Form, Layout, SignedIn, Words, html_with, see};
use crate::pages::learners::called;
use crate::problem::Answer;
use crate::routes::Route;

/// How the fields of the form are called, with the number of the column behind.
const FIELD: char = 'c';
/// What the button says that only looks again.
const LOOK: &str = "look";

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::page("/t/{slug}/imports/{id}/columns", look).view::<skillsyms_records::imports::PreviewImport>(
            "What the columns of a kept file mean, and its first rows",
        ),
        Route::form("/t/{slug}/imports/{id}/columns", answer)
            .act::<StartImport>("Import a kept file, or look at it again with other columns")
            .then_view::<skillsyms_records::imports::PreviewImport>()
            .then::<ImportChunk>()
            .then::<FinishImport>(),
        Route::form("/t/{slug}/imports/{id}/give-up", give_up).act::<GiveUpImport>("Give up a kept file"),
    ]
}

#[derive(Template)]
#[template(path = "imports/columns.html")]
struct ColumnsPage {
    l: Layout,
    id: ImportId,
    name: String,
    /// What is wrong with the columns, and those it is about.
    wrong: Option<(String, Vec<String>)>,
    columns: Vec<Column>,
    left_out: usize,
    checked: Checked,
    reasons: Vec<Reason>,
    choices: Vec<(&'static str, String)>,
}

/// The rows that were looked at.
struct Checked {
    rows: u64,
    wrong: u64,
    has_more: bool,
}

struct Column {
    field: String,
    heading: String,
    samples: Vec<String>,
    meaning: &'static str,
}

struct Reason {
    column: String,
    message: String,
    rows: u64,
    line: u64,
}

/// What the buttons say.
#[derive(Deserialize)]
struct Typed {
    #[serde(default, rename = "do")]
    what: String,
}

async fn look(page: SignedIn, Id(id): Id<ImportId>, _: Empty) -> Answer {
    let (summary, preview) = importer(page.caller())
        .preview(page.caller().house().files(), id, None)
        .await?;
    shown(&page, StatusCode::OK, &summary, preview).await
}

async fn answer(page: SignedIn, Id(id): Id<ImportId>, form: Form<Typed>) -> Answer {
    let columns = said(&form);
    let caller = page.keyed(form.key.clone());
    let files = caller.house().files();
    if form.value.what == LOOK {
        let (summary, preview) = importer(&caller).preview(files, id, Some(columns)).await?;
        return shown(&page, StatusCode::OK, &summary, preview).await;
    }
    match importer(&caller).start(files.clone(), id, columns.clone()).await {
        Ok(started) => {
            // Most are done by then, and else their page says how far they are. What stopped one stands there too.
            let _ = tokio::time::timeout(PATIENCE, started.end).await;
            Ok(see(&page.href(&format!("imports/{id}"))))
        }
        Err(problem) if problem.code.status == 422 => {
            let (summary, preview) = importer(&caller).preview(files, id, Some(columns)).await?;
            shown(&page, StatusCode::UNPROCESSABLE_ENTITY, &summary, preview).await
        }
        Err(problem) => Err(problem.into()),
    }
}

async fn give_up(page: SignedIn, Id(id): Id<ImportId>, form: Form<Typed>) -> Answer {
    let caller = page.keyed(form.key);
    importer(&caller).give_up(caller.house().files(), id).await?;
    Ok(see(&page.href("imports")))
}

/// The chosen meanings, in the order of the columns.
fn said(form: &Form<Typed>) -> Vec<String> {
    let mut chosen: Vec<(usize, &str)> = form
        .pairs
        .iter()
        .filter_map(|(name, value)| Some((name.strip_prefix(FIELD)?.parse().ok()?, value.as_str())))
        .collect();
    chosen.sort_by_key(|(at, _)| *at);
    chosen.into_iter().map(|(_, name)| name.to_owned()).collect()
}

async fn shown(page: &SignedIn, status: StatusCode, summary: &ImportSummary, preview: Preview) -> Answer {
    let words = page.words();
    let l = page.layout_for("import.start", words.get("columns-title")).await?;
    let (home, list) = (l.get("nav-home"), l.get("imports-title"));
    let mut l = l.crumb("", home).crumb("imports", list);
    l.is_refused = status != StatusCode::OK;
    let wrong = preview.problem.map(|problem| {
        let columns = problem.columns.iter().map(|name| word(words, name));
        (words.get(wrong_word(&problem.code)), columns.collect())
    });
    html_with(
        status,
        &ColumnsPage {
            id: summary.id,
            name: named(words, summary),
            wrong,
            left_out: preview.columns.iter().filter(|one| one.column.is_none()).count(),
            columns: (0..).zip(preview.columns).map(column).collect(),
            checked: Checked {
                rows: preview.rows_checked,
                wrong: preview.rows_wrong,
                has_more: preview.has_more,
            },
            reasons: preview.reasons.into_iter().map(|one| reason(words, one)).collect(),
            choices: CSV_COLUMNS.iter().map(|name| (*name, word(words, name))).collect(),
            l,
        },
    )
}

fn wrong_word(code: &str) -> &'static str {
    match code {
        "import.duplicate_columns" => "columns-twice",
        _ => "columns-missing",
    }
}

fn word(words: Words, name: &str) -> String {
    called(words, name).unwrap_or_else(|| name.to_owned())
}

fn column((at, one): (usize, PreviewColumn)) -> Column {
    Column {
        field: format!("{FIELD}{at}"),
        heading: one.heading,
        samples: one.samples.into_iter().filter(|sample| !sample.is_empty()).collect(),
        meaning: one.column.unwrap_or_default(),
    }
}

fn reason(words: Words, one: PreviewReason) -> Reason {
    let column = match one.column.as_str() {
        "row" => words.get("import-whole-row"),
        name => word(words, name),
    };
    Reason {
        column,
        message: one.message,
        rows: one.rows,
        line: one.line,
    }
}
