//! The tests of every store: the same tests for each implementation.
//!
//! `tests/stores/run` starts PostgreSQL, installs Redis, and tests them as well.

#![allow(
    clippy::assigning_clones,
    reason = "what a test sets is said as plainly as can be"
)]
#![allow(
    clippy::unused_async,
    reason = "stores are made in one way, also those that wait for nothing"
)]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "this is test code: a helper that fails ends the test"
)]

mod api_keys;
mod guarded;
mod memory;
mod outage;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "redis")]
mod redis;
mod refresh_tokens;
mod sessions;
mod sqlite;
mod users;
