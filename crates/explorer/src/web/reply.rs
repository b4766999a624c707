//! Replies of the explorer's own.

use axum::{
    Json,
    response::{IntoResponse as _, Response},
};
use countersign_protocol::ErrorBody;
use http::StatusCode;

/// An error, in the form that every endpoint here has.
pub(crate) fn error(status: StatusCode, error: &str, description: impl Into<String>) -> Response {
    let error_description = Some(description.into());
    (status, Json(ErrorBody { error: error.to_owned(), error_description, trace_id: None })).into_response()
}

/// Something that can't be asked like that.
pub(crate) fn bad(description: impl Into<String>) -> Response {
    error(StatusCode::BAD_REQUEST, "invalid_request", description)
}

/// Something that is not there.
pub(crate) fn not_found(description: impl Into<String>) -> Response {
    error(StatusCode::NOT_FOUND, "not_found", description)
}

/// No such address.
pub(crate) async fn nothing_here() -> Response {
    not_found("There is nothing at this address.")
}

/// The address is there, but not for this method.
pub(crate) async fn wrong_method() -> Response {
    error(StatusCode::METHOD_NOT_ALLOWED, "invalid_request", "The Allow header says which methods this address takes.")
}
