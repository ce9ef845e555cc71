//! API keys of the caller, and weaker tokens to try.

use std::time::{Duration, SystemTime};

use auth_runtime::api_key::NewApiKey;
use auth_runtime::token_issuer::TokenResponse;
use auth_runtime::{Identity, require_auth};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::failure::Failure;

const AN_HOUR: Duration = Duration::from_secs(3600);

#[derive(Serialize)]
struct CreatedKey<'a> {
    key: &'a str,
}

/// A key with the rights of the caller. A key can't create another one, which would outlive it.
#[require_auth(scheme = ["bearer", "session"])]
pub(crate) async fn create(
    caller: Identity,
    State(app): State<App>,
) -> Result<impl IntoResponse, Failure> {
    let new = NewApiKey::new(caller.subject())
        .description("created by the page")
        .scopes(caller.scopes().iter())
        .roles(caller.roles())
        .expires_in(AN_HOUR);
    let (_, key) = app.api_keys.create(new).await?;
    let key = key.reveal();
    let body = Json(CreatedKey { key }).into_response();
    Ok((StatusCode::CREATED, [(CACHE_CONTROL, "no-store")], body))
}

#[derive(Deserialize)]
pub(crate) struct Weaker {
    /// In seconds, instead of the rest of the caller's token.
    lifetime: Option<u64>,
    /// Whether the token has the scopes and roles of the caller.
    #[serde(default)]
    has_rights: bool,
}

/// A token that can do less than the one of the request, and expires no later. The page sends it to show the response.
#[require_auth(scheme = "bearer")]
pub(crate) async fn weaker_token(
    caller: Identity,
    State(app): State<App>,
    Json(wanted): Json<Weaker>,
) -> Result<Response, Failure> {
    let expires_at = caller.expires_at().unwrap_or(SystemTime::UNIX_EPOCH);
    let rest = expires_at.duration_since(SystemTime::now());
    let rest = rest.unwrap_or_default().as_secs();
    let lifetime = wanted.lifetime.unwrap_or(rest).min(rest);
    let Some(session_id) = caller.session_id().filter(|_| lifetime > 0) else {
        // The caller's token is about to expire.
        return Ok(StatusCode::CONFLICT.into_response());
    };
    let mut token = app
        .issuer
        .token(caller.subject())
        .lifetime(Duration::from_secs(lifetime))
        .session(session_id);
    if wanted.has_rights {
        token = token.scopes(caller.scopes().iter()).roles(caller.roles());
    } else {
        let none: [&str; 0] = [];
        token = token.roles(none);
    }
    let response: TokenResponse = token.token_response()?;
    Ok(response.into_response())
}
