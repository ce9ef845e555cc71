//! Logouts that an issuer reports (`OpenID` Connect Back-Channel Logout 1.0): the part of
//! [`Auth::backchannel_logout`](crate::Auth::backchannel_logout) that depends on the kind of credential.

use std::time::SystemTime;

use futures_util::future::BoxFuture;

use crate::box_error::BoxError;
use crate::revocation::Revoked;

/// A kind of credential that accepts logout tokens.
pub(crate) trait BackchannelLogout: Send + Sync {
    /// Verifies a logout token. It revokes nothing, and does not check whether the token was used before.
    fn verify_logout<'a>(
        &'a self,
        token: &'a str,
        time: SystemTime,
    ) -> BoxFuture<'a, Result<ReportedLogout, LogoutError>>;
}

/// The logout that a logout token reports.
#[derive(Debug)]
pub(crate) struct ReportedLogout {
    pub(crate) issuer: String,
    /// The `sub` of the logout token, if it has one.
    pub(crate) subject: Option<Box<str>>,
    /// Whether one session ended, and not all sessions of the subject.
    pub(crate) single_session: bool,
    /// The tokens of the session or the subject, which have to be revoked.
    pub(crate) revoked: Vec<Revoked>,
    /// Identifies the logout token, which can be used once, among those of its issuer.
    pub(crate) id: String,
    /// When the logout token expires, including the leeway.
    pub(crate) expires: SystemTime,
}

/// Why a logout token had no effect.
#[derive(Debug)]
pub(crate) enum LogoutError {
    /// The token is refused. The sentence is for the response and the log.
    Refused(&'static str),
    /// The keys of the issuer or the list of revoked tokens are unavailable.
    Unavailable(BoxError),
}
