//! Login, refresh and logout.

use std::time::{SystemTime, UNIX_EPOCH};

use auth_runtime::refresh_token::{RefreshError, RefreshToken};
use auth_runtime::revocation::Revoked;
use auth_runtime::users::{UserStore, Users};
use auth_runtime::{
    Auth, BoxError, Claims, Identity, RefreshTokens, TokenIssuer, allow_anonymous, require_auth,
};
use axum::Json;
use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;

#[derive(Clone)]
pub(crate) struct Service {
    pub(crate) auth: Auth,
    pub(crate) issuer: TokenIssuer,
    pub(crate) refresh_tokens: RefreshTokens,
    pub(crate) users: Users,
}

/// The password was verified before this is called.
#[require_auth(scheme = "basic")]
pub(crate) async fn log_in(
    caller: Identity,
    State(service): State<Service>,
) -> Result<Response, RefreshError> {
    let refresh_token = service.refresh_tokens.issue(caller.subject()).await?;
    service.tokens(&refresh_token).await
}

#[derive(Deserialize)]
pub(crate) struct RefreshRequest {
    refresh_token: String,
}

#[allow_anonymous(reason = "the refresh token is the credential")]
pub(crate) async fn refresh(
    State(service): State<Service>,
    Form(request): Form<RefreshRequest>,
) -> Result<Response, RefreshError> {
    let rotated = service.refresh_tokens.rotate(&request.refresh_token).await;
    if let Err(RefreshError::Reused { session_id, .. }) = &rotated {
        // A thief may have an access token of this login.
        service.end_session(session_id).await?;
    }
    service.tokens(&rotated?).await
}

#[derive(Deserialize)]
pub(crate) struct Session {
    sid: String,
}

/// Ends the access tokens and the refresh token of this login.
#[require_auth(scheme = "bearer")]
pub(crate) async fn log_out(
    State(service): State<Service>,
    Claims(session): Claims<Session>,
) -> StatusCode {
    match service.end_session(&session.sid).await {
        Ok(()) => StatusCode::NO_CONTENT,
        // The logout may not have reached all nodes: the client tries again.
        Err(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}

impl Service {
    async fn end_session(&self, session_id: &str) -> Result<(), BoxError> {
        let session = Revoked::session(self.issuer.name(), session_id);
        self.auth.revoke(session).await
    }

    /// The response to a login and a refresh (RFC 6749 section 5.1). The access token has the scopes and roles that
    /// the user has now.
    async fn tokens(&self, login: &RefreshToken) -> Result<Response, RefreshError> {
        let user = self.users.find(login.subject()).await?;
        let Some(user) = user.filter(|user| user.is_active(SystemTime::now())) else {
            self.refresh_tokens.revoke(login.reveal()).await?;
            return Err(RefreshError::Invalid);
        };
        let authenticated = login.authentication_time().duration_since(UNIX_EPOCH);
        let access_token = self
            .issuer
            .token(login.subject())
            .scopes(user.granted_scopes())
            .roles(user.granted_roles())
            .session(login.session_id())
            .claim("auth_time", authenticated.unwrap_or_default().as_secs())
            .sign();
        let access_token = match access_token {
            Ok(access_token) => access_token,
            // A mistake in the configuration, such as a scope with a space: trying again does not help.
            Err(error) => {
                eprintln!("no access token for {}: {error}", login.subject());
                return Ok(StatusCode::INTERNAL_SERVER_ERROR.into_response());
            }
        };
        let body = json!({
            "access_token": access_token,
            "token_type": "Bearer",
            "expires_in": self.issuer.lifetime().as_secs(),
            "refresh_token": login.reveal(),
        });
        Ok(([(CACHE_CONTROL, "no-store")], Json(body)).into_response())
    }
}
