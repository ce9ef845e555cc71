//! A cache of sessions, by their identifiers.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use foldhash::fast::RandomState;
use quick_cache::sync::{Cache as QuickCache, DefaultLifecycle};
use quick_cache::{OptionsBuilder, UnitWeighter};
use tokio::time::Instant;

use super::id::PresentedId;
use super::store::{FoundSession, SessionRecord};
use crate::changes::Generation;
use crate::identity::Identity;

/// How long an invalid session stays invalid without a look-up: identifiers are never reused.
const INVALID_TTL: Duration = Duration::from_secs(60);

/// Valid sessions, and the identifiers of invalid ones apart from them, so that a flood of invalid
/// identifiers evicts no valid session.
///
/// A stale entry of a valid session stays until it is looked up again. It does not let a request in, but it shows that
/// the session was valid before and is not a guess.
pub(super) struct Cache {
    valid: Entries<Arc<CachedSession>>,
    invalid: Entries<Instant>,
}

type Entries<V> = QuickCache<PresentedId, V, UnitWeighter, RandomState>;

fn entries<V: Clone>(capacity: usize) -> Entries<V> {
    // Random keys, because clients choose the identifiers of invalid sessions.
    let hasher = RandomState::default();
    let weight = u64::try_from(capacity).unwrap_or(u64::MAX);
    match OptionsBuilder::new()
        .estimated_items_capacity(capacity)
        .weight_capacity(weight)
        .build()
    {
        Ok(options) => {
            QuickCache::with_options(options, UnitWeighter, hasher, DefaultLifecycle::default())
        }
        // Both capacities are set.
        Err(_) => QuickCache::with(
            capacity,
            weight,
            UnitWeighter,
            hasher,
            DefaultLifecycle::default(),
        ),
    }
}

impl Cache {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            valid: entries(capacity),
            invalid: entries(capacity),
        }
    }

    pub(super) fn set_capacity(&self, capacity: usize) {
        let capacity = u64::try_from(capacity).unwrap_or(u64::MAX);
        self.valid.set_capacity(capacity);
        self.invalid.set_capacity(capacity);
    }

    pub(super) fn get(&self, id: &PresentedId) -> Option<Arc<CachedSession>> {
        self.valid.get(id)
    }

    pub(super) fn insert(&self, id: PresentedId, session: Arc<CachedSession>) {
        self.valid.insert(id, session);
    }

    /// Whether a recent look-up found no valid session.
    pub(super) fn is_invalid(&self, id: &PresentedId) -> bool {
        self.invalid
            .get(id)
            .is_some_and(|since| since.elapsed() < INVALID_TTL)
    }

    pub(super) fn insert_invalid(&self, id: PresentedId) {
        self.valid.remove(&id);
        self.invalid.insert(id, Instant::now());
    }
}

impl fmt::Debug for Cache {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Cache")
            .field("valid", &self.valid.len())
            .field("invalid", &self.invalid.len())
            .finish()
    }
}

/// A session that was valid when it was looked up.
pub(super) struct CachedSession {
    pub(super) record: SessionRecord,
    pub(super) identity: Identity,
    /// Names the session in the list of revoked credentials.
    pub(super) id: String,
    /// The start of the look-up.
    looked_up_at: Instant,
    /// The time from the look-up to the end of the session's lifetime.
    lifetime: Duration,
    generations: [Generation; 2],
    /// When the session was last used on this node, in milliseconds after the look-up.
    last_use: AtomicU64,
    /// The age of the use that the store has, at the look-up.
    age: Duration,
    /// When a later use was written, in milliseconds after the look-up, plus one. Zero if none was written.
    written: AtomicU64,
}

impl CachedSession {
    pub(super) fn new(
        found: FoundSession,
        identity: Identity,
        looked_up_at: Instant,
        generations: [Generation; 2],
    ) -> Self {
        let FoundSession { session, now } = found;
        Self {
            id: session.id(),
            lifetime: session.ends_at.duration_since(now).unwrap_or_default(),
            age: now.duration_since(session.last_seen_at).unwrap_or_default(),
            record: session,
            identity,
            looked_up_at,
            generations,
            last_use: AtomicU64::new(0),
            written: AtomicU64::new(0),
        }
    }

    /// Whether this node has not changed the session since.
    pub(super) fn is_unchanged(&self) -> bool {
        self.generations.iter().all(Generation::is_current)
    }

    /// Uses the session without a look-up. Returns `false` if it has to be looked up.
    pub(super) fn is_usable(&self, now: Instant, cache_ttl: Duration) -> bool {
        let elapsed = now.saturating_duration_since(self.looked_up_at);
        let last_use = Duration::from_millis(self.last_use.load(Ordering::Relaxed));
        let unused = elapsed.saturating_sub(last_use);
        elapsed < cache_ttl
            && elapsed < self.lifetime
            && unused < self.record.idle_timeout
            && self.is_unchanged()
    }

    /// Notes a use. Returns `true` if it has to be written to the store, once for each interval.
    pub(super) fn note_use(&self, now: Instant) -> bool {
        let elapsed = now.saturating_duration_since(self.looked_up_at);
        let use_at = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX - 1);
        // Loaded first, so that a session that is used often is seldom written to.
        if self.last_use.load(Ordering::Relaxed) < use_at {
            self.last_use.fetch_max(use_at, Ordering::Relaxed);
        }
        let written = self.written.load(Ordering::Relaxed);
        let age = match written.checked_sub(1) {
            Some(written) => elapsed.saturating_sub(Duration::from_millis(written)),
            None => self.age.saturating_add(elapsed),
        };
        age >= self.record.use_interval()
            && self
                .written
                .compare_exchange(written, use_at + 1, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok()
    }

    /// The time since the look-up.
    pub(super) fn elapsed(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.looked_up_at)
    }
}
