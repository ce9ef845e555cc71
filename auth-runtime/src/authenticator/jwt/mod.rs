//! JWT access tokens of one issuer (RFC 9068, RFC 8725).

mod claims;
mod configuration;
mod source;
mod verifier;

pub use configuration::{IssuerFault, Jwt, TypeRule};
pub use source::ClaimSource;
pub(crate) use verifier::JwtVerifier;
