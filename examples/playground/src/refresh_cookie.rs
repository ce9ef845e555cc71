//! The cookie with the refresh token. It is sent to `/refresh` only, and no script can read it.

use std::convert::Infallible;
use std::time::{Duration, SystemTime};

use auth_runtime::refresh_token::RefreshToken;
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponseParts, ResponseParts};

/// With this prefix, browsers accept the cookie only with `Secure`, which Chromium allows for `http://localhost` too.
/// `__Host-` would be stricter, but needs `Path=/`.
const NAME: &str = "__Secure-playground-refresh";

/// `Set-Cookie` for a response.
pub(crate) struct RefreshCookie {
    value: String,
    max_age: Duration,
}

impl RefreshCookie {
    pub(crate) fn of(token: &RefreshToken) -> Self {
        let max_age = token.expires_at().duration_since(SystemTime::now());
        Self {
            value: token.reveal().to_owned(),
            max_age: max_age.unwrap_or_default(),
        }
    }

    pub(crate) fn deleted() -> Self {
        Self {
            value: String::new(),
            max_age: Duration::ZERO,
        }
    }

    /// The refresh token of a request. `None` also if there are several: another program on this host may have set one.
    pub(crate) fn read(headers: &HeaderMap) -> Option<&str> {
        let fields = headers.get_all(COOKIE).into_iter();
        let fields = fields.filter_map(|field| field.to_str().ok());
        let cookies = fields.flat_map(|field| field.split(';'));
        let cookies = cookies.filter_map(|cookie| cookie.trim().split_once('='));
        let mut values = cookies.filter(|(name, _)| *name == NAME);
        let (_, value) = values.next()?;
        values.next().is_none().then_some(value)
    }
}

impl IntoResponseParts for RefreshCookie {
    type Error = Infallible;

    fn into_response_parts(
        self,
        mut response: ResponseParts,
    ) -> Result<ResponseParts, Self::Error> {
        let Self { value, max_age } = self;
        let seconds = max_age.as_secs();
        let cookie = format!(
            "{NAME}={value}; HttpOnly; Secure; SameSite=Strict; Path=/refresh; Max-Age={seconds}"
        );
        // The text of a refresh token has no characters that a header field can't have.
        if let Ok(mut cookie) = HeaderValue::try_from(cookie) {
            cookie.set_sensitive(true);
            response.headers_mut().append(SET_COOKIE, cookie);
        }
        Ok(response)
    }
}
