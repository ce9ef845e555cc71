//! The response to a refresh token that was not accepted.

use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use axum::response::{IntoResponse, Response};

use super::observe;
use crate::refresh_token::RefreshError;

/// The same for all refusals (RFC 6749 section 5.2), and 503 while the store is unavailable.
impl IntoResponse for RefreshError {
    fn into_response(self) -> Response {
        let no_store = (CACHE_CONTROL, "no-store");
        let Self::Unavailable(error) = self else {
            let json = (CONTENT_TYPE, "application/json");
            let body = r#"{"error":"invalid_grant"}"#;
            return (StatusCode::BAD_REQUEST, [no_store, json], body).into_response();
        };
        observe::refresh_unavailable(&*error);
        (
            StatusCode::SERVICE_UNAVAILABLE,
            [no_store, (RETRY_AFTER, "5")],
        )
            .into_response()
    }
}
