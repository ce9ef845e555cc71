//! Login with tokens. The access token is in the memory of the page, the refresh token in a cookie that no script can
//! read.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use auth_runtime::refresh_token::{Login, RefreshError, RefreshToken};
use auth_runtime::revocation::Revoked;
use auth_runtime::session::NewSession;
use auth_runtime::token_issuer::TokenResponse;
use auth_runtime::users::UserStore;
use auth_runtime::{BoxError, ClientAddress, Identity, Scheme, allow_anonymous, require_auth};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::app::{App, ISSUER};
use crate::failure::Failure;
use crate::refresh_cookie::RefreshCookie;

/// The class of a login whose password was asked for again. A rule has it as a literal.
const CONFIRMED: &str = "urn:playground:confirmed";

/// How long the password is remembered as asked for again. No rule has a longer `max_age`.
const STEP_UP_LIFETIME: Duration = Duration::from_secs(60);

#[derive(Deserialize)]
pub(crate) struct Password {
    pub(crate) name: String,
    pub(crate) password: String,
}

#[allow_anonymous(reason = "login")]
pub(crate) async fn log_in(
    State(app): State<App>,
    ClientAddress(address): ClientAddress,
    request: Parts,
    Json(sent): Json<Password>,
) -> Result<(RefreshCookie, TokenResponse), Failure> {
    // Another site must not use up the attempts of its visitor.
    app.sessions.refuse_cross_site(&request)?;
    let passwords = app
        .passwords
        .authenticate_password(&sent.name, &sent.password);
    let caller = passwords.from(address).await?;
    let refresh_token = app.refresh_tokens.issue(caller.subject()).await?;
    let response = app.response_to(refresh_token.login()).await?;
    // Not by `with_refresh_token`, which would show the refresh token to scripts.
    Ok((RefreshCookie::of(&refresh_token), response))
}

#[allow_anonymous(reason = "the refresh token is the credential")]
pub(crate) async fn refresh(State(app): State<App>, request: Parts) -> Response {
    if let Err(refused) = app.sessions.refuse_cross_site(&request) {
        return refused.into_response();
    }
    match app.refresh(&request).await {
        Ok((refresh_token, response)) => {
            (RefreshCookie::of(&refresh_token), response).into_response()
        }
        // All tokens of this login have ended, so a newer one, which another tab may have got meanwhile, is of no use.
        Err(error @ (RefreshError::Reused { .. } | RefreshError::Expired)) => {
            (RefreshCookie::deleted(), error).into_response()
        }
        // The cookie may be the newer one of another tab, or the token may be valid later.
        Err(error) => error.into_response(),
    }
}

/// Ends the access tokens and the refresh token of this login.
#[require_auth(scheme = "bearer")]
pub(crate) async fn log_out(
    caller: Identity,
    State(app): State<App>,
) -> Result<(RefreshCookie, StatusCode), Failure> {
    if let Some(session_id) = caller.session_id() {
        app.end_login(session_id).await?;
    }
    Ok((RefreshCookie::deleted(), StatusCode::NO_CONTENT))
}

/// Ends all tokens, sessions and API keys of the caller.
#[require_auth(scheme = ["bearer", "session"])]
pub(crate) async fn log_out_everywhere(
    caller: Identity,
    State(app): State<App>,
    request: Parts,
) -> Result<Response, Failure> {
    // One process has one clock, so `exactly`: a login after this second is valid.
    let revoked = Revoked::subject(caller.issuer(), caller.subject(), SystemTime::now());
    app.auth.revoke(revoked.exactly()).await?;
    let deleted = (app.sessions.end(&request).await?, RefreshCookie::deleted());
    Ok((deleted, StatusCode::NO_CONTENT).into_response())
}

#[derive(Deserialize)]
pub(crate) struct PasswordAgain {
    password: String,
}

