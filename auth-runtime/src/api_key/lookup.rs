//! Reads the key of a request and checks whether it is valid.

use std::borrow::Cow;
use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::request::Parts;
use subtle::ConstantTimeEq;
use tokio::time::{Instant, timeout};

use super::ApiKeys;
use super::cache::{CachedKey, is_expired};
use super::key::digest;
use super::settings::ApiKeySettings;
use crate::api_key::parse::{MAX_LENGTH, prefix};
use crate::api_key::store::{ApiKeyDigest, ApiKeyRecord};
use crate::authenticator::{
    AuthenticationError, AuthenticationOutcome, Authenticator, Challenge, CredentialRequest,
};
use crate::box_error::BoxError;
use crate::credential::Source;
use crate::identity::{Identity, Provides};
use crate::permits::{Overloaded, Permits};
use crate::revocation::Revoked;
use crate::scheme::Scheme;

impl Authenticator for ApiKeys {
    fn scheme(&self) -> Scheme {
        Scheme::API_KEY
    }

    fn sources(&self) -> Vec<Source> {
        self.settings.sources()
    }

    fn provides(&self) -> Provides {
        Provides::ALL
    }

    fn authenticate<'a>(&'a self, request: CredentialRequest<'a>) -> AuthenticationOutcome<'a> {
        let text = match self.settings.find(&request) {
            Ok(Some(text)) => text,
            Ok(None) => return AuthenticationOutcome::Absent,
            Err(error) => return Err(error).into(),
        };
        if text.len() > MAX_LENGTH {
            return Err(AuthenticationError::Credentials).into();
        }
        let digest = digest(&text);
        let known = self.shared.cache.get(&digest);
        match known {
            Some(entry) if entry.is_fresh(self.settings.cache_ttl) => {
                self.admit(&entry, &request).into()
            }
            known => match prefix(&text) {
                // Without a look-up, and not counted as a failure: it can't be a guess.
                None => Err(AuthenticationError::Credentials).into(),
                Some(prefix) => {
                    let prefix = prefix.to_owned();
                    AuthenticationOutcome::pending(async move {
                        self.verify(&prefix, &digest, known, &request).await
                    })
                }
            },
        }
    }

    fn challenge(&self, _: &Parts) -> Challenge {
        Challenge::new(self.settings.scheme())
    }

    fn revoke<'a>(
        &'a self,
        revoked: &'a Revoked,
    ) -> Pin<Box<dyn Future<Output = Result<bool, BoxError>> + Send + 'a>> {
        Box::pin(self.revoke_named(revoked))
    }

    fn faults(&self) -> Vec<BoxError> {
        self.settings.faults().into_iter().map(Into::into).collect()
    }
}

impl ApiKeySettings {
    /// The key of a request, if there is one.
    fn find<'a>(
        &self,
        request: &CredentialRequest<'a>,
    ) -> Result<Option<Cow<'a, [u8]>>, AuthenticationError> {
        let mut key = self.in_authorization(request)?;
        for source in self.whole_values() {
            let found = request.find(source)?;
            if found.is_some() && mem::replace(&mut key, found).is_some() {
                return Err(AuthenticationError::Repeated);
            }
        }
        Ok(key)
    }
}

impl ApiKeys {
    /// Looks the key up, unless another request has just done so. `known` is its stale entry.
    async fn verify(
        &self,
        prefix: &str,
        digest: &ApiKeyDigest,
        known: Option<Arc<CachedKey>>,
        request: &CredentialRequest<'_>,
    ) -> Result<Identity, AuthenticationError> {
        let mut attempt = None;
        if let (None, Some(limit)) = (&known, &self.settings.failure_limit) {
            let address = request.client_address();
            limit
                .check_address(address)
                .map_err(|retry_after| AuthenticationError::TooManyAttempts { retry_after })?;
            attempt = Some(limit.begin_attempt(address));
        }
        let store_timeout = self.settings.store_timeout;
        let found = timeout(store_timeout, self.find(prefix, digest, known, request)).await;
        if let Some(attempt) = attempt {
            attempt.completed();
        }
        let entry = found.map_err(|_| {
            AuthenticationError::unavailable(format!(
                "the store of API keys did not answer within {store_timeout:?}"
            ))
        })??;
        match entry {
            Some(entry) => self.admit(&entry, request),
            None => Err(self.refuse(prefix, request)),
        }
    }

