//! Finds a scope among many, with a hash table.

use std::hash::BuildHasher;

use foldhash::fast::RandomState;
use hashbrown::HashTable;

/// The positions at which scopes begin in a string of scopes that are separated by spaces. The string is kept
/// elsewhere, and passed to each method as `joined`.
pub(super) struct ScopeIndex {
    starts: HashTable<usize>,
    hasher: RandomState,
}

impl ScopeIndex {
    pub(super) fn new(joined: &str) -> Self {
        let mut index = Self {
            starts: HashTable::with_capacity(count(joined)),
            hasher: RandomState::default(),
        };
        let mut start = 0;
        for scope in joined.split(' ') {
            index.insert(joined, start);
            start += scope.len() + 1;
        }
        index
    }

    /// Adds the scope that begins at `start`, unless the same scope is in the table already.
    fn insert(&mut self, joined: &str, start: usize) {
        let scope = scope_at(joined, start);
        let hash = |start: &usize| self.hasher.hash_one(scope_at(joined, *start));
        let is_same = |other: &usize| scope_at(joined, *other) == scope;
        let entry = self.starts.entry(hash(&start), is_same, hash);
        entry.or_insert(start);
    }

    /// An upper estimate of the memory of an index of `joined`, in bytes.
    pub(super) fn size(joined: &str) -> usize {
        // The number of slots is a power of two, of which an eighth is free. Each has a byte for its hash.
        let slots = (count(joined) * 8 / 7 + 1).next_power_of_two();
        size_of::<Self>() + slots * (size_of::<usize>() + 1) + 16
    }

    pub(super) fn contains(&self, joined: &str, scope: &str) -> bool {
        let is_same = |start: &usize| scope_at(joined, *start) == scope;
        self.starts
            .find(self.hasher.hash_one(scope), is_same)
            .is_some()
    }
}

fn count(joined: &str) -> usize {
    1 + joined.bytes().filter(|byte| *byte == b' ').count()
}

fn scope_at(joined: &str, start: usize) -> &str {
    let rest = joined.get(start..).unwrap_or_default();
    rest.split(' ').next().unwrap_or_default()
}
