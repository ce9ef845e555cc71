//! Whole applications, written as a user would write them, and their tests over sockets.
//!
//! In the folder of an application, `auth.rs` has what is there because of authentication and authorization, `mod.rs`
//! has the routes and the other handlers, and `tests.rs` the tests. `auth_lines` counts the lines.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "this is test code: a helper that fails ends the test"
)]
#![allow(clippy::unused_async, reason = "a check is async")]

mod auth_lines;
mod client;
mod login_service;
mod publishing;
mod todos;
mod token_endpoint;
