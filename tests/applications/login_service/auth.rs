//! Passwords, access tokens and refresh tokens, and who may do what.

use std::sync::Arc;

use auth_runtime::auth::Clock;
use auth_runtime::authenticator::AuthenticationError;
use auth_runtime::keys::SigningKey;
use auth_runtime::refresh_token::{Login, MemoryRefreshTokens, RefreshError};
use auth_runtime::revocation::{MemoryRevocation, Revoked};
use auth_runtime::token_issuer::TokenResponse;
use auth_runtime::users::{PasswordHashing, User, UserStore};
use auth_runtime::{
    Auth, Basic, BoxError, Identity, RefreshTokens, TokenIssuer, allow_anonymous, check, policy,
    require_auth,
};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::accounts::{Account, Accounts};

const NAME: &str = "https://login.example";

#[derive(Clone)]
pub(super) struct Service {
    pub(super) accounts: Accounts,
    /// Accepts access tokens.
    pub(super) auth: Auth,
    /// Accepts passwords.
    pub(super) password_auth: Auth,
    hashing: PasswordHashing,
    issuer: TokenIssuer,
    refresh_tokens: RefreshTokens,
    clock: Arc<dyn Clock>,
}

impl Service {
    pub(super) fn new(
        accounts: Accounts,
        hashing: PasswordHashing,
        key: SigningKey,
        refresh_secret: &str,
        clock: impl Clock + Clone,
    ) -> Result<Self, BoxError> {
        let issuer = TokenIssuer::builder(NAME, key)
            .audience(NAME)
            .clock(clock.clone())
            .build()?;
        let store = MemoryRefreshTokens::new();
        let refresh_tokens = RefreshTokens::builder(&issuer, refresh_secret, store)
            .clock(clock.clone())
            .build()?;
        let auth = Auth::builder()
            .bearer(issuer.jwt())
            .revocation(MemoryRevocation::new())
            .refresh_tokens(refresh_tokens.clone())
            .clock(clock.clone())
            .build()?;
        let passwords = Basic::users(accounts.clone()).hashing(hashing.clone());
        Ok(Self {
            accounts,
            auth,
            password_auth: Auth::builder().basic(passwords).build()?,
            hashing,
            issuer,
            refresh_tokens,
            clock: Arc::new(clock),
        })
    }

    pub(super) async fn hash(&self, password: String) -> Result<String, StatusCode> {
        let hashing = self.hashing.clone();
        let hash = tokio::task::spawn_blocking(move || hashing.hash(password)).await;
        let hash = hash.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
        hash.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
    }

    async fn refresh(&self, refresh_token: &str) -> Result<TokenResponse, RefreshError> {
        // What can fail comes before `rotate`, so that the client can try again with the same token.
        let login = self.refresh_tokens.read(refresh_token).await?;
        let response = self.token_response(&login).await?;
        let rotated = self.refresh_tokens.rotate(refresh_token).await?;
        Ok(response.with_refresh_token(&rotated))
    }

    /// With the roles that the user has now.
    async fn token_response(&self, login: &Login) -> Result<TokenResponse, RefreshError> {
        let Some(account) = self.accounts.get(login.subject()) else {
            self.end_session(login.session_id()).await?;
            return Err(RefreshError::Invalid);
        };
        let token = self.issuer.token(login.subject()).roles(account.roles);
        Ok(token.session(login.session_id()).token_response()?)
    }

    async fn end_session(&self, session_id: &str) -> Result<(), BoxError> {
        self.auth.revoke(Revoked::session(NAME, session_id)).await
    }

    /// Ends all logins of a user.
    async fn end_logins(&self, user: &str) -> StatusCode {
        let logins = Revoked::subject(NAME, user, self.clock.now()).exactly();
        no_content(&self.auth.revoke(logins).await)
    }
}

/// The client tries again if the change may not have reached all nodes.
fn no_content(result: &Result<(), BoxError>) -> StatusCode {
    match result {
        Ok(()) => StatusCode::NO_CONTENT,
        Err(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}

impl UserStore for Accounts {
    async fn find(&self, name: &str) -> Result<Option<User>, BoxError> {
        Ok(self
            .get(name)
            .map(|account| User::new(account.password_hash)))
    }
}

/// Basic can't send other names.
pub(super) fn is_user_name(name: &str) -> bool {
    !name.is_empty()
        && name
            .chars()
            .all(|character| character.is_ascii_alphanumeric())
}

#[check("is the user")]
async fn is_user(caller: Identity, Path(name): Path<String>) -> bool {
    caller.subject() == name
}

#[policy(any(role = "admin", check = is_user))]
pub(super) struct IsUserOrAdmin;

#[require_auth(scheme = "basic")]
pub(super) async fn log_in(
    caller: Identity,
    State(service): State<Service>,
) -> Result<TokenResponse, RefreshError> {
    let refresh_token = service.refresh_tokens.issue(caller.subject()).await?;
    let response = service.token_response(refresh_token.login()).await?;
    Ok(response.with_refresh_token(&refresh_token))
}

#[derive(Deserialize)]
pub(super) struct Refresh {
    refresh_token: String,
}

#[allow_anonymous(reason = "the refresh token is the credential")]
pub(super) async fn refresh(
    State(service): State<Service>,
    Json(request): Json<Refresh>,
) -> Result<TokenResponse, RefreshError> {
    let refreshed = service.refresh(&request.refresh_token).await;
    if let Err(RefreshError::Reused { session_id, .. }) = &refreshed {
        service.end_session(session_id).await?;
    }
    refreshed
}

#[require_auth]
pub(super) async fn log_out(caller: Identity, State(service): State<Service>) -> StatusCode {
    match caller.session_id() {
        Some(session_id) => no_content(&service.end_session(session_id).await),
        None => StatusCode::FORBIDDEN,
    }
}

#[require_auth(policy = IsUserOrAdmin)]
pub(super) async fn log_out_everywhere(
    State(service): State<Service>,
    Path(name): Path<String>,
) -> StatusCode {
    service.end_logins(&name).await
}

#[derive(Deserialize)]
pub(super) struct NewPassword {
    password: String,
}

/// The request has the current password. The user logs in again on all devices.
#[require_auth(scheme = "basic")]
pub(super) async fn change_password(
    caller: Identity,
    State(service): State<Service>,
    Json(new): Json<NewPassword>,
) -> Result<StatusCode, StatusCode> {
    let hash = service.hash(new.password).await?;
    let change = |account: &mut Account| account.password_hash = hash;
    service.accounts.update(caller.subject(), change);
    Ok(service.end_logins(caller.subject()).await)
}

#[derive(Deserialize)]
pub(super) struct Presented {
    token: String,
}

/// For other services, which have got an access token of a user.
#[require_auth(role = "service")]
pub(super) async fn verify(
    State(service): State<Service>,
    Json(Presented { token }): Json<Presented>,
) -> Result<Json<Value>, StatusCode> {
    match service.auth.authenticate_token(&token).await {
        Ok(user) => {
            let roles: Vec<_> = user.roles().collect();
            Ok(Json(
                json!({ "active": true, "sub": user.subject(), "roles": roles }),
            ))
        }
        Err(AuthenticationError::Token(_)) => Ok(Json(json!({ "active": false }))),
        Err(_) => Err(StatusCode::SERVICE_UNAVAILABLE),
    }
}
