//! What a kind says in its challenge.

use std::borrow::Cow;

use crate::scheme::Scheme;

/// The challenge of a kind (RFC 9110 section 11.3): its scheme, the realm, which is added, and
/// parameters.
///
/// ```
/// use auth_runtime::Scheme;
/// use auth_runtime::authenticator::Challenge;
///
/// // Gateway realm="api", version="2"
/// let challenge = Challenge::new(Scheme::new("Gateway")).parameter("version", "2");
/// # let _ = challenge;
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Challenge {
    pub(crate) scheme: Scheme,
    pub(crate) parameters: Vec<(&'static str, Cow<'static, str>)>,
    pub(crate) oauth: bool,
}

impl Challenge {
    /// The scheme and the realm.
    pub fn new(scheme: Scheme) -> Self {
        Self {
            scheme,
            parameters: Vec::new(),
            oauth: false,
        }
    }

    /// Adds a parameter after the realm. The name is a token, the value printable ASCII, which is
    /// quoted; [`AuthBuilder::build`](crate::AuthBuilder::build) refuses anything else.
    pub fn parameter(mut self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        self.parameters.push((name, value.into()));
        self
    }

    /// Says what was wrong and which scopes to ask for, as bearer tokens do (RFC 6750 section 3,
    /// RFC 9470), and stands on a 403 too: for tokens that a client can get anew.
    pub fn oauth(mut self) -> Self {
        self.oauth = true;
        self
    }
}
