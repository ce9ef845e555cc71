//! Login with a session: the browser has an identifier in a cookie, and the page has nothing.

use auth_runtime::session::{NewSession, SessionCookie, SessionError};
use auth_runtime::{ClientAddress, allow_anonymous};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::request::Parts;

use crate::app::App;
use crate::failure::Failure;
use crate::log_in::Password;

#[allow_anonymous(reason = "login")]
pub(crate) async fn log_in(
    State(app): State<App>,
    ClientAddress(address): ClientAddress,
    request: Parts,
    Json(sent): Json<Password>,
) -> Result<(SessionCookie, StatusCode), Failure> {
    app.sessions.refuse_cross_site(&request)?;
    let passwords = app
        .passwords
        .authenticate_password(&sent.name, &sent.password);
    let caller = passwords.from(address).await?;
    let session = NewSession::of(&caller);
    let cookie = app.sessions.start(&request, session).await?;
    Ok((cookie, StatusCode::NO_CONTENT))
}

#[allow_anonymous(reason = "logout")]
pub(crate) async fn log_out(
    State(app): State<App>,
    request: Parts,
) -> Result<(SessionCookie, StatusCode), SessionError> {
    Ok((app.sessions.end(&request).await?, StatusCode::NO_CONTENT))
}
