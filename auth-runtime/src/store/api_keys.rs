//! API keys, of which a store only ever sees a digest.

use std::fmt;
use std::future::Future;
use std::time::SystemTime;

use super::StoreError;

/// Where API keys are kept. An `async fn` is a fine implementation.
///
/// All methods may be called at the same time, from several nodes on one database.
pub trait ApiKeyStore: Send + Sync + 'static {
    /// The key with this digest, also if it is expired or revoked; `None` if there is none. Known
    /// and unknown digests have to cost the same: look them up by an index.
    ///
    /// # Errors
    ///
    /// The store can't say: 503.
    fn find(
        &self,
        digest: &ApiKeyDigest,
    ) -> impl Future<Output = Result<Option<ApiKeyRecord>, StoreError>> + Send;

    /// All keys, the newest first; of one owner if one is given.
    ///
    /// # Errors
    ///
    /// The store can't say.
    fn list(
        &self,
        owner: Option<&str>,
    ) -> impl Future<Output = Result<Vec<ApiKeyRecord>, StoreError>> + Send;

    /// Adds a key. Its prefix and its digest are new.
    ///
    /// # Errors
    ///
    /// The store can't do it, or has such a key already; then nothing has changed.
    fn insert(&self, key: &ApiKeyRecord) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Marks the key with this prefix as revoked at `time`; `false` if there is no such key. One
    /// that is revoked already keeps its time.
    ///
    /// # Errors
    ///
    /// The store can't do it; then nothing has changed.
    fn revoke(
        &self,
        prefix: &str,
        time: SystemTime,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Adds `successor` and lets the key with this prefix expire at `time`, unless it expires
    /// sooner; both or neither. `false`, and nothing has changed, if there is no such key or it is
    /// revoked.
    ///
    /// # Errors
    ///
    /// The store can't do it, or has a key like the successor already; then nothing has changed.
    fn rotate(
        &self,
        prefix: &str,
        time: SystemTime,
        successor: &ApiKeyRecord,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Notes when keys were last used: prefixes and times, each prefix once. An earlier time than
    /// the one that is noted changes nothing, nor does a prefix that is not there.
    ///
    /// # Errors
    ///
    /// The store can't do it now; it will be asked again.
    fn record_use(
        &self,
        uses: &[(String, SystemTime)],
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// The SHA-256 digest of a whole API key. A key has 256 random bits of its own, so that no salt and
/// no slow hash is needed to keep it from being guessed.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ApiKeyDigest([u8; 32]);

impl ApiKeyDigest {
    /// From what [`as_bytes`](Self::as_bytes) gave, for a store that reads it back.
    #[must_use]
    pub fn from_bytes(digest: [u8; 32]) -> Self {
        Self(digest)
    }

    /// The digest, for a store to keep.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for ApiKeyDigest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ApiKeyDigest([redacted])")
    }
}

/// An API key as a store keeps it: everything but the key. Times are whole seconds.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ApiKeyRecord {
    /// The public beginning of the key, unique: what people and logs name it by.
    pub prefix: String,
    /// The digest of the whole key, unique.
    pub digest: ApiKeyDigest,
    /// Whose key it is: the subject of the identity.
    pub owner: String,
    /// What it is for, in its owner's words.
    pub description: String,
    /// The scopes granted.
    pub scopes: Vec<String>,
    /// The roles held.
    pub roles: Vec<String>,
    /// When it was made.
    pub created_at: SystemTime,
    /// From when on it is no good.
    pub expires_at: Option<SystemTime>,
    /// Since when it is no good.
    pub revoked_at: Option<SystemTime>,
    /// When it was last used, late by a while.
    pub last_used_at: Option<SystemTime>,
    /// The prefix of the key that this one replaced.
    pub replaces: Option<String>,
}

impl ApiKeyRecord {
    /// A key without scopes, roles, an expiry or a history: the rest is for setting.
    #[must_use]
    pub fn new(
        prefix: impl Into<String>,
        digest: ApiKeyDigest,
        owner: impl Into<String>,
        created_at: SystemTime,
    ) -> Self {
        Self {
            prefix: prefix.into(),
            digest,
            owner: owner.into(),
            description: String::new(),
            scopes: Vec::new(),
            roles: Vec::new(),
            created_at,
            expires_at: None,
            revoked_at: None,
            last_used_at: None,
            replaces: None,
        }
    }
}
