//! What every list of revoked tokens promises, and what Redis adds: several nodes, and outages.
//!
//! Without the feature `redis` this asks the list in memory. `tests/revocation/run` asks Redis as
//! well; it installs it.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "this is test code: a helper that can't go on stops the test"
)]

mod list;
mod memory;
mod node;
#[cfg(feature = "redis")]
mod redis;
