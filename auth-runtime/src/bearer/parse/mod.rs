//! Parses tokens, without keys, I/O or identities.

mod base64url;
mod json;
mod jws;

pub(crate) use json::{Json, Members};
#[cfg(feature = "introspection")]
pub(crate) use jws::looks_like_jwt;
pub(crate) use jws::{CompactJws, JoseHeader, Malformed};
