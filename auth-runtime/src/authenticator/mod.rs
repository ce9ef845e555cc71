//! CREDENTIAL -> IDENTITY: the only place that says "genuine".

#[cfg(feature = "api-keys")]
mod api_keys;
#[cfg(feature = "basic")]
mod basic;
mod bearer;
mod challenge;
mod contract;
mod fault;
mod jwt;
mod presented;
mod rejection;

#[cfg(feature = "api-keys")]
pub use api_keys::{ApiKey, ApiKeys, MalformedApiKey, NewApiKey};
#[cfg(feature = "basic")]
pub use basic::Basic;
pub(crate) use bearer::Bearer;
pub use challenge::Challenge;
pub use contract::{Authentication, Authenticator};
pub use fault::TokenFault;
pub use jwt::{ClaimSource, IssuerFault, Jwt, TypeRule};
pub use presented::Presented;
pub use rejection::Rejection;
