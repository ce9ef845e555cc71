//! The contract of all kinds of credentials: what a kind is shown of a request, and what it answers.

#[allow(
    clippy::module_inception,
    reason = "the room is named for the trait in this file"
)]
mod authenticator;
mod challenge;
mod error;
mod request;

pub use authenticator::{AuthenticationOutcome, Authenticator};
pub use challenge::Challenge;
pub use error::AuthenticationError;
pub use request::CredentialRequest;
