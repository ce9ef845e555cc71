//! A bounded map with tokens as keys.

use std::borrow::Borrow;
use std::hash::{Hash, Hasher};
use std::time::Duration;

use foldhash::fast::RandomState;
use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{OptionsBuilder, Weighter};
use tokio::time::Instant;
use zeroize::Zeroizing;

/// Tokens are found by a hash with a random key and then compared in full, so that no two tokens share
/// an entry.
pub(super) struct TokenMap<V> {
    /// `None` if it is off.
    tokens: Option<Tokens<V>>,
    entry_ttl: Option<Duration>,
}

type Tokens<V> = Cache<TokenKey, Entry<V>, TokenWeight, RandomState>;

#[derive(Clone)]
struct Entry<V> {
    value: V,
    /// Computed once, because the cache needs it several times.
    size: usize,
    /// `None` if entries have no TTL, so that the clock is not read.
    since: Option<Instant>,
}

/// A value in a [`TokenMap`].
pub(super) trait CachedSize: Clone {
    /// An estimate of its size in bytes.
    fn size(&self) -> usize;
}

impl<V: CachedSize> TokenMap<V> {
    pub(super) fn new(entries: usize, bytes: usize, entry_ttl: Option<Duration>) -> Self {
        Self {
            tokens: Self::tokens(entries, bytes),
            entry_ttl,
        }
    }

    fn tokens(entries: usize, bytes: usize) -> Option<Tokens<V>> {
        // An entry weighs at least its share, so that the limit of bytes also limits the entries.
        let least = bytes.checked_div(entries)?;
        let options = OptionsBuilder::new()
            .estimated_items_capacity(entries)
            .weight_capacity(u64::try_from(bytes).unwrap_or(u64::MAX))
            .build()
            .ok()?;
        Some(Cache::with_options(
            options,
            TokenWeight { least },
            RandomState::default(),
            DefaultLifecycle::default(),
        ))
    }

    pub(super) fn is_off(&self) -> bool {
        self.tokens.is_none()
    }

    pub(super) fn get(&self, token: &[u8]) -> Option<V> {
        let entry = self.tokens.as_ref()?.get(token)?;
        (!self.is_old(&entry)).then_some(entry.value)
    }

    fn is_old(&self, entry: &Entry<V>) -> bool {
        match (self.entry_ttl, entry.since) {
            (Some(entry_ttl), Some(since)) => since.elapsed() >= entry_ttl,
            _ => false,
        }
    }

    /// `value` is called unless the map is off.
    pub(super) fn insert(&self, token: &[u8], value: impl FnOnce() -> V) {
        if let Some(tokens) = &self.tokens {
            let value = value();
            let entry = Entry {
                size: token.len() + value.size(),
                value,
                since: self.entry_ttl.map(|_| Instant::now()),
            };
            tokens.insert(TokenKey::new(token), entry);
        }
    }

    pub(super) fn remove(&self, token: &[u8]) {
        if let Some(tokens) = &self.tokens {
            tokens.remove(token);
        }
    }

    /// Whether there is an entry for the token, even if it is older than the TTL.
    #[cfg(feature = "introspection")]
    pub(super) fn holds(&self, token: &[u8]) -> bool {
        let tokens = self.tokens.as_ref();
        tokens.is_some_and(|tokens| tokens.contains_key(token))
    }

    /// The number of entries. `None` if the map is off.
    pub(super) fn len(&self) -> Option<usize> {
        self.tokens.as_ref().map(Cache::len)
    }
}

/// A token as a key of a cache.
#[derive(Clone, PartialEq, Eq)]
pub(in crate::bearer) struct TokenKey(Zeroizing<Box<[u8]>>);

impl TokenKey {
    pub(in crate::bearer) fn new(token: &[u8]) -> Self {
        Self(Zeroizing::new(token.into()))
    }

    #[cfg(feature = "introspection")]
    pub(in crate::bearer) fn len(&self) -> usize {
        self.0.len()
    }
}

/// Hashes like its octets, by which it is looked up.
impl Hash for TokenKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.as_ref().hash(state);
    }
}

impl Borrow<[u8]> for TokenKey {
    fn borrow(&self) -> &[u8] {
        &self.0
    }
}

#[derive(Clone)]
struct TokenWeight {
    least: usize,
}

impl<V> Weighter<TokenKey, Entry<V>> for TokenWeight {
    fn weight(&self, _: &TokenKey, entry: &Entry<V>) -> u64 {
        u64::try_from(entry.size.max(self.least)).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl CachedSize for &'static str {
        fn size(&self) -> usize {
            self.len()
        }
    }

    #[test]
    fn two_tokens_with_one_hash_are_cached_separately() {
        // As if an attacker knew the key of the hash and had found a collision.
        #[derive(Clone, Default)]
        struct Collides;
        impl std::hash::BuildHasher for Collides {
            type Hasher = Zero;
            fn build_hasher(&self) -> Zero {
                Zero
            }
        }
        struct Zero;
        impl Hasher for Zero {
            fn finish(&self) -> u64 {
                0
            }
            fn write(&mut self, _: &[u8]) {}
        }
        let tokens = Cache::with_options(
            OptionsBuilder::new()
                .estimated_items_capacity(10)
                .weight_capacity(10 * 4096)
                .build()
                .unwrap(),
            TokenWeight { least: 1 },
            Collides,
            DefaultLifecycle::default(),
        );
        let insert = |token: &[u8], value: &'static str| {
            let entry = Entry {
                value,
                size: 1,
                since: None,
            };
            tokens.insert(TokenKey::new(token), entry);
        };
        insert(b"abc", "alice");
        insert(b"abd", "bob");
        let value = |token: &[u8]| {
            let entry: Entry<&'static str> = tokens.get(token)?;
            Some(entry.value)
        };
        assert_eq!(value(b"abc"), Some("alice"));
        assert_eq!(value(b"abd"), Some("bob"));
        assert_eq!(value(b"abe"), None);
    }
}
