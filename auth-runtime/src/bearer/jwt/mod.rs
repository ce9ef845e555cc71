//! JWT access tokens of one issuer (RFC 9068, RFC 8725).

mod configuration;
mod detail;
mod jwks_settings;
mod logout;
mod logout_rules;
mod remote;
mod type_rule;
mod verifier;
mod verify_error;

pub use configuration::Jwt;
pub(super) use logout::{Logout, LogoutFault};
pub use type_rule::TypeRule;
pub(crate) use verifier::JwtVerifier;
pub(super) use verify_error::{VerifyError, verify_with_new_keys};
