//! A token for tests.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::Serialize;
use serde_json::{Map, Value};

use super::Issuer;
use crate::bearer::{Bearer, TokenCache};
use crate::clock::Timestamp;
use crate::fetch::Clients;
use crate::identity::Identity;

/// An access token (RFC 9068) that is not signed yet. It expires after five minutes, unless this is changed.
#[derive(Clone, Debug)]
#[must_use = "call `sign` to get the token"]
pub struct Token {
    issuer: Issuer,
    header: Map<String, Value>,
    claims: Map<String, Value>,
}

impl Token {
    pub(super) fn new(issuer: Issuer, name: &str, audience: &str, subject: &str) -> Self {
        let mut header = Map::new();
        header.insert("alg".to_owned(), issuer.algorithm_name().into());
        header.insert("typ".to_owned(), "at+jwt".into());
        if let Some(key_id) = issuer.named_key() {
            header.insert("kid".to_owned(), key_id.into());
        }
        Self {
            issuer,
            header,
            claims: Map::new(),
        }
        .claim("iss", name)
        .claim("aud", audience)
        .claim("sub", subject)
        .claim("iat", now())
        .expires_in(Duration::from_secs(300))
    }

    /// Sets the scopes, separated by spaces.
    pub fn scope(self, scopes: &str) -> Self {
        self.claim("scope", scopes)
    }

    /// Adds a role to the claim `roles`.
    pub fn role(mut self, role: &str) -> Self {
        match self.claims.get_mut("roles") {
            Some(Value::Array(roles)) => roles.push(role.into()),
            _ => return self.claim("roles", [role]),
        }
        self
    }

    /// Sets a claim. If the value can't be serialized as JSON, the claim is not changed.
    pub fn claim(mut self, name: &str, value: impl Serialize) -> Self {
        if let Ok(value) = serde_json::to_value(value) {
            self.claims.insert(name.to_owned(), value);
        }
        self
    }

    /// Removes a claim.
    pub fn without(mut self, name: &str) -> Self {
        self.claims.remove(name);
        self
    }

    /// Sets a header parameter. If the value can't be serialized as JSON, the parameter is not changed.
    pub fn header(mut self, name: &str, value: impl Serialize) -> Self {
        if let Ok(value) = serde_json::to_value(value) {
            self.header.insert(name.to_owned(), value);
        }
        self
    }

    /// Removes a header parameter.
    pub fn without_header(mut self, name: &str) -> Self {
        self.header.remove(name);
        self
    }

    /// Sets `exp` to a time in the future.
    pub fn expires_in(self, lifetime: Duration) -> Self {
        self.claim("exp", now().saturating_add(lifetime.as_secs()))
    }

    /// Sets `exp` to a time in the past. A token that expired within the leeway is still valid.
    pub fn expired_for(self, elapsed: Duration) -> Self {
        self.claim("exp", now().saturating_sub(elapsed.as_secs()))
    }

    /// Sets the time since the caller logged in (`auth_time`).
    pub fn authenticated_ago(self, elapsed: Duration) -> Self {
        self.claim("auth_time", now().saturating_sub(elapsed.as_secs()))
    }

    /// Sets the authentication context class of the login (`acr`).
    pub fn acr(self, class: &str) -> Self {
        self.claim("acr", class)
    }

    /// Signs the token.
    ///
    /// # Panics
    ///
    /// If the key can't sign with the issuer's algorithm.
    #[must_use]
    pub fn sign(&self) -> String {
        self.issuer.sign(
            &Value::Object(self.header.clone()).to_string(),
            &Value::Object(self.claims.clone()).to_string(),
        )
    }

    /// The identity that an API with this issuer gets from the token.
    ///
    /// # Panics
    ///
    /// If such an API refuses the token. The message contains the reason.
    #[must_use]
    #[allow(clippy::panic, reason = "a test can't continue without the identity")]
    pub fn identity(&self) -> Identity {
        let verifier = match self.issuer.jwt().build(&Clients::new(None)) {
            Ok(verifier) => verifier,
            Err(faults) => panic!("{faults:?}"),
        };
        let bearer = Bearer::new(vec![verifier], usize::MAX, TokenCache::OFF, false);
        match bearer.identity_of(&self.sign(), Timestamp::of(SystemTime::now())) {
            Ok(identity) => identity,
            Err(fault) => panic!("{}", fault.description()),
        }
    }
}

fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}
