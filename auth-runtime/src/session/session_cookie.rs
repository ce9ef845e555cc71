//! The cookie in the response that starts, renews or ends a session.

use std::fmt;

use http::HeaderValue;

/// The cookie of a session that was started or renewed, or the deletion of the cookie of one that was ended.
///
/// It is a part of a response: return it from the handler, alone or in a tuple before the rest of the response. The
/// response also gets `Cache-Control: no-store`, unless the handler sets another value.
///
/// ```
/// use auth_runtime::Sessions;
/// use auth_runtime::session::{SessionCookie, SessionError};
/// use axum::extract::State;
/// use axum::http::request::Parts;
/// use axum::response::Redirect;
///
/// # use auth_runtime::allow_anonymous;
/// #[allow_anonymous(reason = "logout")]
/// async fn log_out(
///     State(sessions): State<Sessions>,
///     request: Parts,
/// ) -> Result<(SessionCookie, Redirect), SessionError> {
///     Ok((sessions.end(&request).await?, Redirect::to("/")))
/// }
/// # let _ = log_out;
/// ```
#[derive(Clone)]
#[must_use = "the browser gets the cookie only if this is a part of the response"]
pub struct SessionCookie {
    /// The value of `Set-Cookie`.
    pub(crate) set_cookie: HeaderValue,
    pub(crate) clears_site_data: bool,
}

impl fmt::Debug for SessionCookie {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SessionCookie([redacted])")
    }
}
