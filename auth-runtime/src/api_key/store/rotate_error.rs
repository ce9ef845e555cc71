//! The errors of rotating a key.

use crate::box_error::BoxError;

/// Why an API key was not rotated.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RotateError {
    /// There is no key with this prefix.
    #[error("there is no such API key")]
    Unknown,
    /// The key already has a successor. Rotate the successor instead.
    #[error("the API key is already replaced by {by}")]
    Replaced {
        /// The prefix of the successor.
        by: String,
    },
    /// The key is revoked or expired. Create a new key for its owner instead.
    #[error("the API key is revoked or expired")]
    Ended,
    /// The store failed. Unless it refused the change, the key may or may not be rotated.
    #[error("{0}")]
    Store(BoxError),
}

impl From<BoxError> for RotateError {
    fn from(error: BoxError) -> Self {
        Self::Store(error)
    }
}
