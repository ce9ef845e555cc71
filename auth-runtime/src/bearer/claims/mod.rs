//! Reads the claims of a JWT or of an introspection response: the registered claims (RFC 7519
//! section 4.1), the subject, scopes and roles.

mod grants;
mod registered;
mod required_values;
mod rules;
mod setters;
mod source;

pub(super) use grants::Grants;
pub(super) use registered::{Lifetime, check_audience, text};
pub(super) use required_values::RequiredValues;
pub(super) use rules::{ClaimReader, ClaimRules, check_issuer};
pub(super) use setters::claim_setters;
pub use source::ClaimSource;
