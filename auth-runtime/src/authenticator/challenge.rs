//! The challenge of a kind of credential.

use std::borrow::Cow;

use crate::scheme::Scheme;

/// The challenge of a kind of credential (RFC 9110 section 11.3): its scheme and parameters. The realm
/// is added.
///
/// ```
/// use auth_runtime::Scheme;
/// use auth_runtime::authenticator::Challenge;
///
/// // Gateway realm="api", version="2"
/// let challenge = Challenge::new(Scheme::new("Gateway")).parameter("version", "2");
/// # let _ = challenge;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Challenge {
    pub(crate) scheme: Scheme,
    pub(crate) parameters: Vec<(&'static str, Cow<'static, str>)>,
    pub(crate) errors: ErrorParameters,
    /// Whether it is sent only if no other kind has a challenge, or if it has an error.
    pub(crate) is_fallback: bool,
}

/// Which errors a challenge can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ErrorParameters {
    None,
    /// Only `insufficient_user_authentication` (RFC 9470), without scopes: the caller can log in again, but can't ask for
    /// scopes.
    StepUp,
    /// Those of RFC 6750 and RFC 9470.
    OAuth,
}

impl Challenge {
    /// A challenge with this scheme and the realm.
    pub fn new(scheme: Scheme) -> Self {
        Self {
            scheme,
            parameters: Vec::new(),
            errors: ErrorParameters::None,
            is_fallback: false,
        }
    }

    /// Adds a parameter after the realm. The name must be a token and the value printable ASCII;
    /// otherwise [`AuthBuilder::build`](crate::AuthBuilder::build) refuses it. The value is quoted.
    pub fn parameter(mut self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        self.parameters.push((name, value.into()));
        self
    }

    /// Adds what was wrong and the required scopes, as for bearer tokens (RFC 6750 section 3,
    /// RFC 9470), and sends the challenge with 403 as well. For tokens that a client can request
    /// again with more scopes.
    pub fn oauth(mut self) -> Self {
        self.errors = ErrorParameters::OAuth;
        self
    }

    /// For sessions of browsers. Its scheme is not registered, so clients need it only where there is no other.
    #[cfg(feature = "sessions")]
    pub(crate) fn of_session(mut self) -> Self {
        self.errors = ErrorParameters::StepUp;
        self.is_fallback = true;
        self
    }

    pub(crate) fn is_oauth(&self) -> bool {
        self.errors == ErrorParameters::OAuth
    }
}
