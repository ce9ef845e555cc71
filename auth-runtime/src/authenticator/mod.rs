//! The interface for kinds of credentials: implement [`Authenticator`] to accept your own kind.

#[allow(
    clippy::module_inception,
    reason = "the module is named after the trait in this file"
)]
mod authenticator;
mod challenge;
mod error;
mod fault_detail;
mod logout;
mod request;
mod revocation;
mod status;

pub use crate::credential::Source;
#[cfg(feature = "failure-limit")]
pub use crate::limit::FailureLimit;
pub use authenticator::{AuthenticationOutcome, Authenticator};
pub use challenge::Challenge;
pub(crate) use challenge::ErrorParameters;
pub use error::AuthenticationError;
pub use fault_detail::FaultDetail;
pub(crate) use logout::{BackchannelLogout, LogoutError, ReportedLogout};
pub use request::CredentialRequest;
pub(crate) use revocation::{CredentialCache, check_revocation};
pub use status::{AuthenticatorStatus, IntrospectionStatus, IssuerStatus, TokenCacheStatus};
