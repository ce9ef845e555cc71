//! The response with the tokens that the application issues, and the one if an access token can't be signed.

use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, PRAGMA};
use axum::response::{IntoResponse, Response};

use super::observe;
use crate::token_issuer::{TokenError, TokenResponse};

impl IntoResponse for TokenResponse {
    fn into_response(self) -> Response {
        let headers = [
            (CONTENT_TYPE, "application/json"),
            (CACHE_CONTROL, "no-store"),
            (PRAGMA, "no-cache"),
        ];
        (headers, self.into_json()).into_response()
    }
}

/// 500 without a body, because this service is at fault. The error is logged.
impl IntoResponse for TokenError {
    fn into_response(self) -> Response {
        observe::token_not_signed(&self);
        let no_store = [(CACHE_CONTROL, "no-store")];
        (StatusCode::INTERNAL_SERVER_ERROR, no_store).into_response()
    }
}
