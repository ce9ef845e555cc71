//! Creating, listing, revoking and rotating keys.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::runtime::Handle;

use super::{ApiKey, ApiKeys};
use crate::api_key::parse::is_label;
use crate::api_key::store::{ApiKeyRecord, RotateError};
use crate::box_error::BoxError;
use crate::scope::is_scope_token;

/// A key to be made: whose it is and what it may do.
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
#[must_use = "give it to `ApiKeys::create`"]
pub struct NewApiKey {
    owner: String,
    description: String,
    scopes: Vec<String>,
    roles: Vec<String>,
    lifetime: Option<Duration>,
}

impl NewApiKey {
    /// A key of `owner`, the subject of whoever presents it, that may do nothing and never expires.
    pub fn new(owner: impl Into<String>) -> Self {
        Self {
            owner: owner.into(),
            description: String::new(),
            scopes: Vec::new(),
            roles: Vec::new(),
            lifetime: None,
        }
    }

    /// What it is for, to be told from the owner's other keys.
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = description.into();
        self
    }

    /// The scopes it is granted.
    pub fn scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.scopes = scopes.into_iter().map(Into::into).collect();
        self
    }

    /// The roles it holds.
    pub fn roles<R: Into<String>>(mut self, roles: impl IntoIterator<Item = R>) -> Self {
        self.roles = roles.into_iter().map(Into::into).collect();
        self
    }

    /// How long it is good, in whole seconds, rounded up: from the second in which it is made. Never
    /// nothing.
    pub fn expires_in(mut self, lifetime: Duration) -> Self {
        self.lifetime = Some(lifetime);
        self
    }

    /// A scope with a space in it would look like two and be none.
    fn check(&self) -> Result<(), BoxError> {
        let no_word = |word: &&String| !is_scope_token(word.as_bytes());
        if self.owner.is_empty() {
            return Err("an API key has an owner".into());
        }
        if self.lifetime.is_some_and(|lifetime| lifetime.is_zero()) {
            return Err("an API key that is never good".into());
        }
        if let Some(scope) = self.scopes.iter().find(no_word) {
            return Err(unnameable("scope", scope));
        }
        match self.roles.iter().find(no_word) {
            Some(role) => Err(unnameable("role", role)),
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

fn unnameable(what: &str, word: &str) -> BoxError {
    format!(
        "no rule can name the {what} {word:?}: it is one or more of the characters \
         %x21 / %x23-5B / %x5D-7E (RFC 6749 section 3.3)"
    )
    .into()
}

/// # Administration
///
/// What these change holds on this node, for all clones, as soon as they return, and on other nodes
/// after [`cache_ttl`](Self::cache_ttl). A request that began before may still be finished. A
/// revocation or rotation that has begun is brought to its end, also if nobody waits for it any more.
impl ApiKeys {
    /// Makes a key. The [`ApiKey`] is to be given to its owner: it is shown this once and kept
    /// nowhere.
    ///
    /// # Errors
    ///
    /// The store can't take it, or a scope or role is one that no rule could name.
    pub async fn create(&self, key: NewApiKey) -> Result<(ApiKeyRecord, ApiKey), BoxError> {
        key.check()?;
        let secret = self.generate()?;
        let record = key.record(&secret, whole_seconds(SystemTime::now()))?;
        self.shared.store.insert(&record).await?;
        Ok((record, secret))
    }

    /// All keys, the newest first; of one owner if one is given. Also those that have expired or
    /// were revoked.
    ///
    /// # Errors
    ///
    /// The store can't say.
    pub async fn list(&self, owner: Option<&str>) -> Result<Vec<ApiKeyRecord>, BoxError> {
        self.shared.store.list(owner).await
    }

    /// Revokes the key with this prefix; `false` if there is none.
    ///
    /// # Errors
    ///
    /// The store can't do it. Whether it has is not known: ask again.
    pub async fn revoke(&self, prefix: &str) -> Result<bool, BoxError> {
        let now = whole_seconds(SystemTime::now());
        let (shared, prefix) = (Arc::clone(&self.shared), prefix.to_owned());
        to_its_end(async move {
            let _change = shared.cache.change(&prefix);
            shared.store.revoke(&prefix, now).await
        })
        .await?
    }

    /// Makes a key that replaces the one with this prefix, with the same owner, scopes, roles,
    /// description and lifetime; the old one expires after `overlap`, unless it expires sooner.
    ///
    /// A key has one successor: whoever rotates it again, at the same time or later, is told of the
    /// one there is. If nobody has the text of that, because its receiver went away, rotate it in
    /// turn.
    ///
    /// # Errors
    ///
    /// There is no such key, it is replaced already, or it is revoked or expired. Or the store can't
    /// do it; whether it has is not known then: [`list`](Self::list) tells.
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
        to_its_end(async move {
            let _change = shared.cache.change(&prefix);
            let rotated = shared.store.rotate(&prefix, expiry, &successor).await;
            rotated.map(|()| (successor, secret))
        })
        .await?
    }

    /// Tells the store now when keys were last used, for instance before the process ends.
    ///
    /// # Errors
    ///
    /// The store can't take it; it will be told again.
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

/// Where nobody waited for the answer of the store, a change would be made after this node has asked
/// about the key for the last time.
async fn to_its_end<T: Send + 'static>(
    change: impl Future<Output = T> + Send + 'static,
) -> Result<T, BoxError> {
    match Handle::try_current() {
        Ok(runtime) => Ok(runtime.spawn(change).await?),
        Err(_) => Ok(change.await),
    }
}

/// What stores keep.
fn whole_seconds(time: SystemTime) -> SystemTime {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    UNIX_EPOCH + Duration::from_secs(since.as_secs())
}

fn later(time: SystemTime, by: Duration) -> Result<SystemTime, BoxError> {
    let begun = u64::from(by.subsec_nanos() > 0);
    let seconds = by.as_secs().checked_add(begun);
    let later = seconds.and_then(|seconds| time.checked_add(Duration::from_secs(seconds)));
    later.ok_or_else(|| BoxError::from("the API key would expire after the end of time"))
}
