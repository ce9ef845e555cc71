//! Introspection of opaque tokens at the authorization server (RFC 7662).

mod answer;
mod budget;
mod build;
mod configuration;
mod introspector;
mod negative_cache;
mod request;
#[cfg(test)]
mod tests;
mod token_format;

use std::time::Duration;

pub use configuration::Introspection;
pub(crate) use introspector::Introspector;

/// The maximum time that anything is cached, so that adding it to a time can't overflow.
const MAX_CACHE_TTL: Duration = Duration::from_secs(365 * 24 * 60 * 60);
