//! Redis: revocations that all nodes share.

mod connection;
mod revocation;

pub use revocation::{RedisRevocation, RedisRevocationBuilder};
