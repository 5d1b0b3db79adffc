//! Lists as CSV (RFC 4180), safe to open in a spreadsheet.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};

/// With what a cell begins that a spreadsheet takes for a formula (OWASP, CSV injection).
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// A file of this name with these rows, the first of which are the headings.
#[must_use]
pub fn file(name: &'static str, rows: &[Vec<String>]) -> Response {
    // The mark tells spreadsheets that it is UTF-8.
    let mut text = String::from("\u{feff}");
    for row in rows {
        let cells: Vec<String> = row.iter().map(|cell| quoted(cell)).collect();
        text.push_str(&cells.join(","));
        text.push_str("\r\n");
    }
    let mut response = text.into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/csv; charset=utf-8"),
    );
    if let Ok(disposition) = HeaderValue::from_str(&format!("attachment; filename=\"{name}.csv\"")) {
        headers.insert(header::CONTENT_DISPOSITION, disposition);
    }
    response
}

fn quoted(cell: &str) -> String {
    let guard = if cell.starts_with(FORMULA) { "'" } else { "" };
    format!("\"{guard}{}\"", cell.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula_and_none_breaks_out() {
        assert_eq!(quoted("Nkosi"), "\"Nkosi\"");
        assert_eq!(quoted("a\"b\nc"), "\"a\"\"b\nc\"");
        for text in ["=1+1", "+27", "-1", "@x", "\tx", "\rx"] {
            assert!(quoted(text).starts_with("\"'"), "{text}");
        }
    }
}
