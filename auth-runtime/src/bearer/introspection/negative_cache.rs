//! A cache of the tokens that the authorization server has refused, or given no verdict on.

use std::time::Duration;

use foldhash::fast::RandomState;
use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{OptionsBuilder, Weighter};
use tokio::time::Instant;

use super::MAX_CACHE_TTL;
use crate::authenticator::AuthenticationError;
use crate::bearer::TokenKey;
use crate::token_fault::TokenFault;

/// Any client can fill it, but not faster than the rate of introspection, and only refused tokens are
/// evicted.
pub(super) struct NegativeCache {
    tokens: Option<Cache<TokenKey, RefusedToken, RefusedTokenWeight, RandomState>>,
    entry_ttl: Duration,
}

#[derive(Clone, Copy)]
struct RefusedToken {
    answer: NegativeAnswer,
    until: Instant,
}

/// Why a token is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::bearer) enum NegativeAnswer {
    Inactive(TokenFault),
    /// The server gave no verdict on it.
    NoVerdict,
}

impl From<NegativeAnswer> for AuthenticationError {
    fn from(answer: NegativeAnswer) -> Self {
        match answer {
            NegativeAnswer::Inactive(fault) => fault.into(),
            NegativeAnswer::NoVerdict => Self::unavailable(
                "the authorization server gave no verdict on this token a moment ago",
            ),
        }
    }
}

const ENTRIES: usize = 10_000;
const BYTES: u64 = 4 * 1024 * 1024;

impl NegativeCache {
    pub(super) fn new(entry_ttl: Duration) -> Self {
        let options = OptionsBuilder::new()
            .estimated_items_capacity(ENTRIES)
            .weight_capacity(BYTES)
            .build();
        let cache = |options| {
            Cache::with_options(
                options,
                RefusedTokenWeight,
                RandomState::default(),
                DefaultLifecycle::default(),
            )
        };
        Self {
            tokens: options.ok().filter(|_| !entry_ttl.is_zero()).map(cache),
            entry_ttl: entry_ttl.min(MAX_CACHE_TTL),
        }
    }

    /// Why the token is refused, if it is in the cache.
    pub(super) fn get(&self, token: &[u8]) -> Option<NegativeAnswer> {
        let tokens = self.tokens.as_ref()?;
        let entry = tokens.get(token)?;
        if Instant::now() < entry.until {
            return Some(entry.answer);
        }
        tokens.remove(token);
        None
    }

    /// `sent_at` is when the introspection request was sent.
    pub(super) fn insert(&self, token: &[u8], answer: NegativeAnswer, sent_at: Instant) {
        if let Some(tokens) = &self.tokens {
            let until = sent_at + self.entry_ttl;
            tokens.insert(TokenKey::new(token), RefusedToken { answer, until });
        }
    }

    pub(super) fn len(&self) -> usize {
        self.tokens.as_ref().map_or(0, Cache::len)
    }
}

#[derive(Clone)]
struct RefusedTokenWeight;

impl Weighter<TokenKey, RefusedToken> for RefusedTokenWeight {
    fn weight(&self, token: &TokenKey, _: &RefusedToken) -> u64 {
        const FIXED: usize = 128;
        u64::try_from(FIXED + token.len()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REVOKED: NegativeAnswer = NegativeAnswer::Inactive(TokenFault::Inactive);

    #[tokio::test(start_paused = true)]
    async fn a_negative_cache_entry_without_an_end_lasts_a_year() {
        let refused = NegativeCache::new(Duration::MAX);
        refused.insert(b"bad", REVOKED, Instant::now());
        tokio::time::advance(MAX_CACHE_TTL.saturating_sub(Duration::from_secs(1))).await;
        assert_eq!(refused.get(b"bad"), Some(REVOKED));
    }

    #[tokio::test(start_paused = true)]
    async fn a_negative_cache_entry_lasts_for_its_ttl() {
        let refused = NegativeCache::new(Duration::from_secs(5));
        refused.insert(b"bad", REVOKED, Instant::now());
        assert_eq!(refused.get(b"bad"), Some(REVOKED));
        assert_eq!(refused.get(b"other"), None);
        tokio::time::advance(Duration::from_secs(5)).await;
        assert_eq!(refused.get(b"bad"), None);
        assert_eq!(refused.len(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_negative_cache_ttl_of_zero_caches_no_refusal() {
        let refused = NegativeCache::new(Duration::ZERO);
        refused.insert(b"bad", REVOKED, Instant::now());
        assert_eq!(refused.get(b"bad"), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_flood_of_refusals_takes_four_megabytes_of_negative_cache() {
        let refused = NegativeCache::new(Duration::from_secs(5));
        for number in 0..100_000_u32 {
            let token = format!("{number:0>100}");
            refused.insert(token.as_bytes(), REVOKED, Instant::now());
        }
        let tokens = refused.tokens.as_ref().unwrap();
        assert!(tokens.weight() <= BYTES);
        assert!(refused.len() > 5_000, "{}", refused.len());
    }
}
