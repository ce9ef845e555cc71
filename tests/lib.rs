//! What the tests of this package share: a server on a real socket, a client that sends bytes as
//! they are given and keeps the answer as it came, what an answer has to be, keys, a capture of the
//! log, and a clock that stands still.

#![allow(
    clippy::expect_used,
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    clippy::panic,
    clippy::unwrap_used,
    reason = "this is test code: a helper that can't go on stops the test"
)]

pub mod client;
pub mod clock;
pub mod expected;
pub mod keys;
pub mod logs;
pub mod server;
