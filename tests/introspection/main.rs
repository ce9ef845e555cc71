//! Opaque tokens and an authorization server we control, over real sockets: what it is asked, what
//! its answers come to, outages, floods.
//!
//! Rows such as `B18` or `I4` are the rows of the project's table "what every request gets".

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "this is test code: a helper that can't go on stops the test"
)]

mod authorization_server;
mod caching;
mod client_authentication;
mod floods;
mod node;
mod outages;
mod responses;
mod token_kinds;
