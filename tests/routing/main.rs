//! Routing is axum's: each scenario is built twice from the same lines, with axum's router and bare
//! handlers, and with ours and guarded ones, and is asked the same.
//!
//! For every request of every scenario (see `kit::compare`):
//! 1. with a credential the two answers are the same, byte for byte;
//! 2. without one ours is 401 where a handler of axum's answered, and the same where axum did;
//! 3. the access map names the handler that answered, none where none did, and no other.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "this is test code: a helper that can't go on stops the test"
)]

#[macro_use]
mod kit;

mod allow;
mod bodies;
mod compositions;
mod errors;
mod fallbacks;
mod layers;
mod merging;
mod methods;
mod mirrored;
mod misuse;
mod nesting;
mod paths;
mod sockets;
mod states;
mod unguarded;
