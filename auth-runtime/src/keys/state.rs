//! The state of an issuer's keys: those that verify now, how fetching them is doing, and why there are none.

use std::sync::Arc;
use std::time::Duration;

use super::key_set::KeySet;
use crate::box_error::BoxError;

/// The keys at a moment.
pub(crate) struct CurrentKeys {
    pub(crate) set: Arc<KeySet>,
    /// How often a key was taken away before: what verified a token then may be gone since.
    pub(crate) key_generation: u64,
}

/// For health pages.
#[derive(Clone, Debug)]
pub(crate) struct KeyStatus {
    pub(crate) keys: usize,
    /// Whether tokens are judged by them: there are some, and they are not too old.
    pub(crate) usable: bool,
    /// How long ago they were asked for; none if they never came, or are not fetched at all.
    pub(crate) age: Option<Duration>,
    /// Why the last fetch failed, if it did.
    pub(crate) last_error: Option<String>,
    /// When they are asked for again, unless a request needs it before.
    pub(crate) next_refresh: Option<Duration>,
}

/// There are no keys to judge by.
#[derive(Debug)]
pub(crate) struct KeysUnavailable {
    /// After what time another try may succeed.
    pub(crate) retry_after: Duration,
    /// For the log.
    pub(crate) source: BoxError,
}

/// The source of [`KeysUnavailable`] during the cool-down of fetches: nothing is wrong, but the keys cannot be
/// fetched again yet.
#[derive(Debug, thiserror::Error)]
#[error(
    "a token names an unknown key of {issuer:?}, which may be new: the last fetch of the keys is too \
     recent to fetch them again"
)]
pub(crate) struct KeyCoolDown {
    pub(super) issuer: String,
}

impl KeysUnavailable {
    /// Another try may succeed in five seconds.
    pub(crate) fn new(source: impl Into<BoxError>) -> Self {
        Self {
            retry_after: Duration::from_secs(5),
            source: source.into(),
        }
    }
}
