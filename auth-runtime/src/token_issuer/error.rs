//! What can be wrong with an issuer and with its tokens.

use std::fmt;
use std::time::Duration;

use crate::bearer::IssuerFault;
use crate::fetch::shown;
use crate::keys::KeyFault;

/// All faults of a [`TokenIssuer`](crate::TokenIssuer). Never empty. Its text never contains a key.
///
/// ```
/// use auth_runtime::TokenIssuer;
/// use auth_runtime::keys::HmacSecret;
///
/// let error = TokenIssuer::builder("https://shop.example", HmacSecret::new("too short"))
///     .build()
///     .unwrap_err();
/// assert_eq!(error.faults().len(), 2); // no audience, and the secret
/// ```
pub struct InvalidTokenIssuer {
    issuer: String,
    faults: Vec<IssuerFault>,
}

impl InvalidTokenIssuer {
    pub(super) fn new(issuer: &str, faults: Vec<IssuerFault>) -> Self {
        Self {
            // If the URL contains a password, it is not shown.
            issuer: shown(issuer),
            faults,
        }
    }

    pub(super) fn of_keys(issuer: &str, faults: Vec<KeyFault>) -> Self {
        Self::new(issuer, faults.into_iter().map(IssuerFault::Key).collect())
    }

    /// All faults.
    #[must_use]
    pub fn faults(&self) -> &[IssuerFault] {
        &self.faults
    }
}

impl fmt::Display for InvalidTokenIssuer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "the token issuer {:?}:", self.issuer)?;
        match self.faults.as_slice() {
            [only] => write!(formatter, " {only}"),
            several => several
                .iter()
                .try_for_each(|fault| write!(formatter, "\n  - {fault}")),
        }
    }
}

/// Same as `Display`, because `unwrap` and a `main` that returns the error print this.
impl fmt::Debug for InvalidTokenIssuer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl std::error::Error for InvalidTokenIssuer {}

/// Why a token was not signed. Nothing in it is secret. As a response it is 500 without a body, and is logged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// The subject is the empty string.
    #[error("the subject of the token is empty")]
    EmptySubject,
    /// The type is the empty string.
    #[error("the type of the token is empty")]
    EmptyType,
    /// A scope is not valid (RFC 6749 section 3.3); holds it.
    #[error("{0:?} is not a valid scope (RFC 6749 section 3.3)")]
    InvalidScope(String),
    /// A claim that the issuer sets itself; holds its name.
    #[error("the claim {0:?} is set by the issuer or by another method")]
    ReservedClaim(String),
    /// The value of a claim can't be serialized as JSON.
    #[non_exhaustive]
    #[error("the claim {name:?} can't be serialized as JSON: {reason}")]
    Claim {
        /// The name of the claim.
        name: String,
        /// The error of the serializer.
        reason: String,
    },
    /// The lifetime is less than a second.
    #[error("the lifetime of the token, {0:?}, is less than a second")]
    LifetimeTooShort(Duration),
    /// The operating system provided no random octets, or the signature failed.
    #[error("the token could not be signed: {0}")]
    Signature(&'static str),
}
