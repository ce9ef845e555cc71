//! Redis: revocations and sessions that all nodes share.

mod connection;
mod revocation;
#[cfg(feature = "sessions")]
mod sessions;
mod shared_connection;

pub use revocation::{RedisRevocation, RedisRevocationBuilder};
#[cfg(feature = "sessions")]
pub use sessions::{RedisSessions, RedisSessionsBuilder};
