//! The errors of refresh tokens and of their settings.

use std::fmt;

use crate::box_error::BoxError;
use crate::keys::KeyFault;
use crate::token_issuer::TokenError;

/// Why a refresh token was not accepted.
///
/// As a response, [`Invalid`](Self::Invalid), [`Expired`](Self::Expired) and [`Reused`](Self::Reused) are the same 400
/// with `{"error":"invalid_grant"}` (RFC 6749 section 5.2), so that the client does not learn the reason: the user has
/// to log in again. [`Unavailable`](Self::Unavailable) is 503 with `Retry-After`: the client sends the same token
/// again. [`AccessToken`](Self::AccessToken) is 500. All have `Cache-Control: no-store`.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RefreshError {
    /// It is not a token of this issuer, or its login has ended: by a logout, a logout token,
    /// [`Auth::revoke`](crate::Auth::revoke), an entry of the list of revoked tokens, or an earlier reuse.
    #[error("the refresh token is invalid")]
    Invalid,
    /// The token was unused for longer than the idle lifetime, or its login is older than the absolute lifetime.
    #[error("the refresh token has expired")]
    Expired,
    /// The token was already replaced, so the client or a thief has used it twice. All refresh tokens of its login are
    /// revoked. The access tokens of the login are valid until they expire: revoke them by
    /// [`Revoked::session`](crate::revocation::Revoked::session), with the list of the `Auth`.
    #[error("the refresh token was used before: its login has been ended")]
    #[non_exhaustive]
    Reused {
        /// The subject of the login.
        subject: String,
        /// The [session](super::Login::session_id) of the login, the `sid` of its access tokens.
        session_id: String,
    },
    /// The store or the list of revoked tokens is unavailable. The token may be valid: the client should try it again.
    #[error("the refresh token can't be checked: {0}")]
    Unavailable(BoxError),
    /// The access token could not be signed, because of an error of this service.
    /// [`RefreshTokens`](crate::RefreshTokens) does not return it: it is for `?` on
    /// [`sign`](crate::token_issuer::UnsignedToken::sign) in a handler.
    #[error(transparent)]
    AccessToken(#[from] TokenError),
}

impl From<BoxError> for RefreshError {
    fn from(error: BoxError) -> Self {
        Self::Unavailable(error)
    }
}

/// All faults of [`RefreshTokens`](crate::RefreshTokens). Never empty. Its text never contains a secret.
pub struct InvalidRefreshTokens {
    faults: Vec<RefreshTokensFault>,
}

/// A fault of [`RefreshTokens`](crate::RefreshTokens).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RefreshTokensFault {
    /// A secret is too short, or is a key document.
    #[error("{0}")]
    Secret(KeyFault),
    /// A lifetime is less than a second, so no token could be used.
    #[error("a lifetime of refresh tokens is less than a second")]
    LifetimeTooShort,
    /// The grace period is more than a minute.
    #[error(
        "the grace period of refresh tokens must be at most one minute, because a stolen token can be used during it"
    )]
    GracePeriodTooLong,
}

impl InvalidRefreshTokens {
    pub(super) fn new(faults: Vec<RefreshTokensFault>) -> Self {
        Self { faults }
    }

    /// All faults.
    #[must_use]
    pub fn faults(&self) -> &[RefreshTokensFault] {
        &self.faults
    }
}

impl fmt::Display for InvalidRefreshTokens {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("refresh tokens:")?;
        match self.faults.as_slice() {
            [only] => write!(formatter, " {only}"),
            several => several
                .iter()
                .try_for_each(|fault| write!(formatter, "\n  - {fault}")),
        }
    }
}

/// Same as `Display`, because `unwrap` and a `main` that returns the error print this.
impl fmt::Debug for InvalidRefreshTokens {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl std::error::Error for InvalidRefreshTokens {}
