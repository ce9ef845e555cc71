//! The parts of a request that all kinds of credentials use: the `Authorization` field, the sources of
//! credentials, and the address of the client. Pure parsing: no keys, no I/O, no identities.

mod authorization;
mod authorization_prefix;
mod client_address;
mod client_addresses;
mod fingerprint;
mod navigation;
mod repeated;
mod source;

pub(crate) use authorization::Authorization;
pub(crate) use authorization_prefix::fault_of_prefix;
pub(crate) use client_address::{Peer, TrustedProxies};
pub(crate) use client_addresses::ClientAddresses;
pub(crate) use fingerprint::{CredentialSources, Fingerprint};
pub(crate) use navigation::is_htmx;
pub use navigation::is_page_navigation;
pub(crate) use repeated::Repeated;
pub use source::Source;
#[cfg(feature = "sessions")]
pub(crate) use source::{cookies, find_cookie};
