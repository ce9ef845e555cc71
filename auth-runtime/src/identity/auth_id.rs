//! Identifies an `Auth` within the process.

use std::num::NonZeroU64;
use std::sync::atomic::{AtomicU64, Ordering};

/// Identifies an `Auth`. An address would not: a later `Auth` could get the same one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AuthId(NonZeroU64);

impl AuthId {
    /// An identifier that no other `Auth` has.
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        Self(NonZeroU64::MIN.saturating_add(number))
    }
}
