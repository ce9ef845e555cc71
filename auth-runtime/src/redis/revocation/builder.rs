//! Settings of the list in Redis.

use std::fmt;
use std::time::Duration;

use super::RedisRevocation;
use crate::box_error::BoxError;
use crate::redis::connection::Target;
use crate::revocation::rules::DEFAULT_ENTRY_TTL;

/// The shortest `stale_for`. Without new entries, Redis responds once a second.
const SHORTEST_STALE: Duration = Duration::from_secs(3);

/// Settings of a [`RedisRevocation`].
#[must_use = "call `build`"]
pub struct RedisRevocationBuilder {
    target: Result<Target, BoxError>,
    settings: RedisSettings,
}

#[derive(Debug)]
pub(super) struct RedisSettings {
    pub(super) prefix: String,
    pub(super) entry_ttl: Duration,
    pub(super) stale_for: Duration,
    pub(super) keep_serving: bool,
}

impl RedisRevocationBuilder {
    pub(super) fn new(url: &str) -> Self {
        Self {
            target: Target::parse(url),
            settings: RedisSettings {
                prefix: "auth".to_owned(),
                entry_ttl: DEFAULT_ENTRY_TTL,
                stale_for: Duration::from_secs(60),
                keep_serving: false,
            },
        }
    }

    /// The prefix of the Redis keys; `auth` by default. Services with the same issuers can share a list; others
    /// need different prefixes.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.settings.prefix = prefix.into();
        self
    }

    /// How long revocations are remembered, in whole seconds; 24 hours by default.
    ///
    /// Set it to the longest lifetime of your tokens. A token that is older counts as revoked, because its
    /// revocation may have been forgotten. A token without `iat` does not, because its age is unknown. If such
    /// a token lives longer than this, its revocation is known only to nodes that ran when it was revoked.
    pub fn entry_ttl(mut self, entry_ttl: Duration) -> Self {
        self.settings.entry_ttl = entry_ttl;
        self
    }

    /// How long requests are served without contact to Redis; 60 seconds by default, at least 3 seconds.
    /// Revocations by other nodes in that time are unknown. It is measured with a monotonic clock.
    pub fn stale_for(mut self, stale_for: Duration) -> Self {
        self.settings.stale_for = stale_for.max(SHORTEST_STALE);
        self
    }

    /// Serves requests without Redis for any time, with the last known list. Tokens that other nodes revoke
    /// meanwhile are accepted on this node until they expire. A node that has never read the list still
    /// responds with 503.
    pub fn keep_serving(mut self) -> Self {
        self.settings.keep_serving = true;
        self
    }

    /// Makes the list. This does not connect to Redis: see [`RedisRevocation::new`].
    ///
    /// # Errors
    ///
    /// See [`RedisRevocation::new`].
    pub fn build(self) -> Result<RedisRevocation, BoxError> {
        Ok(RedisRevocation::of(self.target?, self.settings))
    }
}

/// Does not show the URL, which may contain a password.
impl fmt::Debug for RedisRevocationBuilder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("RedisRevocationBuilder")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
