//! Log-outs that an issuer reports (`OpenID` Connect Back-Channel Logout 1.0): what a kind that accepts logout
//! tokens does for [`Auth::backchannel_logout`](crate::Auth::backchannel_logout).

use crate::box_error::BoxError;
use std::time::SystemTime;

use futures_util::future::BoxFuture;

/// Verifies the logout tokens of a kind and revokes what they end.
pub(crate) trait BackchannelLogout: Send + Sync {
    /// Verifies a logout token and revokes what it ends.
    fn log_out<'a>(
        &'a self,
        token: &'a str,
        time: SystemTime,
    ) -> BoxFuture<'a, Result<LoggedOut, LogoutError>>;
}

/// The log-out that a logout token reported.
#[derive(Debug)]
pub(crate) struct LoggedOut {
    pub(crate) issuer: String,
    /// As the issuer calls it, if it does.
    pub(crate) subject: Option<Box<str>>,
    /// One session, and not all of the subject's.
    pub(crate) single_session: bool,
}

/// Why a logout token had no effect.
#[derive(Debug)]
pub(crate) enum LogoutError {
    /// The token is refused: a fixed sentence, for the answer and the log.
    Refused(&'static str),
    /// The keys of the issuer, or the list of revoked tokens.
    Unavailable(BoxError),
}
