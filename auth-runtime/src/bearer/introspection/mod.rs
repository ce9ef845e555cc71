//! Opaque tokens (RFC 7662): the authorization server is asked what they are worth.

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

/// No longer than this is anything remembered; a bound for the arithmetic.
const LONGEST_CACHE: Duration = Duration::from_secs(365 * 24 * 60 * 60);
