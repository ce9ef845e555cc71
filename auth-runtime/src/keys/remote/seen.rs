//! The unknown keys that tokens asked for, and since when.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, RandomState};

/// The most that are remembered. The oldest is forgotten for a new one, and counts as new when it is
/// asked for again: a good key that is pushed out is never taken for one that a fetch did not bring.
const MOST: usize = 1_024;

/// The key that a token asks for.
#[derive(Clone, Copy, Debug, Hash)]
pub(crate) enum Wanted<'a> {
    /// By its `kid`.
    Id(&'a str),
    /// The token names none: whichever made this signature.
    Signer(&'a [u8]),
}

/// When a key was asked for that was not known: how many fetches had begun by then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FirstSeen(u64);

impl FirstSeen {
    /// There is no fetch to wait for.
    pub(crate) const LONG_AGO: Self = Self(0);

    /// Whether the fetch of this number began later.
    pub(super) fn is_before(self, fetch: u64) -> bool {
        self.0 < fetch
    }
}

/// Requests choose what is asked for. So it is kept as a number, whatever its length, by a hash with a
/// random key: nobody can make up a name that is taken for another.
pub(super) struct Seen {
    hash: RandomState,
    since: HashMap<u64, FirstSeen>,
    /// Those of `since`, the oldest first.
    order: VecDeque<u64>,
}

impl Seen {
    pub(super) fn new() -> Self {
        Self {
            hash: RandomState::new(),
            since: HashMap::new(),
            order: VecDeque::new(),
        }
    }

    /// When this key was asked for first: now, after `begun` fetches had begun, unless it is remembered.
    pub(super) fn first(&mut self, wanted: Wanted<'_>, begun: u64) -> FirstSeen {
        let name = self.hash.hash_one(wanted);
        if let Some(since) = self.since.get(&name) {
            return *since;
        }
        if self.order.len() >= MOST
            && let Some(oldest) = self.order.pop_front()
        {
            self.since.remove(&oldest);
        }
        self.order.push_back(name);
        self.since.insert(name, FirstSeen(begun));
        FirstSeen(begun)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_time_counts() {
        let mut seen = Seen::new();
        assert_eq!(seen.first(Wanted::Id("a"), 3), FirstSeen(3));
        assert_eq!(seen.first(Wanted::Id("a"), 5), FirstSeen(3));
        assert_eq!(seen.first(Wanted::Id("b"), 5), FirstSeen(5));
        // The octets of a signature may be those of a name.
        assert_eq!(seen.first(Wanted::Signer(b"a"), 6), FirstSeen(6));
    }

    #[test]
    fn a_bounded_number_is_remembered_and_the_oldest_is_forgotten() {
        let mut seen = Seen::new();
        let long = "x".repeat(8_000);
        for number in 0..10 * MOST {
            let id = format!("{number} {long}");
            seen.first(Wanted::Id(&id), 1);
            assert!(seen.since.len() <= MOST && seen.order.len() <= MOST);
        }
        assert_eq!(seen.since.len(), MOST);
        let mut since = |number: usize| seen.first(Wanted::Id(&format!("{number} {long}")), 2);
        assert_eq!(since(10 * MOST - 1), FirstSeen(1));
        assert_eq!(since(9 * MOST), FirstSeen(1));
        // It counts as new.
        assert_eq!(since(0), FirstSeen(2));
    }
}
