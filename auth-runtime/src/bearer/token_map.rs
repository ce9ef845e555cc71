//! A bounded map with tokens as keys.

use std::borrow::Borrow;
use std::hash::{BuildHasher, BuildHasherDefault, Hash, Hasher};
use std::time::Duration;

use foldhash::fast::RandomState;
use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{Equivalent, OptionsBuilder, Weighter};
use tokio::time::Instant;
use zeroize::Zeroizing;

/// Hashes tokens with a random key.
#[derive(Default)]
pub(super) struct TokenHasher(RandomState);

impl TokenHasher {
    pub(super) fn hash<'a>(&self, token: &'a [u8]) -> HashedToken<'a> {
        HashedToken {
            token,
            hash: self.0.hash_one(token),
        }
    }
}

/// A token and its hash, which is computed once for all maps.
#[derive(Clone, Copy)]
pub(super) struct HashedToken<'a> {
    token: &'a [u8],
    hash: u64,
}

impl<'a> HashedToken<'a> {
    pub(super) fn bytes(self) -> &'a [u8] {
        self.token
    }
}

/// Tokens are found by their hash and then compared in full, so that no two tokens share an entry.
pub(super) struct TokenMap<V> {
    /// `None` if it is off.
    tokens: Option<Tokens<V>>,
    entry_ttl: Option<Duration>,
}

type Tokens<V> = Cache<HashedKey, Entry<V>, TokenWeight, BuildHasherDefault<KnownHash>>;

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
            BuildHasherDefault::default(),
            DefaultLifecycle::default(),
        ))
    }

    pub(super) fn is_off(&self) -> bool {
        self.tokens.is_none()
    }

    pub(super) fn get(&self, token: HashedToken<'_>) -> Option<V> {
        let entry = self.tokens.as_ref()?.get(&token)?;
        (!self.is_old(&entry)).then_some(entry.value)
    }

    fn is_old(&self, entry: &Entry<V>) -> bool {
        match (self.entry_ttl, entry.since) {
            (Some(entry_ttl), Some(since)) => since.elapsed() >= entry_ttl,
            _ => false,
        }
    }

    /// `value` is called unless the map is off.
    pub(super) fn insert(&self, token: HashedToken<'_>, value: impl FnOnce() -> V) {
        if let Some(tokens) = &self.tokens {
            let value = value();
            let entry = Entry {
                size: token.bytes().len() + value.size(),
                value,
                since: self.entry_ttl.map(|_| Instant::now()),
            };
            tokens.insert(HashedKey::new(token), entry);
        }
    }

    pub(super) fn remove(&self, token: HashedToken<'_>) {
        if let Some(tokens) = &self.tokens {
            tokens.remove(&token);
        }
    }

    /// The entry of the token, even if it is older than the TTL.
    #[cfg(feature = "introspection")]
    pub(super) fn even_stale(&self, token: HashedToken<'_>) -> Option<V> {
        Some(self.tokens.as_ref()?.get(&token)?.value)
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

/// A token as a key of a [`TokenMap`], with its hash, so that the map does not hash it again when it evicts
/// tokens or grows.
#[derive(PartialEq, Eq)]
struct HashedKey {
    hash: u64,
    token: TokenKey,
}

impl HashedKey {
    fn new(token: HashedToken<'_>) -> Self {
        Self {
            hash: token.hash,
            token: TokenKey::new(token.token),
        }
    }
}

impl Hash for HashedKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash);
    }
}

impl Hash for HashedToken<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash);
    }
}

impl Equivalent<HashedKey> for HashedToken<'_> {
    fn equivalent(&self, key: &HashedKey) -> bool {
        *self.token == *key.token.0.as_ref()
    }
}

/// Returns the hash of a token, which is already known.
#[derive(Default)]
struct KnownHash(u64);

impl Hasher for KnownHash {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }

    /// Not called: tokens are hashed by [`TokenHasher`].
    fn write(&mut self, _: &[u8]) {}
}

#[derive(Clone)]
struct TokenWeight {
    least: usize,
}

impl<V> Weighter<HashedKey, Entry<V>> for TokenWeight {
    fn weight(&self, _: &HashedKey, entry: &Entry<V>) -> u64 {
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
        let collides = |token| HashedToken { token, hash: 1 };
        let tokens = TokenMap::new(10, 10 * 4096, None);
        tokens.insert(collides(b"abc"), || "alice");
        tokens.insert(collides(b"abd"), || "bob");
        assert_eq!(tokens.get(collides(b"abc")), Some("alice"));
        assert_eq!(tokens.get(collides(b"abd")), Some("bob"));
        assert_eq!(tokens.get(collides(b"abe")), None);
    }
}
