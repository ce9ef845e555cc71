//! What every store promises, asked of every store there is.
//!
//! `tests/stores/run` asks PostgreSQL as well; it starts one.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "this is test code: a helper that can't go on stops the test"
)]

mod api_keys;
mod memory;
mod outage;
#[cfg(feature = "postgres")]
mod postgres;
mod sqlite;
mod users;
