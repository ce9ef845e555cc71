//! Counts the changes that this node makes to what a store keeps, so that cached copies are not used after a change.

use std::array;
use std::future::Future;
use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::runtime::Handle;

use crate::box_error::BoxError;

/// The counters. Several keys share a counter, so a change to one of them invalidates the copies of the others too.
pub(crate) struct Changes {
    counters: [Arc<AtomicU64>; 256],
    hasher: RandomState,
}

impl Changes {
    pub(crate) fn new() -> Self {
        Self {
            counters: array::from_fn(|_| Arc::default()),
            hasher: RandomState::new(),
        }
    }

    fn of(&self, key: &(impl Hash + ?Sized)) -> &Arc<AtomicU64> {
        let [.., last] = self.hasher.hash_one(key).to_le_bytes();
        let [first, ..] = &self.counters;
        self.counters.get(usize::from(last)).unwrap_or(first)
    }

    /// The current generation of the entry with this key. Call it before a look-up begins.
    pub(crate) fn generation(&self, key: &(impl Hash + ?Sized)) -> Generation {
        let latest = Arc::clone(self.of(key));
        let seen = latest.load(Ordering::Acquire);
        Generation { latest, seen }
    }

    /// Invalidates copies of the entry with this key, and the results of look-ups in progress: now, and again when
    /// the returned guard is dropped. This includes failed changes, because the store may have made the change before
    /// it failed.
    pub(crate) fn change(&self, key: &(impl Hash + ?Sized)) -> Change {
        let change = Change(Arc::clone(self.of(key)));
        change.count();
        change
    }
}

/// The number of changes on this node when `Changes::generation` was called.
pub(crate) struct Generation {
    latest: Arc<AtomicU64>,
    seen: u64,
}

impl Generation {
    pub(crate) fn is_current(&self) -> bool {
        self.latest.load(Ordering::Acquire) == self.seen
    }
}

/// A change that is in progress.
#[must_use]
pub(crate) struct Change(Arc<AtomicU64>);

impl Change {
    fn count(&self) {
        self.0.fetch_add(1, Ordering::Release);
    }
}

impl Drop for Change {
    fn drop(&mut self) {
        self.count();
    }
}

/// Completes the change even if the caller's future is dropped. Otherwise the store could make the change after this
/// node has looked it up for the last time.
pub(crate) async fn run_to_completion<T: Send + 'static>(
    change: impl Future<Output = T> + Send + 'static,
) -> Result<T, BoxError> {
    match Handle::try_current() {
        Ok(runtime) => Ok(runtime.spawn(change).await?),
        Err(_) => Ok(change.await),
    }
}
