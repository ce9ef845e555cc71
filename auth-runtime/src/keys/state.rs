//! The state of an issuer's keys: the current keys, the status of fetching them, and why there are none.

use std::sync::Arc;
use std::time::Duration;

use super::key_set::KeySet;
use crate::box_error::BoxError;

/// The keys that verify tokens now.
pub(crate) struct CurrentKeys {
    pub(crate) set: Arc<KeySet>,
    /// How often keys have been removed or replaced. If it has changed, the key that verified a token may be gone.
    pub(crate) key_generation: u64,
}

/// For health pages.
#[derive(Clone, Debug)]
pub(crate) struct KeyStatus {
    pub(crate) keys: usize,
    /// Whether tokens are verified with them: there are keys, and they are not too old.
    pub(crate) usable: bool,
    /// How long ago the last successful fetch began; `None` if there was none, or the keys are configured.
    pub(crate) age: Option<Duration>,
    /// Why the last fetch failed, if it did.
    pub(crate) last_error: Option<String>,
    /// The time until the next fetch, unless a request needs one before.
    pub(crate) next_refresh: Option<Duration>,
}

impl KeyStatus {
    /// The status of keys that are not fetched.
    pub(super) fn of(keys: &KeySet) -> Self {
        Self {
            keys: keys.len(),
            usable: true,
            age: None,
            last_error: None,
            next_refresh: None,
        }
    }
}

/// There are no keys to verify tokens with.
#[derive(Debug)]
pub(crate) struct KeysUnavailable {
    /// The time after which a retry may succeed.
    pub(crate) retry_after: Duration,
    /// For the log.
    pub(crate) source: BoxError,
}

/// The source of [`KeysUnavailable`] during the cool-down: nothing failed, but the keys cannot be fetched again
/// yet.
#[derive(Debug, thiserror::Error)]
#[error(
    "a token names an unknown key of {issuer:?}, which may be new: the last fetch of the keys is too \
     recent to fetch them again"
)]
pub(crate) struct KeyCoolDown {
    pub(super) issuer: String,
}

impl KeysUnavailable {
    /// With a `retry_after` of five seconds.
    pub(crate) fn new(source: impl Into<BoxError>) -> Self {
        Self {
            retry_after: Duration::from_secs(5),
            source: source.into(),
        }
    }
}
