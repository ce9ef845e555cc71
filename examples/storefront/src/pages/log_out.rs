//! Logout, of this session or of all.

use auth_runtime::session::SessionCookie;
use auth_runtime::{Identity, allow_anonymous, require_auth};
use axum::extract::State;
use axum::http::request::Parts;
use axum::response::Redirect;

use super::failure::Failure;
use super::notice::LOGGED_OUT;
use super::{LOG_IN, Pages};

#[allow_anonymous(reason = "logout")]
pub(super) async fn log_out(
    State(pages): State<Pages>,
    request: Parts,
) -> Result<(SessionCookie, Redirect), Failure> {
    let cookie = pages.sessions.end(&request).await?;
    Ok((cookie, LOGGED_OUT.redirect(LOG_IN)))
}

#[require_auth(scheme = "session")]
pub(super) async fn log_out_everywhere(
    caller: Identity,
    State(pages): State<Pages>,
    request: Parts,
) -> Result<(SessionCookie, Redirect), Failure> {
    pages.sessions.end_all(caller.id()).await?;
    let cookie = pages.sessions.end(&request).await?;
    Ok((cookie, LOGGED_OUT.redirect(LOG_IN)))
}
