//! What is public: the description of the API.

use std::sync::OnceLock;

use axum::response::{IntoResponse, Response};
use http::header;

use crate::extract::Empty;
use crate::openapi;
use crate::routes::{Route, Routes};

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/v1/openapi.json", document)
            .public()
            .about("This document")
            .gives::<serde_json::Value>(),
    ]
}

async fn document(_: Empty) -> Response {
    /// Made once: the registry does not change while the program runs.
    static DOCUMENT: OnceLock<String> = OnceLock::new();
    let text = DOCUMENT.get_or_init(|| openapi::document(&Routes::all()).to_string());
    ([(header::CONTENT_TYPE, "application/json")], text.as_str()).into_response()
}
