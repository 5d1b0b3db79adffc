//! The newest signed head of every log, to be kept by an auditor.

use askama::Template;
use axum::response::IntoResponse;
use http::{HeaderValue, header};
use skillsyms_assurance::platform::{CheckpointView, ListCheckpoints};
use skillsyms_core::{CellId, Problem};
use skillsyms_people::{Cursor, Limit, PageAsk};

use crate::extract::{Empty, Id};
use crate::pages::kit::{Address, Layout, Pager, SignedIn, When, Words, csv, html};
use crate::problem::Answer;
use crate::routes::Route;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::page("/platform/checkpoints", list)
            .view::<ListCheckpoints>("The newest signed head of every log")
            .nav("nav-checkpoints", 30),
        Route::page("/platform/checkpoints/{id}", note)
            .view::<ListCheckpoints>("The signed head of one log, as a file to keep"),
    ]
}

#[derive(Template)]
#[template(path = "platform/checkpoints.html")]
struct ListPage {
    l: Layout,
    lines: Vec<Line>,
    pager: Pager,
}

struct Line {
    id: String,
    name: String,
    origin: String,
    size: u64,
    root: String,
    at: Option<When>,
}

fn line(words: Words, head: CheckpointView) -> Line {
    Line {
        id: head.cell.to_string(),
        name: head.slug.unwrap_or_else(|| words.get("checkpoints-platform")),
        origin: head.origin,
        size: head.size,
        root: head.root,
        at: head.at.map(When::from),
    }
}

async fn list(page: SignedIn, _: Empty) -> Answer {
    let (words, address) = (page.words(), Address::of(page.asked()));
    let cursor = Some(address.get("cursor")).filter(|text| !text.is_empty());
    let view = ListCheckpoints {
        page: PageAsk {
            limit: Limit::default(),
            cursor: cursor.map(Cursor::parse).transpose()?,
        },
        only: None,
    };
    let found = page.enter().view(view).await?;
    let next = found.next;
    let lines: Vec<Line> = found.items.into_iter().map(|head| line(words, head)).collect();
    if address.wants_csv() {
        return Ok(file(words, &lines));
    }
    let l = page
        .layout(words.get("checkpoints-title"))
        .await?
        .crumb("", words.get("nav-platform"));
    html(&ListPage {
        pager: Pager::new(&address, next.as_ref(), words),
        lines,
        l,
    })
}

fn file(words: Words, lines: &[Line]) -> axum::response::Response {
    let heads = [
        "checkpoints-log",
        "checkpoints-origin",
        "checkpoints-entries",
        "checkpoints-root",
        "checkpoints-at",
    ];
    let mut rows = vec![heads.iter().map(|key| words.get(key)).collect::<Vec<_>>()];
    rows.extend(lines.iter().map(|line| {
        vec![
            line.name.clone(),
            line.origin.clone(),
            line.size.to_string(),
            line.root.clone(),
            line.at.map_or_else(String::new, |at| at.iso()),
        ]
    }));
    csv::file("checkpoints", &rows)
}

/// The note byte for byte, as it was signed.
async fn note(page: SignedIn, Id(id): Id<CellId>, _: Empty) -> Answer {
    let view = ListCheckpoints {
        only: Some(id),
        ..ListCheckpoints::default()
    };
    let found = page.enter().view(view).await?;
    let head = found.items.into_iter().next().ok_or_else(Problem::not_found)?;
    let name = format!(
        "attachment; filename=\"{}-{}.note\"",
        head.cell.uuid().simple(),
        head.size
    );
    let mut answer = head.note.into_response();
    let headers = answer.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/plain; charset=utf-8"),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(name) = HeaderValue::from_str(&name) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    Ok(answer)
}
