//! The caches of verified and of refused tokens.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::claims::Lifetime;
use super::token_map::{CachedSize, HashedToken, TokenMap};
use super::verified::Verified;
use crate::authenticator::TokenCacheStatus;
use crate::clock::Timestamp;
use crate::counters;
use crate::token_fault::TokenFault;

/// The size of the cache of verified bearer tokens: see
/// [`AuthBuilder::token_cache`](crate::AuthBuilder::token_cache). For a cached token no signature is
/// verified and no introspection request is sent.
///
/// Only valid tokens are cached, so invalid ones can't evict them. For each request it is checked
/// whether the token has expired, whether a key of its issuer was removed, and whether the token was
/// revoked.
///
/// JWTs that are refused although their signature is valid, such as expired ones, are kept in a second
/// cache, for at most ten minutes. These limits apply to it as well, and so do 1,000 tokens and 1 MiB.
///
/// ```
/// use auth_runtime::Auth;
/// use auth_runtime::bearer::TokenCache;
/// use auth_runtime::testing::Issuer;
///
/// let issuer = Issuer::new("https://issuer.example", "https://api.example");
/// let small = TokenCache::new().entries(1_000).bytes(2 * 1024 * 1024);
/// assert!(Auth::builder().bearer(issuer.jwt()).token_cache(small).build().is_ok());
/// assert!(Auth::builder().bearer(issuer.jwt()).token_cache(TokenCache::OFF).build().is_ok());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "pass it to `AuthBuilder::token_cache`"]
pub struct TokenCache {
    entries: usize,
    bytes: usize,
    entry_ttl: Option<Duration>,
}

impl TokenCache {
    /// No cache: the token of every request is verified.
    pub const OFF: Self = Self {
        entries: 0,
        bytes: 0,
        entry_ttl: None,
    };

    /// A cache of at most 10,000 tokens and 32 MiB.
    pub const fn new() -> Self {
        Self {
            entries: 10_000,
            bytes: 32 * 1024 * 1024,
            entry_ttl: None,
        }
    }

    /// The maximum number of tokens.
    pub const fn entries(self, entries: usize) -> Self {
        Self { entries, ..self }
    }

    /// The maximum memory in bytes: an estimate of the size of the tokens, their claims and the
    /// identities.
    pub const fn bytes(self, bytes: usize) -> Self {
        Self { bytes, ..self }
    }

    /// The maximum time that a token is cached. After it the token is verified again and
    /// [`map_identity`](crate::Jwt::map_identity) is called again. The default is until the token
    /// expires.
    pub const fn entry_ttl(self, time: Duration) -> Self {
        Self {
            entry_ttl: Some(time),
            ..self
        }
    }

    #[cfg(feature = "introspection")]
    pub(in crate::bearer) const fn is_off(self) -> bool {
        self.entries == 0 || self.bytes == 0
    }
}

impl Default for TokenCache {
    fn default() -> Self {
        Self::new()
    }
}

/// The verified tokens.
pub(super) struct KnownTokens {
    tokens: TokenMap<Arc<Verified>>,
    hits: AtomicU64,
    misses: AtomicU64,
}

impl KnownTokens {
    pub(super) fn new(cache: TokenCache) -> Self {
        Self {
            tokens: TokenMap::new(cache.entries, cache.bytes, cache.entry_ttl),
            hits: AtomicU64::new(0),
            misses: AtomicU64::new(0),
        }
    }

    pub(super) fn get(&self, token: HashedToken<'_>) -> Option<Arc<Verified>> {
        if self.tokens.is_off() {
            return None;
        }
        let found = self.tokens.get(token);
        counters::token_cache(found.is_some());
        let counter = if found.is_some() {
            &self.hits
        } else {
            &self.misses
        };
        counter.fetch_add(1, Ordering::Relaxed);
        found
    }

    pub(super) fn insert(&self, token: HashedToken<'_>, verified: Verified) {
        self.tokens.insert(token, || Arc::new(verified));
    }

    pub(super) fn remove(&self, token: HashedToken<'_>) {
        self.tokens.remove(token);
    }

    /// A token that was valid before, even if its entry is older than the TTL. It is not counted as a hit.
    #[cfg(feature = "introspection")]
    pub(super) fn even_stale(&self, token: HashedToken<'_>) -> Option<Arc<Verified>> {
        self.tokens.even_stale(token)
    }

    pub(super) fn status(&self) -> Option<TokenCacheStatus> {
        Some(TokenCacheStatus {
            entries: self.tokens.len()?,
            hits: self.hits.load(Ordering::Relaxed),
            misses: self.misses.load(Ordering::Relaxed),
        })
    }
}

impl CachedSize for Arc<Verified> {
    fn size(&self) -> usize {
        Verified::size(self)
    }
}

/// A token that was refused although its signature is valid.
#[derive(Clone, Copy, Debug)]
pub(super) struct RefusedToken {
    pub(super) lifetime: Lifetime,
    pub(super) fault: TokenFault,
    /// See [`VerifiedBy::Signed`](super::verified::VerifiedBy::Signed).
    pub(super) issuer: usize,
    pub(super) key_generation: u64,
}

impl RefusedToken {
    /// The fault that verifying the token again would find: times are checked before the other claims. `None`
    /// if the token had expired and its times are valid now, because the clock was set back: its other claims have
    /// not been checked.
    pub(super) fn fault(&self, now: Timestamp) -> Option<TokenFault> {
        match self.lifetime.check(now) {
            Err(fault) => Some(fault),
            Ok(()) => Some(self.fault).filter(|fault| *fault != TokenFault::Expired),
        }
    }
}

