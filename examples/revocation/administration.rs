//! What an administrator can do: take tokens back.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use auth_runtime::{Auth, Identity, Revoked, require_auth};
use axum::extract::{Json, State};
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::ISSUER;

/// `{"token": {"jti": "..", "exp": 1700000000}}`, `{"subject": "alice"}` or `{"session": ".."}`.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Revocation {
    /// One token, which expires then.
    Token { jti: String, exp: u32 },
    /// All tokens of a user that were issued until now.
    Subject(String),
    /// All tokens of one log-in.
    Session(String),
}

/// 204: this node takes the tokens no more, and others hear of it in a moment. 503 if it is not sure that
/// they will.
#[require_auth(role = "admin")]
pub(crate) async fn revoke(
    administrator: Identity,
    State(auth): State<Auth>,
    Json(revocation): Json<Revocation>,
) -> Response {
    let revoked = match revocation {
        Revocation::Token { jti, exp } => {
            let expires = UNIX_EPOCH + Duration::from_secs(exp.into());
            Revoked::token(ISSUER, jti, expires)
        }
        Revocation::Subject(subject) => Revoked::subject(ISSUER, subject, SystemTime::now()),
        Revocation::Session(session) => Revoked::session(ISSUER, session),
    };
    match auth.revoke(revoked).await {
        Ok(()) => {
            tracing::info!(administrator = administrator.subject(), "revoked");
            StatusCode::NO_CONTENT.into_response()
        }
        Err(error) => {
            tracing::error!(%error, "a revocation failed");
            (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, "5")]).into_response()
        }
    }
}
