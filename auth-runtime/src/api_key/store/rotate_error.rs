//! Why a key is not replaced.

use std::error::Error;
use std::fmt;

use crate::box_error::BoxError;

/// Why an API key was not rotated.
#[derive(Debug)]
#[non_exhaustive]
pub enum RotateError {
    /// There is no key with this prefix.
    Unknown,
    /// It has a successor already: a second one would have two keys where its owner knows of one,
    /// and the short rest of a life to inherit. Rotate the newest.
    Replaced {
        /// The prefix of the successor.
        by: String,
    },
    /// It is revoked or expired. Nobody gets in with it; make a new key for its owner instead.
    Ended,
    /// The store can't do it. Whether it has is not known, unless it refused.
    Store(BoxError),
}

impl fmt::Display for RotateError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => formatter.write_str("there is no such API key"),
            Self::Replaced { by } => write!(formatter, "the API key is already replaced by {by}"),
            Self::Ended => formatter.write_str("the API key is revoked or expired"),
            Self::Store(error) => error.fmt(formatter),
        }
    }
}

impl Error for RotateError {}

impl From<BoxError> for RotateError {
    fn from(error: BoxError) -> Self {
        Self::Store(error)
    }
}
