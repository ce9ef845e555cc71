//! REQUEST -> CREDENTIAL. Pure parsing: no keys, no I/O, trusts nothing and vouches for nothing.

mod authorization;
mod bearer;
mod json;
mod jws;

pub(crate) use authorization::Authorization;
pub(crate) use bearer::is_token68;
pub(crate) use json::{Json, Members};
pub(crate) use jws::{CompactJws, JoseHeader};
