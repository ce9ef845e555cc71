//! Routing is that of axum: each scenario is built twice from the same lines, with axum's router and
//! bare handlers, and with `auth_runtime::Router` and guarded ones, and gets the same requests.
//!
//! For every request of every scenario (see `kit::compare`):
//! 1. with a credential the two responses are the same, byte for byte;
//! 2. without one the guarded router answers 401 where a handler answered, and like axum otherwise;
//! 3. the access map names exactly the handler that answered, or none.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "this is test code: a helper that fails ends the test"
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
