//! The settings of refresh tokens.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use zeroize::Zeroizing;

use super::any_store::AnyRefreshTokenStore;
use super::error::{InvalidRefreshTokens, RefreshTokensFault};
use super::store::RefreshTokenStore;
use super::token_text::TokenKeys;
use super::{RefreshTokens, Settings};
use crate::clock::Clock;
use crate::keys::MacKey;
use crate::revocation::RevocationLists;
use crate::throttle::Throttle;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const SECOND: Duration = Duration::from_secs(1);
const LONGEST_GRACE_PERIOD: Duration = Duration::from_secs(60);

/// The settings of [`RefreshTokens`]. [`build`](Self::build) checks all of them.
///
/// | setting | default |
/// |---|---|
/// | [`previous_secret`](Self::previous_secret) | none |
/// | [`grace_period`](Self::grace_period) | 10 seconds |
/// | [`idle_lifetime`](Self::idle_lifetime) | 14 days |
/// | [`absolute_lifetime`](Self::absolute_lifetime) | 30 days |
/// | [`clock`](Self::clock) | the system clock |
#[must_use = "call `build`"]
pub struct RefreshTokensBuilder {
    issuer: String,
    secrets: Vec<Zeroizing<Vec<u8>>>,
    store: Arc<dyn AnyRefreshTokenStore>,
    grace_period: Duration,
    idle_lifetime: Duration,
    absolute_lifetime: Duration,
    clock: Box<dyn Clock>,
}

impl RefreshTokensBuilder {
    pub(super) fn new(issuer: &str, secret: &[u8], store: impl RefreshTokenStore) -> Self {
        Self {
            issuer: issuer.to_owned(),
            secrets: vec![secret.to_vec().into()],
            store: Arc::new(store),
            grace_period: Duration::from_secs(10),
            idle_lifetime: 14 * DAY,
            absolute_lifetime: 30 * DAY,
            clock: Box::new(SystemTime::now),
        }
    }

    /// An additional secret, whose tokens are accepted. New tokens are made with the secret of the builder only. To rotate
    /// the secret, first add the new secret here on all nodes. Then pass the new secret to the builder and the old one
    /// here, until the tokens of the old secret have expired. A
    /// token of a secret that is not configured is invalid. Call it again for further secrets.
    pub fn previous_secret(mut self, secret: impl AsRef<[u8]>) -> Self {
        self.secrets.push(secret.as_ref().to_vec().into());
        self
    }

    /// For how long a replaced token still gets the same successor. This is for a client that lost the response, or that
    /// uses one token in several tabs. At most a minute. With zero, a second use ends the login unless it is in the same
    /// second.
    pub fn grace_period(mut self, grace_period: Duration) -> Self {
        self.grace_period = grace_period;
        self
    }

    /// How long a token can be unused.
    pub fn idle_lifetime(mut self, lifetime: Duration) -> Self {
        self.idle_lifetime = lifetime;
        self
    }

    /// How long after its login a token can be used.
    pub fn absolute_lifetime(mut self, lifetime: Duration) -> Self {
        self.absolute_lifetime = lifetime;
        self
    }

    /// The clock of all times.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Box::new(clock);
        self
    }

    /// Checks the settings.
    ///
    /// # Errors
    ///
    /// All faults together: a secret is shorter than 32 bytes, a lifetime is less than a second, or the grace period is more
    /// than a minute.
    pub fn build(self) -> Result<RefreshTokens, InvalidRefreshTokens> {
        let mut faults = Vec::new();
        let mut keys = Vec::new();
        for (secret, number) in self.secrets.into_iter().zip(1..) {
            match MacKey::new(secret, &format!("secret {number}")) {
                Ok(key) => keys.push(key),
                Err(fault) => faults.push(RefreshTokensFault::Secret(fault)),
            }
        }
        if self.idle_lifetime < SECOND || self.absolute_lifetime < SECOND {
            faults.push(RefreshTokensFault::LifetimeTooShort);
        }
        if self.grace_period > LONGEST_GRACE_PERIOD {
            faults.push(RefreshTokensFault::GracePeriodTooLong);
        }
        if !faults.is_empty() {
            return Err(InvalidRefreshTokens::new(faults));
        }
        Ok(RefreshTokens(Arc::new(Settings {
            issuer: self.issuer,
            keys: TokenKeys::new(keys),
            store: self.store,
            grace_period: self.grace_period.as_secs(),
            idle_lifetime: self.idle_lifetime.as_secs(),
            absolute_lifetime: self.absolute_lifetime.as_secs(),
            clock: self.clock,
            revocation_lists: RevocationLists::default(),
            removals: Throttle::new(),
        })))
    }
}

impl fmt::Debug for RefreshTokensBuilder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("RefreshTokensBuilder")
            .field("grace_period", &self.grace_period)
            .field("idle_lifetime", &self.idle_lifetime)
            .field("absolute_lifetime", &self.absolute_lifetime)
            .finish_non_exhaustive()
    }
}
