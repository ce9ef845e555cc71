//! The unknown keys that tokens asked for, and when each was first seen.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, RandomState};

/// How many are remembered. A new one replaces the oldest, which counts as new when it is asked for
/// again. So a good key that is pushed out is never taken for one that a fetch did not bring.
const CAPACITY: usize = 1_024;

/// The key that a token asks for.
#[derive(Clone, Copy, Debug, Hash)]
pub(crate) enum WantedKey<'a> {
    /// By its `kid`.
    Id(&'a str),
    /// The token has no `kid`: the key that made this signature.
    Signer(&'a [u8]),
}

/// When an unknown key was first asked for: how many fetches had begun by then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FirstSeen(u64);

impl FirstSeen {
    /// For keys that are not fetched: there is no fetch to wait for.
    pub(crate) const LONG_AGO: Self = Self(0);

    /// Whether the fetch with this number began later.
    pub(super) fn is_before(self, fetch: u64) -> bool {
        self.0 < fetch
    }
}

/// Clients choose the `kid`s and the signatures. So only a hash with a random key is kept, whatever their
/// length, and a client can't make up one that is taken for another.
pub(super) struct UnknownKeys {
    hasher: RandomState,
    since: HashMap<u64, FirstSeen>,
    /// The hashes in `since`, the oldest first.
    order: VecDeque<u64>,
}

impl UnknownKeys {
    pub(super) fn new() -> Self {
        Self {
            hasher: RandomState::new(),
            since: HashMap::new(),
            order: VecDeque::new(),
        }
    }

    /// When this key was first asked for: now, after `fetches_begun` fetches, unless it is remembered.
    pub(super) fn first_seen(&mut self, wanted: WantedKey<'_>, fetches_begun: u64) -> FirstSeen {
        let hash = self.hasher.hash_one(wanted);
        if let Some(since) = self.since.get(&hash) {
            return *since;
        }
        if self.order.len() >= CAPACITY
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
    fn when_a_key_was_first_asked_for_is_remembered() {
        let mut keys = UnknownKeys::new();
        assert_eq!(keys.first_seen(WantedKey::Id("a"), 3), FirstSeen(3));
        assert_eq!(keys.first_seen(WantedKey::Id("a"), 5), FirstSeen(3));
        assert_eq!(keys.first_seen(WantedKey::Id("b"), 5), FirstSeen(5));
        // A signature may have the octets of a `kid`.
        assert_eq!(keys.first_seen(WantedKey::Signer(b"a"), 6), FirstSeen(6));
    }

    #[test]
    fn a_bounded_number_is_remembered_and_the_oldest_is_forgotten() {
        let mut keys = UnknownKeys::new();
        let long = "x".repeat(8_000);
        for number in 0..10 * CAPACITY {
            let id = format!("{number} {long}");
            keys.first_seen(WantedKey::Id(&id), 1);
            assert!(keys.since.len() <= CAPACITY && keys.order.len() <= CAPACITY);
        }
        assert_eq!(keys.since.len(), CAPACITY);
        let mut first_seen =
            |number: usize| keys.first_seen(WantedKey::Id(&format!("{number} {long}")), 2);
        assert_eq!(first_seen(10 * CAPACITY - 1), FirstSeen(1));
        assert_eq!(first_seen(9 * CAPACITY), FirstSeen(1));
        // It counts as new.
        assert_eq!(first_seen(0), FirstSeen(2));
    }
}
