//! Keys that are fetched from a server controlled by the tests, over real sockets: outages, invalid
//! responses, rotation, floods; and the tokens that were verified before.
//!
//! Rows such as `B9` or `I2` are the rows of the project's table "what every request gets".

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "this is test code: a helper that can't go on stops the test"
)]

mod caching;
mod clocks;
mod discovery;
mod floods;
mod invalid_keys;
mod invalid_responses;
mod issuers;
mod key_server;
mod known_tokens;
mod node;
mod outages;
mod rotation;
