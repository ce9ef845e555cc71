//! Why a session was not started, renewed or ended.

use http::HeaderValue;

use crate::box_error::BoxError;

/// Why a session was not started, renewed or ended. A handler can return it: it is a response.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SessionError {
    /// The request may come from a page of another site (cross-site request forgery): 403 with the code `csrf`.
    #[error("the request may come from another site")]
    CrossSite,
    /// The request has no session that could be renewed: 401 with the code `session_expired`.
    #[error("the request has no session, or one that has ended")]
    #[non_exhaustive]
    Expired {
        /// The challenge of the response, which a 401 must have (RFC 9110 section 15.5.2).
        challenge: HeaderValue,
    },
    /// The store is unavailable: 503 with `Retry-After`. The change may or may not have been made.
    #[error("the store of sessions is unavailable")]
    Unavailable(#[source] BoxError),
    /// A mistake in the application, or an internal error: 500. The source is logged.
    #[error("the session could not be changed")]
    Failed(#[source] BoxError),
}

impl SessionError {
    /// The source, or this error if it has none, for callers that return another type.
    pub(super) fn into_source(self) -> BoxError {
        match self {
            Self::Unavailable(source) | Self::Failed(source) => source,
            other => other.into(),
        }
    }
}
