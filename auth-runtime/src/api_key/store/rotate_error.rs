//! Why a key is not replaced.

use crate::box_error::BoxError;

/// Why an API key was not rotated.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RotateError {
    /// There is no key with this prefix.
    #[error("there is no such API key")]
    Unknown,
    /// It has a successor already: a second one would have two keys where its owner knows of one,
    /// and the short rest of a life to inherit. Rotate the newest.
    #[error("the API key is already replaced by {by}")]
    Replaced {
        /// The prefix of the successor.
        by: String,
    },
    /// It is revoked or expired. Nobody gets in with it; make a new key for its owner instead.
    #[error("the API key is revoked or expired")]
    Ended,
    /// The store can't do it. Whether it has is not known, unless it refused.
    #[error("{0}")]
    Store(BoxError),
}

impl From<BoxError> for RotateError {
    fn from(error: BoxError) -> Self {
        Self::Store(error)
    }
}
