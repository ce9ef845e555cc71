//! The login that a refresh token belongs to.

use std::fmt;
use std::time::SystemTime;

use super::store::RefreshTokenFamily;

/// The login that a refresh token belongs to: who logged in, and when. It has no token.
pub struct Login(pub(super) RefreshTokenFamily);

impl Login {
    /// The subject that logged in.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.0.subject
    }

    /// Identifies the login. Write it into the access tokens as their [session](crate::token_issuer::UnsignedToken::session),
    /// so that a [revocation of the session](crate::revocation::Revoked::session) ends both kinds of tokens.
    #[must_use]
    pub fn session_id(&self) -> &str {
        &self.0.id
    }

    /// When the subject logged in, for the claim `auth_time`. In whole seconds.
    #[must_use]
    pub fn authentication_time(&self) -> SystemTime {
        self.0.started_at
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Login")
            .field("subject", &self.subject())
            .field("session_id", &self.session_id())
            .finish_non_exhaustive()
    }
}
