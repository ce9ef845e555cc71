//! A store that did not answer.

use std::error::Error;
use std::fmt;

/// A store could not say. The request is answered 503 with `Retry-After`: never 401, which would
/// make clients throw good credentials away, and never let in. The text is logged, never shown.
///
/// Every [`std::error::Error`] turns into one by `?`, and it turns into a boxed one.
pub struct StoreError(Box<dyn Error + Send + Sync>);

impl StoreError {
    /// With what went wrong: an error or a text.
    pub fn new(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(source.into())
    }
}

// Not itself an `Error`, so that this does not overlap `impl From<T> for T`.
impl<E: Error + Send + Sync + 'static> From<E> for StoreError {
    fn from(error: E) -> Self {
        Self(Box::new(error))
    }
}

impl From<StoreError> for Box<dyn Error + Send + Sync> {
    fn from(error: StoreError) -> Self {
        error.0
    }
}

impl From<StoreError> for Box<dyn Error> {
    fn from(error: StoreError) -> Self {
        error.0
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl fmt::Debug for StoreError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}
