//! JWT access tokens of one issuer (RFC 9068, RFC 8725).

mod configuration;
mod detail;
mod logout;
mod remote;
mod verifier;
mod verify_error;

pub use configuration::{IssuerFault, Jwt, TypeRule};
pub(super) use logout::{Logout, LogoutFault};
pub(crate) use verifier::JwtVerifier;
pub(super) use verifier::VerifiedJwt;
pub(super) use verify_error::{VerifyError, verify_with_new_keys};
