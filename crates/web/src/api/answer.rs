//! Shapes that answers of several slices have.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Serialize;

/// `200` with a document.
pub(super) fn json<T: Serialize>(body: &T) -> Response {
    axum::Json(body).into_response()
}

/// `204`.
pub(super) fn done() -> Response {
    StatusCode::NO_CONTENT.into_response()
}
