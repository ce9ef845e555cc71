//! A cache of the keys that were valid when they were last looked up.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::api_key::store::{ApiKeyDigest, ApiKeyRecord};
use crate::changes::{Change, Changes, Generation};
use crate::identity::Identity;

/// Only valid keys are cached, so that invalid ones can't evict them. The cache has their digests and
/// not their secrets.
///
/// A stale entry stays until the key is looked up again. It does not let a request in, but it shows
/// that the key was valid before and is not a guess.
pub(super) struct Cache {
    entries: quick_cache::sync::Cache<ApiKeyDigest, Arc<CachedKey>>,
    changes: Changes,
}

pub(super) struct CachedKey {
    pub(super) record: ApiKeyRecord,
    pub(super) identity: Identity,
    /// The start of the look-up.
    looked_up_at: Instant,
    generation: Generation,
    /// Held by the request that looks the key up again, while others wait for the result.
    pub(super) refresh: Mutex<()>,
    /// The second in which the last use was noted.
    last_use: AtomicU64,
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

    /// The current generation of the key with this prefix, to be taken before a look-up begins.
    pub(super) fn generation(&self, prefix: &str) -> Generation {
        self.changes.generation(prefix)
    }

    /// Invalidates cached entries of the key with this prefix, and the results of look-ups that are
    /// in progress: now, and again when the returned guard is dropped. This includes failed changes,
    /// because the store may have made the change before it failed.
    pub(super) fn change(&self, prefix: &str) -> Change {
        self.changes.change(prefix)
    }
}

impl CachedKey {
    pub(super) fn new(
        record: ApiKeyRecord,
        identity: Identity,
        looked_up_at: Instant,
        generation: Generation,
    ) -> Self {
        Self {
            record,
            identity,
            looked_up_at,
            generation,
            refresh: Mutex::new(()),
            last_use: AtomicU64::new(0),
        }
    }

    /// Whether a request may be let in without a look-up.
    pub(super) fn is_fresh(&self, cache_ttl: Duration) -> bool {
        self.generation.is_current() && self.looked_up_at.elapsed() < cache_ttl
    }

    pub(super) fn is_expired(&self, now: SystemTime) -> bool {
        is_expired(&self.record, now)
    }

    /// Whether this is the first use in this second.
    pub(super) fn mark_used(&self, second: u64) -> bool {
        // Load first, so that a key that is used often is written to only once a second.
        self.last_use.load(Ordering::Relaxed) != second
            && self.last_use.swap(second, Ordering::Relaxed) != second
    }
}

pub(super) fn is_expired(record: &ApiKeyRecord, now: SystemTime) -> bool {
    record.expires_at.is_some_and(|expiry| expiry <= now)
}

impl fmt::Debug for Cache {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Cache")
            .field("entries", &self.entries.len())
            .finish_non_exhaustive()
    }
}
