//! Redis: revocations that all nodes share.

mod connection;
mod revocation;
mod shared_connection;

pub use revocation::{RedisRevocation, RedisRevocationBuilder};
