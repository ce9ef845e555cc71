//! The tokens that were found good before.

use std::borrow::Borrow;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use foldhash::fast::RandomState;
use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{OptionsBuilder, Weighter};
use zeroize::Zeroizing;

use crate::authenticator::verified::Verified;
use crate::counters;

/// How many verified bearer tokens are remembered, so that the next request with one needs no
/// signature check: see [`AuthBuilder::token_cache`](crate::AuthBuilder::token_cache).
///
/// Only tokens that were found good enter: a flood of bad ones changes nothing. An entry is of no
/// use any more when the token expires, when a key of its issuer is taken away, and when it is
/// revoked; all three are looked at for each request.
///
/// ```
/// use auth_runtime::{Auth, TokenCache, testing::Issuer};
///
/// let issuer = Issuer::new("https://issuer.example", "https://api.example");
/// let small = TokenCache::new().entries(1_000).bytes(2 * 1024 * 1024);
/// assert!(Auth::builder().bearer(issuer.jwt()).token_cache(small).build().is_ok());
/// assert!(Auth::builder().bearer(issuer.jwt()).token_cache(TokenCache::OFF).build().is_ok());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "give it to `AuthBuilder::token_cache`"]
pub struct TokenCache {
    entries: usize,
    bytes: usize,
}

impl TokenCache {
    /// Every token is verified for every request.
    pub const OFF: Self = Self {
        entries: 0,
        bytes: 0,
    };

    /// 10,000 tokens in 32 MiB.
    pub const fn new() -> Self {
        Self {
            entries: 10_000,
            bytes: 32 * 1024 * 1024,
        }
    }

    /// The most tokens.
    pub const fn entries(self, entries: usize) -> Self {
        Self { entries, ..self }
    }

    /// The most memory in bytes, estimated: a token, its claims, and what was read from them.
    pub const fn bytes(self, bytes: usize) -> Self {
        Self { bytes, ..self }
    }
}

impl Default for TokenCache {
    fn default() -> Self {
        Self::new()
    }
}

/// What a token cache has come to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CacheStatus {
    pub(crate) entries: usize,
    pub(crate) hits: u64,
    pub(crate) misses: u64,
}

/// Found by the whole token: through a hash with a key that nobody outside knows, and then compared
/// in full, so that no two tokens share an entry.
pub(super) struct KnownTokens {
    tokens: Option<Cache<Token, Arc<Verified>, Weight, RandomState>>,
    hits: AtomicU64,
    misses: AtomicU64,
}

impl KnownTokens {
    pub(super) fn new(TokenCache { entries, bytes }: TokenCache) -> Self {
        Self {
            tokens: Self::cache(entries, bytes),
            hits: AtomicU64::new(0),
            misses: AtomicU64::new(0),
        }
    }

    fn cache(
        entries: usize,
        bytes: usize,
    ) -> Option<Cache<Token, Arc<Verified>, Weight, RandomState>> {
        // An entry weighs at least its share, so that one limit holds for both.
        let least = bytes.checked_div(entries)?;
        let options = OptionsBuilder::new()
            .estimated_items_capacity(entries)
            .weight_capacity(u64::try_from(bytes).unwrap_or(u64::MAX))
            .build()
            .ok()?;
        Some(Cache::with_options(
            options,
            Weight { least },
            RandomState::default(),
            DefaultLifecycle::default(),
        ))
    }

    pub(super) fn get(&self, token: &[u8]) -> Option<Arc<Verified>> {
        let tokens = self.tokens.as_ref()?;
        let found = tokens.get(token);
        counters::token_cache(found.is_some());
        let counter = if found.is_some() {
            &self.hits
        } else {
            &self.misses
        };
        counter.fetch_add(1, Ordering::Relaxed);
        found
    }

    pub(super) fn insert(&self, token: &[u8], verified: Arc<Verified>) {
        if let Some(tokens) = &self.tokens {
            tokens.insert(Token(Zeroizing::new(token.into())), verified);
        }
    }

    pub(super) fn remove(&self, token: &[u8]) {
        if let Some(tokens) = &self.tokens {
            tokens.remove(token);
        }
    }

    pub(super) fn status(&self) -> Option<CacheStatus> {
        let tokens = self.tokens.as_ref()?;
        Some(CacheStatus {
            entries: tokens.len(),
            hits: self.hits.load(Ordering::Relaxed),
            misses: self.misses.load(Ordering::Relaxed),
        })
    }
}

#[derive(Clone, PartialEq, Eq)]
struct Token(Zeroizing<Box<[u8]>>);

/// As its octets hash, by which it is looked up.
impl Hash for Token {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.as_ref().hash(state);
    }
}

impl Borrow<[u8]> for Token {
    fn borrow(&self) -> &[u8] {
        &self.0
    }
}

#[derive(Clone)]
struct Weight {
    least: usize,
}

impl Weighter<Token, Arc<Verified>> for Weight {
    fn weight(&self, token: &Token, verified: &Arc<Verified>) -> u64 {
        let size = token.0.len() + verified.size();
        u64::try_from(size.max(self.least)).unwrap_or(u64::MAX)
    }
}
