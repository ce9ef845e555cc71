//! Why a credential was not accepted.

use std::time::Duration;

use crate::box_error::BoxError;
use crate::credential::Repeated;
use crate::token_fault::TokenFault;

/// Why an [`Authenticator`](crate::authenticator::Authenticator) does not accept the credential that it found.
///
/// What the caller is told follows from the variant alone. The source of an outage or a failure is
/// logged and never shown.
#[derive(Debug)]
#[non_exhaustive]
pub enum AuthenticationError {
    /// It is not good: 401, and not a word about why (rows F2 and G2).
    Credentials,
    /// It is a bad bearer token: 401 with `invalid_token` (RFC 6750 section 3.1).
    Token(TokenFault),
    /// There is more than one of this kind: 400.
    Repeated,
    /// There were too many failures before: 429 with `Retry-After` (RFC 6585 section 4).
    #[non_exhaustive]
    TooManyAttempts {
        /// When it is worth trying again.
        retry_after: Duration,
    },
    /// What is needed to tell is down: 503 with `Retry-After`, never 401, which would make clients
    /// throw good credentials away.
    #[non_exhaustive]
    Unavailable {
        /// When it is worth trying again.
        retry_after: Duration,
        /// For the log.
        source: BoxError,
    },
    /// Something is wrong on our side: 500.
    #[non_exhaustive]
    Failed {
        /// For the log.
        source: BoxError,
    },
}

impl AuthenticationError {
    /// [`TooManyAttempts`](Self::TooManyAttempts), with what `FailureLimit::check` says.
    #[must_use]
    pub fn too_many_attempts(retry_after: Duration) -> Self {
        Self::TooManyAttempts { retry_after }
    }

    /// [`Unavailable`](Self::Unavailable), worth another try in five seconds.
    pub fn unavailable(source: impl Into<BoxError>) -> Self {
        Self::Unavailable {
            retry_after: Duration::from_secs(5),
            source: source.into(),
        }
    }

    /// The same for another request that waited for it.
    pub(crate) fn repeat(&self) -> Self {
        match self {
            Self::Credentials => Self::Credentials,
            Self::Token(fault) => Self::Token(*fault),
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
