//! REQUEST -> CREDENTIAL. Pure parsing: no keys, no I/O, trusts nothing and vouches for nothing.

#[cfg(feature = "api-keys")]
pub(crate) mod api_key;
mod authorization;
mod client_address;
mod json;
mod jws;
mod source;

pub(crate) use authorization::Authorization;
pub(crate) use client_address::{TrustedProxies, client_address};
pub(crate) use json::{Json, Members};
pub(crate) use jws::{CompactJws, JoseHeader};
pub use source::Source;
pub(crate) use source::{Fingerprint, Places, Repeated};
