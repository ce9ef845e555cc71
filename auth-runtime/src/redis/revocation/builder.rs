//! Settings of the list in Redis.

use std::fmt;
use std::time::Duration;

use super::RedisRevocation;
use crate::box_error::BoxError;
use crate::redis::connection::Target;
use crate::revocation::rules::KEEP_FOR;

/// The shortest `stale_for`: while nothing happens, Redis is heard of once a second.
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
                entry_ttl: KEEP_FOR,
                stale_for: Duration::from_secs(60),
                keep_serving: false,
            },
        }
    }

    /// What the names of its keys begin with: `auth` by default. Services with the same issuers can
    /// share a list; others need different prefixes.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.settings.prefix = prefix.into();
        self
    }

    /// For how long revocations are remembered, in whole seconds; 24 hours by default. It has to be as
    /// long as the longest lifetime that tokens have: one that was issued longer ago counts as revoked,
    /// because nobody could tell.
    ///
    /// A revoked token without `iat` that lives longer than that is known until it expires to the nodes
    /// that heard of it, and not to those that start later.
    pub fn entry_ttl(mut self, entry_ttl: Duration) -> Self {
        self.settings.entry_ttl = entry_ttl;
        self
    }

    /// How long requests are served without contact to Redis, 60 seconds by default and 3 at least: what
    /// was revoked on other nodes in that time is not known. Changes of the system time do not affect it.
    pub fn stale_for(mut self, stale_for: Duration) -> Self {
        self.settings.stale_for = stale_for.max(SHORTEST_STALE);
        self
    }

    /// Serves requests without Redis for any time, with the list as it was last known: tokens that are
    /// revoked elsewhere meanwhile stay good on this node until they expire. A node that never read the
    /// list still answers 503.
    pub fn keep_serving(mut self) -> Self {
        self.settings.keep_serving = true;
        self
    }

    /// The list. This does not connect to Redis, see [`RedisRevocation::new`].
    ///
    /// # Errors
    ///
    /// As [`RedisRevocation::new`].
    pub fn build(self) -> Result<RedisRevocation, BoxError> {
        Ok(RedisRevocation::of(self.target?, self.settings))
    }
}

/// Without the URL, which may contain a password.
impl fmt::Debug for RedisRevocationBuilder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("RedisRevocationBuilder")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
