//! Checks of the repository itself: which modules of `auth-runtime` import which, and that generated code passes the
//! strictest lints.

mod imports;
pub mod lints;
