//! Services that depend on other servers, over real sockets: an introspection endpoint, a key server and a shared
//! revocation list. The tests control these servers, and cover outages, invalid responses and floods.
//!
//! Without the feature `redis`, the revocation list in memory is tested. `tests/servers/revocation/run` installs
//! Redis and tests that list as well.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "this is test code: a helper that fails ends the test"
)]

mod introspection;
mod node;
mod provider;
mod revocation;
