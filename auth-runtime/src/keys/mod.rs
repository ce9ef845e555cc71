//! Where verification keys come from.
