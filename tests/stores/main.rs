//! What every store promises, asked of every store there is.
//!
//! `tests/stores/run` asks PostgreSQL as well; it starts one.

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
    reason = "this is test code: a helper that can't go on stops the test"
)]

mod api_keys;
mod guarded;
mod memory;
mod outage;
#[cfg(feature = "postgres")]
mod postgres;
mod sqlite;
mod users;
