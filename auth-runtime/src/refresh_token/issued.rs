//! A refresh token for a client.

use std::fmt;
use std::time::SystemTime;

use zeroize::Zeroizing;

use super::store::RefreshTokenFamily;

/// A refresh token, to be sent to its client over TLS, and what is known about its login. The memory of the token is
/// overwritten when it is dropped. `Debug` does not show it.
pub struct RefreshToken {
    text: Zeroizing<String>,
    family: RefreshTokenFamily,
}

impl RefreshToken {
    pub(super) fn new(text: Zeroizing<String>, family: RefreshTokenFamily) -> Self {
        Self { text, family }
    }

    /// The whole token, which is a secret.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.text
    }

    /// The subject that logged in.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.family.subject
    }

    /// Identifies the login. Write it into the access tokens as their [session](crate::token_issuer::UnsignedToken::session),
    /// so that a [revocation of the session](crate::revocation::Revoked::session) ends both kinds of tokens.
    #[must_use]
    pub fn session_id(&self) -> &str {
        &self.family.id
    }

    /// When the subject logged in, for the claim `auth_time`. In whole seconds.
    #[must_use]
    pub fn authentication_time(&self) -> SystemTime {
        self.family.started_at
    }

    /// When the token expires, unless it is used before. At this time it is already invalid.
    #[must_use]
    pub fn expires_at(&self) -> SystemTime {
        self.family.expires_at
    }
}

impl fmt::Debug for RefreshToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("RefreshToken")
            .field("subject", &self.family.subject)
            .field("session_id", &self.family.id)
            .finish_non_exhaustive()
    }
}
