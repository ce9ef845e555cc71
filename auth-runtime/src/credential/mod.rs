//! REQUEST -> CREDENTIAL. Pure parsing: no keys, no I/O, trusts nothing and vouches for nothing.

#[cfg(feature = "api-keys")]
pub(crate) mod api_key;
mod authorization;
mod authorization_prefix;
#[cfg(feature = "basic")]
mod basic;
mod client_address;
mod json;
mod jws;
mod source;

pub(crate) use authorization::Authorization;
pub(crate) use authorization_prefix::fault_of_prefix;
#[cfg(feature = "basic")]
pub(crate) use basic::BasicCredentials;
pub(crate) use client_address::{Peer, TrustedProxies, client_address};
pub(crate) use json::{Json, Members};
#[cfg(feature = "introspection")]
pub(crate) use jws::looks_like_jwt;
pub(crate) use jws::{CompactJws, JoseHeader};
pub use source::Source;
pub(crate) use source::{Fingerprint, Places, Repeated};
