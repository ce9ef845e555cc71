//! skeleton
mod keys;
