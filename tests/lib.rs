//! What the tests of this package share: the application that many of them send requests to, a server on a
//! real socket, a Redis server, a network that loses connections, a client that sends and receives bytes unchanged,
//! expected responses, keys, a capture of the log, and a stopped clock.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    clippy::panic,
    clippy::unwrap_used,
    reason = "this is test code: a helper that fails ends the test"
)]

pub mod application;
pub mod client;
pub mod clock;
pub mod expected;
pub mod keys;
pub mod logs;
pub mod network;
pub mod redis_server;
pub mod server;
