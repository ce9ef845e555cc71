//! The response to a refresh token that was not accepted.

use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use axum::response::{IntoResponse, Response};

use super::observe;
use crate::refresh_token::RefreshError;

/// The same for all refusals (RFC 6749 section 5.2), 503 while the store is unavailable, and 500 if this service is at
/// fault.
impl IntoResponse for RefreshError {
    fn into_response(self) -> Response {
        let no_store = (CACHE_CONTROL, "no-store");
        match self {
            Self::Invalid | Self::Expired | Self::Reused { .. } => {
                let json = (CONTENT_TYPE, "application/json");
                let body = r#"{"error":"invalid_grant"}"#;
                (StatusCode::BAD_REQUEST, [no_store, json], body).into_response()
            }
            Self::Unavailable(error) => {
                observe::refresh_unavailable(&*error);
                let retry_after = (RETRY_AFTER, "5");
                (StatusCode::SERVICE_UNAVAILABLE, [no_store, retry_after]).into_response()
            }
            Self::AccessToken(error) => error.into_response(),
        }
    }
}
