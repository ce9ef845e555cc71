//! The unknown keys that tokens named, and when each was first seen.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, RandomState};

/// How many unknown keys are remembered. A new one replaces the oldest, which counts as new when it is seen
/// again. So a new key that is pushed out never counts as one that a fetch did not bring.
const CAPACITY: usize = 1_024;

/// How many keys that a fetch removed are remembered: slightly more than a key set may have.
const REMOVED_CAPACITY: usize = 1_024;

/// The key that a token needs.
#[derive(Clone, Copy, Debug, Hash)]
pub(crate) enum WantedKey<'a> {
    /// The key with this `kid`.
    Id(&'a str),
    /// The key that made this signature, for a token without a `kid`.
    Signer(&'a [u8]),
}

/// When an unknown key was first seen: how many fetches had begun by then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FirstSeen(u64);

impl FirstSeen {
    /// For configured keys, which are not fetched.
    pub(crate) const LONG_AGO: Self = Self(0);

    /// Whether the fetch with this number began later.
    pub(super) fn is_before(self, fetch: u64) -> bool {
        self.0 < fetch
    }
}

/// Clients choose the `kid`s and the signatures. So only a hash is kept, whatever their length. The hash has a
/// random key, so that clients can't make collisions.
pub(super) struct UnknownKeys {
    hasher: RandomState,
    named: Hashes,
    /// Separate, because clients can name any number of other keys.
    removed: Hashes,
}

/// A bounded number of hashes.
struct Hashes {
    capacity: usize,
    since: HashMap<u64, FirstSeen>,
    /// The hashes in `since`, the oldest first.
    order: VecDeque<u64>,
}

impl UnknownKeys {
    pub(super) fn new() -> Self {
        Self {
            hasher: RandomState::new(),
            named: Hashes::new(CAPACITY),
            removed: Hashes::new(REMOVED_CAPACITY),
        }
    }

    /// When this key was first seen: now, after `fetches_begun` fetches, unless it is remembered.
    pub(super) fn first_seen(&mut self, wanted: WantedKey<'_>, fetches_begun: u64) -> FirstSeen {
        let hash = self.hasher.hash_one(wanted);
        match self.removed.since.get(&hash) {
            Some(since) => *since,
            None => self.named.first_seen(hash, fetches_begun),
        }
    }

    /// Remembers that the fetch with this number did not bring the key with this `kid`, which was known before.
    pub(super) fn remember_removed(&mut self, id: &str, fetch: u64) {
        let hash = self.hasher.hash_one(WantedKey::Id(id));
        self.removed.first_seen(hash, fetch.saturating_sub(1));
    }
}

impl Hashes {
    fn new(capacity: usize) -> Self {
        Self {
            capacity,
            since: HashMap::new(),
            order: VecDeque::new(),
        }
    }

    fn first_seen(&mut self, hash: u64, fetches_begun: u64) -> FirstSeen {
        if let Some(since) = self.since.get(&hash) {
            return *since;
        }
        if self.order.len() >= self.capacity
            && let Some(oldest) = self.order.pop_front()
        {
            self.since.remove(&oldest);
        }
        self.order.push_back(hash);
        self.since.insert(hash, FirstSeen(fetches_begun));
        FirstSeen(fetches_begun)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_request_for_an_unknown_key_is_remembered() {
        let mut keys = UnknownKeys::new();
        assert_eq!(keys.first_seen(WantedKey::Id("a"), 3), FirstSeen(3));
        assert_eq!(keys.first_seen(WantedKey::Id("a"), 5), FirstSeen(3));
        assert_eq!(keys.first_seen(WantedKey::Id("b"), 5), FirstSeen(5));
        // A signature may have the octets of a `kid`.
        assert_eq!(keys.first_seen(WantedKey::Signer(b"a"), 6), FirstSeen(6));
    }

    #[test]
    fn a_bounded_number_of_unknown_keys_is_remembered_and_the_oldest_is_dropped() {
        let mut keys = UnknownKeys::new();
        let long = "x".repeat(8_000);
        for number in 0..10 * CAPACITY {
            let id = format!("{number} {long}");
            keys.first_seen(WantedKey::Id(&id), 1);
            assert!(keys.named.since.len() <= CAPACITY && keys.named.order.len() <= CAPACITY);
        }
        assert_eq!(keys.named.since.len(), CAPACITY);
        let mut first_seen =
            |number: usize| keys.first_seen(WantedKey::Id(&format!("{number} {long}")), 2);
        assert_eq!(first_seen(10 * CAPACITY - 1), FirstSeen(1));
        assert_eq!(first_seen(9 * CAPACITY), FirstSeen(1));
        // It counts as new.
        assert_eq!(first_seen(0), FirstSeen(2));
    }

    #[test]
    fn requests_for_unknown_keys_do_not_evict_removed_keys() {
        let mut keys = UnknownKeys::new();
        keys.remember_removed("a", 3);
        for number in 0..10 * CAPACITY {
            keys.first_seen(WantedKey::Id(&number.to_string()), 3);
        }
        assert_eq!(keys.first_seen(WantedKey::Id("a"), 3), FirstSeen(2));
    }

    #[test]
    fn a_bounded_number_of_removed_keys_is_remembered() {
        let mut keys = UnknownKeys::new();
        for number in 0..10 * REMOVED_CAPACITY {
            keys.remember_removed(&number.to_string(), 3);
            assert!(keys.removed.since.len() <= REMOVED_CAPACITY);
            assert!(keys.removed.order.len() <= REMOVED_CAPACITY);
        }
        let last = (10 * REMOVED_CAPACITY - 1).to_string();
        assert_eq!(keys.first_seen(WantedKey::Id(&last), 4), FirstSeen(2));
        // It counts as new.
        assert_eq!(keys.first_seen(WantedKey::Id("0"), 4), FirstSeen(4));
    }
}
