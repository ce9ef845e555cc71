//! Opaque tokens and an authorization server controlled by the tests, over real sockets: its
//! requests, the outcomes of its responses, outages and floods.
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
