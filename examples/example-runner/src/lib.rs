//! Runs the examples for their tests: as processes, with requests by curl.

#![allow(
    clippy::expect_used,
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    clippy::panic,
    clippy::unwrap_used,
    reason = "for tests only: whatever goes wrong fails the test"
)]

mod curl;
mod printed;
mod program;

pub use self::curl::{Response, curl, finish, start_curl};
pub use self::printed::{Pasted, Printed};
pub use self::program::{Program, run};
