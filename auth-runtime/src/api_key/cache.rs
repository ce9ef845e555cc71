//! The keys that were good when the store was last asked.

use std::array;
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::api_key::store::{ApiKeyDigest, ApiKeyRecord};
use crate::identity::Identity;

/// Only good keys enter, so that nobody without one can push another one out. Found by the digest:
/// the secrets themselves are not kept.
///
/// An entry that has grown old stays until the store was asked again: it is not enough to be let
/// in, but it tells a key that was good once from one that was made up.
pub(super) struct Cache {
    entries: quick_cache::sync::Cache<ApiKeyDigest, Arc<CachedKey>>,
    changes: Changes,
}

pub(super) struct CachedKey {
    pub(super) record: ApiKeyRecord,
    pub(super) identity: Identity,
    /// When the store was asked, not when it answered.
    asked: Instant,
    since: Since,
    /// Who asks the store again, while the others wait for what it says.
    pub(super) turn: Mutex<()>,
    /// The second in which the last use was noted.
    used: AtomicU64,
}

impl Cache {
    pub(super) fn new(entries: usize) -> Self {
        Self {
            entries: quick_cache::sync::Cache::new(entries),
            changes: Changes::new(),
        }
    }

    pub(super) fn set_capacity(&self, entries: u64) {
        self.entries.set_capacity(entries);
    }

    pub(super) fn get(&self, digest: &ApiKeyDigest) -> Option<Arc<CachedKey>> {
        self.entries.get(digest)
    }

    pub(super) fn insert(&self, entry: &Arc<CachedKey>) {
        self.entries.insert(entry.record.digest, Arc::clone(entry));
    }

    pub(super) fn remove(&self, digest: &ApiKeyDigest) {
        self.entries.remove(digest);
    }

    /// The state of the key with this prefix, to be taken before the store is asked.
    pub(super) fn since(&self, prefix: &str) -> Since {
        let latest = Arc::clone(self.changes.of(prefix));
        let seen = latest.load(Ordering::Acquire);
        Since { latest, seen }
    }

    /// From now on whatever is known of the key with this prefix is not enough, and neither is what
    /// the store is saying about it just now; and again when what this gives is dropped. Dropped,
    /// because the change may have been made also where the store has failed.
    pub(super) fn change(&self, prefix: &str) -> Change {
        let change = Change(Arc::clone(self.changes.of(prefix)));
        change.count();
        change
    }
}

impl CachedKey {
    pub(super) fn new(
        record: ApiKeyRecord,
        identity: Identity,
        asked: Instant,
        since: Since,
    ) -> Self {
        Self {
            record,
            identity,
            asked,
            since,
            turn: Mutex::new(()),
            used: AtomicU64::new(0),
        }
    }

    /// Whether a request may be let in without asking the store.
    pub(super) fn is_fresh(&self, cache_ttl: Duration) -> bool {
        self.since.is_unchanged() && self.asked.elapsed() < cache_ttl
    }

    pub(super) fn is_expired(&self, now: SystemTime) -> bool {
        is_expired(&self.record, now)
    }

    /// Whether this is the first use in this second.
    pub(super) fn mark_used(&self, second: u64) -> bool {
        // A look first: a key that is in use many times a second is written to once.
        self.used.load(Ordering::Relaxed) != second
            && self.used.swap(second, Ordering::Relaxed) != second
    }
}

pub(super) fn is_expired(record: &ApiKeyRecord, now: SystemTime) -> bool {
    record.expires_at.is_some_and(|expiry| expiry <= now)
}

/// Counts the changes that were made to keys on this node. Several keys share a counter: a change
/// to one of them costs the others a look-up.
struct Changes {
    counters: [Arc<AtomicU64>; 256],
    hasher: RandomState,
}

impl Changes {
    fn new() -> Self {
        Self {
            counters: array::from_fn(|_| Arc::default()),
            hasher: RandomState::new(),
        }
    }

    fn of(&self, prefix: &str) -> &Arc<AtomicU64> {
        let [.., last] = self.hasher.hash_one(prefix).to_le_bytes();
        let [first, ..] = &self.counters;
        self.counters.get(usize::from(last)).unwrap_or(first)
    }
}

/// A moment in the history of a key on this node.
pub(super) struct Since {
    latest: Arc<AtomicU64>,
    seen: u64,
}

impl Since {
    pub(super) fn is_unchanged(&self) -> bool {
        self.latest.load(Ordering::Acquire) == self.seen
    }
}

/// A change that is being made to a key.
#[must_use]
pub(super) struct Change(Arc<AtomicU64>);

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

impl fmt::Debug for Cache {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Cache")
            .field("entries", &self.entries.len())
            .finish_non_exhaustive()
    }
}
