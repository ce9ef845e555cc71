//! Redis: the store of what all nodes share.

mod connection;
mod revocation;

pub use revocation::{RedisRevocation, RedisRevocationBuilder};