    async fn find(
        &self,
        prefix: &str,
        digest: &ApiKeyDigest,
        known: Option<Arc<CachedKey>>,
        request: &CredentialRequest<'_>,
    ) -> Result<Option<Arc<CachedKey>>, AuthenticationError> {
        let cache_ttl = self.settings.cache_ttl;
        let permits = match &known {
            Some(_) => &self.settings.lookups.known,
            None => &self.settings.lookups.unknown,
        };
        // Concurrent requests with a known key share one look-up.
        let _refresh = match &known {
            Some(known) if !cache_ttl.is_zero() => Some(known.refresh.lock().await),
            _ => None,
        };
        match self.shared.cache.get(digest) {
            Some(entry) if entry.is_fresh(cache_ttl) => Ok(Some(entry)),
            _ => self.look_up(prefix, digest, permits, request).await,
        }
    }

    async fn look_up(
        &self,
        prefix: &str,
        digest: &ApiKeyDigest,
        permits: &Permits,
        request: &CredentialRequest<'_>,
    ) -> Result<Option<Arc<CachedKey>>, AuthenticationError> {
        let _permit = permits.try_acquire().map_err(|Overloaded| {
            AuthenticationError::unavailable("too many concurrent look-ups of API keys")
        })?;
        let cache = &self.shared.cache;
        let (record, looked_up_at, generation) = loop {
            let generation = cache.generation(prefix);
            let looked_up_at = Instant::now();
            let record = self.shared.store.find(digest).await;
            let record = record.map_err(AuthenticationError::unavailable)?;
            // Otherwise the key was changed during the look-up, and the record may be outdated.
            if generation.is_current() {
                break (record, looked_up_at, generation);
            }
        };
        let record = match check(record, digest, request.now()) {
            Ok(record) => record,
            Err(reason) => {
                tracing::debug!(target: "auth_runtime", api_key = prefix, reason, "refused");
                cache.remove(digest);
                return Ok(None);
            }
        };
        if record.prefix != prefix {
            // Such a key could not be revoked by its prefix.
            let source = format!(
                "the store has the API key {prefix} with the prefix {:?}",
                record.prefix
            );
            return Err(AuthenticationError::failed(source));
        }
        let identity = self.identity(&record, request);
        let entry = Arc::new(CachedKey::new(record, identity, looked_up_at, generation));
        cache.insert(&entry);
        Ok(Some(entry))
    }

    fn admit(
        &self,
        entry: &CachedKey,
        request: &CredentialRequest<'_>,
    ) -> Result<Identity, AuthenticationError> {
        let now = request.now();
        let prefix = &entry.record.prefix;
        if entry.is_expired(now) {
            tracing::debug!(target: "auth_runtime", api_key = prefix, reason = "expired", "refused");
            return Err(self.refuse(prefix, request));
        }
        let second = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        if entry.mark_used(second) {
            let time = UNIX_EPOCH + Duration::from_secs(second);
            self.shared
                .note_use(prefix, time, self.settings.last_used_every);
        }
        if entry.identity.issuer() == &*self.settings.issuer {
            Ok(entry.identity.clone())
        } else {
            // A clone with another issuer looked it up.
            Ok(self.identity(&entry.record, request))
        }
    }

    fn identity(&self, record: &ApiKeyRecord, request: &CredentialRequest<'_>) -> Identity {
        let identity = request
            .identity(&self.settings.issuer, record.owner.as_str())
            .scopes(&record.scopes)
            .roles(&record.roles)
            .claim("api_key", &record.prefix);
        match record.expires_at {
            Some(expiry) => identity.expires_at(expiry).build(),
            None => identity.build(),
        }
    }

    /// The error for an invalid key, whatever the reason.
    fn refuse(&self, prefix: &str, request: &CredentialRequest<'_>) -> AuthenticationError {
        let Some(limit) = &self.settings.failure_limit else {
            return AuthenticationError::Credentials;
        };
        let address = request.client_address();
        let too_many = limit.check_prefix(address, prefix);
        limit.record_prefix(address, prefix);
        match too_many {
            Ok(()) => AuthenticationError::Credentials,
            Err(retry_after) => AuthenticationError::TooManyAttempts { retry_after },
        }
    }
}

/// The record of a key that is valid now, or the reason why it is not, for the log.
fn check(
    record: Option<ApiKeyRecord>,
    digest: &ApiKeyDigest,
    now: SystemTime,
) -> Result<ApiKeyRecord, &'static str> {
    let record = record.ok_or("unknown")?;
    // The store looked it up by its digest, but may not have compared all of it, or not exactly.
    if !bool::from(record.digest.as_bytes().ct_eq(digest.as_bytes())) {
        return Err("unknown");
    }
    // Even if it is revoked in the future: the clock of the node that revoked it may be ahead.
    if record.revoked_at.is_some() {
        return Err("revoked");
    }
    if is_expired(&record, now) {
        return Err("expired");
    }
    Ok(record)
}
