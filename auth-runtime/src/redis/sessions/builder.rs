//! Settings of the sessions in Redis.

use std::fmt;

use super::RedisSessions;
use crate::box_error::BoxError;
use crate::redis::connection::Target;

/// Settings of [`RedisSessions`].
#[must_use = "call `build`"]
pub struct RedisSessionsBuilder {
    target: Result<Target, BoxError>,
    prefix: String,
}

impl RedisSessionsBuilder {
    pub(super) fn new(url: &str) -> Self {
        Self {
            target: Target::parse(url),
            prefix: "auth".to_owned(),
        }
    }

    /// The prefix of the Redis keys; `auth` by default. Services that do not share sessions need different prefixes.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Makes the store. This does not connect to Redis: see [`RedisSessions::new`].
    ///
    /// # Errors
    ///
    /// See [`RedisSessions::new`].
    pub fn build(self) -> Result<RedisSessions, BoxError> {
        Ok(RedisSessions::of(self.target?, &self.prefix))
    }
}

/// Does not show the URL, which may contain a password.
impl fmt::Debug for RedisSessionsBuilder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("RedisSessionsBuilder")
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}
