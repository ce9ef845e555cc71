//! The typed reason for a denial. The response is built from it alone.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;

use crate::scheme::Scheme;
use crate::scope::Scope;
use crate::token_fault::TokenFault;

/// Why a request was refused. It determines the status and the challenge of the response.
///
/// It never contains any part of the credential, so it may be logged and shown.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Denial {
    /// No credential of a kind that this route accepts: 401 (RFC 9110 section 15.5.2).
    MissingCredentials,
    /// A credential of a kind that this route does not accept: 401 without an error code
    /// (RFC 6750 section 3.1).
    UnsupportedScheme,
    /// More than one `Authorization` field (RFC 9449 section 7.2), or more than one value of another source
    /// of the credential: 400.
    MultipleCredentials,
    /// The bearer token is invalid: 401 (RFC 6750 section 3.1).
    InvalidToken(TokenFault),
    /// A credential of another kind is invalid: 401. The response does not say why.
    InvalidCredentials,
    /// The session has timed out, has been ended, or never existed: 401. The response does not say which.
    SessionExpired,
    /// A browser may have sent the request for a page of another site (cross-site request forgery): 403. Only requests
    /// whose credential browsers send by themselves, such as a cookie, are refused.
    CrossSiteRequest,
    /// Too many failed attempts from this address or on this account: 429 (RFC 6585 section 4).
    #[non_exhaustive]
    TooManyAttempts {
        /// When a retry may succeed.
        retry_after: Duration,
    },
    /// The login is too weak or too old for this route: 401 (RFC 9470). For a kind of credential that does
    /// not support step-up, the denial is [`Forbidden`](Self::Forbidden) instead.
    InsufficientUserAuthentication(StepUp),
    /// More scopes would help: 403 (RFC 6750 section 3.1).
    InsufficientScope(RequiredScopes),
    /// The caller is not allowed, and more scopes would not help: 403.
    Forbidden,
    /// A check hides the resource from this caller: 404.
    NotFound,
    /// Something that the decision needs is unavailable: 503. It is never 401, which would make clients
    /// discard valid tokens.
    #[non_exhaustive]
    Unavailable {
        /// When a retry may succeed.
        retry_after: Duration,
    },
    /// The decision failed because of an internal error: 500. The reason is logged as an error.
    Failed,
}

/// A denial, and the kind of credential that it is about.
#[derive(Clone, Debug)]
pub(crate) struct AttributedDenial {
    pub(crate) denial: Denial,
    /// The kind of credential that the request presented. `None` if it presented none, or if the kind is
    /// unknown.
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
    /// The status of the response, unless the route uses [`hide`](crate::require_auth).
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::MissingCredentials
            | Self::UnsupportedScheme
            | Self::InvalidToken(_)
            | Self::InvalidCredentials
            | Self::SessionExpired
            | Self::InsufficientUserAuthentication(_) => StatusCode::UNAUTHORIZED,
            Self::MultipleCredentials => StatusCode::BAD_REQUEST,
            Self::TooManyAttempts { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::InsufficientScope(_) | Self::Forbidden | Self::CrossSiteRequest => {
                StatusCode::FORBIDDEN
            }
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
            Self::Failed => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The error code in the body, and in the challenge if RFC 6750 or RFC 9470 defines one. `None` if no
    /// credential was presented, or if the response must not say why.
    #[must_use]
    pub fn code(&self) -> Option<&'static str> {
        match self {
            Self::MultipleCredentials => Some("invalid_request"),
            Self::InvalidToken(_) => Some("invalid_token"),
            Self::InsufficientUserAuthentication(_) => Some("insufficient_user_authentication"),
            Self::InsufficientScope(_) => Some("insufficient_scope"),
            Self::Forbidden => Some("forbidden"),
            Self::SessionExpired => Some("session_expired"),
            Self::CrossSiteRequest => Some("csrf"),
            Self::MissingCredentials
            | Self::UnsupportedScheme
            | Self::InvalidCredentials
            | Self::TooManyAttempts { .. }
            | Self::NotFound
            | Self::Unavailable { .. }
            | Self::Failed => None,
        }
    }

    /// A fixed sentence for people.
    #[must_use]
    pub fn description(&self) -> &'static str {
        match self {
            Self::MissingCredentials => "Authentication is required",
            Self::UnsupportedScheme => "This kind of credential is not accepted here",
            Self::MultipleCredentials => "Multiple methods used to include access token",
            Self::InvalidToken(fault) => fault.description(),
            Self::InvalidCredentials => "The credentials are not valid",
            Self::SessionExpired => "The session has ended",
            Self::CrossSiteRequest => "The request may come from another site",
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

/// The requirements for a stronger or more recent login (RFC 9470 section 3).
// Boxed, so that every result of authentication is small, although most denials are not of this kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepUp(Box<StepUpRequirements>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct StepUpRequirements {
    acr_values: &'static [&'static str],
    max_age: Option<u64>,
    scopes: RequiredScopes,
}

impl StepUp {
    /// `max_age` in seconds.
    pub(crate) fn new(acr_values: &'static [&'static str], max_age: Option<u64>) -> Self {
        Self(Box::new(StepUpRequirements {
            acr_values,
            max_age,
            scopes: RequiredScopes::default(),
        }))
    }

    /// The authentication context classes, one of which is required; empty if the class is sufficient.
    #[must_use]
    pub fn acr_values(&self) -> &'static [&'static str] {
        self.0.acr_values
    }

    /// The maximum age of the login; `None` if it is recent enough.
    #[must_use]
    pub fn max_age(&self) -> Option<Duration> {
        self.0.max_age.map(Duration::from_secs)
    }

    /// The scopes that are required as well; often none.
    #[must_use]
    pub fn required_scopes(&self) -> &RequiredScopes {
        &self.0.scopes
    }

    pub(crate) fn with_scopes(mut self, scopes: RequiredScopes) -> Self {
        self.0.scopes = scopes;
        self
    }

    fn description(&self) -> &'static str {
        if self.acr_values().is_empty() {
            "More recent authentication is required"
        } else {
            "A different authentication level is required"
        }
    }
}

/// The scopes with which the caller would be allowed: all scopes of one alternative of the rule, including
/// those that the caller already has. Empty if the rule has too many alternatives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequiredScopes(Arc<[Scope]>);

impl RequiredScopes {
    pub(crate) fn new(scopes: Vec<Scope>) -> Self {
        Self(scopes.into())
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
