//! Login, refresh and logout.

use std::time::{SystemTime, UNIX_EPOCH};

use auth_runtime::refresh_token::{Login, RefreshError};
use auth_runtime::revocation::Revoked;
use auth_runtime::token_issuer::TokenResponse;
use auth_runtime::users::{UserStore, Users};
use auth_runtime::{
    Auth, BoxError, Identity, RefreshTokens, TokenIssuer, allow_anonymous, require_auth,
};
use axum::extract::{Form, State};
use axum::http::StatusCode;
use serde::Deserialize;

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
) -> Result<TokenResponse, RefreshError> {
    let refresh_token = service.refresh_tokens.issue(caller.subject()).await?;
    let response = service.token_response(refresh_token.login()).await?;
    Ok(response.with_refresh_token(&refresh_token))
}

#[derive(Deserialize)]
pub(crate) struct RefreshRequest {
    refresh_token: String,
}

#[allow_anonymous(reason = "the refresh token is the credential")]
pub(crate) async fn refresh(
    State(service): State<Service>,
    Form(request): Form<RefreshRequest>,
) -> Result<TokenResponse, RefreshError> {
    let refreshed = service.refresh(&request.refresh_token).await;
    if let Err(RefreshError::Reused { session_id, .. }) = &refreshed {
        // A thief may have an access token of this login.
        service.end_session(session_id).await?;
    }
    refreshed
}

/// Ends the access tokens and the refresh token of this login.
#[require_auth(scheme = "bearer")]
pub(crate) async fn log_out(caller: Identity, State(service): State<Service>) -> StatusCode {
    let Some(session_id) = caller.session_id() else {
        return StatusCode::FORBIDDEN;
    };
    match service.end_session(session_id).await {
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

    async fn refresh(&self, refresh_token: &str) -> Result<TokenResponse, RefreshError> {
        // What can fail comes before `rotate`, so that the client can try again with the same token.
        let login = self.refresh_tokens.read(refresh_token).await?;
        let response = self.token_response(&login).await?;
        let rotated = self.refresh_tokens.rotate(refresh_token).await?;
        Ok(response.with_refresh_token(&rotated))
    }

    /// The access token has the scopes and roles that the user has now.
    async fn token_response(&self, login: &Login) -> Result<TokenResponse, RefreshError> {
        let user = self.users.find(login.subject()).await?;
        let Some(user) = user.filter(|user| user.is_active(SystemTime::now())) else {
            self.end_session(login.session_id()).await?;
            return Err(RefreshError::Invalid);
        };
        let authenticated = login.authentication_time().duration_since(UNIX_EPOCH);
        let response = self
            .issuer
            .token(login.subject())
            .scopes(user.granted_scopes())
            .roles(user.granted_roles())
            .session(login.session_id())
            .claim("auth_time", authenticated.unwrap_or_default().as_secs())
            .token_response()?;
        Ok(response)
    }
}
