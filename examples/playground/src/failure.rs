//! The responses of handlers that fail.

use auth_runtime::BoxError;
use auth_runtime::authenticator::AuthenticationError;
use auth_runtime::refresh_token::RefreshError;
use auth_runtime::session::SessionError;
use auth_runtime::token_issuer::TokenError;
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::{IntoResponse, Response};

/// The library's errors are responses.
pub(crate) struct Failure(Response);

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        self.0
    }
}

impl From<AuthenticationError> for Failure {
    fn from(error: AuthenticationError) -> Self {
        Self(error.into_response())
    }
}

impl From<SessionError> for Failure {
    fn from(error: SessionError) -> Self {
        Self(error.into_response())
    }
}

impl From<RefreshError> for Failure {
    fn from(error: RefreshError) -> Self {
        Self(error.into_response())
    }
}

impl From<TokenError> for Failure {
    fn from(error: TokenError) -> Self {
        Self(error.into_response())
    }
}

/// The database failed: the client tries again.
impl From<BoxError> for Failure {
    fn from(_: BoxError) -> Self {
        Self((StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, "1")]).into_response())
    }
}
