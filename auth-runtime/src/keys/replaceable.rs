//! Keys that are replaced while they verify.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::key_set::KeySet;
use super::state::CurrentKeys;
use crate::lock::RwLock;

/// A key set that all clones share.
#[derive(Clone, Default)]
pub(crate) struct ReplaceableKeys(Arc<Shared>);

#[derive(Default)]
struct Shared {
    /// Changed only while `set` is locked for writing.
    generation: AtomicU64,
    set: RwLock<Arc<KeySet>>,
}

impl ReplaceableKeys {
    pub(crate) fn new(set: Arc<KeySet>) -> Self {
        Self(Arc::new(Shared {
            set: RwLock::new(set),
            ..Shared::default()
        }))
    }

    pub(crate) fn replace(&self, set: Arc<KeySet>) {
        let mut current = self.0.set.write();
        *current = set;
        self.0.generation.fetch_add(1, Ordering::Release);
    }

    pub(super) fn current(&self) -> CurrentKeys {
        let set = self.0.set.read();
        CurrentKeys {
            set: Arc::clone(&set),
            key_generation: self.0.generation.load(Ordering::Acquire),
        }
    }

    pub(super) fn is_current(&self, key_generation: u64) -> bool {
        self.0.generation.load(Ordering::Acquire) == key_generation
    }
}
