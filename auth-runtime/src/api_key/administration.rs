//! Creating, listing, revoking and rotating keys.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::{ApiKey, ApiKeys, Shared};
use crate::api_key::parse::is_label;
use crate::api_key::store::{ApiKeyRecord, RotateError};
use crate::box_error::BoxError;
use crate::changes::run_to_completion;
use crate::scope::is_scope_token;

/// The properties of a key to create.
///
/// ```
/// use std::time::Duration;
/// use auth_runtime::api_key::NewApiKey;
///
/// let key = NewApiKey::new("alice")
///     .description("nightly export")
///     .scopes(["orders:read"])
///     .expires_in(Duration::from_secs(90 * 24 * 60 * 60));
/// # let _ = key;
/// ```
#[derive(Clone, Debug)]
#[must_use = "pass it to `ApiKeys::create`"]
pub struct NewApiKey {
    owner: String,
    description: String,
    scopes: Vec<String>,
    roles: Vec<String>,
    lifetime: Option<Duration>,
}

impl NewApiKey {
    /// A key of `owner`, without scopes and roles, that never expires. `owner` becomes the subject of
    /// the identity.
    pub fn new(owner: impl Into<String>) -> Self {
        Self {
            owner: owner.into(),
            description: String::new(),
            scopes: Vec::new(),
            roles: Vec::new(),
            lifetime: None,
        }
    }

    /// A text that tells the key from the owner's other keys.
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = description.into();
        self
    }

    /// The scopes that the key grants.
    pub fn scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.scopes = scopes.into_iter().map(Into::into).collect();
        self
    }

    /// The roles that the key grants.
    pub fn roles<R: Into<String>>(mut self, roles: impl IntoIterator<Item = R>) -> Self {
        self.roles = roles.into_iter().map(Into::into).collect();
        self
    }

    /// How long the key is valid, rounded up to whole seconds. It counts from the second in which the
    /// key is created. Must not be zero.
    pub fn expires_in(mut self, lifetime: Duration) -> Self {
        self.lifetime = Some(lifetime);
        self
    }

    /// Scopes and roles are checked because no rule can require one that contains a space, for example.
    fn check(&self) -> Result<(), BoxError> {
        let is_invalid = |name: &&String| !is_scope_token(name.as_bytes());
        if self.owner.is_empty() {
            return Err("the owner of the API key is empty".into());
        }
        if self.lifetime.is_some_and(|lifetime| lifetime.is_zero()) {
            return Err("the lifetime of the API key is zero".into());
        }
        if let Some(scope) = self.scopes.iter().find(is_invalid) {
            return Err(invalid_name("scope", scope));
        }
        match self.roles.iter().find(is_invalid) {
            Some(role) => Err(invalid_name("role", role)),
            None => Ok(()),
        }
    }

    fn record(self, key: &ApiKey, now: SystemTime) -> Result<ApiKeyRecord, BoxError> {
        let mut record = ApiKeyRecord::new(key.prefix(), key.digest(), self.owner, now);
        record.description = self.description;
        record.scopes = self.scopes;
        record.roles = self.roles;
        record.expires_at = self.lifetime.map(|time| later(now, time)).transpose()?;
        Ok(record)
    }
}

fn invalid_name(what: &str, name: &str) -> BoxError {
    format!(
        "invalid {what} {name:?}: expected one or more of the characters \
         %x21 / %x23-5B / %x5D-7E (RFC 6749 section 3.3)"
    )
    .into()
}

/// # Administration
///
/// Changes take effect on this node, for all clones, before these methods return, and on other nodes
/// after [`cache_ttl`](Self::cache_ttl). Requests that have already been let in continue. A revocation
/// or rotation that has begun is completed even if its future is dropped.
impl ApiKeys {
    /// Creates a key. Give the [`ApiKey`] to its owner: it is not stored and can't be shown again.
    ///
    /// # Errors
    ///
    /// If the store fails, or the key has an empty owner, a lifetime of zero, or an invalid scope or
    /// role (RFC 6749 section 3.3).
    pub async fn create(&self, key: NewApiKey) -> Result<(ApiKeyRecord, ApiKey), BoxError> {
        key.check()?;
        let secret = self.generate()?;
        let record = key.record(&secret, whole_seconds(SystemTime::now()))?;
        self.shared.store.insert(&record).await?;
        Ok((record, secret))
    }

