//! Warns about tokens with a longer lifetime than the retention period of the list of revoked tokens.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::bearer::verified::{Verified, VerifiedBy};
use crate::clock::Timestamp;

/// Whether the warning was logged, for each issuer. The lifetime of tokens is not configured, so the first
/// accepted token that lives too long shows it.
pub(super) struct LongLivedTokenWarning {
    issuers: Vec<AtomicBool>,
    #[cfg(feature = "introspection")]
    introspected: AtomicBool,
}

impl LongLivedTokenWarning {
    pub(super) fn new(issuers: usize) -> Self {
        Self {
            issuers: (0..issuers).map(|_| AtomicBool::new(false)).collect(),
            #[cfg(feature = "introspection")]
            introspected: AtomicBool::new(false),
        }
    }

    /// Logs a warning, once per issuer, if a token that was accepted `now` has a longer lifetime than
    /// `retention`, the time that the list keeps revocations.
    pub(super) fn check(
        &self,
        verified: &Verified,
        retention: Duration,
        now: impl FnOnce() -> Timestamp,
    ) {
        let Some(expiry) = verified.lifetime.expiry() else {
            return;
        };
        let issued_at = verified.lifetime.issued_at();
        let start = issued_at.unwrap_or_else(now);
        if expiry <= start.saturating_add(retention.as_secs()) {
            return;
        }
        let warned = match verified.by {
            VerifiedBy::Signed { issuer, .. } => self.issuers.get(issuer),
            #[cfg(feature = "introspection")]
            VerifiedBy::Introspected { .. } => Some(&self.introspected),
        };
        if warned.is_none_or(|warned| warned.swap(true, Ordering::Relaxed)) {
            return;
        }
        let lifetime = expiry.seconds().saturating_sub(start.seconds());
        let issuer = verified.identity.issuer();
        if issued_at.is_some() {
            tracing::warn!(
                target: "auth_runtime",
                issuer,
                lifetime_seconds = lifetime,
                keeps_for_seconds = retention.as_secs(),
                "tokens live longer than the list of revoked tokens remembers: once they are older than \
                 that, they are refused as revoked. Set `entry_ttl` of the list to the longest lifetime of \
                 your tokens (logged once per issuer)"
            );
        } else {
            tracing::warn!(
                target: "auth_runtime",
                issuer,
                lifetime_seconds = lifetime,
                keeps_for_seconds = retention.as_secs(),
                "tokens without `iat` live longer than the list of revoked tokens remembers: a revoked token \
                 may be accepted again after that. Set `entry_ttl` of the list to the longest lifetime of \
                 your tokens (logged once per issuer)"
            );
        }
    }
}
