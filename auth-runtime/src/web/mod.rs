//! The integration with axum: the guard, the extractors, the router and the layers.

mod auth_cell;
mod authentication_error;
mod authorize;
mod backchannel_logout;
mod caller;
mod check;
#[cfg(feature = "failure-limit")]
mod client_address;
mod declared;
mod denial_context;
mod enforcement;
mod extract;
mod guard;
mod guard_layer;
mod guarded_handler;
mod issuer_routes;
mod layer;
mod mounted_service;
mod observe;
mod peer;
mod presented_caller;
mod readiness;
mod refresh_error;
mod remembered_authentication;
mod request_auth;
mod required_policy;
mod response;
mod response_metadata;
mod router;
pub mod routing;
mod run_checks;
#[cfg(feature = "sessions")]
mod session;
mod target;
mod token_response;
mod typed_caller;
#[cfg(all(unix, feature = "failure-limit"))]
mod unix_peer;

pub use check::{
    Allowed, Check, CheckError, Checked, Outcome, Verdict, conclude, extract, unknown_check,
};
#[cfg(feature = "failure-limit")]
pub use client_address::ClientAddress;
pub use declared::{AxumHandler, Declared, DeclaredService};
pub use extract::{BearerToken, Claims};
pub use guard::Guard;
pub use guard_layer::{GuardLayer, GuardService, guard};
pub use layer::{AuthFuture, AuthLayer, AuthService};
pub use presented_caller::PresentedCaller;
pub use response::AuthRejection;
pub use router::{IntoRoute, IntoRoutes, Router};
pub use run_checks::{RunNamedCheck, RunPolicy};
#[cfg(feature = "sessions")]
pub use session::Session;
pub use typed_caller::{Caller, FromIdentity};
#[cfg(all(unix, feature = "failure-limit"))]
pub use unix_peer::UnixPeer;