impl CachedSize for RefusedToken {
    fn size(&self) -> usize {
        // An upper estimate, including what the map adds to each entry.
        256
    }
}

/// The tokens that were refused although their signature is valid. They have a separate cache, so that they
/// do not evict valid tokens.
pub(super) struct RefusedTokens(TokenMap<RefusedToken>);

impl RefusedTokens {
    const MAX_ENTRIES: usize = 1_000;
    const MAX_BYTES: usize = 1024 * 1024;
    /// A token for another API may be valid there, so it is not kept in memory for long.
    const TTL: Duration = Duration::from_secs(600);

    /// Not larger than the cache of verified tokens.
    pub(super) fn new(cache: TokenCache) -> Self {
        let entries = cache.entries.min(Self::MAX_ENTRIES);
        let bytes = cache.bytes.min(Self::MAX_BYTES);
        let ttl = cache.entry_ttl.unwrap_or(Self::TTL).min(Self::TTL);
        Self(TokenMap::new(entries, bytes, Some(ttl)))
    }

    pub(super) fn get(&self, token: HashedToken<'_>) -> Option<RefusedToken> {
        self.0.get(token)
    }

    /// Keeps the token, unless it may become valid later.
    pub(super) fn insert(&self, token: HashedToken<'_>, refused: RefusedToken) {
        if refused.fault != TokenFault::NotYetValid {
            self.0.insert(token, || refused);
        }
    }

    pub(super) fn remove(&self, token: HashedToken<'_>) {
        self.0.remove(token);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::*;
    use crate::bearer::parse::Members;
    use crate::bearer::token_map::TokenHasher;
    use crate::bearer::verified::VerifiedBy;
    use crate::clock::Timestamp;
    use crate::identity::{Identity, Provides};
    use crate::scheme::Scheme;

    fn verified(subject: &str) -> Verified {
        let claims = Members::parse(br#"{"exp":4000000000}"#).unwrap();
        let subject = subject.to_owned().into_boxed_str();
        Verified {
            identity: Identity::builder(Scheme::BEARER, "i", subject, Provides::ALL).build(),
            lifetime: Lifetime::read(&claims, 0).unwrap(),
            by: VerifiedBy::Signed {
                issuer: 0,
                key_generation: 0,
            },
        }
    }

    fn hashed(token: &[u8]) -> HashedToken<'_> {
        static HASHER: LazyLock<TokenHasher> = LazyLock::new(TokenHasher::default);
        HASHER.hash(token)
    }

    fn insert(known: &KnownTokens, token: &[u8], subject: &str) {
        known.insert(hashed(token), verified(subject));
    }

    fn subject(known: &KnownTokens, token: &[u8]) -> Option<String> {
        let found = known.get(hashed(token))?;
        assert!(found.check_times(Timestamp::from_seconds(0)).is_ok());
        Some(found.identity.subject().to_owned())
    }

    #[test]
    fn a_cached_token_is_found_by_all_its_octets() {
        let known = KnownTokens::new(TokenCache::new());
        insert(&known, b"abc", "alice");
        insert(&known, b"abd", "bob");
        assert_eq!(subject(&known, b"abc").as_deref(), Some("alice"));
        assert_eq!(subject(&known, b"abd").as_deref(), Some("bob"));
        for other in [&b""[..], b"a", b"ab", b"abcd", b"ABC", b"abc "] {
            assert_eq!(subject(&known, other), None);
        }
        known.remove(hashed(b"abc"));
        assert_eq!(subject(&known, b"abc"), None);
        assert_eq!(subject(&known, b"abd").as_deref(), Some("bob"));
    }

    #[test]
    fn the_token_cache_stays_within_its_limits_of_entries_and_bytes() {
        let few = KnownTokens::new(TokenCache::new().entries(100));
        let small = KnownTokens::new(TokenCache::new().bytes(100 * 1024));
        for number in 0..10_000 {
            let token = format!("token {number} {}", "x".repeat(1000));
            insert(&few, token.as_bytes(), "alice");
            insert(&small, token.as_bytes(), "alice");
        }
        assert!(few.status().unwrap().entries <= 100);
        // Each takes more than a kilobyte.
        assert!(small.status().unwrap().entries <= 100);
        assert!(few.status().unwrap().entries > 50);
        assert!(small.status().unwrap().entries > 25);
    }

    #[test]
    fn a_token_cache_that_is_off_keeps_no_token() {
        for off in [
            TokenCache::OFF,
            TokenCache::new().entries(0),
            TokenCache::new().bytes(0),
        ] {
            let known = KnownTokens::new(off);
            insert(&known, b"abc", "alice");
            assert_eq!(subject(&known, b"abc"), None, "{off:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_cache_entry_ends_after_the_configured_ttl() {
        let known = KnownTokens::new(TokenCache::new().entry_ttl(Duration::from_secs(60)));
        insert(&known, b"abc", "alice");
        tokio::time::advance(Duration::from_secs(59)).await;
        assert!(subject(&known, b"abc").is_some());
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(subject(&known, b"abc").is_none());
        insert(&known, b"abc", "alice");
        assert!(subject(&known, b"abc").is_some());
    }

    #[test]
    fn the_token_cache_counts_hits_and_misses() {
        let known = KnownTokens::new(TokenCache::new());
        insert(&known, b"abc", "alice");
        for token in [b"abc", b"abc", b"abd"] {
            known.get(hashed(token));
        }
        let status = known.status().unwrap();
        assert_eq!((status.entries, status.hits, status.misses), (1, 2, 1));
    }
}
