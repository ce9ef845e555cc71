//! Checks of the repository itself: which modules of `auth-runtime` import which, that generated code passes the
//! strictest lints, and that every row of the conformance table has a test.

mod conformance_rows;
mod imports;
pub mod lints;
