//! REQUEST -> CREDENTIAL. Pure parsing: no keys, no I/O, trusts nothing and vouches for nothing.

mod authorization;
mod client_address;
mod json;
mod jws;

pub(crate) use authorization::Authorization;
pub(crate) use client_address::{TrustedProxies, client_address};
pub(crate) use json::{Json, Members};
pub(crate) use jws::{CompactJws, JoseHeader};
