//! Why a credential is not accepted.

use std::time::Duration;

use crate::box_error::BoxError;
use crate::credential::Repeated;
use crate::token_fault::TokenFault;

/// Why an [`Authenticator`](crate::authenticator::Authenticator) does not accept the credential that it found.
///
/// The response depends only on the variant. The `source` of an error is logged and never sent to the
/// client.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuthenticationError {
    /// The credential is invalid: 401, without a reason (rows F2 and G2 of the conformance table).
    #[error("the credential is invalid")]
    Credentials,
    /// The credential is an invalid bearer token: 401 with `invalid_token` (RFC 6750 section 3.1).
    #[error("the token is not accepted: {}", .0.description())]
    Token(TokenFault),
    /// The session has timed out, has been ended, or never existed: 401 with the code `session_expired` (row H3).
    #[error("the session has ended")]
    SessionExpired,
    /// The request has more than one credential of this kind: 400.
    #[error("there is more than one credential of one kind")]
    Repeated,
    /// Too many attempts failed before: 429 with `Retry-After` (RFC 6585 section 4).
    #[error("too many attempts have failed")]
    #[non_exhaustive]
    TooManyAttempts {
        /// When the client may try again.
        retry_after: Duration,
    },
    /// Something that is needed to verify the credential is down: 503 with `Retry-After`, never 401,
    /// which would make clients discard valid credentials.
    #[error("the credential can't be verified now")]
    #[non_exhaustive]
    Unavailable {
        /// When the client may try again.
        retry_after: Duration,
        /// For the log.
        source: BoxError,
    },
    /// An internal error: 500.
    #[error("the credential could not be verified")]
    #[non_exhaustive]
    Failed {
        /// For the log.
        source: BoxError,
    },
}

impl AuthenticationError {
    /// [`TooManyAttempts`](Self::TooManyAttempts), with the duration that
    /// [`FailureLimit::check`](crate::authenticator::FailureLimit::check) returns.
    #[must_use]
    pub fn too_many_attempts(retry_after: Duration) -> Self {
        Self::TooManyAttempts { retry_after }
    }

    /// [`Unavailable`](Self::Unavailable) with a `retry_after` of five seconds.
    pub fn unavailable(source: impl Into<BoxError>) -> Self {
        Self::Unavailable {
            retry_after: Duration::from_secs(5),
            source: source.into(),
        }
    }

    /// The same error, for another request that waited for the result.
    pub(crate) fn repeat(&self) -> Self {
        match self {
            Self::Credentials => Self::Credentials,
            Self::Token(fault) => Self::Token(*fault),
            Self::SessionExpired => Self::SessionExpired,
            Self::Repeated => Self::Repeated,
            Self::TooManyAttempts { retry_after } => Self::too_many_attempts(*retry_after),
            Self::Unavailable {
                retry_after,
                source,
            } => Self::Unavailable {
                retry_after: *retry_after,
                source: source.to_string().into(),
            },
            Self::Failed { source } => Self::failed(source.to_string()),
        }
    }

    /// [`Failed`](Self::Failed).
    pub fn failed(source: impl Into<BoxError>) -> Self {
        Self::Failed {
            source: source.into(),
        }
    }
}

impl From<TokenFault> for AuthenticationError {
    fn from(fault: TokenFault) -> Self {
        Self::Token(fault)
    }
}

impl From<Repeated> for AuthenticationError {
    fn from(Repeated: Repeated) -> Self {
        Self::Repeated
    }
}
