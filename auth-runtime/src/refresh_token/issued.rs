//! A refresh token for a client.

use std::fmt;
use std::time::SystemTime;

use zeroize::Zeroizing;

use super::login::Login;
use super::store::RefreshTokenFamily;
use crate::token_issuer::TokenResponse;

/// A refresh token, to be sent to its client over TLS. The memory of the token is overwritten when it is dropped.
/// `Debug` does not show it.
pub struct RefreshToken {
    text: Zeroizing<String>,
    login: Login,
}

impl RefreshToken {
    pub(super) fn new(text: Zeroizing<String>, family: RefreshTokenFamily) -> Self {
        let login = Login(family);
        Self { text, login }
    }

    /// The whole token, which is a secret.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.text
    }

    /// The login that the token belongs to.
    #[must_use]
    pub fn login(&self) -> &Login {
        &self.login
    }

    /// When the token expires, unless it is used before. At this time it is already invalid.
    #[must_use]
    pub fn expires_at(&self) -> SystemTime {
        self.login.0.expires_at
    }
}

impl TokenResponse {
    /// Adds the refresh token.
    pub fn with_refresh_token(mut self, token: &RefreshToken) -> Self {
        self.set_refresh_token(token.reveal());
        self
    }
}

impl fmt::Debug for RefreshToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("RefreshToken")
            .field("login", &self.login)
            .finish_non_exhaustive()
    }
}
