//! The settings of a token issuer.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::error::InvalidTokenIssuer;
use super::{Issuer, TokenIssuer, jwt};
use crate::bearer::IssuerFault;
use crate::clock::Clock;
use crate::fetch::{Clients, shown};
use crate::keys::{IssuerKey, IssuerKeys, ReplaceableKeys};
use crate::lock::RwLock;

/// The settings of a [`TokenIssuer`]. [`build`](Self::build) reads the keys and checks all of them.
///
/// | setting | default |
/// |---|---|
/// | [`audience`](Self::audience) | none; at least one is needed |
/// | [`verification_key`](Self::verification_key) | none: only the key that signs verifies |
/// | [`lifetime`](Self::lifetime) | five minutes |
/// | [`jwks_uri`](Self::jwks_uri) | the name of the issuer and `/.well-known/jwks.json` |
/// | [`clock`](Self::clock) | the system clock |
#[must_use = "call `build`"]
pub struct TokenIssuerBuilder<K> {
    name: String,
    key: K,
    others: Vec<K>,
    audiences: Vec<String>,
    lifetime: Duration,
    jwks_uri: Option<String>,
    clock: Box<dyn Clock>,
}

impl<K: IssuerKey> TokenIssuerBuilder<K> {
    pub(super) fn new(name: String, key: K) -> Self {
        Self {
            name,
            key,
            others: Vec::new(),
            audiences: Vec::new(),
            lifetime: Duration::from_secs(300),
            jwks_uri: None,
            clock: Box::new(SystemTime::now),
        }
    }

    /// An API that its tokens are for: the `aud` of every token. Often this is the name of the issuer itself. Call it
    /// again for further ones.
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audiences.push(audience.into());
        self
    }

    /// A key that verifies and does not sign: the previous one until its last token has expired, or the next one
    /// before it signs. Call it again for further ones.
    pub fn verification_key(mut self, key: K) -> Self {
        self.others.push(key);
        self
    }

    /// How long its tokens are valid, unless [a token](super::UnsignedToken::lifetime) says otherwise.
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }

    /// The URL of the [published keys](TokenIssuer::jwks_route) in the [metadata](TokenIssuer::metadata_route).
    pub fn jwks_uri(mut self, url: impl Into<String>) -> Self {
        self.jwks_uri = Some(url.into());
        self
    }

    /// The clock of `iat` and `exp`.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Box::new(clock);
        self
    }

    /// Reads the keys and checks the settings.
    ///
    /// # Errors
    ///
    /// All faults together: a key can't be read or is too weak, the name or an audience is empty, there is no
    /// audience, or the lifetime is less than a second.
    pub fn build(self) -> Result<TokenIssuer<K>, InvalidTokenIssuer> {
        let mut faults = Vec::new();
        // The same checks as for an API that accepts the tokens.
        let jwt = jwt(&self.name, &self.audiences, ReplaceableKeys::default());
        if let Err(found) = jwt.build(&Clients::new(None)) {
            faults.extend(found);
        }
        if self.lifetime < Duration::from_secs(1) {
            faults.push(IssuerFault::LifetimeTooShort);
        }
        let keys = IssuerKeys::load(self.key, self.others);
        let keys = keys.map_err(|found| faults.extend(found.into_iter().map(IssuerFault::Key)));
        match keys {
            Ok(keys) if faults.is_empty() => Ok(TokenIssuer::new(Issuer {
                jwks_uri: self
                    .jwks_uri
                    .unwrap_or_else(|| default_jwks_uri(&self.name)),
                name: self.name,
                audiences: self.audiences,
                lifetime: self.lifetime,
                clock: self.clock,
                verification: ReplaceableKeys::new(Arc::clone(keys.verification())),
                current: RwLock::new(Arc::new(keys)),
            })),
            _ => Err(InvalidTokenIssuer::new(&self.name, faults)),
        }
    }
}

fn default_jwks_uri(issuer: &str) -> String {
    format!("{}/.well-known/jwks.json", issuer.trim_end_matches('/'))
}

impl<K: fmt::Debug> fmt::Debug for TokenIssuerBuilder<K> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("TokenIssuerBuilder")
            .field("name", &shown(&self.name))
            .field("audiences", &self.audiences)
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}
