//! The typed reason of a no: the only thing an answer is built from.

use std::fmt;
use std::time::Duration;

use http::StatusCode;

use crate::scheme::Scheme;
use crate::scope::Scope;
use crate::token_fault::TokenFault;

/// Why a request was refused. Status and challenge follow from it and from nothing else.
///
/// It never holds a piece of the credential, so it may be logged and shown.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Denial {
    /// No credential of a kind that this route accepts: 401 (RFC 9110 section 15.5.2).
    MissingCredentials,
    /// A credential of a kind that this route does not accept: 401 without an error code
    /// (RFC 6750 section 3.1).
    UnsupportedScheme,
    /// More than one `Authorization` field (RFC 9449 section 7.2), or of whatever else holds the
    /// credential: 400.
    MultipleCredentials,
    /// The bearer token is not good: 401 (RFC 6750 section 3.1).
    InvalidToken(TokenFault),
    /// A credential of another kind is not good, and it is not told why: 401.
    InvalidCredentials,
    /// Too many failed attempts from this address or on this account: 429 (RFC 6585 section 4).
    #[non_exhaustive]
    TooManyAttempts {
        /// When it is worth trying again.
        retry_after: Duration,
    },
    /// The log-in is too weak or too old for this route: 401 (RFC 9470). Who has a credential that
    /// can't be got any stronger is told [`Forbidden`](Self::Forbidden) instead.
    InsufficientUserAuthentication(StepUp),
    /// More scopes would help: 403 (RFC 6750 section 3.1).
    InsufficientScope(RequiredScopes),
    /// The caller may not, and more scopes would not help: 403.
    Forbidden,
    /// A check says that there is nothing here for this caller: 404.
    NotFound,
    /// Something that the decision needs is down: 503, never 401, which would make clients throw
    /// good tokens away.
    #[non_exhaustive]
    Unavailable {
        /// When it is worth trying again.
        retry_after: Duration,
    },
    /// The decision failed on our side: 500. The reason is in the error log.
    Failed,
}

/// A denial, and the kind of credential that it is about.
#[derive(Clone, Debug)]
pub(crate) struct AttributedDenial {
    pub(crate) denial: Denial,
    /// The kind of credential that the request presented. `None` if it presented none, or if that can't be
    /// told.
    pub(crate) attempted: Option<Scheme>,
}

impl AttributedDenial {
    pub(crate) fn new(denial: Denial, attempted: impl Into<Option<Scheme>>) -> Self {
        Self {
            denial,
            attempted: attempted.into(),
        }
    }
}

impl Denial {
    /// The status of the answer, where the route does not [`hide`](crate::require_auth).
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::MissingCredentials
            | Self::UnsupportedScheme
            | Self::InvalidToken(_)
            | Self::InvalidCredentials
            | Self::InsufficientUserAuthentication(_) => StatusCode::UNAUTHORIZED,
            Self::MultipleCredentials => StatusCode::BAD_REQUEST,
            Self::TooManyAttempts { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::InsufficientScope(_) | Self::Forbidden => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
            Self::Failed => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The error code of the body, and of the challenge where RFC 6750 and RFC 9470 give one.
    /// `None` when nothing was attempted or nothing may be said.
    #[must_use]
    pub fn code(&self) -> Option<&'static str> {
        match self {
            Self::MultipleCredentials => Some("invalid_request"),
            Self::InvalidToken(_) => Some("invalid_token"),
            Self::InsufficientUserAuthentication(_) => Some("insufficient_user_authentication"),
            Self::InsufficientScope(_) => Some("insufficient_scope"),
            Self::Forbidden => Some("forbidden"),
            Self::MissingCredentials
            | Self::UnsupportedScheme
            | Self::InvalidCredentials
            | Self::TooManyAttempts { .. }
            | Self::NotFound
            | Self::Unavailable { .. }
            | Self::Failed => None,
        }
    }

    /// A sentence from a fixed table, for people.
    #[must_use]
    pub fn description(&self) -> &'static str {
        match self {
            Self::MissingCredentials => "Authentication is required",
            Self::UnsupportedScheme => "This kind of credential is not accepted here",
            Self::MultipleCredentials => "Multiple methods used to include access token",
            Self::InvalidToken(fault) => fault.description(),
            Self::InvalidCredentials => "The credentials are not valid",
            Self::TooManyAttempts { .. } => "There were too many failed attempts",
            Self::InsufficientUserAuthentication(step_up) => step_up.description(),
            Self::InsufficientScope(_) => "The access token lacks a required scope",
            Self::Forbidden => "Access is denied",
            Self::NotFound => "There is nothing here",
            Self::Unavailable { .. } => "The service is temporarily unavailable",
            Self::Failed => "The request could not be authorized",
        }
    }
}

/// What a stronger or fresher log-in has to show (RFC 9470 section 3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepUp {
    pub(crate) acr_values: &'static [&'static str],
    pub(crate) max_age: Option<u64>,
    pub(crate) scopes: RequiredScopes,
}

impl StepUp {
    /// The authentication context classes, one of which is needed; empty if the class is fine.
    #[must_use]
    pub fn acr_values(&self) -> &'static [&'static str] {
        self.acr_values
    }

    /// The greatest accepted age of the log-in; `None` if it is recent enough.
    #[must_use]
    pub fn max_age(&self) -> Option<Duration> {
        self.max_age.map(Duration::from_secs)
    }

    /// The scopes that are lacking as well; often none.
    #[must_use]
    pub fn required_scopes(&self) -> &RequiredScopes {
        &self.scopes
    }

    pub(crate) fn without_scopes(self) -> Self {
        Self {
            scopes: RequiredScopes::default(),
            ..self
        }
    }

    fn description(&self) -> &'static str {
        if self.acr_values.is_empty() {
            "More recent authentication is required"
        } else {
            "A different authentication level is required"
        }
    }
}

/// The scopes that would open the route: all those of one alternative of its rule, also the ones
/// the caller already has. Empty when the rule has too many alternatives to name one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequiredScopes(Vec<Scope>);

impl RequiredScopes {
    pub(crate) fn new(scopes: Vec<Scope>) -> Self {
        Self(scopes)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The scopes in declaration order.
    pub fn iter(&self) -> impl Iterator<Item = Scope> {
        self.0.iter().copied()
    }
}

impl fmt::Display for RequiredScopes {
    /// Separated by spaces, as in the `scope` parameter of a challenge.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, scope) in self.0.iter().enumerate() {
            if position > 0 {
                formatter.write_str(" ")?;
            }
            formatter.write_str(scope.as_str())?;
        }
        Ok(())
    }
}
