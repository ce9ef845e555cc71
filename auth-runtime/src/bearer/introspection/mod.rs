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

pub use configuration::Introspection;
pub(crate) use introspector::Introspector;