    /// All keys, or those of one owner, including expired and revoked ones. The newest is the first.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn list(&self, owner: Option<&str>) -> Result<Vec<ApiKeyRecord>, BoxError> {
        self.shared.store.list(owner).await
    }

    /// Revokes the key with this prefix. Returns `false` if there is no such key. For all keys of an owner, see
    /// [`Auth::revoke`](crate::Auth::revoke).
    ///
    /// # Errors
    ///
    /// If the store fails. The key may or may not be revoked then: try again.
    pub async fn revoke(&self, prefix: &str) -> Result<bool, BoxError> {
        let now = whole_seconds(SystemTime::now());
        let (shared, prefix) = (Arc::clone(&self.shared), prefix.to_owned());
        run_to_completion(async move { shared.revoke(&prefix, now).await }).await?
    }

    /// Revokes the key of `owner` with this prefix, for a page where callers revoke their own keys. Returns `false` if the
    /// owner has no such key.
    ///
    /// # Errors
    ///
    /// If the store fails. The key may or may not be revoked then: try again.
    pub async fn revoke_of(&self, owner: &str, prefix: &str) -> Result<bool, BoxError> {
        let key = self.shared.store.find_by_prefix(prefix).await?;
        match key.filter(|key| key.owner == owner) {
            Some(_) => self.revoke(prefix).await,
            None => Ok(false),
        }
    }

    /// Creates a key that replaces the one with this prefix, with the same owner, scopes, roles,
    /// description and lifetime. The old key expires after `overlap`, unless it expires sooner.
    ///
    /// A key has only one successor. A second rotation, concurrent or later, fails with
    /// [`RotateError::Replaced`], which names the successor. If the text of the successor was lost,
    /// rotate the successor.
    ///
    /// # Errors
    ///
    /// If there is no such key, if it is already replaced, revoked or expired, or if the store fails.
    /// If the store fails, the key may or may not be rotated: [`list`](Self::list) shows it.
    pub async fn rotate(
        &self,
        prefix: &str,
        overlap: Duration,
    ) -> Result<(ApiKeyRecord, ApiKey), RotateError> {
        let old = self.shared.store.find_by_prefix(prefix).await?;
        let old = old.ok_or(RotateError::Unknown)?;
        let secret = self.generate()?;
        let now = whole_seconds(SystemTime::now());
        let lifetime = |expiry: SystemTime| expiry.duration_since(old.created_at).ok();
        let successor = NewApiKey {
            lifetime: old.expires_at.and_then(lifetime),
            owner: old.owner,
            description: old.description,
            scopes: old.scopes,
            roles: old.roles,
        };
        let mut successor = successor.record(&secret, now)?;
        successor.replaces = Some(old.prefix);
        let expiry = later(now, overlap)?;
        let (shared, prefix) = (Arc::clone(&self.shared), prefix.to_owned());
        run_to_completion(async move {
            let _change = shared.cache.change(&prefix);
            let rotated = shared.store.rotate(&prefix, expiry, &successor).await;
            rotated.map(|()| (successor, secret))
        })
        .await?
    }

    /// Writes now when keys were last used, for instance before the process ends.
    ///
    /// # Errors
    ///
    /// If the store fails. The write is retried later.
    pub async fn write_last_used(&self) -> Result<(), BoxError> {
        self.shared.write_uses().await
    }

    fn generate(&self) -> Result<ApiKey, BoxError> {
        let label = &self.settings.label;
        if !is_label(label) {
            return Err(super::Fault::Label(label.clone()).into());
        }
        ApiKey::generate(label)
    }
}

impl Shared {
    pub(super) async fn revoke(&self, prefix: &str, now: SystemTime) -> Result<bool, BoxError> {
        let _change = self.cache.change(prefix);
        self.store.revoke(prefix, now).await
    }
}

/// Stores have times in whole seconds.
pub(super) fn whole_seconds(time: SystemTime) -> SystemTime {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    UNIX_EPOCH + Duration::from_secs(since.as_secs())
}

fn later(time: SystemTime, by: Duration) -> Result<SystemTime, BoxError> {
    let rounded_up = u64::from(by.subsec_nanos() > 0);
    let seconds = by.as_secs().checked_add(rounded_up);
    let later = seconds.and_then(|seconds| time.checked_add(Duration::from_secs(seconds)));
    later.ok_or_else(|| BoxError::from("the expiry of the API key is too far in the future"))
}
