//! CREDENTIAL -> IDENTITY: the only place that says "genuine".

#[cfg(feature = "api-keys")]
mod api_keys;
#[cfg(feature = "basic")]
mod basic;
mod bearer;
mod challenge;
mod claims;
mod client_addresses;
mod contract;
mod fault;
mod identity_map;
#[cfg(feature = "introspection")]
mod introspection;
mod jwt;
mod presented;
mod rejection;
mod seldom;
mod token_detail;
mod verified;

#[cfg(feature = "api-keys")]
pub use api_keys::{ApiKey, ApiKeys, MalformedApiKey, NewApiKey};
#[cfg(feature = "basic")]
pub use basic::Basic;
pub use bearer::TokenCache;
pub(crate) use bearer::{Bearer, LoggedOut, LogoutError};
pub use challenge::Challenge;
pub use claims::ClaimSource;
pub(crate) use client_addresses::ClientAddresses;
pub use contract::{Authentication, Authenticator};
pub use fault::TokenFault;
#[cfg(feature = "introspection")]
pub use introspection::Introspection;
#[cfg(feature = "introspection")]
pub(crate) use introspection::Introspector;
pub(crate) use jwt::JwtVerifier;
pub use jwt::{IssuerFault, Jwt, TypeRule};
pub use presented::Presented;
pub use rejection::Rejection;
pub(crate) use token_detail::TokenDetail;
