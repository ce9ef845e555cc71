//! The attribute macros of `auth-runtime`, which re-exports and documents them.
