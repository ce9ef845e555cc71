//! Sessions of browsers: how they are started, presented and ended, and the stores that keep them.

mod store;

pub use store::{FoundSession, MemorySessions, SessionDigest, SessionRecord, SessionStore};
