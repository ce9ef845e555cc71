//! JWT access tokens of one issuer (RFC 9068, RFC 8725).

mod configuration;
mod detail;
mod logout;
mod remote;
mod verifier;

pub use configuration::{IssuerFault, Jwt, TypeRule};
pub(super) use logout::{Logout, LogoutFault, NotLoggedOut};
pub(crate) use verifier::JwtVerifier;
pub(super) use verifier::{Genuine, NotGenuine};
