//! Lists as CSV (RFC 4180), safe to open in a spreadsheet.
//!
//! The file of a list has all that its filter shows, not the page alone: [`whole`] reads it page by page through the door, so
//! that each page leaves the entry that showing it leaves.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};
use skillsyms_door::View;
use skillsyms_people::{Cursor, Limit, Page, PageAsk};
use skillsyms_records::learners::AccessPage;

use super::signed_in::SignedIn;
use crate::problem::Answer;

/// Rows of one file: more than anybody reads, and some 2 MB of memory at most while it is made. The words below each list
/// say it too.
pub const ROWS_MAX: usize = 10_000;
/// Pages that are read for one file: a search that finds little looks through much, and each page leaves an entry.
const PAGES_MAX: usize = 200;

/// With what a cell begins that a spreadsheet takes for a formula (OWASP, CSV injection).
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// A page of some list: its items, and where the next one begins.
pub trait Part: Send {
    /// One item.
    type Item: Send;

    /// Its items, and the cursor of the next page.
    fn part(self) -> (Vec<Self::Item>, Option<Cursor>);
}

impl<T: Send> Part for Page<T> {
    type Item = T;

    fn part(self) -> (Vec<T>, Option<Cursor>) {
        (self.items, self.next)
    }
}

impl Part for AccessPage {
    type Item = skillsyms_records::learners::Access;

    fn part(self) -> (Vec<Self::Item>, Option<Cursor>) {
        (self.items, self.next)
    }
}

/// The file of a whole list: its name and the keys of its headings, the view of a page of it, the rows of an item. It ends
/// after [`ROWS_MAX`] rows; its name says so then.
///
/// # Errors
/// What the door says.
pub async fn whole<V>(
    page: &SignedIn,
    (name, headings): (&'static str, &[&str]),
    of: impl Fn(PageAsk) -> V + Send,
    rows: impl FnMut(<V::Output as Part>::Item) -> Vec<Vec<String>> + Send,
) -> Answer
where
    V: View,
    V::Output: Part,
{
    let headings: Vec<String> = headings.iter().map(|key| page.words().get(key)).collect();
    under(page, (name, &headings), of, rows).await
}

/// The same under headings that are words already.
///
/// # Errors
/// What the door says.
pub async fn under<V>(
    page: &SignedIn,
    (name, headings): (&'static str, &[String]),
    of: impl Fn(PageAsk) -> V + Send,
    mut rows: impl FnMut(<V::Output as Part>::Item) -> Vec<Vec<String>> + Send,
) -> Answer
where
    V: View,
    V::Output: Part,
{
    let mut file = File::empty();
    file.line(headings);
    let mut ask = PageAsk {
        limit: Limit::MAX,
        cursor: None,
    };
    let mut pages = 0;
    loop {
        let (items, next) = page.enter().view(of(ask)).await?.part();
        for row in items.into_iter().flat_map(&mut rows) {
            file.push(&row);
        }
        pages += 1;
        ask.cursor = next;
        if next.is_none() || file.rows >= ROWS_MAX || pages >= PAGES_MAX {
            file.is_cut |= next.is_some();
            return Ok(file.answer(name));
        }
    }
}

/// A file of this name with these rows, the first of which are the headings: for what is no list, and whole.
#[must_use]
pub fn file(name: &str, rows: &[Vec<String>]) -> Response {
    let mut file = File::empty();
    for row in rows {
        file.line(row);
    }
    file.answer(name)
}

/// A file that is being made.
struct File {
    text: String,
    rows: usize,
    /// Whether something of its list is not in it.
    is_cut: bool,
}

impl File {
    fn empty() -> Self {
        // The mark tells spreadsheets that it is UTF-8.
        let text = String::from("\u{feff}");
        Self {
            text,
            rows: 0,
            is_cut: false,
        }
    }

    fn push(&mut self, row: &[String]) {
        if self.rows < ROWS_MAX {
            self.rows += 1;
            self.line(row);
        } else {
            self.is_cut = true;
        }
    }

    fn line(&mut self, row: &[String]) {
        let cells: Vec<String> = row.iter().map(|cell| quoted(cell)).collect();
        self.text.push_str(&cells.join(","));
        self.text.push_str("\r\n");
    }

    fn answer(self, name: &str) -> Response {
        let part = if self.is_cut {
            format!("-first-{}", self.rows)
        } else {
            String::new()
        };
        let mut response = self.text.into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/csv; charset=utf-8"),
        );
        if let Ok(disposition) = HeaderValue::from_str(&format!("attachment; filename=\"{name}{part}.csv\"")) {
            headers.insert(header::CONTENT_DISPOSITION, disposition);
        }
        response
    }
}

fn quoted(cell: &str) -> String {
    let guard = if cell.starts_with(FORMULA) { "'" } else { "" };
    format!("\"{guard}{}\"", cell.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::kit::words::Words;

    #[test]
    fn a_file_ends_where_its_words_say() {
        for (tag, _) in Words::all() {
            let said = Words::named(tag).unwrap().get("pager-csv");
            let digits: String = said.chars().filter(char::is_ascii_digit).collect();
            assert_eq!(digits, ROWS_MAX.to_string(), "{said}");
        }
        let nearly_full = || File {
            text: String::new(),
            rows: ROWS_MAX - 1,
            is_cut: false,
        };
        let named = |file: File| file.answer("list").headers()[header::CONTENT_DISPOSITION].clone();
        let mut file = nearly_full();
        file.push(&["last".to_owned()]);
        assert_eq!(named(file), "attachment; filename=\"list.csv\"");
        let mut file = nearly_full();
        file.push(&["last".to_owned()]);
        file.push(&["one too many".to_owned()]);
        assert_eq!(file.text, "\"last\"\r\n");
        assert_eq!(named(file), "attachment; filename=\"list-first-10000.csv\"");
    }

    #[test]
    fn no_cell_is_a_formula_and_none_breaks_out() {
        assert_eq!(quoted("Nkosi"), "\"Nkosi\"");
        assert_eq!(quoted("a\"b\nc"), "\"a\"\"b\nc\"");
        for text in ["=1+1", "+27", "-1", "@x", "\tx", "\rx"] {
            assert!(quoted(text).starts_with("\"'"), "{text}");
        }
    }
}