/// The password again, for rules with `acr` and `max_age`.
#[require_auth(scheme = ["bearer", "session"])]
pub(crate) async fn step_up(
    caller: Identity,
    State(app): State<App>,
    ClientAddress(address): ClientAddress,
    request: Parts,
    Json(sent): Json<PasswordAgain>,
) -> Result<Response, Failure> {
    let passwords = app
        .passwords
        .authenticate_password(caller.subject(), &sent.password);
    let confirmed = passwords.from(address).await?;
    if caller.scheme() == Scheme::SESSION {
        // Ends the session that the request has.
        let session = NewSession::of(&confirmed).acr(CONFIRMED);
        let cookie = app.sessions.start(&request, session).await?;
        return Ok((cookie, StatusCode::NO_CONTENT).into_response());
    }
    let Some(session_id) = caller.session_id() else {
        return Ok(StatusCode::FORBIDDEN.into_response());
    };
    app.step_ups.add(session_id);
    let now = SystemTime::now();
    let response = app.access_token(caller.subject(), session_id, now).await?;
    Ok(response.into_response())
}

impl App {
    /// What can fail comes before `rotate`, so that the client can try again with the same token.
    async fn refresh(
        &self,
        request: &Parts,
    ) -> Result<(RefreshToken, TokenResponse), RefreshError> {
        let sent = RefreshCookie::read(&request.headers).ok_or(RefreshError::Invalid)?;
        let refreshed = async {
            let login = self.refresh_tokens.read(sent).await?;
            let response = self.response_to(&login).await?;
            Ok((self.refresh_tokens.rotate(sent).await?, response))
        };
        let refreshed = refreshed.await;
        if let Err(RefreshError::Reused { session_id, .. }) = &refreshed {
            // A thief may have an access token of this login.
            self.end_login(session_id).await?;
        }
        refreshed
    }

    async fn response_to(&self, login: &Login) -> Result<TokenResponse, RefreshError> {
        let time = login.authentication_time();
        self.access_token(login.subject(), login.session_id(), time)
            .await
    }

    /// The access token has the scopes and roles that the user has now, and the time when the password was last asked
    /// for.
    async fn access_token(
        &self,
        subject: &str,
        session_id: &str,
        logged_in_at: SystemTime,
    ) -> Result<TokenResponse, RefreshError> {
        let user = self.store.find(subject).await?;
        let Some(user) = user.filter(|user| user.is_active(SystemTime::now())) else {
            self.end_login(session_id).await?;
            return Err(RefreshError::Invalid);
        };
        let stepped_up_at = self.step_ups.time_of(session_id);
        let time = stepped_up_at.unwrap_or(logged_in_at);
        let time = time.duration_since(UNIX_EPOCH).unwrap_or_default();
        let mut token = self
            .issuer
            .token(subject)
            .scopes(user.granted_scopes())
            .roles(user.granted_roles())
            .session(session_id)
            .claim("auth_time", time.as_secs());
        if stepped_up_at.is_some() {
            token = token.claim("acr", CONFIRMED);
        }
        Ok(token.token_response()?)
    }

    async fn end_login(&self, session_id: &str) -> Result<(), BoxError> {
        self.auth.revoke(Revoked::session(ISSUER, session_id)).await
    }
}

/// When the password was asked for again, by the session of the login. In a service with several nodes this is in a
/// store.
#[derive(Clone, Default)]
pub(crate) struct StepUps {
    times: Arc<Mutex<HashMap<String, SystemTime>>>,
}

impl StepUps {
    fn add(&self, session_id: &str) {
        let now = SystemTime::now();
        let mut times = self.times.lock().unwrap_or_else(PoisonError::into_inner);
        times.retain(|_, time| is_recent(*time, now));
        times.insert(session_id.to_owned(), now);
    }

    fn time_of(&self, session_id: &str) -> Option<SystemTime> {
        let times = self.times.lock().unwrap_or_else(PoisonError::into_inner);
        let time = times.get(session_id).copied();
        time.filter(|time| is_recent(*time, SystemTime::now()))
    }
}

fn is_recent(time: SystemTime, now: SystemTime) -> bool {
    now.duration_since(time)
        .is_ok_and(|age| age < STEP_UP_LIFETIME)
}
