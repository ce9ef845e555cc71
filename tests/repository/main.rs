//! Checks of the repository itself: which modules of `auth-runtime` import which, that generated code passes the
//! strictest lints, that every row of the conformance table has a test, that the guide lists every counter, and that
//! the README does what it says.

mod conformance_rows;
mod counters;
mod imports;
pub mod lints;
mod readme;
