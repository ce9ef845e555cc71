//! The endpoint where an administrator revokes tokens.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use auth_runtime::revocation::Revoked;
use auth_runtime::{Auth, Identity, require_auth};
use axum::extract::{Json, State};
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

/// `{"token":{"jti":"..","exp":1700000000}}`, `{"session":"<sid>"}` or `{"subject":"<sub>"}`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Revocation {
    /// One token, and when it expires.
    Token { jti: String, exp: u32 },
    /// All tokens of one login.
    Session(String),
    /// All tokens that a user has now. Tokens from logins within the next 60 seconds, the leeway of the issuer,
    /// are refused as well.
    Subject(String),
}

impl Revocation {
    fn of_issuer(self, issuer: &str) -> Revoked {
        match self {
            Self::Token { jti, exp } => {
                Revoked::token(issuer, jti, UNIX_EPOCH + Duration::from_secs(exp.into()))
            }
            Self::Session(id) => Revoked::session(issuer, id),
            Self::Subject(subject) => Revoked::subject(issuer, subject, SystemTime::now()),
        }
    }
}

/// 204: this node refuses the tokens from now on, and the other nodes do so within a second. 503 if the
/// revocation could not be stored for them.
#[require_auth(scope = "revocations:write")]
pub(crate) async fn revoke(
    administrator: Identity,
    State(auth): State<Auth>,
    Json(revocation): Json<Revocation>,
) -> Response {
    tracing::info!(administrator = administrator.subject(), ?revocation);
    // An administrator may revoke tokens of their own issuer only.
    let revoked = revocation.of_issuer(administrator.issuer());
    match auth.revoke(revoked).await {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => {
            tracing::error!(%error, "a revocation failed");
            (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, "5")]).into_response()
        }
    }
}
